//! Text that lists and gateways add on the way: taken away, in named ways, until the hash of the body fits.
//!
//! Tried after everything that keeps each word, and only where the signature over the header, which holds the hash of
//! the body, verifies under a known key: then what is left is what was signed, whoever added the rest. What is taken
//! away is shown, and is not covered.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::tags::is_white;

/// The name of taking away the tag of a list or gateway from the subject.
pub(crate) const SUBJECT_TAG: &str = "subject-tag";

/// Ways of taking text away that are tried on one body.
const REMOVALS_MAX: usize = 40;
/// Octets at each end of the body in which added text is looked for.
const LOOK_OCTETS_MAX: usize = 32 * 1024;
/// Passages on top that are taken for an added notice.
const NOTICES_MAX: usize = 6;
/// Octets of a subject's tag.
const TAG_OCTETS_MAX: usize = 80;

/// One way to take added text away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Removal {
    /// Its name.
    pub(crate) name: &'static str,
    /// What is taken away of the body, in order.
    pub(crate) ranges: Vec<Range<usize>>,
}

impl Removal {
    /// The body without it.
    pub(crate) fn of(&self, body: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(body.len());
        let mut start = 0;
        for range in &self.ranges {
            kept.extend_from_slice(body.get(start..range.start).unwrap_or_default());
            start = range.end;
        }
        kept.extend_from_slice(body.get(start..).unwrap_or_default());
        kept
    }
}

/// The ways to take added text away from a body, in the order in which they are tried: a part that was added at the
/// end, a multipart of the list's own around the body, passages at the end, the shortest first, and passages on top, the
/// shortest first.
pub(crate) fn removals(body: &[u8]) -> Vec<Removal> {
    let mut found: Vec<Removal> = added_part(body).into_iter().collect();
    found.extend(wrapping(body));
    found.extend(at_end(body));
    found.truncate(REMOVALS_MAX - NOTICES_MAX);
    found.extend(on_top(body));
    found
}

/// Where lines start, from `from` on.
fn line_starts(body: &[u8], from: usize) -> impl DoubleEndedIterator<Item = usize> {
    let rest = body.get(from..).unwrap_or_default();
    let starts: Vec<usize> = memchr_iter(b'\n', rest).map(|at| from + at + 1).collect();
    starts.into_iter()
}

fn line_at(body: &[u8], start: usize) -> &[u8] {
    let rest = body.get(start..).unwrap_or_default();
    let line = rest.get(..memchr(b'\n', rest).unwrap_or(rest.len()));
    line.unwrap_or_default().trim_ascii_end()
}

/// Whether a line does nothing but set apart what follows.
fn is_separator(line: &[u8]) -> bool {
    line == b"--" || line.len() >= 5 && line.iter().all(|byte| b"_-=*~#".contains(byte))
}

fn at_end(body: &[u8]) -> Vec<Removal> {
    let from = body.len().saturating_sub(LOOK_OCTETS_MAX);
    let mut found = Vec::new();
    for start in line_starts(body, from).rev() {
        let line = line_at(body, start);
        let is_apart = is_separator(line);
        let is_after_gap = !line.is_empty() && is_preceded_by_gap(body, start);
        if is_apart || is_after_gap {
            found.push(Removal {
                name: if is_apart {
                    "list-footer"
                } else {
                    "appended-text"
                },
                ranges: std::iter::once(start..body.len()).collect(),
            });
        }
        if found.len() >= REMOVALS_MAX {
            break;
        }
    }
    found
}

/// Whether the line before this one is empty.
fn is_preceded_by_gap(body: &[u8], start: usize) -> bool {
    let before = body.get(..start).unwrap_or_default();
    before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n")
}

fn on_top(body: &[u8]) -> Vec<Removal> {
    let look = body
        .get(..body.len().min(LOOK_OCTETS_MAX))
        .unwrap_or_default();
    line_starts(look, 0)
        .filter(|&start| !line_at(body, start).is_empty() && is_preceded_by_gap(body, start))
        .map(|start| Removal {
            name: "notice-on-top",
            ranges: std::iter::once(0..start).collect(),
        })
        .take(NOTICES_MAX)
        .collect()
}

/// The last part of a multipart: what stands between the last delimiter and the one that closes.
fn added_part(body: &[u8]) -> Option<Removal> {
    let mut lines = line_starts(body, 0).rev().chain([0]);
    let close = lines.find(|&start| is_closing(line_at(body, start)))?;
    let delimiter = line_at(body, close).strip_suffix(b"--")?;
    let last = lines.find(|&start| line_at(body, start) == delimiter)?;
    // There has to be another part, or nothing is left.
    lines.find(|&start| line_at(body, start) == delimiter)?;
    Some(Removal {
        name: "added-part",
        ranges: std::iter::once(last..close).collect(),
    })
}

/// A multipart that a list put around the body: everything but the content of its first part.
fn wrapping(body: &[u8]) -> Option<Removal> {
    let mut lines = std::iter::once(0).chain(line_starts(body, 0));
    let open = lines.find(|&start| line_at(body, start).starts_with(b"--"))?;
    let delimiter = line_at(body, open);
    let head_end = lines
        .by_ref()
        .find(|&start| line_at(body, start).is_empty())?;
    let end = lines.find(|&start| line_at(body, start) == delimiter)?;
    let content = head_end + memchr(b'\n', body.get(head_end..)?)? + 1;
    // The line end before a delimiter belongs to it (RFC 2046, section 5.1.1).
    let before = body.get(content..end)?;
    let kept = before.strip_suffix(b"\n").unwrap_or(before);
    let kept = kept.strip_suffix(b"\r").unwrap_or(kept);
    Some(Removal {
        name: "wrapped-by-list",
        ranges: vec![0..content, content + kept.len()..body.len()],
    })
}

fn is_closing(line: &[u8]) -> bool {
    line.len() > 4 && line.starts_with(b"--") && line.ends_with(b"--") && !is_separator(line)
}

/// Where the tag stands that a list or gateway wrote into a subject, with the white space behind it: `[name]` at the
/// start of the value or behind `Re:` and the like. `field` is the whole field.
pub(crate) fn subject_tag(field: &[u8]) -> Option<Range<usize>> {
    let mut start = memchr(b':', field)? + 1;
    loop {
        start += count_white(field, start);
        let rest = field.get(start..)?;
        if rest.starts_with(b"[") {
            let end = start + memchr(b']', rest).filter(|&at| at < TAG_OCTETS_MAX)? + 1;
            return Some(start..end + count_white(field, end));
        }
        let colon = memchr(b':', rest).filter(|&at| (2..=4).contains(&at))?;
        start += colon + 1;
    }
}

fn count_white(field: &[u8], from: usize) -> usize {
    let rest = field.get(from..).unwrap_or_default();
    rest.iter().take_while(|&&byte| is_white(byte)).count()
}

#[cfg(test)]
mod tests {
    use mabillon_case::{BodyHash, Coverage, Signature, SignatureResult};

    use super::*;
    use crate::signature::damaged::{LETTER, keys, signed};
    use crate::signature::vectors::message;
    use crate::signature::verify;

    fn verified(text: &str) -> Signature {
        verify(&message(text.as_bytes()), &keys()).remove(0)
    }

    const FOOTER: &str =
        "_______________________________________________\r\nharbour mailing list\r\n";
    const NOTICE: &str = "CAUTION: this message comes from outside.\r\n\r\n";

    #[test]
    fn added_text_is_taken_away_and_shown_and_never_makes_a_whole() {
        let whole = signed("s2048", "a=rsa-sha256; c=relaxed/relaxed", LETTER);
        let cases: [(String, &[&str], &str); 5] = [
            (
                format!("{whole}{FOOTER}"),
                &["list-footer"],
                "harbour mailing list",
            ),
            (
                format!("{whole}\r\nDisclaimer: none.\r\n"),
                &["appended-text"],
                "Disclaimer",
            ),
            (
                whole.replace("\r\n\r\nJon,", &format!("\r\n\r\n{NOTICE}Jon,")),
                &["notice-on-top"],
                "CAUTION",
            ),
            (
                whole.replace("Subject: ", "Subject: [harbour] "),
                &["subject-tag"],
                "[harbour]",
            ),
            (
                format!("{whole}{FOOTER}").replace("Subject: ", "Subject: [EXTERNAL] "),
                &["subject-tag", "list-footer"],
                "[EXTERNAL]",
            ),
        ];
        for (text, names, shown) in cases {
            let found = verified(&text);
            assert_eq!(found.result, SignatureResult::Pass, "{names:?} {found:?}");
            assert_eq!(found.repairs, names);
            let removed: Vec<&str> = found
                .removed
                .iter()
                .map(|removed| removed.repair.as_str())
                .collect();
            assert_eq!(removed, names);
            assert!(found.removed[0].text.contains(shown), "{:?}", found.removed);
            for removed in &found.removed {
                assert!(
                    String::from_utf8_lossy(removed.span.of(text.as_bytes()))
                        .contains(removed.text.trim())
                );
            }
            assert_eq!(found.covers, Coverage::Part);
            assert!(!found.proves_all());
        }
    }

    #[test]
    fn altered_words_are_not_made_good_by_taking_text_away() {
        let whole = signed("s2048", "a=rsa-sha256; c=relaxed/relaxed", LETTER);
        let edited = whole.replace("the hall is ours", "the hall is theirs");
        let found = verified(&format!("{edited}____________\r\nlist\r\n"));
        assert_eq!(
            (found.result, found.body_hash),
            (SignatureResult::Fail, BodyHash::Mismatch)
        );
        assert!(found.removed.is_empty());
    }

    #[test]
    fn a_part_that_was_added_is_found() {
        let body = b"--b\r\n\r\nours\r\n--b\r\n\r\nfooter\r\n--b--\r\n";
        let removal = added_part(body).unwrap();
        assert_eq!(removal.of(body), b"--b\r\n\r\nours\r\n--b--\r\n");
        assert_eq!(added_part(b"--b\r\n\r\nours\r\n--b--\r\n"), None);
    }

    #[test]
    fn a_multipart_around_the_body_is_taken_off() {
        let body = b"--list\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nours\r\n--b--\r\n\r\n--list\r\n\r\nfooter\r\n--list--\r\n";
        let removal = wrapping(body).unwrap();
        assert_eq!(removal.of(body), b"--b\r\n\r\nours\r\n--b--\r\n");
        assert_eq!(wrapping(b"--list\r\n\r\nours\r\n--list--\r\n"), None);
    }

    #[test]
    fn tags_of_subjects_are_found() {
        for (field, tag) in [
            ("Subject: [harbour] Halls", Some("[harbour] ")),
            ("Subject: Re: [EXT] Halls", Some("[EXT] ")),
            ("Subject: Halls [2]", None),
            ("Subject: [Halls", None),
        ] {
            let found = subject_tag(field.as_bytes()).map(|range| &field[range]);
            assert_eq!(found, tag, "{field}");
        }
    }

    proptest::proptest! {
        #[test]
        fn removals_are_bounded_and_inside(body in proptest::collection::vec(proptest::sample::select(b"-_ab\r\n:[] ".to_vec()), 0..300)) {
            let found = removals(&body);
            proptest::prop_assert!(found.len() <= REMOVALS_MAX);
            for removal in found {
                let mut end = 0;
                for range in &removal.ranges {
                    proptest::prop_assert!(end <= range.start && range.end <= body.len() && !range.is_empty());
                    end = range.end;
                }
                let n_removed: usize = removal.ranges.iter().map(ExactSizeIterator::len).sum();
                proptest::prop_assert_eq!(removal.of(&body).len(), body.len() - n_removed);
            }
            let _ = subject_tag(&body);
        }
    }
}
