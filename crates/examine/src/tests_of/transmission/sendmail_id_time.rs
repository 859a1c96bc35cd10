//! Do the ids of sendmail servers carry the time that stands beside them?

use mabillon_case::{Hop, Message, Outcome, Stamp};

use super::{IdClock, compare_ids, text_of};
use crate::clock::sendmail_id;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The ids that sendmail servers give carry the time written beside them.
    ///
    /// ## What it examines
    /// Each `Received` field of sendmail since version 8.10: the first six characters of its id (`g82ExkZ05649`) are
    /// year, month, day, hour, minute and second, which are compared with the date of the same field.
    /// ## Why it matters
    /// Who moves a message to another day edits the dates that can be read. The id looks like noise and stays as it was.
    /// ## Innocent explanations
    /// Reception of a large message over a slow line takes minutes, up to two hours are let go.
    /// Versions differ in writing local or universal time: both are tried, and any other whole number of half hours is
    /// reported apart. Other programs that happen to give ids of twelve or fourteen characters are left out by asking
    /// for the version in the field (`(8.11.6/8.11.6)`). A careful forger can compute an id.
    /// ## References
    /// - sendmail source, `sendmail/queue.c`, `assign_queueid`
    /// - RFC 5321, section 4.4
    pub(crate) static SENDMAIL_ID_TIME = {
        id: "transmission/sendmail-id-time",
        findings: &["id-agrees", "id-in-other-zone", "id-disagrees"],
        run: Run::Message(sendmail_id_time),
    }
}

fn sendmail_id_time(message: &Message, _world: &World) -> Outcome {
    compare_ids(message, "sendmail", clock)
}

fn clock(message: &Message, hop: &Hop) -> Option<IdClock> {
    if !text_of(message, hop).contains("(8.1") {
        return None;
    }
    let date = hop.date?;
    let wall = sendmail_id::decode(hop.id.as_deref()?, date.civil().year())?;
    // The wall clock, read as universal time and as the local time of the field.
    let shift = i64::from(date.offset_minutes.unwrap_or(0)) * 60_000_000;
    let local = Stamp::from_micros(wall.unix_micros.checked_sub(shift)?)?;
    Some(IdClock::Times(vec![wall, local]))
}
