//! What exporters and migrations do to messages without meaning to.

use bytes::Bytes;

use crate::mime::{Field, Mail, quoted_printable};
use crate::moment::Moment;
use crate::parts;
use crate::plan::{Damage, EXPORTERS};
use crate::random::Random;

/// The harm done to one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one habit of exporters, and they occur together"
)]
pub(crate) struct Harm {
    pub(crate) lf: bool,
    pub(crate) from_quoted: bool,
    pub(crate) headers_dropped: bool,
    /// The mailbox moved to another server on this day: what came before lost the traces of its way.
    pub(crate) migrated: Option<Moment>,
    /// The exporter makes each message anew from its fields and parts, as converters of Outlook's stores do.
    pub(crate) made_anew: bool,
    pub(crate) dialect: Dialect,
}

/// How an mbox tells messages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `>` before `From ` behind any number of `>`.
    Rd,
    /// `>` before `From ` alone.
    O,
    /// `Content-Length` and no quoting.
    Cl2,
}

const UNHARMED: Harm = Harm {
    lf: false,
    from_quoted: false,
    headers_dropped: false,
    migrated: None,
    made_anew: false,
    dialect: Dialect::Rd,
};

impl Harm {
    /// The harm done to the mailbox of this number.
    fn of(damage: Damage, mailbox: usize) -> Self {
        match damage {
            Damage::None => UNHARMED,
            Damage::Lf => Self {
                lf: true,
                ..UNHARMED
            },
            Damage::From => Self {
                from_quoted: true,
                ..UNHARMED
            },
            Damage::All => Self::of_kind(mailbox),
            Damage::Exporter(kind) => Self::of_kind(kind),
        }
    }

    /// The harm done to the mailbox of this number where each collection has its own exporters.
    pub(crate) fn drawn(damage: Damage, mailbox: usize, seed: u64) -> Self {
        if damage != Damage::All {
            return Self::of(damage, mailbox);
        }
        let mut random = Random::labelled(seed, "exporters");
        Self::of_kind(mailbox + random.index(N_KINDS))
    }

    fn of_kind(kind: usize) -> Self {
        match kind % N_KINDS {
            1 => Self {
                lf: true,
                dialect: Dialect::O,
                ..UNHARMED
            },
            2 => Self {
                from_quoted: true,
                ..UNHARMED
            },
            3 => Self {
                headers_dropped: true,
                ..UNHARMED
            },
            4 => Self {
                lf: true,
                from_quoted: true,
                ..UNHARMED
            },
            5 => Self {
                dialect: Dialect::Cl2,
                ..UNHARMED
            },
            6 => Self {
                migrated: Some(Moment::day(2016, 6, 18)),
                ..UNHARMED
            },
            7 => Self {
                made_anew: true,
                lf: true,
                ..UNHARMED
            },
            _ => UNHARMED,
        }
    }

    /// Whether it changes what signatures cover beyond what can be undone.
    pub(crate) const fn breaks_signatures(self) -> bool {
        self.made_anew
    }

    /// What this harm is called in the answers.
    pub(crate) const fn name(self, at: Moment) -> &'static str {
        match self.migrated {
            Some(day) if at.0 < day.0 => "migrated",
            _ if self.made_anew => "made anew by the exporter",
            _ if self.headers_dropped => "header fields dropped",
            _ => "",
        }
    }

    /// The bytes that the exporter writes; `lf` where the message had such line ends before.
    pub(crate) fn export(self, mut mail: Mail, lf: bool, at: Moment) -> Vec<u8> {
        if self.headers_dropped {
            mail.head.retain(|field| !is_dropped(&field.name));
        }
        if self.migrated.is_some_and(|day| at < day) {
            mail.head.retain(|field| !is_trace(&field.name));
        }
        if self.made_anew {
            mail = made_anew(mail);
        }
        let mut bytes = mail.to_bytes();
        if !bytes.ends_with(b"\n") {
            bytes.extend_from_slice(b"\r\n");
        }
        self.written(bytes, lf)
    }

    /// Bytes of a message or of a message enclosed in one, as the exporter writes them.
    pub(crate) fn written(self, mut bytes: Vec<u8>, lf: bool) -> Vec<u8> {
        if self.from_quoted {
            bytes = quote_from(&bytes);
        }
        if self.lf || lf {
            bytes = to_lf(&bytes);
        }
        bytes
    }
}

const N_KINDS: usize = EXPORTERS.len();

/// Some exporters keep only what they think a reader wants.
fn is_dropped(name: &str) -> bool {
    const KEPT: &[&str] = &["X-Mailer"];
    let name_is = |other: &str| name.eq_ignore_ascii_case(other);
    let is_private = name
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("X-"));
    (is_private && !KEPT.iter().any(|kept| name_is(kept)))
        || name_is("Received-SPF")
        || name_is("List-Unsubscribe")
}

/// What servers wrote on the way.
fn is_trace(name: &str) -> bool {
    const TRACE: &[&str] = &[
        "Received",
        "X-Received",
        "Return-Path",
        "Delivered-To",
        "Received-SPF",
        "Authentication-Results",
        "X-Gm-Message-State",
        "X-OriginalArrivalTime",
    ];
    TRACE.iter().any(|trace| name.eq_ignore_ascii_case(trace))
}

/// A message of one text part is written again; what has parts keeps them and gets the exporter's own boundary.
fn made_anew(mut mail: Mail) -> Mail {
    let leaves = parts::leaves(&mail);
    let [leaf] = leaves.as_slice() else {
        return with_own_boundary(mail);
    };
    if !leaf.is("text/plain") {
        return mail;
    }
    let text: Vec<u8> = leaf
        .decoded(&mail)
        .into_iter()
        .filter(|byte| *byte != b'\r')
        .collect();
    mail.head
        .retain(|field| !field.is("Content-Transfer-Encoding"));
    mail.head
        .push(Field::new("Content-Transfer-Encoding", "quoted-printable"));
    mail.body = Bytes::from([quoted_printable(&text).as_slice(), b"\r\n"].concat());
    mail
}

/// The outermost boundary replaced by one of the exporter's kind.
fn with_own_boundary(mut mail: Mail) -> Mail {
    let content = mail.head.iter().find(|field| field.is("Content-Type"));
    let Some(old) = content.and_then(|field| parts::boundary_of(&field.line())) else {
        return mail;
    };
    let new = format!(
        "--boundary-LibPST-iamunique-{}_-_-",
        old.bytes().fold(7_u32, |sum, byte| sum
            .wrapping_mul(31)
            .wrapping_add(u32::from(byte)))
    );
    let value = mail.value("Content-Type").unwrap_or_default();
    let value = value
        .replace(&format!("\"{old}\""), &old)
        .replace(&old, &format!("\"{new}\""));
    mail.set("Content-Type", value);
    let delimiter = format!("--{old}");
    let mut body = Vec::with_capacity(mail.body.len() + 200);
    for line in mail.body.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(delimiter.as_bytes()) {
            Some(rest) if matches!(rest.trim_ascii_end(), b"" | b"--") => {
                body.extend_from_slice(b"--");
                body.extend_from_slice(new.as_bytes());
                body.extend_from_slice(rest);
            }
            _ => body.extend_from_slice(line),
        }
    }
    mail.body = Bytes::from(body);
    mail
}

/// `>` before each line that begins with `From ` behind any number of `>` (the mboxrd dialect).
pub(crate) fn quote_from(bytes: &[u8]) -> Vec<u8> {
    quoted_where(bytes, |line| {
        let n_marks = line.iter().take_while(|byte| **byte == b'>').count();
        line.get(n_marks..)
            .is_some_and(|rest| rest.starts_with(b"From "))
    })
}

/// The bytes of a message inside an mbox of this dialect.
pub(crate) fn in_mbox(bytes: &[u8], dialect: Dialect) -> Vec<u8> {
    match dialect {
        Dialect::Rd => quote_from(bytes),
        Dialect::O => quoted_where(bytes, |line| line.starts_with(b"From ")),
        Dialect::Cl2 => with_length(bytes),
    }
}

fn quoted_where(bytes: &[u8], is_quoted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(bytes.len() + 16);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if is_quoted(line) {
            quoted.push(b'>');
        }
        quoted.extend_from_slice(line);
    }
    quoted
}

/// `Content-Length`, in bytes, as the last field.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let (gap, line_end): (&[u8], _) = if bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        (b"\r\n\r\n", "\r\n")
    } else {
        (b"\n\n", "\n")
    };
    let Some(end) = bytes.windows(gap.len()).position(|window| window == gap) else {
        return bytes.to_vec();
    };
    let head = end + line_end.len();
    let field = format!(
        "Content-Length: {}{line_end}",
        bytes.len() - end - gap.len()
    );
    let (head, body) = bytes.split_at(head);
    [head, field.as_bytes(), body].concat()
}

fn to_lf(bytes: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => {
                changed.extend_from_slice(text);
                changed.push(b'\n');
            }
            None => changed.extend_from_slice(line),
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_lines_are_quoted_wherever_they_stand() {
        assert_eq!(
            quote_from(b"a\nFrom b\n>From c\nFromage\n"),
            b"a\n>From b\n>>From c\nFromage\n"
        );
        assert_eq!(
            in_mbox(b"a\nFrom b\n>From c\n", Dialect::O),
            b"a\n>From b\n>From c\n"
        );
    }

    #[test]
    fn a_length_counts_the_body_alone() {
        assert_eq!(
            in_mbox(b"To: a\n\nFrom b\n", Dialect::Cl2),
            b"To: a\nContent-Length: 7\n\nFrom b\n"
        );
    }
}
