//! What receiving servers recorded of their own checks: `Authentication-Results` (RFC 8601, section 2.2) and
//! `ARC-Authentication-Results` (RFC 8617, section 4.1.1). Unsigned text, but for what an ARC seal covers.

use std::net::IpAddr;

use mabillon_case::{HeaderField, Message, Signature, Span};

use super::arc::Chain;
use super::limits::{RECORDED_FIELDS_MAX, RECORDED_OCTETS_MAX, RECORDED_RESULTS_MAX};

/// One field of recorded results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The server that checked (`authserv-id`), lower case; empty where the field names none.
    pub(crate) server: String,
    /// Its results, in order.
    pub(crate) results: Vec<MethodResult>,
    /// Where the field stands.
    pub(crate) span: Span,
}

/// The result of one method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MethodResult {
    /// `dkim`, `spf`, lower case.
    pub(crate) method: String,
    /// `pass`, `fail`, lower case.
    pub(crate) result: String,
    /// `header.d` and the like, names in lower case, values as written without quotes.
    pub(crate) properties: Vec<(String, String)>,
    /// The comments, one after the other.
    pub(crate) comment: String,
}

impl MethodResult {
    pub(crate) fn property(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The signing domain it speaks of: `header.d`, else the domain of `header.i`; lower case.
    pub(crate) fn signer(&self) -> Option<String> {
        let of_identity = || {
            let identity = self.property("header.i")?;
            Some(
                identity
                    .rsplit_once('@')
                    .map_or(identity, |(_, domain)| domain),
            )
        };
        let signer = self.property("header.d").or_else(of_identity)?;
        Some(signer.to_lowercase())
    }

    pub(crate) fn is_pass_of_dkim(&self) -> bool {
        self.method == "dkim" && self.result == "pass"
    }
}

/// The results recorded in every field of this name, topmost first.
pub(crate) fn recorded(message: &Message, name: &str) -> Vec<Recorded> {
    message
        .fields_named(name)
        .take(RECORDED_FIELDS_MAX)
        .map(|field| of_field(message, field))
        .collect()
}

/// The results recorded in the field at this index of the header.
pub(crate) fn recorded_at(message: &Message, index: usize) -> Option<Recorded> {
    let field = message.fields().get(index)?;
    Some(of_field(message, field))
}

/// Notes down on each signature what servers recorded of it: by ARC instance that it passed, and whether it failed.
pub(crate) fn recorded_of(message: &Message, signatures: &mut [Signature]) {
    let sets: Vec<(u32, Recorded)> = Chain::of(message)
        .sets
        .iter()
        .filter_map(|(&instance, set)| {
            Some((instance, recorded_at(message, *set.results.first()?)?))
        })
        .collect();
    let on_arrival = recorded(message, "Authentication-Results");
    for signature in signatures.iter_mut().filter(|one| one.kind.proves_origin()) {
        signature.recorded_passes = sets
            .iter()
            .filter(|(_, set)| {
                set.results
                    .iter()
                    .any(|result| is_pass_of(result, signature))
            })
            .map(|(instance, _)| *instance)
            .collect();
        let mut results = on_arrival.iter().flat_map(|field| &field.results);
        signature.recorded_failed = results.any(|result| is_failure_of(result, signature));
    }
}

/// Characters of `b=` that name a signature (RFC 6008, section 3, asks for eight).
const VALUE_START_CHARS_MIN: usize = 8;

/// Whether the result names this very signature, by its domain, its selector where it is told, and the start of its
/// value, and says that it passed.
fn is_pass_of(result: &MethodResult, signature: &Signature) -> bool {
    let value = result.property("header.b").unwrap_or_default();
    let selector = result.property("header.s");
    result.is_pass_of_dkim()
        && result.signer().is_some_and(|signer| signer == signature.by)
        && selector.is_none_or(|selector| selector.eq_ignore_ascii_case(&signature.selector))
        && value.len() >= VALUE_START_CHARS_MIN
        && signature.value_start.starts_with(value)
}

fn is_failure_of(result: &MethodResult, signature: &Signature) -> bool {
    let is_of_it = result.property("header.b").is_none_or(|value| {
        value.len() < VALUE_START_CHARS_MIN || signature.value_start.starts_with(value)
    });
    result.method == "dkim"
        && result.result != "pass"
        && result.signer().is_some_and(|signer| signer == signature.by)
        && is_of_it
}

fn of_field(message: &Message, field: &HeaderField) -> Recorded {
    let value = field.value.of(&message.raw);
    let value = value.get(..RECORDED_OCTETS_MAX).unwrap_or(value);
    let text = String::from_utf8_lossy(value);
    let mut recorded = Recorded {
        server: String::new(),
        results: Vec::new(),
        span: field.whole,
    };
    for (position, entry) in entries(&text).into_iter().enumerate() {
        let is_result = entry.words.first().is_some_and(|word| word.contains('='));
        if let (0, false, Some(server)) = (position, is_result, entry.words.first()) {
            recorded.server = server.to_lowercase();
        } else if is_result && recorded.results.len() < RECORDED_RESULTS_MAX {
            recorded.results.extend(method_result(entry));
        }
    }
    recorded
}

/// What stands between two semicolons: words without comments, and the comments.
#[derive(Debug, Default)]
struct Entry {
    words: Vec<String>,
    comment: String,
}

/// Divides a value at its semicolons; the instance of an ARC field is left out.
fn entries(text: &str) -> Vec<Entry> {
    let mut reader = Reader::default();
    for character in text.chars() {
        reader.take(character);
    }
    reader.end_entry();
    let mut entries = reader.entries;
    let is_instance =
        |entry: &Entry| matches!(entry.words.as_slice(), [word] if word.starts_with("i="));
    if entries.first().is_some_and(is_instance) {
        entries.remove(0);
    }
    entries
}

#[derive(Debug, Default)]
struct Reader {
    entries: Vec<Entry>,
    entry: Entry,
    word: String,
    depth: u32,
    is_quoted: bool,
    is_escaped: bool,
}

impl Reader {
    fn take(&mut self, character: char) {
        if self.is_escaped {
            self.is_escaped = false;
            return self.put(character);
        }
        match character {
            '\\' if self.is_quoted || self.depth > 0 => self.is_escaped = true,
            '"' if self.depth == 0 => self.is_quoted = !self.is_quoted,
            _ if self.is_quoted => self.put(character),
            '(' => {
                self.depth += 1;
                self.entry.comment.push(' ');
            }
            ')' => self.depth = self.depth.saturating_sub(1),
            _ if self.depth > 0 => self.put(character),
            ';' => self.end_entry(),
            _ if character.is_whitespace() => self.end_word(),
            _ => self.put(character),
        }
    }

    fn put(&mut self, character: char) {
        if self.depth > 0 {
            self.entry.comment.push(character);
        } else {
            self.word.push(character);
        }
    }

    /// Ends a word, and joins it with the one before where white space stands around an equals sign.
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        match self.entry.words.last_mut() {
            Some(last) if last.find('=') == Some(last.len() - 1) || word == "=" => {
                last.push_str(&word);
            }
            _ => self.entry.words.push(word),
        }
    }

    fn end_entry(&mut self) {
        self.end_word();
        self.entries.push(std::mem::take(&mut self.entry));
    }
}

fn method_result(entry: Entry) -> Option<MethodResult> {
    let mut words = entry.words.into_iter();
    let first = words.next()?;
    let (method, result) = first.split_once('=')?;
    let method = method.split('/').next().unwrap_or_default();
    Some(MethodResult {
        method: method.to_ascii_lowercase(),
        result: result.to_ascii_lowercase(),
        properties: words
            .filter_map(|word| {
                let (name, value) = word.split_once('=')?;
                Some((name.to_ascii_lowercase(), value.to_owned()))
            })
            .collect(),
        comment: entry.comment,
    })
}

/// The first IP address among the words of a text.
pub(crate) fn first_address(text: &str) -> Option<IpAddr> {
    text.split(|character: char| character.is_whitespace() || matches!(character, ',' | ';' | '='))
        .find_map(|word| {
            let word =
                word.trim_matches(|character| matches!(character, '[' | ']' | '(' | ')' | '"'));
            let word = word.strip_prefix("IPv6:").unwrap_or(word);
            word.trim_end_matches('.').parse().ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::vectors::message;

    fn read(value: &str) -> Recorded {
        let text = format!("Authentication-Results: {value}\r\n\r\n");
        recorded(&message(text.as_bytes()), "authentication-results").remove(0)
    }

    #[test]
    fn the_forms_of_several_servers() {
        let google = read(
            "mx.google.com;\r\n       dkim=pass header.i=@northquay.example header.s=s1 header.b=wmuAZ7oY;\r\n       \
             spf=pass (google.com: domain of ida@northquay.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=ida@northquay.example",
        );
        assert_eq!(google.server, "mx.google.com");
        let [dkim, spf] = google.results.as_slice() else {
            panic!("{google:?}");
        };
        assert!(dkim.is_pass_of_dkim());
        assert_eq!(dkim.signer().as_deref(), Some("northquay.example"));
        assert_eq!(dkim.property("header.b"), Some("wmuAZ7oY"));
        assert_eq!(first_address(&spf.comment), "192.0.2.7".parse().ok());
        let microsoft = read(
            "spf=pass (sender IP is 2001:db8::1)\r\n smtp.mailfrom=a.example; dkim=none (message not signed) header.d=none;",
        );
        assert_eq!(
            (microsoft.server.as_str(), microsoft.results.len()),
            ("", 2)
        );
        assert_eq!(
            first_address(&microsoft.results[0].comment),
            "2001:db8::1".parse().ok()
        );
        let quoted = read(
            "i=2; Mx.example 1; dkim = pass (a (b) ; c) header.b=\"ab/c;d=\" header.d = x.example",
        );
        assert_eq!(quoted.server, "mx.example");
        assert_eq!(quoted.results[0].property("header.b"), Some("ab/c;d="));
        assert_eq!(quoted.results[0].property("header.d"), Some("x.example"));
        assert_eq!(read("mx.example; none").results, []);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value in "[ -~\r\n\t]{0,200}") {
            let text = format!("Authentication-Results: x; {value}");
            let _ = recorded(&message(text.as_bytes()), "authentication-results");
            let _ = first_address(&value);
        }
    }
}
