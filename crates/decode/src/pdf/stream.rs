//! Filters of streams (ISO 32000-1, 7.4) that carry text and structure; those of pictures are not undone.

use super::file::File;
use super::limits;
use super::object::{Dict, Object, hex};
use crate::inflate::{End, inflate};

/// Undoes the filters of a stream, up to `limit` bytes; and whether the limit was reached.
pub(super) fn expand(
    file: &File<'_>,
    dict: &Dict,
    stored: &[u8],
    limit: usize,
) -> Option<(Vec<u8>, bool)> {
    let filters = listed(file, dict, &["Filter", "F"]);
    let parameters = listed(file, dict, &["DecodeParms", "DP"]);
    if filters.len() > limits::FILTERS_MAX {
        return None;
    }
    let mut bytes = stored.get(..limit).unwrap_or(stored).to_vec();
    let mut is_cut = bytes.len() < stored.len();
    for (index, filter) in filters.iter().enumerate() {
        let empty = Dict::new();
        let parameters = match parameters.get(index) {
            Some(Object::Dict(parameters)) => parameters,
            _ => &empty,
        };
        let (next, cut) = undo(filter.name()?, parameters, &bytes, limit)?;
        bytes = next;
        is_cut |= cut;
    }
    Some((bytes, is_cut))
}

/// A value that is one object or an array of them.
fn listed(file: &File<'_>, dict: &Dict, keys: &[&str]) -> Vec<Object> {
    let Some(value) = keys.iter().find_map(|key| dict.get(*key)) else {
        return Vec::new();
    };
    match file.resolve(value) {
        Object::Array(values) => values.iter().map(|value| file.resolve(value)).collect(),
        Object::Null => Vec::new(),
        one => vec![one],
    }
}

fn undo(filter: &str, parameters: &Dict, bytes: &[u8], limit: usize) -> Option<(Vec<u8>, bool)> {
    match filter {
        "FlateDecode" | "Fl" => {
            let (mut out, mut end) = inflate(bytes, 0, limit, true);
            if out.is_empty() && end == End::Damage {
                // Without, or with a wrong, zlib header.
                (out, end) = inflate(bytes.get(2..)?, 0, limit, false);
            }
            Some((predicted(out, parameters), end == End::Limit))
        }
        "LZWDecode" | "LZW" => {
            let early = parameters.get("EarlyChange").and_then(Object::size) != Some(0);
            let (out, is_cut) = lzw(bytes, early, limit);
            Some((predicted(out, parameters), is_cut))
        }
        "ASCIIHexDecode" | "AHx" => Some((ascii_hex(bytes), false)),
        "ASCII85Decode" | "A85" => Some((ascii_85(bytes), false)),
        "RunLengthDecode" | "RL" => Some(run_length(bytes, limit)),
        // Decryption that leaves the bytes as they are.
        "Crypt" => Some((bytes.to_vec(), false)),
        _ => None,
    }
}

/// Undoes the PNG predictors (7.4.4.4); the TIFF predictor is for pictures.
fn predicted(bytes: Vec<u8>, parameters: &Dict) -> Vec<u8> {
    let size = |key: &str, default| {
        parameters
            .get(key)
            .and_then(Object::size)
            .unwrap_or(default)
    };
    if size("Predictor", 1) < 10 {
        return bytes;
    }
    let bits = size("Colors", 1).saturating_mul(size("BitsPerComponent", 8));
    let pixel_bytes = bits.div_ceil(8).clamp(1, 64);
    let row_bytes = size("Columns", 1).saturating_mul(bits).div_ceil(8);
    if row_bytes == 0 || row_bytes > bytes.len() {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut above = vec![0; row_bytes];
    for row in bytes.chunks(row_bytes + 1) {
        let Some((&kind, row)) = row.split_first() else {
            break;
        };
        let mut line = row.to_vec();
        line.resize(row_bytes, 0);
        unpredict(kind, &mut line, &above, pixel_bytes);
        out.extend_from_slice(&line);
        above = line;
    }
    out
}

fn unpredict(kind: u8, line: &mut [u8], above: &[u8], pixel_bytes: usize) {
    for index in 0..line.len() {
        let before = index.checked_sub(pixel_bytes);
        let left = before.and_then(|at| line.get(at).copied()).unwrap_or(0);
        let up = above.get(index).copied().unwrap_or(0);
        let up_left = before.and_then(|at| above.get(at).copied()).unwrap_or(0);
        let guess = match kind {
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            4 => paeth(left, up, up_left),
            _ => 0,
        };
        if let Some(byte) = line.get_mut(index) {
            *byte = byte.wrapping_add(guess);
        }
    }
}

fn paeth(left: u8, up: u8, up_left: u8) -> u8 {
    let [a, b, c] = [left, up, up_left].map(i16::from);
    let guess = a + b - c;
    let [da, db, dc] = [a, b, c].map(|value| (guess - value).abs());
    if da <= db && da <= dc {
        left
    } else if db <= dc {
        up
    } else {
        up_left
    }
}

/// LZW with codes of 9 to 12 bits (7.4.4.2).
fn lzw(bytes: &[u8], early: bool, limit: usize) -> (Vec<u8>, bool) {
    let mut lzw = Lzw {
        early: usize::from(early),
        ..Lzw::default()
    };
    let (mut bits, mut n_bits) = (0_u32, 0_u32);
    for &byte in bytes {
        bits = bits << 8 | u32::from(byte);
        n_bits += 8;
        let width = lzw.width();
        if n_bits < width {
            continue;
        }
        n_bits -= width;
        let code = bits >> n_bits;
        bits &= (1 << n_bits) - 1;
        if lzw.see(code).is_none() {
            break;
        }
        if lzw.out.len() > limit {
            lzw.out.truncate(limit);
            return (lzw.out, true);
        }
    }
    (lzw.out, false)
}

/// The table of LZW: each entry above 257 is a range of what was put out.
#[derive(Default)]
struct Lzw {
    out: Vec<u8>,
    table: Vec<(usize, usize)>,
    previous: Option<(usize, usize)>,
    /// Widths grow one code early.
    early: usize,
}

impl Lzw {
    const CLEAR: u32 = 256;
    const END: u32 = 257;
    const TABLE_MAX: usize = 4096 - 258;

    fn width(&self) -> u32 {
        match 258 + self.table.len() + self.early {
            0..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        }
    }

    /// Puts out what a code stands for; `None` at the end or at a code that stands for nothing.
    fn see(&mut self, code: u32) -> Option<()> {
        if code == Self::CLEAR {
            self.table.clear();
            self.previous = None;
            return Some(());
        }
        if code == Self::END {
            return None;
        }
        let start = self.out.len();
        if let Ok(byte) = u8::try_from(code) {
            self.out.push(byte);
        } else {
            let index = usize::try_from(code).ok()?.checked_sub(258)?;
            if let Some(&(from, to)) = self.table.get(index) {
                self.out.extend_from_within(from..to);
            } else {
                let (from, to) = self.previous.filter(|_| index == self.table.len())?;
                self.out.extend_from_within(from..to);
                self.out.extend_from_within(from..=from);
            }
        }
        if let Some((from, to)) = self.previous
            && self.table.len() < Self::TABLE_MAX
        {
            // The previous string and the first byte of this one lie side by side in the output.
            self.table.push((from, to + 1));
        }
        self.previous = Some((start, self.out.len()));
        Some(())
    }
}

fn ascii_hex(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes
        .iter()
        .take_while(|&&byte| byte != b'>')
        .filter_map(|&byte| hex(byte))
        .collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| match *pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        })
        .collect()
}

fn ascii_85(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for &byte in bytes.strip_prefix(b"<~").unwrap_or(bytes) {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            out.extend(base_85(&group));
            group.clear();
        }
    }
    if group.len() > 1 {
        let n_bytes = group.len() - 1;
        group.resize(5, 84);
        out.extend(base_85(&group).into_iter().take(n_bytes));
    }
    out
}

fn base_85(group: &[u8]) -> [u8; 4] {
    group
        .iter()
        .fold(0_u32, |value, &digit| {
            value.wrapping_mul(85).wrapping_add(u32::from(digit))
        })
        .to_be_bytes()
}

fn run_length(bytes: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((&length, after)) = rest.split_first() {
        if length == 128 {
            break;
        }
        if length < 128 {
            let n_bytes = (usize::from(length) + 1).min(after.len());
            let (copied, after) = after.split_at(n_bytes);
            out.extend_from_slice(copied);
            rest = after;
        } else if let Some((&byte, after)) = after.split_first() {
            out.resize(out.len() + 257 - usize::from(length), byte);
            rest = after;
        } else {
            break;
        }
        if out.len() > limit {
            out.truncate(limit);
            return (out, true);
        }
    }
    (out, false)
}
