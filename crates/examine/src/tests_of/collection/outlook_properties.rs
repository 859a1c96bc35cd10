//! Do the properties of a message in an Outlook store agree with its stored header?

use mabillon_case::{CollectionRecord, Facts, Finding, MapiFacts, MessageFacts, Origin, Outcome};

use crate::clock::gap;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The properties that Outlook keeps of a message agree with the header it was received with.
    ///
    /// ## What it examines
    /// Messages of Outlook stores that keep their transport header beside properties: the `Message-ID` in both, the
    /// `Date` against the time of submission, the conversation in `Thread-Index` against the one among the properties.
    /// ## Why it matters
    /// Outlook fills the properties from the header when it receives a message. Who edits a message in Outlook, or with a
    /// tool, changes what is shown, the properties, and leaves the header, or the other way round.
    /// ## Innocent explanations
    /// Exchange sets the conversation and the submission time anew when it takes a message from outside without them.
    /// Add-ins and migrations rewrite properties; a header may have been kept of another copy.
    /// ## References
    /// - MS-OXOMSG, sections 2.2.1.3 and 2.2.3.11; MS-OXPROPS, `PidTagTransportMessageHeaders`
    pub(crate) static OUTLOOK_PROPERTIES = {
        id: "collection/outlook-properties",
        findings: &[
            "properties-agree",
            "header-of-another-message",
            "submitted-at-another-time",
            "of-another-conversation",
        ],
        run: Run::InCollection(outlook_properties),
    }
}

/// The seconds that a message may wait to be submitted, or be stamped late.
const SUBMITTED_APART_SECONDS: f64 = gap::NEXT_DAY;
/// The GUID of a conversation index, as hexadecimal digits of the index (MS-OXOMSG 2.2.1.3).
const GUID_DIGITS: std::ops::Range<usize> = 12..44;

fn outlook_properties(facts: &Facts, _record: &CollectionRecord, _world: &World) -> Outcome {
    let Some(message) = &facts.message else {
        return Outcome::NotApplicable("it is no message");
    };
    let stored = facts
        .places
        .iter()
        .filter(|place| place.origin == Origin::Collection)
        .filter_map(|place| place.stored.as_deref()?.mapi())
        .find(|mapi| mapi.has_transport_headers);
    let Some(mapi) = stored else {
        return Outcome::NotApplicable("no store of Outlook keeps its transport header");
    };
    let found: Vec<Finding> = [
        ids(mapi),
        submission(mapi, message),
        conversation(mapi, message),
    ]
    .into_iter()
    .flatten()
    .collect();
    if found.is_empty() {
        let says = "What Outlook keeps of it beside its header agrees with the header.";
        return Outcome::one(Finding::new("properties-agree", says));
    }
    Outcome::Observed(found)
}

fn ids(mapi: &MapiFacts) -> Option<Finding> {
    let (property, header) = (&mapi.message_id, &mapi.headers.message_id);
    let differ = !property.is_empty() && !header.is_empty() && property != header;
    differ.then(|| {
        let says = format!(
            "Its header has the Message-ID <{header}>, its properties have <{property}>: the header is that of another \
             message, or one of the two was changed."
        );
        Finding::new("header-of-another-message", says)
    })
}

fn submission(mapi: &MapiFacts, message: &MessageFacts) -> Option<Finding> {
    // The header of a message that is put together is the stored one, and so is its date.
    let (submitted, date) = (mapi.submitted?, message.date?);
    let seconds = submitted.seconds_since(date);
    (seconds.abs() >= SUBMITTED_APART_SECONDS).then(|| {
        let says = format!(
            "Its properties state that it was submitted at {submitted}, {} {} its date in the header, {date}.",
            gap::in_words(seconds),
            if seconds > 0.0 { "after" } else { "before" },
        );
        Finding::new("submitted-at-another-time", says)
    })
}

fn conversation(mapi: &MapiFacts, message: &MessageFacts) -> Option<Finding> {
    let property = mapi.conversation_index.get(GUID_DIGITS)?;
    let header = &message.thread_guid;
    let differ = !header.is_empty() && !property.eq_ignore_ascii_case(header);
    differ.then(|| {
        let says = format!(
            "Thread-Index in its header names the conversation {header}, its properties name {property}."
        );
        Finding::new("of-another-conversation", says)
    })
}
