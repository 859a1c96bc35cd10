//! What exporters do to messages without meaning to.

use crate::mime::Mail;
use crate::plan::Damage;

/// The harm done to one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Harm {
    pub(crate) lf: bool,
    pub(crate) from_quoted: bool,
    pub(crate) headers_dropped: bool,
}

const UNHARMED: Harm = Harm {
    lf: false,
    from_quoted: false,
    headers_dropped: false,
};

impl Harm {
    /// The harm done to the mailbox of this number.
    pub(crate) const fn of(damage: Damage, mailbox: usize) -> Self {
        match (damage, mailbox % 6) {
            (Damage::None, _) | (Damage::All, 0 | 5) => UNHARMED,
            (Damage::Lf, _) | (Damage::All, 1) => Self {
                lf: true,
                ..UNHARMED
            },
            (Damage::From, _) | (Damage::All, 2) => Self {
                from_quoted: true,
                ..UNHARMED
            },
            (Damage::All, 3) => Self {
                headers_dropped: true,
                ..UNHARMED
            },
            (Damage::All, _) => Self {
                lf: true,
                from_quoted: true,
                ..UNHARMED
            },
        }
    }

    /// The bytes that the exporter writes; `lf` where the message had such line ends before.
    pub(crate) fn export(self, mut mail: Mail, lf: bool) -> Vec<u8> {
        if self.headers_dropped {
            mail.head.retain(|field| !is_dropped(&field.name));
        }
        let mut bytes = mail.to_bytes();
        if !bytes.ends_with(b"\n") {
            bytes.extend_from_slice(b"\r\n");
        }
        if self.from_quoted {
            bytes = quote_from(&bytes);
        }
        if self.lf || lf {
            bytes = to_lf(&bytes);
        }
        bytes
    }
}

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

/// `>` before each line that begins with `From ` behind any number of `>` (the mboxrd dialect).
pub(crate) fn quote_from(bytes: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(bytes.len() + 16);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let n_marks = line.iter().take_while(|byte| **byte == b'>').count();
        if line
            .get(n_marks..)
            .is_some_and(|rest| rest.starts_with(b"From "))
        {
            quoted.push(b'>');
        }
        quoted.extend_from_slice(line);
    }
    quoted
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
    }
}
