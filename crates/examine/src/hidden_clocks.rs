//! Every hidden clock of a message that can be read as one moment, for whoever draws its way through time.
//!
//! Nothing is judged here: a forged id gives its time like a true one. What a clock means for the message is said by
//! the test of the same name.

use mabillon_case::{Hop, Message, Span, Stamp};

use crate::clock::dated_id::{self, Reading};
use crate::clock::exim_id;
use crate::clock::gmail_boundary;
use crate::clock::gmail_relay_id::{self, RelayTime};
use crate::clock::java_mail;
use crate::clock::legacy_gmail_id;
use crate::clock::mimeole_boundary::{self, MimeOleBoundary};
use crate::clock::mozilla_id;
use crate::clock::outlook_id::{self, OutlookId};
use crate::clock::postfix_id::{self, PostfixId};
use crate::clock::thread_index;

/// Clocks of one message that are told; whole threads of answers can stand in one `Thread-Index`.
const CLOCKS_MAX: usize = 64;

/// A time that stands in an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenClock {
    /// The time; where `is_wall`, what the clock on the wall showed, as if it were UTC.
    pub at: Stamp,
    /// Whether the zone of the clock is unknown.
    pub is_wall: bool,
    /// Where it stands, in words: `Message-ID (Outlook)`.
    pub what: String,
    /// The test that compares it with other clocks; empty where none does.
    pub test: &'static str,
    /// The bytes it stands in.
    pub span: Span,
    /// How exact it is, in seconds.
    pub precision_seconds: u32,
}

/// The hidden clocks of a message, in the order: Message-ID, boundaries, conversation, relays.
pub fn hidden_clocks(message: &Message) -> Vec<HiddenClock> {
    let mut clocks = Vec::new();
    clocks.extend(of_message_id(message));
    for part in &message.parts {
        let boundary = part.boundary.as_deref();
        clocks.extend(boundary.and_then(|boundary| of_boundary(boundary, part.boundary_span)));
    }
    of_conversation(message, &mut clocks);
    clocks.extend(message.hops.iter().filter_map(|hop| of_relay(message, hop)));
    clocks.truncate(CLOCKS_MAX);
    clocks
}

fn told(at: Stamp, what: &str, test: &'static str, span: Span) -> HiddenClock {
    HiddenClock {
        at,
        is_wall: false,
        what: what.to_owned(),
        test,
        span,
        precision_seconds: 1,
    }
}

fn on_the_wall(clock: HiddenClock) -> HiddenClock {
    HiddenClock {
        is_wall: true,
        ..clock
    }
}

fn of_message_id(message: &Message) -> Option<HiddenClock> {
    let id = message.message_id.as_deref()?;
    let told = |at, what, test| told(at, what, test, message.message_id_span);
    if let Some(OutlookId::Time(at)) = outlook_id::decode(id) {
        return Some(told(
            at,
            "Message-ID (Outlook)",
            "date/outlook-message-id-time",
        ));
    }
    if let Some(at) = legacy_gmail_id::decode(id) {
        let clock = told(at, "Message-ID (early Gmail)", "date/legacy-gmail-id-time");
        return Some(on_the_wall(clock));
    }
    if let Some(at) = java_mail::decode_id(id) {
        return Some(told(at, "Message-ID (JavaMail)", "date/java-mail-time"));
    }
    if let Some((_, reading)) = dated_id::decode(id) {
        let (Reading::Instant(at) | Reading::Wall(at)) = reading;
        let clock = told(at, "Message-ID (a date)", "date/dated-message-id");
        return Some(if matches!(reading, Reading::Wall(_)) {
            on_the_wall(clock)
        } else {
            clock
        });
    }
    let mozilla = mozilla_id::decode(id)?;
    Some(told(
        mozilla.time,
        "Message-ID (Mozilla)",
        "form/thunderbird-shape",
    ))
}

fn of_boundary(boundary: &str, span: Span) -> Option<HiddenClock> {
    if let Some(MimeOleBoundary::WallClock(at)) = mimeole_boundary::decode(boundary) {
        let test = "date/outlook-boundary-local-time";
        return Some(on_the_wall(told(at, "MIME boundary (Outlook)", test, span)));
    }
    if let Some(at) = gmail_boundary::decode(boundary) {
        return Some(told(
            at,
            "MIME boundary (Gmail)",
            "date/gmail-boundary-time",
            span,
        ));
    }
    let at = java_mail::decode_boundary(boundary)?;
    Some(told(
        at,
        "MIME boundary (JavaMail)",
        "date/java-mail-time",
        span,
    ))
}

fn of_conversation(message: &Message, clocks: &mut Vec<HiddenClock>) {
    let Some((field, index)) = message
        .field("Thread-Index")
        .zip(thread_index::of_message(message))
    else {
        return;
    };
    let test = "date/thread-index-time";
    let root = index
        .root
        .map(|at| told(at, "Thread-Index, conversation begun", test, field.value));
    clocks.extend(root);
    for (n, at) in index.replies.iter().enumerate() {
        let what = format!("Thread-Index, answer {} begun", n + 1);
        clocks.push(told(*at, &what, test, field.value));
    }
}

fn of_relay(message: &Message, hop: &Hop) -> Option<HiddenClock> {
    let id = hop.id.as_deref()?;
    let by = hop.by.as_deref().unwrap_or("an unnamed server");
    let told = |at, program: &str, test| {
        let what = format!("queue id of {by} ({program})");
        told(at, &what, test, hop.span)
    };
    let line = message.unfold(hop.span);
    if let Some(PostfixId::Time(at)) = postfix_id::decode(id)
        && line.contains("Postfix")
    {
        return Some(told(at, "Postfix", "transmission/postfix-id-time"));
    }
    if let Some(at) = exim_id::decode(id).and_then(|told| told.time)
        && line.contains("Exim ")
    {
        return Some(told(at, "Exim", "transmission/exim-id-time"));
    }
    if !by.ends_with("google.com") {
        return None;
    }
    let test = "transmission/gmail-received-ms";
    Some(match gmail_relay_id::decode(id)? {
        RelayTime::Instant(at) => told(at, "Gmail", test),
        RelayTime::Pacific(at) => on_the_wall(told(at, "Gmail, on the clock of California", test)),
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::TESTS;

    #[test]
    fn every_clock_of_a_message_is_told_with_its_place() {
        let text = "Received: by 10.1.2.3 with SMTP id a1mr1234567abc.1.1487000000123; Mon, 13 Feb 2017 07:33:20 -0800 (PST)\n\
            Received: from x by relay.example with esmtps (Exim 4.84) id 1cdJ2l-0001Xy-9A; Mon, 13 Feb 2017 15:33:19 +0000\n\
            Message-ID: <000001d2860f$5b2e2f40$118a8dc0$@onwards.example>\n\
            Date: Mon, 13 Feb 2017 16:33:18 +0100\n\
            Thread-Index: AdKGD1suL0AAAAAAQ0iCkZ3mbkqY0Q==\n\
            Content-Type: multipart/mixed; boundary=\"----=_NextPart_000_0001_01D28617.BCF2A530\"\n\
            \n\
            ------=_NextPart_000_0001_01D28617.BCF2A530\n\nx\n------=_NextPart_000_0001_01D28617.BCF2A530--\n";
        let message = mabillon_decode::message(Bytes::from_static(text.as_bytes()), None).message;
        let clocks = hidden_clocks(&message);
        let told: Vec<String> = clocks
            .iter()
            .map(|clock| format!("{} {} {}", clock.what, clock.at.civil(), clock.is_wall))
            .collect();
        assert!(told.len() >= 3, "{told:?}");
        assert!(
            told[0].starts_with("Message-ID (Outlook) 2017-02-13"),
            "{told:?}"
        );
        assert!(
            told[1].starts_with("MIME boundary (Outlook) 2017-02-13") && told[1].ends_with("true"),
            "{told:?}"
        );
        for clock in &clocks {
            assert!(clock.span.start < clock.span.end && clock.span.end <= text.len());
            assert!(
                TESTS.iter().any(|test| test.id == clock.test),
                "{}",
                clock.test
            );
        }
    }
}
