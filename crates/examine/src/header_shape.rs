//! The shape of a header: which fields stand in it, in which order, and what they tell of the machine that sent it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use mabillon_case::{LineEnds, Message};

/// Names of fields kept of one side of a header; honest mail has thirty.
const NAMES_MAX: usize = 80;
/// A name longer than this is cut, in bytes.
const NAME_BYTES_MAX: usize = 60;
/// Bits of an address of version 4 that name a network of one provider or house.
const NETWORK_BITS_V4: u32 = 24;
/// The same of version 6: what a customer is given at most.
const NETWORK_BITS_V6: u32 = 48;
/// Characters of `X-Gm-Message-State` that are the same for all messages of some weeks.
const ERA_TOKEN_CHARACTERS: usize = 6;

/// Fields that mail stores and programs that export add: they say nothing of sender or relay.
const OF_THE_STORE: [&[u8]; 12] = [
    b"x-gmail-labels",
    b"x-gm-thrid",
    b"x-gm-msgid",
    b"status",
    b"x-status",
    b"x-keywords",
    b"x-uid",
    b"x-uidl",
    b"x-account-key",
    b"content-length",
    b"lines",
    b"comments",
];
/// Starts of the names of such fields.
const OF_THE_STORE_START: [&[u8]; 3] = [b"x-mozilla-", b"x-evolution-", b"x-imap"];

/// The names of the fields that mail stores and exporting programs added, each once, separated by spaces.
pub(crate) fn store_fields(message: &Message) -> String {
    let (mut names, mut seen) = (String::new(), BTreeSet::new());
    let of_store = message
        .fields()
        .iter()
        .map(|field| field.name.of(&message.raw))
        .filter(|name| is_of_the_store(name) && !name.eq_ignore_ascii_case(b"comments"));
    for name in of_store {
        if seen.len() < NAMES_MAX && seen.insert(name.to_ascii_lowercase()) {
            push(&mut names, name);
        }
    }
    names
}

/// How the lines of the header end.
pub(crate) fn line_ends(message: &Message) -> LineEnds {
    let header = message.header.of(&message.raw);
    let (mut n_crlf, mut n_lf) = (0_usize, 0_usize);
    for at in memchr::memchr_iter(b'\n', header) {
        let is_crlf = at
            .checked_sub(1)
            .and_then(|before| header.get(before))
            .is_some_and(|&byte| byte == b'\r');
        *(if is_crlf { &mut n_crlf } else { &mut n_lf }) += 1;
    }
    match (n_crlf, n_lf) {
        (0, 0) => LineEnds::None,
        (_, 0) => LineEnds::CrLf,
        (0, _) => LineEnds::Lf,
        _ => LineEnds::Mixed,
    }
}

/// The names of the fields that relays and the receiver wrote, each once, and of those that the sender's side wrote, all;
/// each in order, separated by spaces.
pub(crate) fn field_names(message: &Message) -> (String, String) {
    let fields = message.fields();
    let name = |index: usize| {
        fields
            .get(index)
            .map_or(&[][..], |field| field.name.of(&message.raw))
    };
    let n_relay = (0..fields.len())
        .rev()
        .find(|&index| name(index).eq_ignore_ascii_case(b"received"))
        .map_or(0, |lowest| lowest + 1);
    let (mut relay, mut sender) = (String::new(), String::new());
    let mut seen = BTreeSet::new();
    for index in (0..n_relay).filter(|&index| !is_of_the_store(name(index))) {
        if seen.len() < NAMES_MAX && seen.insert(name(index).to_ascii_lowercase()) {
            push(&mut relay, name(index));
        }
    }
    let of_sender = (n_relay..fields.len()).filter(|&index| !is_of_the_store(name(index)));
    for index in of_sender.take(NAMES_MAX) {
        push(&mut sender, name(index));
    }
    (relay, sender)
}

fn push(names: &mut String, name: &[u8]) {
    if !names.is_empty() {
        names.push(' ');
    }
    let name = name
        .get(..name.len().min(NAME_BYTES_MAX))
        .unwrap_or_default();
    // Names are ASCII (RFC 5322, section 2.2); what is not is no name, but must not join two of them.
    names.extend(name.iter().map(|&byte| {
        if byte.is_ascii_graphic() {
            char::from(byte)
        } else {
            '?'
        }
    }));
}

fn is_of_the_store(name: &[u8]) -> bool {
    let begins_with = |start: &&[u8]| {
        name.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    OF_THE_STORE
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
        || OF_THE_STORE_START.iter().any(begins_with)
}

/// The network of an address; empty for one of a private network or of the machine itself.
pub(crate) fn client_network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) if v4.is_private() || v4.is_loopback() || v4.is_link_local() => {
            String::new()
        }
        IpAddr::V4(v4) => {
            let network = v4.to_bits() & (u32::MAX << (32 - NETWORK_BITS_V4));
            format!(
                "{}/{NETWORK_BITS_V4}",
                std::net::Ipv4Addr::from_bits(network)
            )
        }
        // Addresses in which Google's and other houses' servers name each other inside.
        IpAddr::V6(v6)
            if v6.is_loopback()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.segments().first() == Some(&0x2002) =>
        {
            String::new()
        }
        IpAddr::V6(v6) => {
            let network = v6.to_bits() & (u128::MAX << (128 - NETWORK_BITS_V6));
            format!(
                "{}/{NETWORK_BITS_V6}",
                std::net::Ipv6Addr::from_bits(network)
            )
        }
    }
}

/// The start of `X-Gm-Message-State`.
pub(crate) fn era_token(message: &Message) -> String {
    let value = message.value("X-Gm-Message-State").unwrap_or_default();
    let start: String = value.chars().take(ERA_TOKEN_CHARACTERS).collect();
    let is_token = start.len() == ERA_TOKEN_CHARACTERS
        && start
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if is_token { start } else { String::new() }
}

/// Marks of drafts: Thunderbird's `X-Mozilla-Draft-Info`, Apple Mail's `X-Uniform-Type-Identifier:
/// com.apple.mail-draft`, Outlook's `X-Unsent: 1`.
///
/// A message that passed a relay was sent, whatever it bears; Thunderbird leaves its mark in some sent copies.
pub(crate) fn is_draft(message: &Message) -> bool {
    let bears = |name: &str, start: &str| {
        message
            .value(name)
            .is_some_and(|value| value.starts_with(start))
    };
    message.hops.is_empty()
        && (bears("X-Mozilla-Draft-Info", "internal/draft")
            || bears("X-Uniform-Type-Identifier", "com.apple.mail-draft")
            || bears("X-Unsent", "1"))
}

/// Whether it is sent to many at once.
pub(crate) fn is_bulk(message: &Message) -> bool {
    message.field("List-Unsubscribe").is_some()
        || message
            .value("Precedence")
            .is_some_and(|value| value.eq_ignore_ascii_case("bulk"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn names(header: &str) -> (String, String) {
        let raw = Bytes::from(format!("{header}\n\ntext\n"));
        field_names(&mabillon_decode::message(raw, None).message)
    }

    #[test]
    fn the_lowest_received_divides_the_header() {
        let header = "X-Mozilla-Status: 0001\nReceived: by a; Mon, 3 Apr 2017 10:00:00 +0000\nReceived: by b; Mon, 3 Apr 2017 10:00:00 +0000\nFrom: a@b.example\nTo: c@d.example";
        assert_eq!(names(header), ("Received".into(), "From To".into()));
        assert_eq!(
            names("From: a@b.example\nDate: x"),
            (String::new(), "From Date".into())
        );
    }

    #[test]
    fn networks_of_houses() {
        let of = |text: &str| client_network(text.parse().unwrap());
        assert_eq!(of("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(of("2001:db8:12:3456::1"), "2001:db8:12::/48");
        assert_eq!(of("10.1.2.3"), "");
        assert_eq!(of("2002:a05:6102:1234::"), "");
    }
}
