//! The canonical form of a body (RFC 6376, sections 3.4.3 and 3.4.4) straight into a hash.
//!
//! Canonicalised by exception: stretches that need no change go to the hash as slices of the message; nothing of the
//! body is copied but short stretches around a change. Line ends are read as they come: a bare line feed counts as
//! CR LF, as exports without carriage returns are the normal case.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, digest};
use mabillon_hash::{Beside, Sha256, sha256};

use super::parse::Canonicalization;
use super::stretches::{is_unchanged, unchanged_lines, without_bare_line_feed};

/// The hash algorithms of DKIM (RFC 6376, section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashAlgorithm {
    Sha1,
    Sha256,
}

impl HashAlgorithm {
    /// The hash of `bytes`.
    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec(),
            Self::Sha256 => sha256(bytes).to_vec(),
        }
    }

    fn start(self) -> Hash {
        match self {
            Self::Sha1 => Hash::Sha1(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            Self::Sha256 => Hash::Sha256(Sha256::new()),
        }
    }
}

/// A hash on its way.
enum Hash {
    Sha1(Context),
    Sha256(Sha256),
}

impl Hash {
    fn update(&mut self, bytes: &[u8], beside: &mut Beside<'_>) {
        match self {
            Self::Sha1(context) => context.update(bytes),
            Self::Sha256(hash) => beside.update(hash, bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(context) => context.finish().as_ref().to_vec(),
            Self::Sha256(hash) => hash.finish().to_vec(),
        }
    }
}

/// The hash of a canonical body and what was seen on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyDigest {
    /// The hash, over at most `l=` octets.
    pub(crate) hash: Vec<u8>,
    /// Octets of the whole canonical body.
    pub(crate) n_octets: u64,
    /// Whether a line ended in a bare line feed.
    pub(crate) has_bare_line_feed: bool,
}

/// Hashes the canonical body up to `length` octets.
pub(crate) fn hash_body(
    body: &[u8],
    canonicalization: Canonicalization,
    algorithm: HashAlgorithm,
    length: Option<u64>,
) -> BodyDigest {
    let beside = &mut Beside::default();
    hash_body_beside(body, canonicalization, algorithm, length, beside)
}

/// The same, and what waits to be hashed beside it.
pub(crate) fn hash_body_beside(
    body: &[u8],
    canonicalization: Canonicalization,
    algorithm: HashAlgorithm,
    length: Option<u64>,
    beside: &mut Beside<'_>,
) -> BodyDigest {
    let mut hasher = BlockHasher {
        hash: algorithm.start(),
        beside,
        block: Vec::with_capacity(BLOCK_OCTETS),
        left: length.unwrap_or(u64::MAX),
        n_octets: 0,
    };
    let has_bare_line_feed =
        canonical_body(body, canonicalization, &mut |bytes| hasher.push(bytes));
    hasher.finish(has_bare_line_feed)
}

/// Short stretches are gathered up to this size, so that the hash is not called for every line.
const BLOCK_OCTETS: usize = 16 * 1024;
/// Stretches from this size on go to the hash without being gathered.
const DIRECT_OCTETS: usize = 4 * 1024;

struct BlockHasher<'b, 'i> {
    hash: Hash,
    beside: &'b mut Beside<'i>,
    block: Vec<u8>,
    left: u64,
    n_octets: u64,
}

impl BlockHasher<'_, '_> {
    fn push(&mut self, bytes: &[u8]) {
        self.n_octets += bytes.len() as u64;
        let wanted = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        self.left -= wanted as u64;
        let bytes = bytes.get(..wanted).unwrap_or_default();
        if self.block.len() + bytes.len() > BLOCK_OCTETS || bytes.len() >= DIRECT_OCTETS {
            self.hash.update(&self.block, self.beside);
            self.block.clear();
        }
        if bytes.len() >= DIRECT_OCTETS {
            self.hash.update(bytes, self.beside);
        } else {
            self.block.extend_from_slice(bytes);
        }
    }

    fn finish(mut self, has_bare_line_feed: bool) -> BodyDigest {
        self.hash.update(&self.block, self.beside);
        BodyDigest {
            hash: self.hash.finish(),
            n_octets: self.n_octets,
            has_bare_line_feed,
        }
    }
}

/// Gives the canonical body in pieces, and whether a line ended in a bare line feed.
pub(crate) fn canonical_body(
    body: &[u8],
    canonicalization: Canonicalization,
    push: &mut impl FnMut(&[u8]),
) -> bool {
    match canonicalization {
        Canonicalization::Simple => simple(body, push),
        Canonicalization::Relaxed => relaxed(body, push),
    }
}

const LINE_END: &[u8] = b"\r\n";
/// Octets that are gone over line by line before a clean stretch is looked for again.
const SLOW_OCTETS: usize = 4096;

/// Empty lines at the end are ignored; the last line is ended, even if it is the only one and empty.
fn simple(body: &[u8], push: &mut impl FnMut(&[u8])) -> bool {
    let mut content = body;
    let mut has_bare = false;
    while let Some(rest) = content.strip_suffix(b"\n") {
        content = rest.strip_suffix(b"\r").unwrap_or_else(|| {
            has_bare = true;
            rest
        });
    }
    let (mut start, mut at) = (0, 0);
    while at < content.len() {
        let clean = without_bare_line_feed(content, at);
        if clean == at {
            at += lines_with_line_ends(content, at, &mut start, push);
            has_bare = true;
        } else {
            at = clean;
        }
    }
    push(content.get(start..).unwrap_or_default());
    push(LINE_END);
    has_bare
}

/// Goes over some octets from `from` on that hold a bare line feed, giving out what lies from `start` to each of them.
/// Gives the number of octets gone over.
fn lines_with_line_ends(
    content: &[u8],
    from: usize,
    start: &mut usize,
    push: &mut impl FnMut(&[u8]),
) -> usize {
    let rest = content.get(from..).unwrap_or_default();
    let some = rest.get(..SLOW_OCTETS).unwrap_or(rest);
    for found in memchr::memchr_iter(b'\n', some) {
        let at = from + found;
        let stretch = content.get(*start..at).unwrap_or_default();
        // Where the stretch is empty, the byte before it was a line feed too.
        if !stretch.ends_with(b"\r") {
            push(stretch);
            push(LINE_END);
            *start = at + 1;
        }
    }
    some.len()
}

/// As simple, and white space at line ends is dropped, runs of white space become one space; nothing stays nothing.
fn relaxed(body: &[u8], push: &mut impl FnMut(&[u8])) -> bool {
    let mut relaxed = Relaxed {
        body,
        run: 0..0,
        n_empty: 0,
        empties_are_plain: true,
    };
    let mut has_bare = false;
    let mut start = 0;
    let mut scratch = Vec::new();
    while start < body.len() {
        if let Some(end) = unchanged_lines(body, start) {
            relaxed.unchanged_lines(start..end, push);
            start = end;
            continue;
        }
        let slow_end = start + SLOW_OCTETS;
        while start < body.len().min(slow_end) {
            let rest = body.get(start..).unwrap_or_default();
            let (line, n_end) = memchr::memchr(b'\n', rest)
                .map_or((rest, 0), |at| (rest.get(..at).unwrap_or(rest), 1));
            let content = line.strip_suffix(b"\r").filter(|_| n_end == 1);
            has_bare |= content.is_none() && n_end == 1;
            let whole = start..start + line.len() + n_end;
            start = whole.end;
            relaxed.line(
                content.unwrap_or(line),
                content.is_some(),
                whole,
                &mut scratch,
                push,
            );
        }
    }
    relaxed.flush(push);
    has_bare
}

/// Where the relaxed form of a body stands: a run of unchanged bytes that is not yet given out, and the empty lines
/// after it, which count only if something follows.
struct Relaxed<'a> {
    body: &'a [u8],
    run: std::ops::Range<usize>,
    n_empty: usize,
    empties_are_plain: bool,
}

impl Relaxed<'_> {
    fn line(
        &mut self,
        content: &[u8],
        ends_in_crlf: bool,
        whole: std::ops::Range<usize>,
        scratch: &mut Vec<u8>,
        push: &mut impl FnMut(&[u8]),
    ) {
        if content.is_empty() {
            self.n_empty += 1;
            self.empties_are_plain &= ends_in_crlf;
            return;
        }
        let changes = !is_unchanged(content);
        if changes {
            collapse(content, scratch);
            if scratch.is_empty() {
                self.n_empty += 1;
                self.empties_are_plain = false;
                return;
            }
        }
        if changes || !ends_in_crlf {
            self.flush(push);
            self.push_empties(push);
            push(if changes { scratch } else { content });
            push(LINE_END);
        } else if self.run.is_empty() || !self.empties_are_plain {
            self.flush(push);
            self.push_empties(push);
            self.run = whole;
        } else {
            self.run.end = whole.end;
            self.n_empty = 0;
        }
    }

    /// Several whole lines at once that need no change.
    fn unchanged_lines(&mut self, whole: std::ops::Range<usize>, push: &mut impl FnMut(&[u8])) {
        let mut end = whole.end;
        let mut n_ends = 0_usize;
        while end > whole.start
            && self
                .body
                .get(..end)
                .is_some_and(|body| body.ends_with(LINE_END))
        {
            end -= LINE_END.len();
            n_ends += 1;
        }
        if end <= whole.start {
            self.n_empty += n_ends;
            return;
        }
        if self.run.is_empty() || !self.empties_are_plain {
            self.flush(push);
            self.push_empties(push);
            self.run.start = whole.start;
        }
        // Of the line ends, the first belongs to the last line that is not empty.
        self.run.end = end + LINE_END.len();
        self.n_empty = n_ends.saturating_sub(1);
    }

    fn flush(&mut self, push: &mut impl FnMut(&[u8])) {
        if !self.run.is_empty() {
            push(self.body.get(self.run.clone()).unwrap_or_default());
            self.run = 0..0;
        }
    }

    fn push_empties(&mut self, push: &mut impl FnMut(&[u8])) {
        (0..self.n_empty).for_each(|_| push(LINE_END));
        self.n_empty = 0;
        self.empties_are_plain = true;
    }
}

fn collapse(line: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut in_white = false;
    for &byte in line {
        let white = matches!(byte, b' ' | b'\t');
        if !white {
            if in_white {
                out.push(b' ');
            }
            out.push(byte);
        }
        in_white = white;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second, simple implementation, by the words of RFC 6376.
    fn by_the_book(body: &[u8], canonicalization: Canonicalization) -> Vec<u8> {
        let mut normal: Vec<u8> = Vec::new();
        for &byte in body {
            if byte == b'\n' && normal.last() != Some(&b'\r') {
                normal.push(b'\r');
            }
            normal.push(byte);
        }
        let text: Vec<u8> = normal;
        let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
        let mut index = 0;
        while index < text.len() {
            if text[index..].starts_with(b"\r\n") {
                lines.push(Vec::new());
                index += 2;
            } else {
                lines.last_mut().unwrap().push(text[index]);
                index += 1;
            }
        }
        if canonicalization == Canonicalization::Relaxed {
            for line in &mut lines {
                let mut reduced: Vec<u8> = Vec::new();
                for &byte in line.iter() {
                    let byte = if byte == b'\t' { b' ' } else { byte };
                    if !(byte == b' ' && reduced.last() == Some(&b' ')) {
                        reduced.push(byte);
                    }
                }
                if reduced.last() == Some(&b' ') {
                    reduced.pop();
                }
                *line = reduced;
            }
        }
        while lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        let mut out = Vec::new();
        for line in &lines {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
        if out.is_empty() && canonicalization == Canonicalization::Simple {
            out.extend_from_slice(b"\r\n");
        }
        out
    }

    fn whole(body: &[u8], canonicalization: Canonicalization) -> Vec<u8> {
        let mut out = Vec::new();
        canonical_body(body, canonicalization, &mut |bytes| {
            out.extend_from_slice(bytes);
        });
        out
    }

    #[test]
    fn the_hash_of_nothing() {
        use Canonicalization::{Relaxed, Simple};
        for (canonicalization, algorithm, expected) in [
            (
                Simple,
                HashAlgorithm::Sha256,
                "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=",
            ),
            (
                Relaxed,
                HashAlgorithm::Sha256,
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            ),
            (Simple, HashAlgorithm::Sha1, "uoq1oCgLlTqpdDX/iUbLy7J1Wic="),
            (Relaxed, HashAlgorithm::Sha1, "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
        ] {
            for body in [&b""[..], b"\r\n", b"\n\n\r\n"] {
                let digest = hash_body(body, canonicalization, algorithm, None);
                assert_eq!(
                    base64_simd::STANDARD.encode_to_string(&digest.hash),
                    expected
                );
            }
        }
    }

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 6376, section 3.4.5.
        let body = b" C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(whole(body, Canonicalization::Relaxed), b" C\r\nD E\r\n");
        assert_eq!(whole(body, Canonicalization::Simple), b" C \r\nD \t E\r\n");
    }

    #[test]
    fn length_zero_is_nothing_and_the_rest_is_counted() {
        let digest = hash_body(
            b"abc\n",
            Canonicalization::Simple,
            HashAlgorithm::Sha256,
            Some(0),
        );
        assert_eq!(digest.hash, HashAlgorithm::Sha256.of(b""));
        assert_eq!((digest.n_octets, digest.has_bare_line_feed), (5, true));
    }

    fn bodies() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
        use proptest::prelude::*;
        let piece = prop_oneof![
            Just(b"\r\n".to_vec()),
            Just(b"\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b" ".to_vec()),
            Just(b"\t".to_vec()),
            Just(b"words of text".to_vec()),
            any::<u8>().prop_map(|byte| vec![byte]),
            Just(vec![b'x'; 9000]),
            Just(b"a clean line of words\r\n".repeat(300)),
            Just(b"\r\n".repeat(3000)),
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest::proptest! {
        #[test]
        fn fast_and_by_the_book_agree(body in bodies(), length in proptest::option::of(0_usize..40)) {
            for canonicalization in [Canonicalization::Simple, Canonicalization::Relaxed] {
                let expected = by_the_book(&body, canonicalization);
                proptest::prop_assert_eq!(&whole(&body, canonicalization), &expected);
                let digest = hash_body(&body, canonicalization, HashAlgorithm::Sha256, length.map(|length| length as u64));
                let n_octets = expected.len().min(length.unwrap_or(usize::MAX));
                proptest::prop_assert_eq!(digest.hash, HashAlgorithm::Sha256.of(&expected[..n_octets]));
                proptest::prop_assert_eq!(digest.n_octets, expected.len() as u64);
                let bare = body.iter().enumerate().any(|(at, &byte)| byte == b'\n' && (at == 0 || body[at - 1] != b'\r'));
                proptest::prop_assert_eq!(digest.has_bare_line_feed, bare);
            }
        }
    }
}
