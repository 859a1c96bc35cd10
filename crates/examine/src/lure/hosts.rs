//! Hosts: where an address leads, and whether a host looks like another.

use super::houses::LABEL_CHARACTERS_MIN;
use crate::signature::organisation;

/// Characters of a host that are read.
const HOST_CHARACTERS_MAX: usize = 253;

/// Gateways that put their own address in place of that of each page.
const WRAPPERS: &[&str] = &[
    "safelinks.protection.outlook.com",
    "urldefense.proofpoint.com",
    "urldefense.com",
    "protect-eu.mimecast.com",
    "protect-us.mimecast.com",
    "linkprotect.cudasvc.com",
];

/// Whether a host is that of a gateway which wraps addresses.
pub(super) fn is_wrapper(host: &str) -> bool {
    WRAPPERS
        .iter()
        .any(|known| host == *known || host.ends_with(&format!(".{known}")))
}

/// The host that an address of the web leads to, lower case; `None` for other addresses.
pub(crate) fn host_of(address: &str) -> Option<String> {
    let address = address.trim().trim_start_matches(['<', '(', '"', '\'']);
    let rest = match address.split_once("://") {
        Some((scheme, rest)) if scheme.to_ascii_lowercase().starts_with("http") => rest,
        Some(_) => return None,
        None => address.strip_prefix("www.").map(|_| address)?,
    };
    let end = rest
        .find(|c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    '/' | '?' | '#' | '<' | '>' | '"' | ')' | ']' | ',' | ';' | '\\'
                )
        })
        .unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    // What stands before an @ is a name, which readers take for the host.
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let host = host.trim_end_matches('.').to_lowercase();
    (host.contains('.') && host.len() <= HOST_CHARACTERS_MAX).then_some(host)
}

/// How a host looks like a domain that is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// The name stands in it, beside other words or before the real domain.
    Holds,
    /// One or two letters are others.
    NearlyWritten,
    /// Letters of other scripts, or figures, stand for its own.
    Confusable,
}

/// How `host` looks like a domain with this label (`northquay` of `northquay.example`), if it does.
pub(crate) fn likeness(host: &str, label: &str) -> Option<Likeness> {
    if label.len() < LABEL_CHARACTERS_MIN || host.len() > HOST_CHARACTERS_MAX {
        return None;
    }
    let own = organisation(host);
    let before = host.strip_suffix(own).unwrap_or_default();
    let own_label = own.split('.').next().unwrap_or_default();
    let shown = shown(own_label);
    let plain = plain_letters(&shown);
    let is_written_otherwise = plain != shown;
    if is_written_otherwise && (plain == label || holds(&plain, label)) {
        return Some(Likeness::Confusable);
    }
    // Where the whole label is another's, under another ending, the two may be one house.
    if shown == label {
        return None;
    }
    // `accounts.google.com.evil.example`, `northquay-login.example`.
    if holds(&shown, label) || before.split('.').any(|step| holds_whole(step, label)) {
        return Some(Likeness::Holds);
    }
    let allowed = if label.len() >= 8 { 2 } else { 1 };
    let nearly = label.chars().count().abs_diff(shown.chars().count()) <= allowed
        && label.chars().next() == shown.chars().next()
        && distance(&shown, label, allowed).is_some();
    nearly.then_some(Likeness::NearlyWritten)
}

/// Whether a label holds another beside further words, parted by hyphens or stuck together with words of log-in pages.
fn holds(label: &str, other: &str) -> bool {
    if label == other {
        return false;
    }
    if holds_whole(label, other) {
        return true;
    }
    let rest = label.replacen(other, "", 1);
    rest.len() < label.len() && TOKENS.contains(&rest.as_str())
}

/// Whether the other stands in the label between hyphens, or is it.
fn holds_whole(label: &str, other: &str) -> bool {
    let padded = format!("-{label}-");
    padded.contains(&format!("-{other}-"))
}

/// Words that pages for stealing credentials put beside a name.
const TOKENS: &[&str] = &[
    "login", "secure", "security", "account", "accounts", "mail", "webmail", "portal", "support",
    "service", "verify", "update", "signin", "drive", "docs", "online", "auth", "sso", "cloud",
    "team", "help",
];

/// A label as it is shown: internationalised ones decoded (RFC 3492, RFC 5890).
fn shown(label: &str) -> String {
    label
        .strip_prefix("xn--")
        .and_then(punycode)
        .unwrap_or_else(|| label.to_owned())
}

/// A text with letters that look like plain ones replaced by these.
fn plain_letters(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| {
            let found = CONFUSABLE.iter().find(|(other, _)| *other == c);
            found.map_or(c, |(_, plain)| *plain)
        })
        .collect();
    plain.replace("rn", "m").replace("vv", "w")
}

/// Letters and figures that look like plain letters (Unicode Technical Standard 39, confusables: those of common fonts).
const CONFUSABLE: &[(char, char)] = &[
    ('\u{430}', 'a'),
    ('\u{435}', 'e'),
    ('\u{43e}', 'o'),
    ('\u{440}', 'p'),
    ('\u{441}', 'c'),
    ('\u{443}', 'y'),
    ('\u{445}', 'x'),
    ('\u{456}', 'i'),
    ('\u{458}', 'j'),
    ('\u{455}', 's'),
    ('\u{501}', 'd'),
    ('\u{51b}', 'q'),
    ('\u{51d}', 'w'),
    ('\u{4bb}', 'h'),
    ('\u{3bf}', 'o'),
    ('\u{3b1}', 'a'),
    ('\u{3bd}', 'v'),
    ('\u{3c1}', 'p'),
    ('\u{131}', 'i'),
    ('\u{261}', 'g'),
    ('\u{1d0f}', 'o'),
    ('\u{e0}', 'a'),
    ('\u{e1}', 'a'),
    ('\u{e9}', 'e'),
    ('\u{ed}', 'i'),
    ('\u{f3}', 'o'),
    ('\u{1ea1}', 'a'),
    ('\u{1ecd}', 'o'),
    ('0', 'o'),
    ('1', 'l'),
    ('5', 's'),
];

/// Decodes a label (RFC 3492, section 6.2); `None` where it is none.
fn punycode(label: &str) -> Option<String> {
    let (plain, encoded) = label.rsplit_once('-').unwrap_or(("", label));
    let mut decoded: Vec<char> = plain.chars().collect();
    let (mut code, mut place, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = encoded.bytes();
    while digits.len() > 0 {
        let (before, mut weight, mut k) = (place, 1_u32, PUNYCODE_BASE);
        loop {
            let digit = match digits.next()? {
                letter @ b'a'..=b'z' => u32::from(letter - b'a'),
                figure @ b'0'..=b'9' => u32::from(figure - b'0') + 26,
                _ => return None,
            };
            place = place.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(PUNYCODE_BASE - threshold)?;
            k += PUNYCODE_BASE;
        }
        let length = u32::try_from(decoded.len()).ok()? + 1;
        bias = adapted(place - before, length, before == 0);
        code = code.checked_add(place / length)?;
        place %= length;
        decoded.insert(usize::try_from(place).ok()?, char::from_u32(code)?);
        place += 1;
    }
    Some(decoded.into_iter().collect())
}

/// The base of the numbers in internationalised labels (RFC 3492, section 5).
const PUNYCODE_BASE: u32 = 36;

/// The bias after a number (RFC 3492, section 6.1).
const fn adapted(delta: u32, length: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / length;
    let mut k = 0;
    while delta > 455 {
        delta /= PUNYCODE_BASE - 1;
        k += PUNYCODE_BASE;
    }
    k + (PUNYCODE_BASE * delta) / (delta + 38)
}

/// The number of letters put in, left out, replaced or exchanged with their neighbour between two labels, up to `allowed`.
fn distance(a: &str, b: &str, allowed: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (at(&last, j) + usize::from(x != y))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let is_swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if is_swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last()
        .copied()
        .filter(|distance| *distance > 0 && *distance <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_where_an_address_leads() {
        for (address, host) in [
            (
                "https://Accounts.Google.com/x?y",
                Some("accounts.google.com"),
            ),
            ("http://google.com@evil.example:8080/", Some("evil.example")),
            ("www.example.org/a", Some("www.example.org")),
            ("mailto:anne@example.org", None),
            ("javascript:alert(1)", None),
            ("https://localhost/", None),
        ] {
            assert_eq!(host_of(address).as_deref(), host, "{address}");
        }
    }

    #[test]
    fn lookalikes_are_told_from_the_house_itself() {
        for (host, label, found) in [
            (
                "onedrive-northquay.example",
                "northquay",
                Some(Likeness::Holds),
            ),
            ("northquaymail.example", "northquay", Some(Likeness::Holds)),
            (
                "accounts.google.com.evil.example",
                "google",
                Some(Likeness::Holds),
            ),
            (
                "myaccount.google.com-settings.example",
                "google",
                Some(Likeness::Holds),
            ),
            (
                "nortquay.example",
                "northquay",
                Some(Likeness::NearlyWritten),
            ),
            (
                "northqauy.example",
                "northquay",
                Some(Likeness::NearlyWritten),
            ),
            ("g00gle.example", "google", Some(Likeness::Confusable)),
            (
                "xn--ggle-55da.example",
                "google",
                Some(Likeness::Confusable),
            ),
            ("northquay.example", "northquay", None),
            ("mail.northquay.example", "northquay", None),
            ("southbank.example", "northquay", None),
            ("goggles.example", "google", None),
        ] {
            assert_eq!(likeness(host, label), found, "{host}");
        }
    }

    #[test]
    fn labels_decode() {
        assert_eq!(punycode("bcher-kva").as_deref(), Some("b\u{fc}cher"));
        assert_eq!(
            punycode("80ak6aa92e").as_deref(),
            Some("\u{430}\u{440}\u{440}\u{4cf}\u{435}")
        );
        assert_eq!(punycode("99999999999"), None);
    }
}
