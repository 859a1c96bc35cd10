//! ASCII armor (RFC 9580, section 6) and the cleartext signature framework (section 7).

use mabillon_case::{ArmorKind, Span};
use memchr::memmem;

/// One armored block of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: ArmorKind,
    /// Where it stands, from its first line to the end of its last.
    pub span: Span,
    /// The text that is signed in the clear, as it stands, still escaped; empty for other kinds.
    pub text: Span,
    /// The packets.
    pub packets: Vec<u8>,
}

/// Most blocks of one text.
const BLOCKS_MAX: usize = 64;

const BEGIN: &[u8] = b"-----BEGIN PGP ";

const KINDS: [(&[u8], ArmorKind); 6] = [
    (b"SIGNED MESSAGE-----", ArmorKind::SignedText),
    (b"SIGNATURE-----", ArmorKind::Signature),
    (b"MESSAGE-----", ArmorKind::Message),
    (b"PUBLIC KEY BLOCK-----", ArmorKind::PublicKey),
    (b"PRIVATE KEY BLOCK-----", ArmorKind::PrivateKey),
    (b"SECRET KEY BLOCK-----", ArmorKind::PrivateKey),
];

/// The armored blocks of a text, in order. A block without an end is left out.
pub fn blocks(text: &[u8]) -> Vec<Block> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((kind, start, after)) = next_begin(text, at) {
        at = after;
        let block = match kind {
            ArmorKind::SignedText => signed_text(text, start, after),
            kind => armor(text, start, after).map(|(packets, end)| Block {
                kind,
                span: Span::new(start, end),
                text: Span::default(),
                packets,
            }),
        };
        if let Some(block) = block {
            at = block.span.end;
            found.push(block);
        }
        if found.len() >= BLOCKS_MAX {
            break;
        }
    }
    found
}

/// The next first line of a block: its kind, where it starts, where the next line starts.
fn next_begin(text: &[u8], mut at: usize) -> Option<(ArmorKind, usize, usize)> {
    loop {
        let start = at + memmem::find(text.get(at..)?, BEGIN)?;
        at = start + BEGIN.len();
        let is_at_line_start = start == 0 || matches!(text.get(start - 1), Some(b'\n' | b'\r'));
        let (line, next) = line_at(text, at);
        let kind = KINDS
            .iter()
            .find(|(name, _)| line.trim_ascii_end() == *name);
        if let Some((_, kind)) = kind.filter(|_| is_at_line_start) {
            return Some((*kind, start, next));
        }
    }
}

/// The line that starts at `at`, without its end, and where the next one starts.
fn line_at(text: &[u8], at: usize) -> (&[u8], usize) {
    let rest = text.get(at..).unwrap_or_default();
    let length = memchr::memchr(b'\n', rest);
    let line = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
    let next = at + length.map_or(rest.len(), |length| length + 1);
    (line.strip_suffix(b"\r").unwrap_or(line), next)
}

/// Where the header lines of a block end: behind the empty line.
fn behind_headers(text: &[u8], mut at: usize) -> Option<usize> {
    const HEADER_LINES_MAX: usize = 100;
    for _ in 0..HEADER_LINES_MAX {
        let (line, next) = line_at(text, at);
        if line.trim_ascii().is_empty() && next > at {
            return Some(next);
        }
        // Some programs leave the empty line out.
        if memmem::find(line, b": ").is_none() && !line.ends_with(b":") {
            return Some(at);
        }
        at = next;
    }
    None
}

/// The packets of a block whose second line starts at `at`, and the end of its last line.
fn armor(text: &[u8], start: usize, at: usize) -> Option<(Vec<u8>, usize)> {
    debug_assert!(start <= at);
    let mut at = behind_headers(text, at)?;
    let mut encoded = Vec::new();
    loop {
        let (line, next) = line_at(text, at);
        let line = line.trim_ascii();
        if line.starts_with(b"-----END PGP ") {
            let end = at + line_at(text, at).0.len();
            let packets = base64_simd::forgiving_decode_to_vec(&encoded).ok()?;
            return Some((packets, end));
        }
        // The checksum line is not needed: signatures tell of damage.
        let is_checksum = line.len() == 5 && line.starts_with(b"=");
        if !is_checksum {
            encoded.extend_from_slice(line);
        }
        if next == at || next >= text.len() {
            return None;
        }
        at = next;
    }
}

fn signed_text(text: &[u8], start: usize, at: usize) -> Option<Block> {
    let body = behind_headers(text, at)?;
    let mut line_start = body;
    loop {
        let (line, next) = line_at(text, line_start);
        if line.trim_ascii_end() == b"-----BEGIN PGP SIGNATURE-----" {
            let (packets, end) = armor(text, line_start, next)?;
            return Some(Block {
                kind: ArmorKind::SignedText,
                span: Span::new(start, end),
                text: Span::new(body, line_start),
                packets,
            });
        }
        // A second beginning inside is text of a third, not of this.
        if next == line_start
            || next >= text.len()
            || line.starts_with(b"-----BEGIN PGP SIGNED MESSAGE-----")
        {
            return None;
        }
        line_start = next;
    }
}

/// What was signed of a text in the clear: without dash escapes and white space at line ends, with CR LF between lines
/// and none after the last (RFC 9580, section 7.2).
pub fn cleartext(escaped: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(escaped.len());
    let without_last = escaped.strip_suffix(b"\n").unwrap_or(escaped);
    let without_last = without_last.strip_suffix(b"\r").unwrap_or(without_last);
    for (index, line) in without_last.split(|&byte| byte == b'\n').enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\r\n");
        }
        let line = line.strip_prefix(b"- ").unwrap_or(line);
        let kept = line
            .iter()
            .rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))
            .map_or(0, |last| last + 1);
        out.extend_from_slice(line.get(..kept).unwrap_or_default());
    }
    out
}

/// The packets of the first block of a text, or the bytes themselves where they hold none.
pub fn armored(bytes: &[u8]) -> Vec<u8> {
    blocks(bytes)
        .into_iter()
        .next()
        .map_or_else(|| bytes.to_vec(), |block| block.packets)
}
