//! What mailboxes that are files say of a message outside its bytes: the separator line of an mbox, the file name of a
//! Maildir, the frame of an Apple Mail file.

use std::ops::Range;

use mabillon_case::{EmlxFacts, MaildirFacts, MboxFacts, Stamp, StoreFacts};
use memchr::memmem;

/// Bytes of a property list that are looked at.
const PROPERTY_LIST_BYTES_MAX: usize = 64 << 10;
/// Bytes of one value that are kept.
const VALUE_BYTES_MAX: usize = 1_000;
/// Seconds from 1970 to 2001, from which Apple counts some of its times.
const APPLE_EPOCH_SECONDS: i64 = 978_307_200;
/// Times below are counted from 2001, above from 1970: 1990-01-01, in seconds since 1970.
const UNIX_SECONDS_MIN: i64 = 631_152_000;

/// The separator line before message `number` of an mbox (from 1).
pub(crate) fn of_mbox(separator: &str, number: u64) -> StoreFacts {
    let mut words = separator.split_ascii_whitespace().skip(1);
    let sender = words.next().unwrap_or_default().to_owned();
    StoreFacts::Mbox(MboxFacts {
        sender,
        date: separator_date(separator),
        number,
    })
}

/// `Mon Jan  2 10:00:00 2017`, perhaps with an offset before or after the year (RFC 4155, appendix A).
fn separator_date(line: &str) -> Option<Stamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    // The sender may be called like a month: the one that a day follows is the month.
    let (at, month) = words.iter().enumerate().skip(2).find_map(|(at, word)| {
        let month = MONTHS.iter().position(|name| name == word)?;
        Some((at, i8::try_from(month + 1).ok()?))
    })?;
    let day: i8 = words.get(at + 1)?.parse().ok()?;
    let mut clock = words.get(at + 2)?.split(':').map(str::parse::<i8>);
    let (hour, minute) = (clock.next()?.ok()?, clock.next()?.ok()?);
    let second = clock.next().and_then(Result::ok).unwrap_or(0);
    let rest = words.get(at + 3..)?;
    let year: i16 = rest
        .iter()
        .find(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()?;
    let offset = rest.iter().find_map(|word| offset_minutes(word));
    Stamp::from_civil((year, month, day), (hour, minute, second), offset)
}

/// `+0200`.
fn offset_minutes(word: &str) -> Option<i16> {
    let digits = word
        .strip_prefix(['+', '-'])
        .filter(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let hours: i16 = digits.get(..2)?.parse().ok()?;
    let minutes: i16 = digits.get(2..)?.parse().ok()?;
    let offset = hours * 60 + minutes;
    Some(if word.starts_with('-') {
        -offset
    } else {
        offset
    })
}

/// The name of a file in the `cur` or `new` of a Maildir: `time.unique.host,S=size,U=uid:2,flags`; `None` for any other.
pub(crate) fn of_maildir(path: &str) -> Option<StoreFacts> {
    let (folder, name) = path.rsplit_once('/')?;
    if !matches!(folder.rsplit(['/', '!']).next()?, "cur" | "new") {
        return None;
    }
    // Where `:` is not allowed in names, programs write `;` or `!`.
    let (unique, flags) = name
        .split_once(":2,")
        .or_else(|| name.split_once(";2,"))
        .unwrap_or((name, ""));
    let mut parts = unique.splitn(3, '.');
    let seconds: i64 = parts.next()?.parse().ok()?;
    let (middle, rest) = (parts.next()?, parts.next()?);
    let mut fields = rest.split(',');
    let host = fields.next().unwrap_or_default().to_owned();
    let number = |start: &str| {
        fields
            .clone()
            .find_map(|field| field.strip_prefix(start)?.parse().ok())
    };
    Some(StoreFacts::Maildir(MaildirFacts {
        name: name.to_owned(),
        delivered: delivered(seconds, middle),
        host,
        flags: flags.to_owned(),
        size_bytes: number("S="),
        uid: number("U="),
    }))
}

/// The time of the name, to the microsecond where the middle part has it: `M123456P789`.
fn delivered(seconds: i64, middle: &str) -> Option<Stamp> {
    let digits: String = middle
        .strip_prefix('M')
        .unwrap_or_default()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let micros: i64 = digits
        .parse()
        .ok()
        .filter(|micros| *micros < 1_000_000)
        .unwrap_or(0);
    Stamp::from_micros(seconds.checked_mul(1_000_000)?.checked_add(micros)?)
}

/// The frame of an Apple Mail file whose message lies at `message`.
pub(crate) fn of_emlx(file: &[u8], message: &Range<usize>) -> Option<StoreFacts> {
    let count = file.get(..message.start)?.trim_ascii();
    let tail = file.get(message.end..)?;
    let list = tail.get(..tail.len().min(PROPERTY_LIST_BYTES_MAX))?;
    let text = |key: &str| value(list, key).unwrap_or_default();
    let integer = |key: &str| text(key).parse::<u64>().ok();
    let time = |key: &str| {
        let seconds = text(key).split('.').next()?.parse::<i64>().ok()?;
        Stamp::from_seconds(if seconds < UNIX_SECONDS_MIN {
            seconds.checked_add(APPLE_EPOCH_SECONDS)?
        } else {
            seconds
        })
    };
    Some(StoreFacts::Emlx(EmlxFacts {
        stated_bytes: std::str::from_utf8(count).ok()?.parse().ok()?,
        actual_bytes: message.len() as u64,
        date_received: time("date-received"),
        date_last_viewed: time("date-last-viewed"),
        date_sent: time("date-sent"),
        flags: integer("flags"),
        remote_id: text("remote-id"),
        subject: text("subject"),
        sender: text("sender"),
        is_partial: is_partial(file.get(message.clone())?),
    }))
}

/// Whether Apple Mail took attachments out of this message: it notes their length in the header of their part, which it
/// leaves empty (`123.partial.emlx`, with the files in `Attachments/123` beside it).
fn is_partial(message: &[u8]) -> bool {
    memmem::find(message, b"\nX-Apple-Content-Length:").is_some()
}

/// The simple value after a key of an XML property list.
fn value(list: &[u8], key: &str) -> Option<String> {
    let key = format!("<key>{key}</key>");
    let at = memmem::find(list, key.as_bytes())? + key.len();
    let rest = list.get(at..)?.trim_ascii_start();
    let open = memchr::memchr(b'>', rest)?;
    let end = memchr::memchr(b'<', rest.get(open + 1..)?)?;
    let value = rest.get(open + 1..open + 1 + end.min(VALUE_BYTES_MAX))?;
    Some(String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(line: &str) -> Option<String> {
        separator_date(line).map(|stamp| stamp.to_string())
    }

    #[test]
    fn separator_lines_of_several_programs() {
        assert_eq!(
            date("From ann@mill.example Mon Jan  2 10:05:06 2017").as_deref(),
            Some("2017-01-02T10:05:06Z")
        );
        assert_eq!(
            date("From - Mon Jan 02 10:05:06 2017").as_deref(),
            Some("2017-01-02T10:05:06Z")
        );
        assert_eq!(
            date("From 1573000000000000000@xxx Thu Mar 02 10:00:00 +0100 2017").as_deref(),
            Some("2017-03-02T10:00:00+01:00")
        );
        assert_eq!(
            date("From may@mill.example Tue Aug 8 10:05 2017 -0700").as_deref(),
            Some("2017-08-08T10:05:00-07:00")
        );
        assert_eq!(date("From ann@mill.example"), None);
        assert_eq!(date("From ann@mill.example Mon Feb 30 10:05:06 2017"), None);
    }

    #[test]
    fn names_of_maildir_files() {
        let Some(StoreFacts::Maildir(name)) =
            of_maildir("ann/cur/1490624530.M250123P4321.mill,S=1204,U=88:2,RS")
        else {
            panic!("it is one");
        };
        assert_eq!(
            name.delivered.map(|stamp| stamp.to_string()).as_deref(),
            Some("2017-03-27T14:22:10.250123Z")
        );
        assert_eq!((&*name.host, &*name.flags), ("mill", "RS"));
        assert_eq!((name.size_bytes, name.uid), (Some(1204), Some(88)));
        assert_eq!(of_maildir("ann/1490624530.M1P2.mill:2,S"), None);
        assert_eq!(of_maildir("ann/cur/000001.eml"), None);
    }

    #[test]
    fn the_frame_of_an_apple_mail_file() {
        let message = "From: ann@mill.example\n\nHi\n";
        let file = format!(
            "30\n{message}<?xml version=\"1.0\"?><plist><dict><key>date-received</key>\n\t<integer>1490624530</integer>\
             <key>flags</key><integer>8590195713</integer><key>remote-id</key><string>4711</string></dict></plist>"
        );
        let range = 3..3 + message.len();
        let Some(StoreFacts::Emlx(frame)) = of_emlx(file.as_bytes(), &range) else {
            panic!("it is one");
        };
        assert_eq!((frame.stated_bytes, frame.actual_bytes), (30, 27));
        assert_eq!(
            frame
                .date_received
                .map(|stamp| stamp.to_string())
                .as_deref(),
            Some("2017-03-27T14:22:10Z")
        );
        assert_eq!(
            (&*frame.remote_id, frame.flags),
            ("4711", Some(8_590_195_713))
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), line in "\\PC{0,80}") {
            let end = bytes.len();
            for start in [0, end / 3, end] {
                let _ = of_emlx(&bytes, &(start..end));
            }
            let _ = (of_mbox(&line, 1), of_maildir(&format!("cur/{line}")));
        }
    }
}
