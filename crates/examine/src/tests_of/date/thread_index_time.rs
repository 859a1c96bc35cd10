//! Do the times in Outlook's conversation index fit the date?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::date_of;
use crate::clock::gap::{self, DAY, MINUTE};
use crate::clock::thread_index;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The times in Outlook's conversation index fit the date.
    ///
    /// ## What it examines
    /// `Thread-Index`: when the window of the conversation's first message was opened and, in one block for each answer
    /// by an Outlook user, when that answer was begun; the differences add up. The last of these times is compared with `Date`.
    /// ## Why it matters
    /// The field is base64 and looks like noise. Who edits the date, or makes a new message from an old one, leaves it.
    /// Nobody begins to write a message after having sent it.
    /// ## Innocent explanations
    /// A draft may lie for days or months before it is sent, and templates and meeting requests keep old times: an old
    /// index says little. Programs that do not know the field hand it on unchanged, so the last answer may be missing.
    /// The times come from several people's clocks. Some servers write blocks that carry no time; they are not examined.
    /// ## References
    /// - MS-OXOMSG, section 2.2.1.3; MAPI, "Tracking Conversations"
    pub(crate) static THREAD_INDEX_TIME = {
        id: "date/thread-index-time",
        findings: &["index-agrees", "index-old", "index-of-other-zone", "begun-after-date"],
        run: Run::Message(thread_index_time),
    }
}

/// The clock may be set between opening the window and sending.
const AFTER_SECONDS_MAX: f64 = 5.0 * MINUTE;
/// A window that was open for longer is worth a word.
const OPEN_SECONDS_MAX: f64 = 7.0 * DAY;

fn thread_index_time(message: &Message, _world: &World) -> Outcome {
    let Some(field) = message.field("Thread-Index") else {
        return Outcome::NotApplicable("it has no field Thread-Index");
    };
    let Some(index) = thread_index::of_message(message) else {
        return Outcome::NotApplicable("its field Thread-Index cannot be read");
    };
    let (Some(root), Some(date)) = (index.root, date_of(message)) else {
        return Outcome::NotApplicable(
            "its field Thread-Index carries no time, or it has no readable Date",
        );
    };
    let last = index.replies.last().copied();
    let is_complete = index.replies.len() == index.n_replies;
    let finding = compare(root, last, is_complete, date);
    Outcome::one(finding.at(field.value))
}

fn compare(root: Stamp, last: Option<Stamp>, is_complete: bool, date: Stamp) -> Finding {
    let (begun, what) = last.map_or((root, "the conversation was begun"), |last| {
        (last, "the last answer was begun")
    });
    let seconds = date.seconds_since(begun);
    let length = gap::in_words(seconds);
    let direction = if seconds < 0.0 { "after" } else { "before" };
    let seen = format!(
        "According to Thread-Index {what} at {begun}, {length} {direction} the date {date}."
    );
    if seconds < -AFTER_SECONDS_MAX {
        if gap::is_whole_zones(seconds) {
            return Finding::new(
                "index-of-other-zone",
                format!(
                    "{seen} That is a whole number of half hours, as a wrong time zone makes it."
                ),
            );
        }
        return Finding::new(
            "begun-after-date",
            format!(
                "{seen} Nobody begins a message after sending it; who edits the date leaves the index."
            ),
        );
    }
    // With blocks that cannot be read, only the root is known, and an old root is what an answer has.
    if seconds > OPEN_SECONDS_MAX && (is_complete || last.is_some()) {
        return Finding::new(
            "index-old",
            format!(
                "{seen} A kept draft, a template, or a message made from an older one explains it."
            ),
        );
    }
    Finding::new("index-agrees", seen)
}
