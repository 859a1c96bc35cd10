//! Text that lists and gateways add to plain text: passages at the end and on top.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::html::marked;
use super::variant::Removal;

/// Ways of taking text away from the end.
const AT_END_MAX: usize = 34;
/// Octets at each end of the text in which added text is looked for.
const LOOK_OCTETS_MAX: usize = 32 * 1024;
/// Passages on top that are taken for an added notice.
const NOTICES_MAX: usize = 6;
/// Lines on top that are taken for one where no empty line follows.
const NOTICE_LINES_MAX: usize = 3;
/// Words between which a gateway puts what it adds: Proofpoint's banner.
const BLOCK_MARKS: [(&[u8], &[u8]); 1] =
    [(b"ZjQcmQRYFpfptBannerStart", b"ZjQcmQRYFpfptBannerEnd\r\n")];

/// The ways to take added text away from a text, in the order in which they are tried: a marked block, passages on
/// top, which are few, and passages at the end, the shortest first.
pub(super) fn removals(text: &[u8]) -> Vec<Removal> {
    let mut found: Vec<Removal> = marked(text, &BLOCK_MARKS).into_iter().collect();
    found.extend(on_top(text));
    found.extend(at_end(text));
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
            let name = if is_apart {
                "list-footer"
            } else {
                "appended-text"
            };
            found.extend(cuts(body, start).map(|start| one(name, start..body.len())));
        }
        if found.len() >= AT_END_MAX {
            break;
        }
    }
    found
}

/// The start of an addition, and the same without the line ends before it: a program that adds text may end the last
/// line first, and puts an empty line between. Under a signature the end of the body is the same either way, that of a
/// part is not.
fn cuts(body: &[u8], start: usize) -> impl Iterator<Item = usize> {
    let before = body.get(..start).unwrap_or_default();
    let without = |bytes: &[u8]| {
        let bytes = bytes.strip_suffix(b"\n")?;
        Some(bytes.strip_suffix(b"\r").unwrap_or(bytes).len())
    };
    let once = without(before);
    let twice = once.and_then(|end| without(before.get(..end)?));
    [Some(start), once, twice].into_iter().flatten()
}

fn one(name: &'static str, range: Range<usize>) -> Removal {
    Removal {
        name,
        ranges: std::iter::once(range).collect(),
    }
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
    let after_gaps = line_starts(look, 0)
        .filter(|&start| !line_at(body, start).is_empty() && is_preceded_by_gap(body, start))
        .take(NOTICES_MAX);
    let after_lines = line_starts(look, 0).take(NOTICE_LINES_MAX);
    let mut found: Vec<Removal> = Vec::new();
    for start in after_gaps.chain(after_lines) {
        let removal = one("notice-on-top", 0..start);
        if !found.contains(&removal) {
            found.push(removal);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn removals_are_few_and_inside(body in proptest::collection::vec(proptest::sample::select(b"-_ab\r\n:[] ".to_vec()), 0..300)) {
            let found = removals(&body);
            proptest::prop_assert!(found.len() <= AT_END_MAX + 3 + NOTICES_MAX + NOTICE_LINES_MAX);
            for removal in found {
                let mut end = 0;
                for range in &removal.ranges {
                    proptest::prop_assert!(end <= range.start && range.end <= body.len() && !range.is_empty());
                    end = range.end;
                }
                let n_removed: usize = removal.ranges.iter().map(ExactSizeIterator::len).sum();
                proptest::prop_assert_eq!(removal.of(&body).len(), body.len() - n_removed);
            }
        }
    }
}
