//! Whether what a signature covers still stands anywhere in a message that an exporter damaged.

use std::collections::BTreeSet;

/// Characters of the words of a field that are looked for; shorter ones stand anywhere by chance.
const WORD_CHARS_MIN: usize = 8;

/// The signed fields of the whole message of which some word stands nowhere any more in the damaged one, in whatever
/// field or part, lower case.
pub(crate) fn gone(whole: &[u8], damaged: &[u8]) -> BTreeSet<String> {
    let (whole, damaged) = (text(whole), text(damaged));
    let fields = fields(&whole);
    let signed = fields.iter().filter(|(name, _)| name == "dkim-signature");
    let names = signed.flat_map(|(_, value)| signed_names(value));
    let mut gone = BTreeSet::new();
    for name in names {
        // The last field of a name is the one that is signed first.
        let field = fields.iter().rev().find(|(field, _)| *field == name);
        let words = field.map(|(_, value)| words(value)).unwrap_or_default();
        if words.iter().any(|word| !damaged.contains(word.as_str())) {
            gone.insert(name);
        }
    }
    gone
}

/// The message with the soft line breaks of quoted-printable taken out.
fn text(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    text.replace("=\n", "").replace("=3D", "=")
}

/// The header fields, names in lower case, unfolded.
fn fields(text: &str) -> Vec<(String, String)> {
    let head = text.split_once("\n\n").map_or(text, |(head, _)| head);
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = fields.last_mut()
        {
            value.push_str(line);
        } else {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            fields.push((name.trim().to_ascii_lowercase(), value.to_owned()));
        }
    }
    fields
}

/// What `h=` names.
fn signed_names(signature: &str) -> Vec<String> {
    let tags = signature.split(';').filter_map(|tag| tag.split_once('='));
    let named = tags.filter(|(name, _)| name.trim() == "h");
    named
        .flat_map(|(_, names)| names.split(':'))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect()
}

fn words(value: &str) -> Vec<String> {
    value
        .split(|c: char| c.is_whitespace() || "<>,;\"".contains(c))
        .filter_map(|word| word.strip_prefix("boundary=").or(Some(word)))
        .filter(|word| word.len() >= WORD_CHARS_MIN)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "DKIM-Signature: v=1; h=from:subject:list-unsubscribe;\r\n b=x\r\nFrom: ida@northquay.example\r\n\
        List-Unsubscribe: <https://x.example/leave/81f3>\r\nSubject: Halls\r\n\r\nLeave: https://x.exam=\r\nple/leave/81f3\r\n";

    #[test]
    fn what_stands_in_the_text_is_not_gone() {
        let dropped = WHOLE.replace("List-Unsubscribe: <https://x.example/leave/81f3>\r\n", "");
        assert!(gone(WHOLE.as_bytes(), dropped.as_bytes()).is_empty());
        let other = dropped.replace("81f3", "81f4");
        let found = gone(WHOLE.as_bytes(), other.as_bytes());
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["list-unsubscribe"]);
    }
}
