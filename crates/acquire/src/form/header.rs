//! Does a text begin with the header of an Internet message (RFC 5322, section 2.2)?

use memchr::memchr;

/// Bytes of a header that are looked at.
const LOOK_BYTES_MAX: usize = 64 << 10;

/// Empty lines before the header that careless tools write.
const LEADING_EMPTY_LINES_MAX: usize = 3;

/// Fields that only mail systems and mail programs write.
const MACHINE_FIELDS: &[&[u8]] = &[
    b"received",
    b"message-id",
    b"return-path",
    b"delivered-to",
    b"mime-version",
    b"dkim-signature",
    b"domainkey-signature",
    b"arc-seal",
    b"authentication-results",
    b"received-spf",
    b"in-reply-to",
    b"envelope-to",
    b"x-mailer",
    b"x-originating-ip",
    b"x-gmail-labels",
    b"x-gm-thrid",
    b"x-mozilla-status",
    b"x-ms-has-attach",
    b"x-uidl",
    b"x-account-key",
    b"thread-index",
    b"x-spam-status",
    b"x-priority",
    b"list-unsubscribe",
    b"resent-from",
    b"resent-date",
    b"errors-to",
    b"x-apparently-to",
];

/// Fields of messages that other texts may also begin with.
const COMMON_FIELDS: &[&[u8]] = &[
    b"subject",
    b"content-type",
    b"content-transfer-encoding",
    b"references",
    b"user-agent",
    b"status",
    b"thread-topic",
    b"importance",
    b"precedence",
    b"list-id",
    b"list-post",
    b"auto-submitted",
    b"organization",
    b"newsgroups",
    b"lines",
    b"x-status",
    b"content-disposition",
    b"content-length",
];

/// Fields whose value is an address.
const ADDRESS_FIELDS: &[&[u8]] = &[
    b"from",
    b"to",
    b"cc",
    b"bcc",
    b"sender",
    b"reply-to",
    b"resent-to",
    b"apparently-to",
];

/// The name of the field that a line begins, if it begins one: printable characters up to a colon.
pub(crate) fn field_name(line: &[u8]) -> Option<&[u8]> {
    const NAME_BYTES_MAX: usize = 76;
    let look = line.get(..line.len().min(NAME_BYTES_MAX + 2))?;
    let name = look.get(..memchr(b':', look)?)?.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_name.then_some(name)
}

/// Whether a line begins a field that messages have.
pub(crate) fn is_mail_field(line: &[u8]) -> bool {
    field_name(line).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name == b"date"
            || name.starts_with(b"x-")
            || [MACHINE_FIELDS, COMMON_FIELDS, ADDRESS_FIELDS]
                .iter()
                .any(|fields| fields.contains(&name.as_slice()))
    })
}

/// Whether the text begins with the header of a message.
///
/// Asked for are two fields, known fields of two points together (those only machines write count two), and an
/// orderly end. `From`, `Sent`, `To`, `Subject` without any machine's field is a message printed by Outlook as text.
pub(crate) fn looks_like_message(bytes: &[u8]) -> bool {
    let score = score_of(
        bytes
            .get(..bytes.len().min(LOOK_BYTES_MAX))
            .unwrap_or_default(),
    );
    let is_printed = score.has_sent && score.n_machine == 0;
    if is_printed || score.n_fields < 2 {
        return false;
    }
    if score.is_orderly {
        score.points() >= 2
    } else {
        score.n_fields >= 3 && score.n_machine >= 1 && score.points() >= 3
    }
}

#[derive(Default)]
struct Score {
    n_fields: usize,
    n_machine: usize,
    n_common: usize,
    has_extension: bool,
    has_sent: bool,
    /// Whether all lines were fields up to an empty line or the end.
    is_orderly: bool,
}

impl Score {
    fn points(&self) -> usize {
        2 * self.n_machine + self.n_common + usize::from(self.has_extension && self.n_common > 0)
    }

    fn add(&mut self, name: &[u8], line: &[u8]) {
        self.n_fields += 1;
        let name = name.to_ascii_lowercase();
        let value = line
            .get(memchr(b':', line).unwrap_or(0)..)
            .unwrap_or_default();
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if MACHINE_FIELDS.contains(&name.as_slice()) {
            self.n_machine += 1;
        } else if COMMON_FIELDS.contains(&name.as_slice()) {
            self.n_common += 1;
        } else if ADDRESS_FIELDS.contains(&name.as_slice()) {
            let is_address = value.is_empty() || value.contains(&b'@') || value.contains(&b'<');
            self.n_common += usize::from(is_address);
        } else if name == b"date" {
            let is_time = value.iter().any(u8::is_ascii_digit) && value.contains(&b':');
            self.n_common += usize::from(is_time);
        } else if name.starts_with(b"x-") {
            self.has_extension = true;
        } else if name == b"sent" {
            self.has_sent = true;
        }
    }
}

fn score_of(text: &[u8]) -> Score {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut score = Score {
        is_orderly: true,
        ..Score::default()
    };
    let mut n_empty = 0;
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.first() {
            None if score.n_fields > 0 => break,
            None => {
                n_empty += 1;
                if n_empty > LEADING_EMPTY_LINES_MAX {
                    break;
                }
            }
            Some(b' ' | b'\t') if score.n_fields > 0 => {}
            Some(_) => match field_name(line) {
                Some(name) => score.add(name, line),
                // A separator line quoted or damaged by an exporter.
                None if index == 0
                    && (line.starts_with(b">From ") || line.starts_with(b"From ")) => {}
                None => {
                    score.is_orderly = false;
                    break;
                }
            },
        }
    }
    score
}
