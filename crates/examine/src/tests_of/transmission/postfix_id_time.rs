//! Do the ids of Postfix servers carry the time that stands beside them?

use mabillon_case::{Hop, Message, Outcome};

use super::{IdClock, compare_ids, text_of};
use crate::clock::postfix_id::{self, PostfixId};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The long ids that Postfix servers give carry the time written beside them.
    ///
    /// ## What it examines
    /// Each `Received` field of the mail server Postfix. A long id (`47PQKf11zLzDr58`) begins with the time of reception,
    /// which is compared with the date of the same field. A short id (`0CE2E4415F`) begins with the microsecond only;
    /// it is looked at for a value that cannot be, one million or more, but agrees with any date and so says nothing for it.
    /// ## Why it matters
    /// Who moves a message to another day edits the dates that can be read. The id looks like noise and stays as it was.
    /// ## Innocent explanations
    /// Reception of a large message over a slow line takes minutes, up to two hours are let go.
    /// A server with a wrong time zone is off by a whole number of half hours, which is reported apart.
    /// Long ids are an option that many servers do not use. A careful forger can compute one.
    /// ## References
    /// - postconf(5), `enable_long_queue_ids`; Postfix source, `src/global/mail_queue.h`
    /// - RFC 5321, section 4.4
    pub(crate) static POSTFIX_ID_TIME = {
        id: "transmission/postfix-id-time",
        findings: &["id-agrees", "id-in-other-zone", "id-disagrees", "id-impossible"],
        run: Run::Message(postfix_id_time),
    }
}

fn postfix_id_time(message: &Message, _world: &World) -> Outcome {
    compare_ids(message, "Postfix", clock)
}

fn clock(message: &Message, hop: &Hop) -> Option<IdClock> {
    if !text_of(message, hop).contains("Postfix") {
        return None;
    }
    let id = hop.id.as_deref()?;
    match postfix_id::decode(id)? {
        PostfixId::Time(time) => Some(IdClock::Times(vec![time])),
        PostfixId::Impossible => Some(IdClock::Impossible(format!(
            "The Postfix id {id} states more than a million microseconds within one second, which Postfix never writes."
        ))),
        PostfixId::Micros(_) => None,
    }
}
