//! The clocks that mail programs and servers hide in their identifiers.
//!
//! Each function writes one form byte for byte; the tests hold it against identifiers of real programs.

use base64_simd::STANDARD;
use jiff::tz::TimeZone;

use crate::moment::{Moment, SECOND};
use crate::random::Random;

const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Postfix leaves out the vowels (`mail_queue.h`).
const BASE_52: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
const BASE_60: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// `number` in the base of the alphabet's length, at least `width` digits.
fn digits(mut number: u64, alphabet: &[u8], base: u64, width: usize) -> String {
    let mut reversed = Vec::new();
    while number > 0 || reversed.len() < width {
        reversed.push(
            alphabet
                .get((number % base) as usize)
                .copied()
                .unwrap_or(b'0'),
        );
        number /= base;
    }
    reversed
        .iter()
        .rev()
        .map(|digit| char::from(*digit))
        .collect()
}

/// Gmail's boundary: 12 digits of prefix, then Unix microseconds as low 24 bits and high 32 bits, then a counter.
pub(crate) fn gmail_boundary(prefix: &str, moment: Moment, counter: u8) -> String {
    let microseconds = format!("{:014x}", moment.0);
    let (high, low) = microseconds.split_at(8);
    format!("{prefix}{low}{high}{counter:02x}")
}

/// The id of Google's inner relays, `mr` kind, which ends in epoch milliseconds.
pub(crate) fn google_relay_id(random: &mut Random, moment: Moment) -> String {
    format!(
        "{}.{}.{}",
        google_id(random, "mr"),
        random.between(1, 255),
        moment.milliseconds()
    )
}

/// The id of Google's outer servers (`si`, `sm`), which ends in the wall clock of the US Pacific coast.
pub(crate) fn google_server_id(
    random: &mut Random,
    kind: &str,
    moment: Moment,
    pacific: &TimeZone,
) -> String {
    let wall_clock = moment.format(pacific, "%Y.%m.%d.%H.%M.%S");
    format!(
        "{}.{}.{wall_clock}",
        google_id(random, kind),
        random.between(1, 255)
    )
}

/// The id of Google's last hop (`csp`), which holds no time.
pub(crate) fn google_store_id(random: &mut Random) -> String {
    google_id(random, "csp")
}

fn google_id(random: &mut Random, kind: &str) -> String {
    let letter = random.text(LOWER, 1);
    let (first, second) = (random.between(2, 250), random.between(100_000, 19_999_999));
    format!("{letter}{first}{kind}{second}{}", random.text(LOWER, 3))
}

/// Outlook's Message-ID: 16 bits of counter, FILETIME in two halves, 32 bits of its own.
pub(crate) fn outlook_message_id(counter: u16, filetime: u64, own: u32, host: &str) -> String {
    let (high, low) = (filetime >> 32, filetime & 0xffff_ffff);
    format!("{counter:04x}{high:08x}${low:08x}${own:08x}$@{host}")
}

/// Outlook's boundary, which holds the wall clock of the writer as FILETIME.
pub(crate) fn outlook_boundary(level: u8, counter: u16, local_filetime: u64) -> String {
    let (high, low) = (local_filetime >> 32, local_filetime & 0xffff_ffff);
    format!("----=_NextPart_{level:03}_{counter:04X}_{high:08X}.{low:08X}")
}

/// Exchange's boundary: the Message-ID without anything but letters and digits, cut to 55 characters.
pub(crate) fn exchange_boundary(number: u16, message_id: &str) -> String {
    let id: String = message_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(55)
        .collect();
    format!("_{number:03}_{id}_")
}

/// `X-OriginalArrivalTime`: the fraction is milliseconds on four digits, the FILETIME low half first.
pub(crate) fn original_arrival_time(moment: Moment) -> String {
    let readable = moment.format(&TimeZone::UTC, "%d %b %Y %H:%M:%S");
    let (filetime, milliseconds) = (moment.filetime(), moment.fraction() / 1000);
    let (high, low) = (filetime >> 32, filetime & 0xffff_ffff);
    format!("{readable}.{milliseconds:04} (UTC) FILETIME=[{low:08X}:{high:08X}]")
}

/// `Thread-Index` (MS-OXOMSG, section 2.2.1.3), as Outlook writes it.
#[derive(Debug, Clone)]
pub(crate) struct ThreadIndex {
    bytes: Vec<u8>,
    /// FILETIME of the last block; the next one counts from here.
    last: u64,
}

impl ThreadIndex {
    /// The index of a new thread: top 48 bits of FILETIME, then a GUID.
    pub(crate) fn root(opened: Moment, random: &mut Random) -> Self {
        let time = opened.filetime() >> 16;
        let mut bytes = time.to_be_bytes().get(2..).unwrap_or_default().to_vec();
        bytes.extend_from_slice(&random.next().to_be_bytes());
        bytes.extend_from_slice(&random.next().to_be_bytes());
        Self {
            bytes,
            last: time << 16,
        }
    }

    /// The index of a reply: five bytes more, of which 31 bits count the time since the block before.
    pub(crate) fn reply(&self, moment: Moment, random: &mut Random) -> Self {
        let passed = moment.filetime().saturating_sub(self.last);
        let (code, shift) = if passed >> 18 < 1 << 31 {
            (0_u64, 18)
        } else {
            (1, 23)
        };
        let delta = (passed >> shift) & 0x7fff_ffff;
        let block = (code << 39) | (delta << 8) | random.below(256);
        let mut bytes = self.bytes.clone();
        bytes.extend_from_slice(block.to_be_bytes().get(3..).unwrap_or_default());
        Self {
            bytes,
            last: self.last + (delta << shift),
        }
    }

    pub(crate) fn to_base64(&self) -> String {
        STANDARD.encode_to_string(&self.bytes)
    }
}

/// Exim's id: seconds, process and fraction in 1/2000 s, base 62.
pub(crate) fn exim_id(moment: Moment, process: u64) -> String {
    let seconds = digits(moment.seconds() as u64, BASE_62, 62, 6);
    let fraction = digits((moment.fraction() / 500) as u64, BASE_62, 62, 2);
    format!("{seconds}-{}-{fraction}", digits(process, BASE_62, 62, 6))
}

/// Postfix's short id: microseconds of the second, then the inode, hexadecimal.
pub(crate) fn postfix_short_id(moment: Moment, inode: u64) -> String {
    format!("{:05X}{inode:X}", moment.fraction())
}

/// Postfix's long id: seconds and microseconds in base 52, `z`, inode in base 51.
pub(crate) fn postfix_long_id(moment: Moment, inode: u64) -> String {
    let seconds = digits(moment.seconds() as u64, BASE_52, 52, 6);
    let fraction = digits(moment.fraction() as u64, BASE_52, 52, 4);
    format!("{seconds}{fraction}z{}", digits(inode, BASE_52, 51, 1))
}

/// Sendmail's id: year, month, day, hour, minute, second and envelope as one letter each, then the process.
pub(crate) fn sendmail_id(moment: Moment, zone: &TimeZone, envelope: u64, process: u64) -> String {
    let local = moment.local(zone);
    let numbers = [
        local.year().rem_euclid(60) as u64 + 20,
        local.month() as u64 - 1,
        local.day() as u64,
        local.hour() as u64,
        local.minute() as u64,
        local.second() as u64,
        envelope,
    ];
    let letters: String = numbers
        .iter()
        .map(|number| digits(number % 60, BASE_60, 60, 1))
        .collect();
    format!("{letters}{process:05}")
}

/// Thunderbird's older Message-ID: Unix time, then four bytes that each hold a decimal digit.
pub(crate) fn thunderbird_old_message_id(
    moment: Moment,
    random: &mut Random,
    domain: &str,
) -> String {
    let digits = (0..4).fold(0_u64, |number, _| (number << 8) | random.below(10));
    format!("{:X}.{digits:X}@{domain}", moment.seconds())
}

/// The older Gmail way is gone by the period of the corpus; this one has no clock.
pub(crate) fn gmail_message_id(random: &mut Random) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=+-";
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    format!(
        "CA{}{}@mail.gmail.com",
        random.text(ALPHABET, 47),
        random.text(LETTERS, 1)
    )
}

/// A moment within a second, for identifiers that hold the fraction.
pub(crate) const fn within_second(moment: Moment, random: &mut Random) -> Moment {
    moment
        .whole_second()
        .plus(random.below(SECOND as u64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::zone;

    fn at(text: &str) -> Moment {
        Moment(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn gmail_boundaries_as_seen_in_real_mail() {
        let cases = [
            (
                "000000000000",
                "2020-03-12T20:49:03.864977Z",
                0x18,
                "000000000000b6809105a0ae7b18",
            ),
            (
                "001a113d0a8a",
                "2017-08-22T18:19:13.068227Z",
                0xbf,
                "001a113d0a8ae0f4c305575ba1bf",
            ),
            (
                "94eb2c122da4",
                "2017-07-05T11:37:00.681845Z",
                0x6c,
                "94eb2c122da417f6750553906b6c",
            ),
        ];
        for (prefix, moment, counter, expected) in cases {
            assert_eq!(gmail_boundary(prefix, at(moment), counter), expected);
        }
    }

    #[test]
    fn outlook_identifiers_of_one_real_mail() {
        let made = 0x01d3_c2c0_e7ca_4aa0;
        assert_eq!(
            outlook_message_id(0, made, 0xb75e_dfe0, "host.example"),
            "000001d3c2c0$e7ca4aa0$b75edfe0$@host.example"
        );
        assert_eq!(
            at("2018-03-23T16:06:30.218Z").filetime() / 10_000,
            made / 10_000
        );
        let local = at("2018-03-23T16:06:30.223Z").local_filetime(&zone("Europe/Paris"));
        assert_eq!(local / 10_000, 0x01d3_c2c9_498f_75f0 / 10_000);
        assert_eq!(
            outlook_boundary(0, 1, 0x01d3_c2c9_498f_75f0),
            "----=_NextPart_000_0001_01D3C2C9.498F75F0"
        );
    }

    #[test]
    fn exchange_boundary_of_a_real_message_id() {
        let id = "DM6PR12MB3547393735ECEDB4B86926A9F7C89@DM6PR12MB3547.namprd12.prod.outlook.com";
        assert_eq!(
            exchange_boundary(0, id),
            "_000_DM6PR12MB3547393735ECEDB4B86926A9F7C89DM6PR12MB3547namp_"
        );
    }

    #[test]
    fn exchange_arrival_time() {
        assert_eq!(
            original_arrival_time(at("2021-09-10T11:26:52.731Z")),
            format!(
                "10 Sep 2021 11:26:52.0731 (UTC) FILETIME=[{:08X}:01D7A636]",
                at("2021-09-10T11:26:52.731Z").filetime() & 0xffff_ffff
            )
        );
        let seen = 0x01d7_a636_c102_30b0_u64;
        assert_eq!(
            at("2021-09-10T11:26:52.731Z").filetime() / 10_000,
            seen / 10_000
        );
    }

    #[test]
    fn thread_index_counts_from_block_to_block() {
        let mut random = Random::new(1);
        let root = ThreadIndex::root(at("2018-03-23T16:06:16.230Z"), &mut random);
        assert!(root.to_base64().starts_with("AdPCwN9"));
        assert_eq!(root.bytes.len(), 22);
        let reply = root.reply(at("2018-03-24T16:06:16Z"), &mut random);
        assert_eq!(reply.bytes.len(), 27);
        assert!(at("2018-03-24T16:06:16Z").filetime() - reply.last < 1 << 19);
    }

    #[test]
    fn exim_ids_as_seen_in_real_mail() {
        assert!(exim_id(at("2017-05-10T06:29:41Z"), 0x1000).starts_with("1d8L81-"));
        assert!(exim_id(at("2023-03-26T12:57:08Z"), 0x1000).starts_with("1pgPvo-"));
        assert_eq!(exim_id(at("2017-05-10T06:29:41Z"), 30_675).len(), 16);
    }

    #[test]
    fn postfix_long_id_as_seen_in_real_mail() {
        let id = postfix_long_id(at("2019-11-29T06:56:54.145982Z"), 1_000_000);
        assert!(id.starts_with("47PQKf11zLz"), "{id}");
    }

    #[test]
    fn sendmail_id_as_seen_in_real_mail() {
        let id = sendmail_id(at("2001-08-13T17:31:01Z"), &TimeZone::UTC, 47, 1943);
        assert_eq!(id, "f7DHV1l01943");
    }
}
