//! Do the ids of Exim servers carry the time that stands beside them?

use mabillon_case::{Hop, Message, Outcome};

use super::{IdClock, compare_ids, text_of};
use crate::clock::exim_id;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The ids that Exim servers give carry the time written beside them.
    ///
    /// ## What it examines
    /// Each `Received` field of the mail server Exim: its id (`1d8L81-00083F-8v`), whose first six characters are the
    /// second when reception began, and the date at the end of the same field.
    /// From version 4.97 on ids have 23 characters instead of 16; the form is compared with the version in the field.
    /// ## Why it matters
    /// Who moves a message to another day edits the dates that can be read. The id looks like noise and stays as it was.
    /// ## Innocent explanations
    /// Reception of a large message over a slow line takes minutes, up to two hours are let go.
    /// A server with a wrong time zone is off by a whole number of half hours, which is reported apart.
    /// Servers on file systems that do not tell upper from lower case write base 36, which is tried too.
    /// Mail without an Exim server on its way has no such id. A careful forger can compute one.
    /// ## References
    /// - Exim specification, chapter 3, "Message identification"
    /// - RFC 5321, section 4.4
    pub(crate) static EXIM_ID_TIME = {
        id: "transmission/exim-id-time",
        findings: &["id-agrees", "id-in-other-zone", "id-disagrees", "id-impossible"],
        run: Run::Message(exim_id_time),
    }
}

/// The first version whose ids have the long form.
const LONG_SINCE: (u32, u32) = (4, 97);

fn exim_id_time(message: &Message, _world: &World) -> Outcome {
    compare_ids(message, "Exim", clock)
}

fn clock(message: &Message, hop: &Hop) -> Option<IdClock> {
    let text = text_of(message, hop);
    let (_, after) = text.split_once("Exim ")?;
    let id = hop.id.as_deref()?;
    let told = exim_id::decode(id)?;
    let version = version(after);
    // Development versions of 4.96 had the long form before its release, so only the short form is bound to a version.
    if version.is_some_and(|version| version >= LONG_SINCE) && !told.is_long {
        return Some(IdClock::Impossible(format!(
            "The id {id} has the short form of Exim before 4.97, but the same line says it was written by a later version."
        )));
    }
    Some(IdClock::Times(
        told.time.into_iter().chain(told.time_base_36).collect(),
    ))
}

/// The two numbers at the start of a version: `4.97.1)` gives 4 and 97.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
