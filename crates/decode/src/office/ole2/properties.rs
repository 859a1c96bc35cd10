//! The property sets `SummaryInformation` and `DocumentSummaryInformation` (MS-OLEPS 2, MS-OSHARED 2.3.3).

use encoding_rs::Encoding;
use mabillon_case::Stamp;

use super::super::{codepage, limits};
use crate::document::DecodedDocument;
use crate::document::limits::{PROPERTY_BYTES_MAX, VALUES_MAX};
use crate::little_endian::{u16_at, u32_at};
use mabillon_compound::Compound;

const VT_I2: u16 = 2;
const VT_I4: u16 = 3;
const VT_LPSTR: u16 = 0x1e;
const VT_LPWSTR: u16 = 0x1f;
const VT_FILETIME: u16 = 0x40;
const VT_VECTOR: u16 = 0x1000;

/// Number of 100 ns steps in a minute.
const FILETIME_PER_MINUTE: u64 = 600_000_000;

/// Reads both sets.
pub(super) fn read(compound: &Compound<'_>, decoded: &mut DecodedDocument) {
    match set(compound, "\u{5}SummaryInformation") {
        Some(set) => summary(&set, decoded),
        None => decoded.warn(
            "properties-missing",
            "the document has no readable summary information",
        ),
    }
    if let Some(set) = set(compound, "\u{5}DocumentSummaryInformation") {
        document_summary(&set, decoded);
    }
}

/// PIDSI properties (MS-OLEPS 2.25.1).
fn summary(set: &PropertySet, decoded: &mut DecodedDocument) {
    note_languages(set, decoded);
    let document = &mut decoded.document;
    document.title = set.string(2);
    document.author = set.string(4);
    document.template = set.string(7);
    document.last_modified_by = set.string(8);
    document.revision = set.string(9).trim().parse().ok();
    document.editing_minutes = set
        .filetime(10)
        .map(|duration| duration / FILETIME_PER_MINUTE);
    document.last_printed = set.time(11);
    document.created = set.time(12);
    document.modified = set.time(13);
    document.application = set.string(18);
}

/// PIDDSI properties (MS-OSHARED 2.3.3.2.2.1).
fn document_summary(set: &PropertySet, decoded: &mut DecodedDocument) {
    note_languages(set, decoded);
    let document = &mut decoded.document;
    document.company = set.string(15);
    document.heading_pairs = set.strings(12);
    document.part_names = set.strings(13);
    if let Some(version) = set.number(23) {
        let (major, minor) = (version >> 16, version & 0xffff);
        document.application_version = format!("{major}.{minor:04}");
    }
}

/// The code page tells which script the writing program worked in; the locale, where there is one, the language.
fn note_languages(set: &PropertySet, decoded: &mut DecodedDocument) {
    const LOCALE: u32 = 0x8000_0000;
    if let Some(page) = set.page {
        decoded.add_language(&format!("cp{page}"));
    }
    if let Some(tag) = set.number(LOCALE).and_then(codepage::language) {
        decoded.add_language(&tag);
    }
}

/// The first property set of a stream.
struct PropertySet {
    /// From the beginning of the set; offsets count from here.
    bytes: Vec<u8>,
    /// `(identifier, offset)`.
    places: Vec<(u32, usize)>,
    page: Option<u16>,
    encoding: &'static Encoding,
}

fn set(compound: &Compound<'_>, name: &str) -> Option<PropertySet> {
    let mut bytes = compound.stream(name, limits::PROPERTY_SET_BYTES_MAX)?;
    let start = usize::try_from(u32_at(&bytes, 44)?).ok()?;
    if start > bytes.len() {
        return None;
    }
    bytes.drain(..start);
    let n_properties = usize::try_from(u32_at(&bytes, 4)?).ok()?;
    let places = (0..n_properties.min(limits::PROPERTIES_MAX)).map_while(|index| {
        let at = 8 + index * 8;
        let offset = usize::try_from(u32_at(&bytes, at + 4)?).ok()?;
        Some((u32_at(&bytes, at)?, offset))
    });
    let mut set = PropertySet {
        places: places.collect(),
        bytes,
        page: None,
        encoding: encoding_rs::WINDOWS_1252,
    };
    let page = set.value(1).filter(|value| value.kind == VT_I2);
    set.page = page.and_then(|value| value.u16());
    if let Some(encoding) = set.page.and_then(codepage::encoding) {
        set.encoding = encoding;
    }
    Some(set)
}

impl PropertySet {
    fn value(&self, id: u32) -> Option<Value<'_>> {
        let (_, offset) = *self.places.iter().find(|(known, _)| *known == id)?;
        let rest = self.bytes.get(offset..)?;
        Some(Value {
            kind: u16_at(rest, 0)?,
            rest: rest.get(4..)?,
            encoding: self.encoding,
        })
    }

    fn string(&self, id: u32) -> String {
        self.value(id)
            .and_then(|mut value| value.take_string(value.kind, Padding::None))
            .unwrap_or_default()
    }

    fn filetime(&self, id: u32) -> Option<u64> {
        let value = self.value(id).filter(|value| value.kind == VT_FILETIME)?;
        let eight = value.rest.first_chunk()?;
        Some(u64::from_le_bytes(*eight)).filter(|&filetime| filetime != 0)
    }

    fn time(&self, id: u32) -> Option<Stamp> {
        Stamp::from_filetime(self.filetime(id)?)
    }

    fn number(&self, id: u32) -> Option<u32> {
        let value = self.value(id)?;
        match value.kind {
            VT_I2 => value.u16().map(u32::from),
            // VT_I4, VT_UI4.
            VT_I4 | 0x13 => u32_at(value.rest, 0),
            _ => None,
        }
    }

    /// The strings of a vector of strings or of variants; variants of other kinds are passed over.
    ///
    /// Office writes these without padding (MS-OSHARED 2.3.3.1.9), other programs with the padding that MS-OLEPS asks
    /// for: whichever reads to the end is right.
    fn strings(&self, id: u32) -> Vec<String> {
        for padding in [Padding::None, Padding::Four] {
            if let Some(strings) = self.value(id).and_then(|value| value.strings(padding)) {
                return strings;
            }
        }
        Vec::new()
    }
}

/// Whether strings in a vector are padded to a multiple of four bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Padding {
    None,
    Four,
}

/// A typed value (MS-OLEPS 2.15) and what follows it.
struct Value<'a> {
    kind: u16,
    rest: &'a [u8],
    encoding: &'static Encoding,
}

impl Value<'_> {
    fn u16(&self) -> Option<u16> {
        u16_at(self.rest, 0)
    }

    fn skip(&mut self, n_bytes: usize) -> Option<()> {
        self.rest = self.rest.get(n_bytes..)?;
        Some(())
    }

    fn take_u32(&mut self) -> Option<u32> {
        let number = u32_at(self.rest, 0)?;
        self.skip(4)?;
        Some(number)
    }

    /// A string with its length before it, up to its first NUL.
    fn take_string(&mut self, kind: u16, padding: Padding) -> Option<String> {
        let length = usize::try_from(self.take_u32()?).ok()?;
        let (n_bytes, encoding) = match kind {
            VT_LPSTR => (length, self.encoding),
            VT_LPWSTR => (length.checked_mul(2)?, encoding_rs::UTF_16LE),
            _ => return None,
        };
        let raw = self.rest.get(..n_bytes)?;
        let kept = raw.get(..PROPERTY_BYTES_MAX).unwrap_or(raw);
        let string = encoding.decode_without_bom_handling(kept).0;
        let string = string
            .split('\0')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        let padded = match padding {
            Padding::None => n_bytes,
            Padding::Four => n_bytes.next_multiple_of(4).min(self.rest.len()),
        };
        self.skip(padded)?;
        Some(string)
    }

    fn strings(mut self, padding: Padding) -> Option<Vec<String>> {
        const VT_VARIANT: u16 = 0x0c;
        let of = self.kind.checked_sub(VT_VECTOR)?;
        let n_values = usize::try_from(self.take_u32()?).ok()?.min(VALUES_MAX);
        let mut strings = Vec::new();
        for _ in 0..n_values {
            let kind = if of == VT_VARIANT {
                let kind = u16_at(self.rest, 0)?;
                self.skip(4)?;
                kind
            } else {
                of
            };
            if kind == VT_I4 {
                self.skip(4)?;
            } else {
                strings.push(self.take_string(kind, padding)?);
            }
        }
        strings.retain(|string| !string.is_empty());
        Some(strings)
    }
}
