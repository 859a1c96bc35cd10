//! Finding the stretches of a body that its canonical form leaves as they are.
//!
//! Written without branches over short pieces, so that it is compiled to instructions on many bytes at a time.

/// Octets looked at together; a body that needs changes everywhere costs one piece of this before the slow way.
const PIECE_OCTETS: usize = 256;
/// Octets taken in one go.
const STRETCH_OCTETS: usize = 4096;

/// Whether the relaxed form of a line (without its line end) is the line itself.
pub(crate) fn is_unchanged(line: &[u8]) -> bool {
    let next = line.get(1..).unwrap_or_default();
    let changes = line.iter().zip(next).fold(0_u8, |changes, (&byte, &next)| {
        changes | u8::from(byte == b'\t') | (u8::from(byte == b' ') & u8::from(next == b' '))
    });
    changes == 0 && !matches!(line.last(), Some(b' ' | b'\t'))
}

/// The end of a stretch of whole lines from `start` on that the relaxed form leaves as they are, with their CR LF.
/// `start` is the start of a line. Nothing near the end of the body.
pub(crate) fn unchanged_lines(body: &[u8], start: usize) -> Option<usize> {
    let stretch = body.get(start..start + STRETCH_OCTETS)?;
    if stretch.first() == Some(&b'\n') || !pieces(stretch).all(keeps_relaxed) {
        return None;
    }
    memchr::memrchr(b'\n', stretch).map(|last| start + last + 1)
}

/// The end of a stretch from `start` on without a bare line feed; `start` itself where there is none.
pub(crate) fn without_bare_line_feed(body: &[u8], start: usize) -> usize {
    let end = body.len().min(start + STRETCH_OCTETS);
    // With the byte before it, so that a line feed at the start is seen with its carriage return.
    let stretch = body.get(start.saturating_sub(1)..end).unwrap_or_default();
    let starts_bare = start == 0 && stretch.first() == Some(&b'\n');
    if starts_bare || !pieces(stretch).all(|piece| !has_bare_line_feed(piece)) {
        return start;
    }
    end
}

/// Overlapping by one byte, so that every pair of neighbours lies in one piece.
fn pieces(stretch: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..stretch.len()).step_by(PIECE_OCTETS).map(|at| {
        let end = stretch.len().min(at + PIECE_OCTETS + 1);
        stretch.get(at..end).unwrap_or_default()
    })
}

fn keeps_relaxed(piece: &[u8]) -> bool {
    let next = piece.get(1..).unwrap_or_default();
    let changes = piece
        .iter()
        .zip(next)
        .fold(0_u8, |changes, (&byte, &next)| {
            let before_white =
                u8::from(next == b' ') | u8::from(next == b'\r') | u8::from(next == b'\n');
            let bare = u8::from(next == b'\n') & u8::from(byte != b'\r');
            changes | u8::from(byte == b'\t') | (u8::from(byte == b' ') & before_white) | bare
        });
    changes == 0
}

fn has_bare_line_feed(piece: &[u8]) -> bool {
    let next = piece.get(1..).unwrap_or_default();
    let found = piece.iter().zip(next).fold(0_u8, |found, (&byte, &next)| {
        found | (u8::from(next == b'\n') & u8::from(byte != b'\r'))
    });
    found != 0
}
