//! Reads the clocks hidden in a message, apart from the code that wrote them.

use crate::reading::{header, headers};

/// A hidden time and the readable one that it belongs to, in seconds since the Unix epoch.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) name: &'static str,
    hidden: f64,
    readable: f64,
    /// How much later, at least and at most, the hidden time may be.
    between: (f64, f64),
}

impl Clock {
    pub(crate) fn agrees(&self) -> bool {
        let later = self.hidden - self.readable;
        later >= self.between.0 && later <= self.between.1
    }
}

const FILETIME_OF_EPOCH: f64 = 11_644_473_600.0;

/// All clocks of a message that this reader knows.
pub(crate) fn read(message: &[u8]) -> Vec<Clock> {
    let date = seconds(&header(message, "Date").unwrap());
    let offset = offset(&header(message, "Date").unwrap());
    let mut clocks = Vec::new();
    let content = header(message, "Content-Type").unwrap();
    if let Some(boundary) = content.split("boundary=").nth(1) {
        clocks.extend(boundary_clock(boundary.trim_matches('"'), date, offset));
    }
    if let Some(id) = header(message, "Message-ID").filter(|id| id.contains('$')) {
        let hex = format!("{}{}", &id[5..13], &id[14..22]);
        clocks.push(Clock {
            name: "outlook-message-id",
            hidden: filetime(&hex),
            readable: date,
            between: (0.0, 5.0),
        });
    }
    clocks.extend(header(message, "Thread-Index").map(|index| thread_clock(&index, date)));
    clocks.extend(header(message, "X-OriginalArrivalTime").map(|arrival| arrival_clock(&arrival)));
    for (name, value) in headers(message) {
        if name == "Received" || name == "X-Received" {
            clocks.extend(hop_clock(&value));
        }
    }
    clocks
}

fn thread_clock(index: &str, date: f64) -> Clock {
    let bytes = base64_simd::STANDARD.decode_to_vec(index).unwrap();
    let root = bytes[..6]
        .iter()
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
        << 16;
    let opened = bytes[22..].chunks(5).fold(root, |time, block| {
        let word = block
            .iter()
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        time + (((word >> 8) & 0x7fff_ffff) << if word >> 39 == 1 { 23 } else { 18 })
    });
    let hidden = filetime(&format!("{opened:016x}"));
    Clock {
        name: "thread-index",
        hidden,
        readable: date,
        between: (-660.0, 1.0),
    }
}

fn arrival_clock(arrival: &str) -> Clock {
    let (readable, hex) = arrival.split_once(" (UTC) FILETIME=[").unwrap();
    let hidden = filetime(&format!("{}{}", &hex[9..17], &hex[..8]));
    let readable = seconds(&format!("{} +0000", readable.split('.').next().unwrap()));
    Clock {
        name: "arrival-time",
        hidden,
        readable,
        between: (0.0, 1.0),
    }
}

fn boundary_clock(boundary: &str, date: f64, offset: f64) -> Option<Clock> {
    if boundary.len() == 28 && boundary.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let hex = format!("{}{}", &boundary[18..26], &boundary[12..18]);
        let hidden = u64::from_str_radix(&hex, 16).unwrap() as f64 / 1e6;
        return Some(Clock {
            name: "gmail-boundary",
            hidden,
            readable: date,
            between: (0.0, 2.0),
        });
    }
    let hex = boundary.strip_prefix("----=_NextPart_")?[9..].replace('.', "");
    let hidden = filetime(&hex) - offset;
    Some(Clock {
        name: "outlook-boundary",
        hidden,
        readable: date,
        between: (0.0, 5.0),
    })
}

fn hop_clock(value: &str) -> Option<Clock> {
    let (trace, date) = value.rsplit_once(';')?;
    let readable = seconds(date.split('(').next().unwrap().trim());
    let id = trace
        .split(" id ")
        .nth(1)?
        .split_ascii_whitespace()
        .next()?;
    let parts: Vec<&str> = id.split('.').collect();
    let clock = |name, hidden, between| {
        Some(Clock {
            name,
            hidden,
            readable,
            between,
        })
    };
    if parts.len() == 3 && parts[2].len() == 13 {
        return clock(
            "google-relay-id",
            parts[2].parse::<f64>().unwrap() / 1e3,
            (0.0, 1.0),
        );
    }
    if parts.len() == 8 {
        let wall: jiff::civil::DateTime = format!(
            "{}-{}-{}T{}:{}:{}",
            parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]
        )
        .parse()
        .unwrap();
        let zone = jiff::tz::TimeZone::get("America/Los_Angeles").unwrap();
        let hidden = wall.to_zoned(zone).unwrap().timestamp().as_second() as f64;
        return clock("google-server-id", hidden, (0.0, 0.0));
    }
    if trace.contains("(Exim ") {
        let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        return clock("exim-id", in_base(&id[..6], alphabet), (-4.0, 1.0));
    }
    if trace.contains("(Postfix) with") && id.len() > 11 && id.as_bytes()[10] == b'z' {
        let alphabet = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
        assert!(in_base(&id[6..10], alphabet) < 1e6);
        return clock("postfix-long-id", in_base(&id[..6], alphabet), (0.0, 0.0));
    }
    if trace.contains("(8.14.4/8.14.4)") {
        return clock("sendmail-id", sendmail_time(id), (0.0, 0.0));
    }
    None
}

fn sendmail_time(id: &str) -> f64 {
    let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx";
    let number = |at: usize| in_base(&id[at..=at], alphabet) as i8;
    // The letter counts years from 1900 in steps of 60.
    let day = jiff::civil::date(1960 + i16::from(number(0)), number(1) + 1, number(2));
    let wall = day.at(number(3), number(4), number(5), 0);
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    wall.to_zoned(zone).unwrap().timestamp().as_second() as f64
}

fn in_base(digits: &str, alphabet: &str) -> f64 {
    digits.chars().fold(0.0, |number, digit| {
        number * alphabet.len() as f64 + alphabet.find(digit).unwrap() as f64
    })
}

fn filetime(hex: &str) -> f64 {
    u64::from_str_radix(hex, 16).unwrap() as f64 / 1e7 - FILETIME_OF_EPOCH
}

fn parsed(date: &str) -> jiff::Zoned {
    let date = date.replace("  ", " ");
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_zoned(&date)
        .unwrap_or_else(|error| panic!("{date}: {error}"))
}

fn seconds(date: &str) -> f64 {
    parsed(date).timestamp().as_second() as f64
}

fn offset(date: &str) -> f64 {
    f64::from(parsed(date).offset().seconds())
}
