//! Cells of binary Excel workbooks since Excel 97 (MS-XLS 2.4): strings, numbers as stored, results of formulas.

use super::super::limits::{RECORDS_MAX, SHARED_STRINGS_MAX};
use crate::document::limits::TEXT_BYTES_MAX;
use crate::document::{DecodedDocument, TextSink};
use crate::little_endian::{u16_at, u32_at, usize_at};
use mabillon_compound::Compound;

const FILE_PASS: u16 = 0x002f;
const CONTINUE: u16 = 0x003c;
const SST: u16 = 0x00fc;
const EOF: u16 = 0x000a;
const LABEL_SST: u16 = 0x00fd;
const NUMBER: u16 = 0x0203;
const RK: u16 = 0x027e;
const MUL_RK: u16 = 0x00bd;
const FORMULA: u16 = 0x0006;
const STRING: u16 = 0x0207;

/// Reads the text: a line for each row, a tab between cells.
pub(super) fn read(compound: &Compound<'_>, decoded: &mut DecodedDocument) {
    let Some(stream) = compound.stream("Workbook", 4 * TEXT_BYTES_MAX) else {
        return;
    };
    let records: Vec<Record<'_>> = Records(&stream).take(RECORDS_MAX).collect();
    if records.len() == RECORDS_MAX {
        decoded.cut("the workbook has too many records; only the first of them are read");
    }
    if records.iter().any(|record| record.kind == FILE_PASS) {
        decoded.cut("the workbook is encrypted; its text is not read");
        return;
    }
    let strings = shared_strings(&records);
    let mut cells = Cells::default();
    for (index, record) in records.iter().enumerate() {
        match record.kind {
            STRING => {
                let mut pieces = Pieces::of(records.get(index..).unwrap_or_default());
                if let Some(result) = pieces.string() {
                    cells.push(&result);
                }
            }
            EOF => cells.text.end_line(),
            _ => cells.see(record, &strings),
        }
        if cells.text.is_full() {
            break;
        }
    }
    cells.text.end_line();
    decoded.take_text(cells.text);
}

/// A record: its kind and its bytes.
#[derive(Clone, Copy)]
struct Record<'a> {
    kind: u16,
    bytes: &'a [u8],
}

struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let kind = u16_at(self.0, 0)?;
        let end = 4 + usize::from(u16_at(self.0, 2)?);
        let bytes = self.0.get(4..end)?;
        self.0 = self.0.get(end..)?;
        Some(Record { kind, bytes })
    }
}

/// The table of strings that cells refer to (2.4.265).
fn shared_strings(records: &[Record<'_>]) -> Vec<String> {
    let Some(start) = records.iter().position(|record| record.kind == SST) else {
        return Vec::new();
    };
    let mut pieces = Pieces::of(records.get(start..).unwrap_or_default());
    pieces.skip(8);
    let mut strings = Vec::new();
    while strings.len() < SHARED_STRINGS_MAX
        && let Some(string) = pieces.string()
    {
        strings.push(string);
    }
    strings
}

/// The bytes of a record and of those that continue it.
struct Pieces<'a> {
    current: &'a [u8],
    following: &'a [Record<'a>],
}

impl<'a> Pieces<'a> {
    fn of(records: &'a [Record<'a>]) -> Self {
        match records.split_first() {
            Some((first, following)) => Self {
                current: first.bytes,
                following,
            },
            None => Self {
                current: &[],
                following: &[],
            },
        }
    }

    /// Goes on to the next piece; false at the end.
    fn advance(&mut self) -> bool {
        match self.following.split_first() {
            Some((next, following)) if next.kind == CONTINUE => {
                self.current = next.bytes;
                self.following = following;
                true
            }
            _ => false,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        while self.current.is_empty() {
            if !self.advance() {
                return None;
            }
        }
        let (&byte, rest) = self.current.split_first()?;
        self.current = rest;
        Some(byte)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, mut n_bytes: usize) {
        while n_bytes > 0 {
            let here = n_bytes.min(self.current.len());
            self.current = self.current.get(here..).unwrap_or_default();
            n_bytes -= here;
            if n_bytes > 0 && !self.advance() {
                return;
            }
        }
    }

    /// An `XLUnicodeRichExtendedString` (2.5.293). Where its characters go on in the next record, that begins with
    /// a byte that says anew whether they are wide.
    fn string(&mut self) -> Option<String> {
        const WIDE: u8 = 1;
        const PHONETIC: u8 = 4;
        const RICH: u8 = 8;
        let n_chars = usize::from(self.u16()?);
        let flags = self.byte()?;
        let n_runs = if flags & RICH != 0 { self.u16()? } else { 0 };
        let n_phonetic = if flags & PHONETIC != 0 {
            let (low, high) = (self.u16()?, self.u16()?);
            usize::from(high) << 16 | usize::from(low)
        } else {
            0
        };
        let mut is_wide = flags & WIDE != 0;
        let mut units = Vec::with_capacity(n_chars.min(self.current.len()));
        while units.len() < n_chars {
            if self.current.is_empty() {
                if !self.advance() {
                    break;
                }
                is_wide = self.byte()? & WIDE != 0;
            }
            let unit = if is_wide {
                self.u16()?
            } else {
                u16::from(self.byte()?)
            };
            units.push(unit);
        }
        self.skip(4 * usize::from(n_runs) + n_phonetic);
        Some(String::from_utf16_lossy(&units))
    }
}

/// Cells on their way to lines.
#[derive(Default)]
struct Cells {
    text: TextSink,
    row: Option<u16>,
}

impl Cells {
    fn see(&mut self, record: &Record<'_>, strings: &[String]) {
        let bytes = record.bytes;
        if !matches!(record.kind, LABEL_SST | NUMBER | RK | MUL_RK | FORMULA) {
            return;
        }
        let Some(row) = u16_at(bytes, 0) else { return };
        if self.row.replace(row) != Some(row) {
            self.text.end_line();
        }
        match record.kind {
            LABEL_SST => {
                if let Some(string) = usize_at(bytes, 6).and_then(|index| strings.get(index)) {
                    self.push(string);
                }
            }
            RK => self.push_number(u32_at(bytes, 6).map(rk)),
            MUL_RK => {
                let cells = bytes.get(4..bytes.len().saturating_sub(2));
                for cell in cells.unwrap_or_default().chunks_exact(6) {
                    self.push_number(u32_at(cell, 2).map(rk));
                }
            }
            // The result of a formula that is no number has its upper two bytes set; a string follows in its own record.
            FORMULA if u16_at(bytes, 12) == Some(0xffff) => {}
            _ => self.push_number(float(bytes, 6)),
        }
    }

    fn push_number(&mut self, number: Option<f64>) {
        if let Some(number) = number {
            self.push(&number.to_string());
        }
    }

    fn push(&mut self, value: &str) {
        if !self.text.is_at_line_start() {
            self.text.push("\t");
        }
        self.text.push(value);
    }
}

fn float(bytes: &[u8], at: usize) -> Option<f64> {
    let eight = bytes.get(at..)?.first_chunk()?;
    Some(f64::from_le_bytes(*eight))
}

/// A number in four bytes (2.5.217): a whole number or the upper half of a float, perhaps in hundredths.
fn rk(raw: u32) -> f64 {
    let number = if raw & 2 != 0 {
        f64::from(raw.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(raw & !3) << 32)
    };
    if raw & 1 != 0 { number / 100.0 } else { number }
}
