//! Marks that programs leave on a message when they store or export it.

use mabillon_case::{Facts, LineEnds, Place, StoreFacts};

/// `MSGFLAG_UNMODIFIED` (MS-OXCMSG 2.2.1.6).
const UNMODIFIED: u32 = 2;

/// The marks of a message at one of its places.
pub(crate) fn marks_at(facts: &Facts, place: &Place) -> Vec<String> {
    let Some(message) = &facts.message else {
        return Vec::new();
    };
    let mut marks = Vec::new();
    match place.stored.as_deref() {
        Some(StoreFacts::Mbox(mbox)) => {
            marks.push(format!("separator line {}", separator(&mbox.sender)));
        }
        Some(StoreFacts::Maildir(maildir)) => marks.push(format!("Maildir of {}", maildir.host)),
        Some(StoreFacts::Emlx(emlx)) => {
            marks.push("frame of Apple Mail".to_owned());
            if emlx.stated_bytes == emlx.actual_bytes {
                marks.push("count of bytes in the frame of Apple Mail that fits".to_owned());
            }
        }
        Some(StoreFacts::Mapi(mapi)) => {
            marks.push("store of Outlook".to_owned());
            if mapi
                .message_flags
                .is_some_and(|flags| flags & UNMODIFIED != 0)
            {
                marks.push("flag of Outlook \"not modified since delivery\"".to_owned());
            }
        }
        Some(StoreFacts::Olm(_)) => marks.push("archive of Outlook for Mac".to_owned()),
        Some(StoreFacts::EmlxPart(_)) | None => {}
    }
    if !message.is_assembled {
        match message.line_ends {
            LineEnds::None => {}
            LineEnds::CrLf => marks.push("line ends CR LF".to_owned()),
            LineEnds::Lf => marks.push("line ends LF".to_owned()),
            LineEnds::Mixed => marks.push("line ends CR LF and LF".to_owned()),
        }
    }
    let fields = message.store_fields.split(' ');
    marks.extend(
        fields
            .filter(|name| !name.is_empty())
            .map(|name| format!("field {name}")),
    );
    marks
}

/// What kind of word stands after `From ` in the separator line of an mbox. The sender of the message is none of the
/// program's doing, whether it is an address, a name, or that of a mailer.
fn separator(sender: &str) -> &'static str {
    match sender {
        "-" => "From -",
        "" | "???@???" => "without a sender",
        sender if sender.ends_with("@xxx") => "From NUMBER@xxx",
        _ => "with a sender",
    }
}
