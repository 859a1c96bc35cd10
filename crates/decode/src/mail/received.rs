//! `Received` fields (RFC 5321, section 4.4) in the shapes that mail servers write.

use std::net::IpAddr;

use mabillon_case::{Hop, Span};
use memchr::memrchr;

use super::date::parse_date;
use super::identifiers::trim;
use super::limits::FIELD_BYTES_MAX;
use super::parameters::comment_length;

/// The clause that words belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clause {
    Start,
    From,
    By,
    Via,
    With,
    Id,
    For,
}

/// Reads one field value.
pub(super) fn hop(raw: &[u8], span: Span) -> Hop {
    let read_end = span.end.min(span.start.saturating_add(FIELD_BYTES_MAX));
    let value = Span::new(span.start, read_end);
    let clauses_end = memrchr(b';', value.of(raw)).map_or(value.end, |at| value.start + at);
    let date_span = trim(raw, Span::new((clauses_end + 1).min(value.end), value.end));
    let mut hop = Hop {
        date: parse_date(date_span.of(raw)).map(|(stamp, _)| stamp),
        date_span,
        span,
        ..Hop::default()
    };
    let mut at = value.start;
    let mut clause = Clause::Start;
    // Whether the clause still waits for its value: a keyword there is a value (`from by`).
    let mut is_new = false;
    while at < clauses_end {
        let rest = raw.get(at..clauses_end).unwrap_or_default();
        let length = token_length(rest);
        let token = Span::new(at, at + length);
        at += length;
        match token.of(raw) {
            [b'(', ..] => comment(&mut hop, clause, token.of(raw)),
            word if word.first().is_none_or(u8::is_ascii_whitespace) => {}
            word => {
                if let Some(next) = keyword(word).filter(|_| !is_new) {
                    (clause, is_new) = (next, true);
                } else {
                    set(&mut hop, clause, raw, token);
                    is_new = false;
                }
            }
        }
    }
    normalise(&mut hop);
    hop
}

/// Length of the comment, the run of white space, or the word that starts here.
fn token_length(rest: &[u8]) -> usize {
    match rest.first() {
        Some(b'(') => comment_length(rest),
        Some(first) => {
            let is_blank = first.is_ascii_whitespace();
            let ends = |b: &u8| b.is_ascii_whitespace() != is_blank || *b == b'(';
            rest.iter().position(ends).unwrap_or(rest.len()).max(1)
        }
        None => 1,
    }
}

fn keyword(word: &[u8]) -> Option<Clause> {
    const KEYWORDS: [(&[u8], Clause); 6] = [
        (b"from", Clause::From),
        (b"by", Clause::By),
        (b"via", Clause::Via),
        (b"with", Clause::With),
        (b"id", Clause::Id),
        (b"for", Clause::For),
    ];
    let found = KEYWORDS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))?;
    Some(found.1)
}

/// Takes a word as the value of its clause; only `with` has values of several words.
fn set(hop: &mut Hop, clause: Clause, raw: &[u8], token: Span) {
    let bare = strip(raw, token);
    let text = String::from_utf8_lossy(bare.of(raw)).into_owned();
    let slot = match clause {
        Clause::Start | Clause::Via => return,
        Clause::From => &mut hop.from,
        Clause::By => &mut hop.by,
        Clause::For => &mut hop.for_,
        Clause::Id => {
            if hop.id.is_none() {
                hop.id_span = bare;
            }
            &mut hop.id
        }
        Clause::With => {
            let with = hop.with.get_or_insert_default();
            if !with.is_empty() {
                with.push(' ');
            }
            with.push_str(&text);
            return;
        }
    };
    slot.get_or_insert(text);
}

/// The word without angle brackets and without the separator after it.
fn strip(raw: &[u8], token: Span) -> Span {
    let bytes = token.of(raw);
    let n_end = bytes
        .iter()
        .rev()
        .take_while(|b| matches!(b, b',' | b';' | b'>'))
        .count();
    let n_start = usize::from(bytes.first() == Some(&b'<'));
    let start = token.start + n_start;
    Span::new(start, (token.end - n_end).max(start))
}

/// Reads the comment after `from`: name by reverse look-up, address, and the greeting where the server puts it there.
fn comment(hop: &mut Hop, clause: Clause, comment: &[u8]) {
    if clause != Clause::From {
        return;
    }
    let text = String::from_utf8_lossy(comment);
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','));
    let mut before_is_helo = false;
    for (index, word) in words.filter(|word| !word.is_empty()).enumerate() {
        if before_is_helo {
            greet(hop, word);
            before_is_helo = false;
        } else if word.eq_ignore_ascii_case("helo") || word.eq_ignore_ascii_case("ehlo") {
            before_is_helo = true;
        } else if let Some(greeting) = word.strip_prefix("helo=").or(word.strip_prefix("HELO=")) {
            greet(hop, greeting);
        } else if let Some(ip) = ip_of(word) {
            hop.from_ip = hop.from_ip.or(Some(ip));
        } else if index == 0 && hop.from_rdns.is_none() && is_host(word) {
            let host = word.rsplit('@').next().unwrap_or(word);
            hop.from_rdns = Some(host.trim_end_matches('.').to_owned());
        }
    }
}

/// Exim and qmail write the name by reverse look-up first and the greeting (`HELO`) in the comment.
fn greet(hop: &mut Hop, greeting: &str) {
    let name = hop.from.replace(greeting.to_owned());
    if let Some(name) = name {
        hop.from_ip = hop.from_ip.or_else(|| ip_of(&name));
        if is_host(&name) {
            hop.from_rdns = Some(name.trim_end_matches('.').to_owned());
        }
    }
}

/// Whether a word can be the name of a host rather than a remark.
fn is_host(word: &str) -> bool {
    !word.eq_ignore_ascii_case("unknown")
        && !word.starts_with('[')
        && !word.contains('=')
        && (word.contains('.') || word.eq_ignore_ascii_case("localhost"))
}

/// An address in the forms `[192.0.2.1]`, `[192.0.2.1]:25`, `192.0.2.1`, `IPv6:2001:db8::1`, `user@192.0.2.1`.
fn ip_of(word: &str) -> Option<IpAddr> {
    let word = word.rsplit('@').next().unwrap_or(word);
    let inner = match word.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        None => word,
    };
    let inner = match inner.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => inner.get(5..)?,
        _ => inner,
    };
    let ip: IpAddr = inner.parse().ok()?;
    Some(ip.to_canonical())
}

/// Where `from` is itself an address, it is the client's address, unless a comment states another.
fn normalise(hop: &mut Hop) {
    if hop.from_ip.is_none() {
        hop.from_ip = hop.from.as_deref().and_then(ip_of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One shape of a field: value, from, rdns, ip, by, with, id, for, date.
    type Shape<'a> = (&'a str, [&'a str; 8]);

    const SHAPES: [Shape<'_>; 13] = [
        // Postfix
        (
            "from mail.a.example (mx1.a.example [192.0.2.1])\r\n\t(using TLSv1.2 with cipher X (256/256 bits))\r\n\tby mx.b.example (Postfix) with ESMTPS id 47PQKf11zLzDr58\r\n\tfor <ada@b.example>; Fri, 29 Nov 2019 17:56:52 +1100 (AEDT)",
            [
                "mail.a.example",
                "mx1.a.example",
                "192.0.2.1",
                "mx.b.example",
                "ESMTPS",
                "47PQKf11zLzDr58",
                "ada@b.example",
                "2019-11-29T17:56:52+11:00",
            ],
        ),
        // Postfix, no reverse look-up
        (
            "from a (unknown [IPv6:2001:db8::1]) by b (Postfix) with ESMTP id 4A1; 1 Jan 2020 00:00:00 +0000",
            [
                "a",
                "",
                "2001:db8::1",
                "b",
                "ESMTP",
                "4A1",
                "",
                "2020-01-01T00:00:00+00:00",
            ],
        ),
        // Exim
        (
            "from rdns.a.example ([192.0.2.1]:4711 helo=mail.a.example)\r\n\tby mx.b.example with esmtps (TLS1.2:X:256)\r\n\t(Exim 4.92)\r\n\t(envelope-from <bo@a.example>)\r\n\tid 1d8L81-00083F-8v\r\n\tfor ada@b.example; Wed, 10 May 2017 08:29:41 +0200",
            [
                "mail.a.example",
                "rdns.a.example",
                "192.0.2.1",
                "mx.b.example",
                "esmtps",
                "1d8L81-00083F-8v",
                "ada@b.example",
                "2017-05-10T08:29:41+02:00",
            ],
        ),
        // Exim, no name
        (
            "from [192.0.2.1] (helo=laptop) by mx.b.example with esmtpa id 1a; 1 Jan 2020 00:00:00 GMT",
            [
                "laptop",
                "",
                "192.0.2.1",
                "mx.b.example",
                "esmtpa",
                "1a",
                "",
                "2020-01-01T00:00:00+00:00",
            ],
        ),
        // Sendmail
        (
            "from mail.a.example (bo@mx1.a.example [192.0.2.1] (may be forged)) by mx.b.example (8.14.4/8.14.4) with ESMTP id v3DHV1l01943 for <ada@b.example>; Thu, 13 Apr 2017 17:31:01 GMT",
            [
                "mail.a.example",
                "mx1.a.example",
                "192.0.2.1",
                "mx.b.example",
                "ESMTP",
                "v3DHV1l01943",
                "ada@b.example",
                "2017-04-13T17:31:01+00:00",
            ],
        ),
        // qmail
        (
            "from unknown (HELO mail.a.example) (192.0.2.1)\r\n  by mx.b.example with SMTP; 3 Apr 2017 10:00:00 -0000",
            [
                "mail.a.example",
                "",
                "192.0.2.1",
                "mx.b.example",
                "SMTP",
                "",
                "",
                "2017-04-03T10:00:00Z",
            ],
        ),
        // qmail, local
        (
            "(qmail 12345 invoked by uid 0); 3 Apr 2017 10:00:00 -0000",
            ["", "", "", "", "", "", "", "2017-04-03T10:00:00Z"],
        ),
        // Exchange
        (
            "from A.prod.example (10.1.2.3) by\r\n B.prod.example (10.2.3.4) with Microsoft SMTP\r\n Server (version=TLS1_2,\r\n cipher=X) id 15.1.1019.17; Mon, 3 Apr 2017 10:00:00 +0000",
            [
                "A.prod.example",
                "",
                "10.1.2.3",
                "B.prod.example",
                "Microsoft SMTP Server",
                "15.1.1019.17",
                "",
                "2017-04-03T10:00:00+00:00",
            ],
        ),
        // Exchange, brackets
        (
            "from A.prod.example ([fe80::1]) by B.prod.example\r\n ([fe80::2%3]) with mapi id 15.01.1019.017; Mon, 3 Apr 2017 10:00:00 +0000",
            [
                "A.prod.example",
                "",
                "fe80::1",
                "B.prod.example",
                "mapi",
                "15.01.1019.017",
                "",
                "2017-04-03T10:00:00+00:00",
            ],
        ),
        // Gmail, inside
        (
            "by 10.157.43.80 with SMTP id u28mr655795oti.152.1519156518366;\r\n        Tue, 20 Feb 2018 11:55:18 -0800 (PST)",
            [
                "",
                "",
                "",
                "10.157.43.80",
                "SMTP",
                "u28mr655795oti.152.1519156518366",
                "",
                "2018-02-20T11:55:18-08:00",
            ],
        ),
        // Gmail, incoming
        (
            "from mail-sor.mail.example (mail-sor.mail.example. [192.0.2.41])\r\n        by mx.mail.example with SMTPS id q81sor10535131wmg.8.2018.03.23.09.06.30\r\n        for <ada@b.example>\r\n        (Google Transport Security);\r\n        Fri, 23 Mar 2018 09:06:30 -0700 (PDT)",
            [
                "mail-sor.mail.example",
                "mail-sor.mail.example",
                "192.0.2.41",
                "mx.mail.example",
                "SMTPS",
                "q81sor10535131wmg.8.2018.03.23.09.06.30",
                "ada@b.example",
                "2018-03-23T09:06:30-07:00",
            ],
        ),
        // Dovecot
        (
            "from mx.b.example\r\n\tby mx.b.example with LMTP\r\n\tid aBcD==\r\n\t(envelope-from <bo@a.example>)\r\n\tfor <ada@b.example>; Mon, 3 Apr 2017 10:00:00 +0200",
            [
                "mx.b.example",
                "",
                "",
                "mx.b.example",
                "LMTP",
                "aBcD==",
                "ada@b.example",
                "2017-04-03T10:00:00+02:00",
            ],
        ),
        // No date
        ("from a by b", ["a", "", "", "b", "", "", "", ""]),
    ];

    #[test]
    fn the_shapes_of_known_servers() {
        for (value, expected) in SHAPES {
            let hop = hop(value.as_bytes(), Span::new(0, value.len()));
            let ip = hop.from_ip.map(|ip| ip.to_string());
            let date = hop.date.map(|date| date.to_string());
            let shown = [
                hop.from,
                hop.from_rdns,
                ip,
                hop.by,
                hop.with,
                hop.id.clone(),
                hop.for_,
                date,
            ];
            let shown = shown.map(Option::unwrap_or_default);
            assert_eq!(shown.each_ref().map(String::as_str), expected, "{value}");
            let id = String::from_utf8_lossy(hop.id_span.of(value.as_bytes())).into_owned();
            assert_eq!(hop.id.unwrap_or_default(), id);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(value: Vec<u8>) {
            hop(&value, Span::new(0, value.len()));
        }

        #[test]
        fn nothing_panics_on_likely_words(value in "(from|by|id|with|for|[a<>(); \\[\\]=.]){0,40}") {
            let hop = hop(value.as_bytes(), Span::new(0, value.len()));
            proptest::prop_assert!(hop.id_span.end <= value.len() && hop.date_span.end <= value.len());
        }
    }
}
