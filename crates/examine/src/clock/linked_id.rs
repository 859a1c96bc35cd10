//! Ids in web addresses that carry the time at which the thing they name was made.
//!
//! One registry: where the id stands, how its time is read. Twitter (X) since November 2010: milliseconds since
//! 2010-11-04T01:42:54.657Z in the bits above 22. Discord: the same from 2015. Mastodon: milliseconds since 1970 above 16
//! bits. Instagram: milliseconds since 2011-08-24T21:07:01.721Z above 23 bits of the number that the short code writes
//! (64 characters). `TikTok`: seconds since 1970 above 32 bits. Those of other houses hold no time that is known outside.
//! Newspapers write the day into the path.

use mabillon_case::Stamp;

use super::{decimal, of_mail};

/// Addresses of one text that are read.
const ADDRESSES_MAX: usize = 2_000;
/// An address longer than this is cut, in bytes.
const ADDRESS_BYTES_MAX: usize = 2_000;

/// A kind of id: the hosts it stands behind, the step of the path before it, and how its time is read.
struct Kind {
    maker: &'static str,
    hosts: &'static [&'static str],
    /// The steps of the path of which one stands before the id.
    behind: &'static [&'static str],
    /// Reads the id from its step.
    number: fn(&str) -> Option<u64>,
    /// Milliseconds since 1970 of an id.
    millis: fn(u64) -> Option<u64>,
}

/// The registry: a new kind is one entry.
const KINDS: &[Kind] = &[
    Kind {
        maker: "Twitter",
        hosts: &[
            "twitter.com",
            "mobile.twitter.com",
            "www.twitter.com",
            "x.com",
        ],
        behind: &["status"],
        number: long_number,
        millis: |id| above(id, 22)?.checked_add(1_288_834_974_657),
    },
    Kind {
        maker: "Discord",
        hosts: &["discord.com", "discordapp.com", "cdn.discordapp.com"],
        behind: &["attachments"],
        number: long_number,
        millis: |id| above(id, 22)?.checked_add(1_420_070_400_000),
    },
    Kind {
        maker: "Instagram",
        hosts: &["instagram.com", "www.instagram.com", "m.instagram.com"],
        behind: &["p", "reel", "tv"],
        number: short_code,
        millis: |id| above(id, 23)?.checked_add(1_314_220_021_721),
    },
    Kind {
        maker: "TikTok",
        hosts: &["tiktok.com", "www.tiktok.com", "m.tiktok.com"],
        behind: &["video", "photo"],
        number: long_number,
        millis: |id| above(id, 32)?.checked_mul(1_000),
    },
];

/// The number that a step begins with, if it is long enough to hold a time.
fn long_number(step: &str) -> Option<u64> {
    let digits = step.bytes().take_while(u8::is_ascii_digit).count();
    (digits >= 15).then(|| decimal(step.get(..digits)?))?
}

/// The number that a short code of Instagram writes: ten or eleven characters; private posts have more behind them.
fn short_code(step: &str) -> Option<u64> {
    if step.len() < 10 {
        return None;
    }
    let characters = step.bytes().take(11);
    characters.into_iter().try_fold(0_u64, |number, character| {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        number.checked_mul(64)?.checked_add(u64::from(value))
    })
}

/// Ids of fewer bits are of before the scheme, and count upwards without a time.
fn above(id: u64, n_bits: u32) -> Option<u64> {
    let millis = id >> n_bits;
    (millis > 0).then_some(millis)
}

/// What an address names, and when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Linked {
    /// Who made the id, or whose path holds a day.
    pub(crate) maker: String,
    /// The address, without its query.
    pub(crate) address: String,
    /// When: an instant, or the start of a day.
    pub(crate) made: Stamp,
    /// Whether it is an id by a clock, and not a day written into a path.
    pub(crate) is_id: bool,
}

/// Of the things that a text links to, the one made last; ids before days.
pub(crate) fn latest(text: &str) -> Option<Linked> {
    addresses(text)
        .filter_map(decode)
        .max_by_key(|linked| (linked.is_id, linked.made))
}

/// The latest day in a path, where no id stands.
pub(crate) fn latest_day(text: &str) -> Option<Linked> {
    addresses(text)
        .filter_map(day_in_path)
        .max_by_key(|linked| linked.made)
}

fn addresses(text: &str) -> impl Iterator<Item = &str> {
    memchr::memmem::find_iter(text.as_bytes(), b"://")
        .take(ADDRESSES_MAX)
        .filter_map(|at| {
            let rest = text.get(at + 3..)?;
            let rest = rest
                .get(..rest.floor_char_boundary(ADDRESS_BYTES_MAX))
                .unwrap_or(rest);
            let end = rest
                .find(|c: char| {
                    c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')' | ']' | '?' | '#')
                })
                .unwrap_or(rest.len());
            rest.get(..end)
        })
}

fn decode(address: &str) -> Option<Linked> {
    by_id(address).or_else(|| day_in_path(address))
}

fn by_id(address: &str) -> Option<Linked> {
    let (host, path) = address.split_once('/')?;
    let kind = KINDS.iter().find(|kind| {
        kind.hosts
            .iter()
            .any(|known| host.eq_ignore_ascii_case(known))
    })?;
    let mut steps = path
        .split('/')
        .skip_while(|step| !kind.behind.contains(step))
        .skip(1);
    let id = steps.find_map(kind.number)?;
    let micros = (kind.millis)(id)?.checked_mul(1000)?;
    Some(Linked {
        maker: kind.maker.to_owned(),
        address: address.to_owned(),
        made: Stamp::from_micros(i64::try_from(micros).ok()?).and_then(of_mail)?,
        is_id: true,
    })
}

/// `/2017/05/06/` or `/2017-05-06`, as newspapers write.
fn day_in_path(address: &str) -> Option<Linked> {
    let (host, path) = address.split_once('/')?;
    let steps: Vec<&str> = path.split('/').collect();
    let made = steps
        .windows(3)
        .find_map(|steps| day(steps.first()?, steps.get(1)?, steps.get(2)?))?;
    Some(Linked {
        maker: host.to_ascii_lowercase(),
        address: address.to_owned(),
        made,
        is_id: false,
    })
}

fn day(year: &str, month: &str, day: &str) -> Option<Stamp> {
    let number = |text: &str, length: usize| {
        (text.len() == length)
            .then(|| decimal(text))?
            .and_then(|n| i16::try_from(n).ok())
    };
    let (year, month) = (number(year, 4)?, number(month, 2)?);
    let digits = day.bytes().take_while(u8::is_ascii_digit).count();
    let day = (digits == 2).then(|| number(day.get(..2)?, 2))??;
    let civil = (year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Stamp::from_civil(civil, (0, 0, 0), None).and_then(of_mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_days() {
        let told = |text: &str| {
            let linked = latest(text).unwrap();
            (linked.maker, linked.made.to_string(), linked.is_id)
        };
        // Computed by hand from the published epoch: (id >> 22) + 1288834974657.
        assert_eq!(
            told("see https://twitter.com/name/status/860572229158199296?s=20."),
            ("Twitter".into(), "2017-05-05T19:09:42.747Z".into(), true)
        );
        // Two posts whose times are known from elsewhere: 2020-08-26T13:43:27Z and the day before.
        assert_eq!(
            told("https://www.instagram.com/p/CEWsh68Kc5C/?x=1").1,
            "2020-08-26T13:43:27.313Z"
        );
        assert_eq!(
            told("https://www.tiktok.com/@name/video/6854717870488702213"),
            ("TikTok".into(), "2020-07-29T02:06:13Z".into(), true)
        );
        assert_eq!(latest("https://www.instagram.com/p/abc/"), None);
        assert_eq!(
            told("<http://www.paper.example/politics/article/2017/05/06/title_1.html>"),
            (
                "www.paper.example".into(),
                "2017-05-06T00:00:00Z".into(),
                false
            )
        );
        assert_eq!(latest("https://twitter.com/name/status/20"), None);
        assert_eq!(latest("https://paper.example/2017/13/06/"), None);
    }
}
