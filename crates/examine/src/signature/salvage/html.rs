//! Text that gateways and lists add to HTML: elements at the start, at the end, and blocks between their own marks.

use std::ops::Range;

use memchr::{memchr, memmem};

use super::variant::Removal;

/// Octets at each end of the content in which added elements are looked for.
const LOOK_OCTETS_MAX: usize = 64 * 1024;
/// Elements on top, one after the other, that are taken for an added notice.
const ON_TOP_MAX: usize = 3;
/// Places near the end at which an addition may begin.
const AT_END_MAX: usize = 12;
/// Tags that are read to find the end of one element.
const TAGS_MAX: usize = 2_000;
/// Blocks between marks that are taken away.
const BLOCKS_MAX: usize = 8;

/// Comments that a gateway puts around what it adds: Proofpoint's banner, in the head and in the body.
const BLOCK_MARKS: [(&[u8], &[u8]); 2] = [
    (
        b"<!-- BaNnErBlUrFlE-HeAdEr-start -->",
        b"<!-- BaNnErBlUrFlE-HeAdEr-end -->",
    ),
    (
        b"<!-- BaNnErBlUrFlE-BoDy-start -->",
        b"<!-- BaNnErBlUrFlE-BoDy-end -->",
    ),
];
/// Elements that stand alone.
const VOID: [&[u8]; 6] = [b"br", b"hr", b"img", b"meta", b"link", b"input"];
/// Elements with which an addition at the end begins.
const BLOCKS: [&[u8]; 7] = [b"p", b"div", b"hr", b"br", b"table", b"span", b"font"];

/// The ways to take added text away from HTML, in the order in which they are tried.
pub(super) fn removals(html: &[u8]) -> Vec<Removal> {
    let mut found: Vec<Removal> = marked(html, &BLOCK_MARKS).into_iter().collect();
    found.extend(on_top(html));
    found.extend(at_end(html));
    found
}

/// What stands between marks that a gateway leaves.
pub(super) fn marked(content: &[u8], marks: &[(&[u8], &[u8])]) -> Option<Removal> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (open, close) in marks {
        let mut from = 0;
        while ranges.len() < BLOCKS_MAX
            && let Some(start) = find(content, from, open)
            && let Some(end) = find(content, start, close)
        {
            from = end + close.len();
            ranges.push(start..from);
        }
    }
    ranges.sort_by_key(|range| range.start);
    let is_apart = ranges.is_sorted_by(|one, next| one.end <= next.start);
    (!ranges.is_empty() && is_apart).then_some(Removal {
        name: "gateway-banner",
        ranges,
    })
}

fn find(content: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    memmem::find(content.get(from..)?, needle).map(|at| from + at)
}

/// The first elements of the content and of its `<body>`, with and without the white space behind them.
fn on_top(html: &[u8]) -> Vec<Removal> {
    let look = html
        .get(..html.len().min(LOOK_OCTETS_MAX))
        .unwrap_or_default();
    let mut found = Vec::new();
    for start in [Some(0), body_start(look)].into_iter().flatten() {
        let mut end = start;
        for _ in 0..ON_TOP_MAX {
            let white = count_white(look, end);
            let Some(next) = element_end(look, end + white) else {
                break;
            };
            end = next;
            let trimmed = end + count_white(look, end);
            for end in [end, trimmed] {
                let removal = Removal {
                    name: "notice-on-top",
                    ranges: std::iter::once(start..end).collect(),
                };
                if !found.contains(&removal) {
                    found.push(removal);
                }
            }
        }
    }
    found
}

fn body_start(html: &[u8]) -> Option<usize> {
    let at = html
        .windows(5)
        .position(|window| window.eq_ignore_ascii_case(b"<body"))?;
    find(html, at, b">").map(|close| close + 1)
}

fn count_white(html: &[u8], from: usize) -> usize {
    let rest = html.get(from..).unwrap_or_default();
    rest.iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// The end of the element or comment that starts here.
fn element_end(html: &[u8], start: usize) -> Option<usize> {
    let rest = html.get(start..)?;
    if rest.starts_with(b"<!--") {
        return find(html, start, b"-->").map(|at| at + 3);
    }
    let (name, first_end, _) = tag(html, start)?;
    if name.is_empty() || name.starts_with(b"/") || is_of(name, &[b"html", b"head", b"body"]) {
        return None;
    }
    if is_of(name, &VOID) {
        return Some(first_end);
    }
    // Only elements of the same name are counted: others that are not closed do not matter.
    let mut depth = 1_usize;
    let mut at = first_end;
    for _ in 0..TAGS_MAX {
        at = find(html, at, b"<")?;
        let Some((other, end, is_empty)) = tag(html, at) else {
            at += 1;
            continue;
        };
        at = end;
        if other.eq_ignore_ascii_case(name) && !is_empty {
            depth += 1;
        } else if other
            .strip_prefix(b"/")
            .is_some_and(|other| other.eq_ignore_ascii_case(name))
        {
            depth -= 1;
        }
        if depth == 0 {
            return Some(end);
        }
    }
    None
}

/// The name of the tag that starts here, with its slash; its end; and whether it closes itself.
fn tag(html: &[u8], start: usize) -> Option<(&[u8], usize, bool)> {
    let rest = html.get(start..)?.strip_prefix(b"<")?;
    let close = memchr(b'>', rest)?;
    let inner = rest.get(..close)?;
    let n_name = inner
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'/')
        .count();
    let name = inner.get(..n_name)?;
    let name = match name.strip_suffix(b"/") {
        Some(before) if !before.is_empty() => before,
        _ => name,
    };
    Some((name, start + close + 2, inner.ends_with(b"/")))
}

fn is_of(name: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Additions at the end, the shortest first: up to the end, and up to the tags that close the page.
fn at_end(html: &[u8]) -> Vec<Removal> {
    let from = html.len().saturating_sub(LOOK_OCTETS_MAX);
    let look = html.get(from..).unwrap_or_default();
    let closing = [&b"</body"[..], b"</html"].into_iter().filter_map(|tag| {
        let mut windows = look.windows(tag.len());
        windows
            .position(|window| window.eq_ignore_ascii_case(tag))
            .map(|at| from + at)
    });
    let ends: Vec<usize> = std::iter::once(html.len()).chain(closing.min()).collect();
    let starts = memchr::memrchr_iter(b'<', look)
        .map(|at| from + at)
        .filter(|&at| tag(html, at).is_some_and(|(name, _, _)| is_of(name, &BLOCKS)))
        .take(AT_END_MAX);
    let mut found = Vec::new();
    for start in starts {
        let white = html.get(..start).unwrap_or_default();
        let n_white = white.len() - white.trim_ascii_end().len();
        for &end in ends.iter().filter(|&&end| start < end) {
            for start in [start, start - n_white] {
                let removal = Removal {
                    name: "appended-text",
                    ranges: std::iter::once(start..end).collect(),
                };
                if start > 0 && !found.contains(&removal) {
                    found.push(removal);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(html: &str) -> Vec<String> {
        let removals = removals(html.as_bytes());
        removals
            .iter()
            .map(|removal| String::from_utf8(removal.of(html.as_bytes())).unwrap())
            .collect()
    }

    #[test]
    fn what_gateways_and_lists_add_is_among_the_ways() {
        let page = "<html><head><title>x</title></head><body lang=en><p>Jon</p></body></html>";
        for changed in [
            page.replace("<p>Jon", "<div><div>CAUTION</div>!</div><p>Jon"),
            page.replace("<p>Jon", "<table><tr><td>CAUTION</td></tr></table><br>\r\n<p>Jon"),
            page.replace("</body>", "<hr><p>Disclaimer<br/>none</p></body>"),
            page.replace("<p>Jon", "<!-- BaNnErBlUrFlE-BoDy-start --><span>EXT</span><!-- BaNnErBlUrFlE-BoDy-end --><p>Jon")
                .replace("</head>", "<!-- BaNnErBlUrFlE-HeAdEr-start --><style></style><!-- BaNnErBlUrFlE-HeAdEr-end --></head>"),
            format!("<div style=\"a\">CAUTION</div>{page}"),
            format!("{page}\r\n\r\n<p></p>\r\n\r\n-- <br />\r\nYou received this message<br />\r\n"),
        ] {
            assert!(ways(&changed).contains(&page.to_owned()), "{changed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn ways_are_few_and_inside(html in proptest::collection::vec(proptest::sample::select(b"<>/dp brhody-! ".to_vec()), 0..300)) {
            let found = removals(&html);
            proptest::prop_assert!(found.len() <= 4 * (ON_TOP_MAX + AT_END_MAX) + 1);
            for removal in found {
                let n_removed: usize = removal.ranges.iter().map(ExactSizeIterator::len).sum();
                proptest::prop_assert_eq!(removal.of(&html).len(), html.len() - n_removed);
            }
        }
    }
}
