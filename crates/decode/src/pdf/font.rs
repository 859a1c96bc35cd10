//! What the codes of a font mean in Unicode, and how wide they are (ISO 32000-1, 9.6 to 9.10).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::file::File;
use super::limits;
use super::object::{Dict, Lexer, Object, Token};

/// Glyph names and their characters; from the Adobe Glyph List and its naming rules.
const GLYPHS: &str = include_str!("glyphs.tsv");

static GLYPHS_BY_NAME: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    GLYPHS
        .lines()
        .filter_map(|row| row.split_once('\t'))
        .collect()
});

/// Positions of `StandardEncoding` above 127 (annex D.2), where it differs from windows-1252.
const STANDARD: &[(u8, char)] = &[
    (0x27, '\u{2019}'),
    (0x60, '\u{2018}'),
    (0xa4, '\u{2044}'),
    (0xa6, '\u{192}'),
    (0xa8, '\u{a4}'),
    (0xa9, '\''),
    (0xaa, '\u{201c}'),
    (0xac, '\u{2039}'),
    (0xad, '\u{203a}'),
    (0xb1, '\u{2013}'),
    (0xb2, '\u{2020}'),
    (0xb3, '\u{2021}'),
    (0xb4, '\u{b7}'),
    (0xb7, '\u{2022}'),
    (0xb8, '\u{201a}'),
    (0xb9, '\u{201e}'),
    (0xba, '\u{201d}'),
    (0xbc, '\u{2026}'),
    (0xbd, '\u{2030}'),
    (0xd0, '\u{2014}'),
    (0xe1, '\u{c6}'),
    (0xe8, '\u{141}'),
    (0xe9, '\u{d8}'),
    (0xea, '\u{152}'),
    (0xf1, '\u{e6}'),
    (0xf5, '\u{131}'),
    (0xf8, '\u{142}'),
    (0xf9, '\u{f8}'),
    (0xfa, '\u{153}'),
    (0xfb, '\u{df}'),
];

/// Width of a code whose width is not stated, in thousandths of the font size.
const WIDTH_UNSTATED: f64 = 500.0;

/// A font.
pub(super) struct Font {
    /// Bytes of a code.
    code_bytes: usize,
    characters: Characters,
    widths: BTreeMap<u32, f64>,
    width_unstated: f64,
}

/// How codes become characters.
enum Characters {
    /// By a table; codes that are not in it have no known meaning.
    Table(BTreeMap<u32, String>),
    /// Codes are UTF-16 units.
    Utf16,
}

/// One code of a shown string.
pub(super) struct Shown<'a> {
    /// Its characters; `None` where unknown.
    pub(super) text: Option<&'a str>,
    /// Its width in thousandths of the font size.
    pub(super) width: f64,
    /// Whether it is the single-byte space that word spacing applies to.
    pub(super) is_space: bool,
}

impl Font {
    /// Reads a font dictionary.
    pub(super) fn read(file: &File<'_>, dict: &Dict) -> Self {
        let is_composite = dict.get("Subtype").and_then(Object::name) == Some("Type0");
        let mut table = BTreeMap::new();
        let mut utf16 = false;
        if is_composite {
            utf16 = is_unicode_cmap(&file.get(dict, "Encoding"));
        } else {
            simple_encoding(file, dict, &mut table);
        }
        let to_unicode = dict
            .get("ToUnicode")
            .and_then(|reference| file.stream(reference))
            .and_then(|stream| file.expand(&stream));
        if let Some(cmap) = to_unicode {
            read_cmap(file, &cmap, &mut table);
            utf16 &= table.is_empty();
        }
        let (widths, width_unstated) = if is_composite {
            composite_widths(file, dict)
        } else {
            simple_widths(file, dict)
        };
        Self {
            code_bytes: if is_composite { 2 } else { 1 },
            characters: if utf16 {
                Characters::Utf16
            } else {
                Characters::Table(table)
            },
            widths,
            width_unstated,
        }
    }

    /// Calls `each` for every code of a string.
    pub(super) fn show(&self, string: &[u8], mut each: impl FnMut(&Shown<'_>)) {
        for code in string.chunks(self.code_bytes) {
            let number = code
                .iter()
                .fold(0, |value, &byte| value << 8 | u32::from(byte));
            let utf16;
            let text = match &self.characters {
                Characters::Table(table) => table.get(&number).map(String::as_str),
                Characters::Utf16 => {
                    utf16 = char::from_u32(number).map(String::from);
                    utf16.as_deref()
                }
            };
            each(&Shown {
                text,
                width: self
                    .widths
                    .get(&number)
                    .copied()
                    .unwrap_or(self.width_unstated),
                is_space: code == b" ",
            });
        }
    }
}

/// Predefined code maps whose codes are Unicode (9.7.5.2).
fn is_unicode_cmap(encoding: &Object) -> bool {
    encoding
        .name()
        .is_some_and(|name| name.contains("UCS2") || name.contains("UTF16"))
}

/// `Encoding` of a simple font: a base and differences (9.6.6).
fn simple_encoding(file: &File<'_>, dict: &Dict, table: &mut BTreeMap<u32, String>) {
    let encoding = file.get(dict, "Encoding");
    let is_true_type = dict.get("Subtype").and_then(Object::name) == Some("TrueType");
    let (base, differences) = match &encoding {
        Object::Name(name) => (Some(name.clone()), Object::Null),
        Object::Dict(encoding) => {
            let base = file.get(encoding, "BaseEncoding");
            (
                base.name().map(str::to_owned),
                file.get(encoding, "Differences"),
            )
        }
        _ => (None, Object::Null),
    };
    let page = match base.as_deref() {
        Some("MacRomanEncoding") => encoding_rs::MACINTOSH,
        _ => encoding_rs::WINDOWS_1252,
    };
    for code in 32..=255_u8 {
        let shown = page.decode_without_bom_handling(&[code]).0.into_owned();
        table.insert(u32::from(code), shown);
    }
    if base.is_none() && !is_true_type {
        for &(code, c) in STANDARD {
            table.insert(u32::from(code), c.to_string());
        }
    }
    if let Object::Array(differences) = differences {
        apply_differences(file, &differences, table);
    }
}

fn apply_differences(file: &File<'_>, differences: &[Object], table: &mut BTreeMap<u32, String>) {
    let mut code = 0_u32;
    for difference in differences.iter().take(limits::DIFFERENCES_MAX) {
        match file.resolve(difference) {
            Object::Name(name) => {
                match glyph(&name) {
                    Some(shown) => table.insert(code, shown),
                    None => table.remove(&code),
                };
                code = code.saturating_add(1);
            }
            other => {
                let stated = other.size().and_then(|number| u32::try_from(number).ok());
                code = stated.unwrap_or(code);
            }
        }
    }
}

/// The characters of a glyph name (Adobe Glyph List Specification, 2).
fn glyph(name: &str) -> Option<String> {
    let name = name.split('.').next().filter(|name| !name.is_empty())?;
    if name.len() == 1 {
        return Some(name.to_owned());
    }
    let by_number = |digits: &str| {
        let number = u32::from_str_radix(digits, 16).ok()?;
        char::from_u32(number).map(String::from)
    };
    if let Some(digits) = name.strip_prefix("uni").filter(|digits| digits.len() == 4) {
        return by_number(digits);
    }
    if let Some(digits) = name
        .strip_prefix('u')
        .filter(|d| (4..=6).contains(&d.len()))
        && let Some(shown) = by_number(digits)
    {
        return Some(shown);
    }
    GLYPHS_BY_NAME.get(name).map(|&shown| shown.to_owned())
}

fn simple_widths(file: &File<'_>, dict: &Dict) -> (BTreeMap<u32, f64>, f64) {
    let first = file.get(dict, "FirstChar").size().unwrap_or(0);
    let mut widths = BTreeMap::new();
    if let Object::Array(stated) = file.get(dict, "Widths") {
        for (index, width) in stated.iter().enumerate().take(256) {
            if let (Ok(code), Some(width)) = (
                u32::try_from(first.saturating_add(index)),
                file.resolve(width).number(),
            ) {
                widths.insert(code, width);
            }
        }
    }
    let descriptor = file.dict(dict, "FontDescriptor");
    let missing = file.get(&descriptor, "MissingWidth").number();
    (
        widths,
        missing
            .filter(|&width| width > 0.0)
            .unwrap_or(WIDTH_UNSTATED),
    )
}

/// `W` and `DW` of the descendant font (9.7.4.3).
fn composite_widths(file: &File<'_>, dict: &Dict) -> (BTreeMap<u32, f64>, f64) {
    let mut widths = BTreeMap::new();
    let descendant = match file.get(dict, "DescendantFonts") {
        Object::Array(fonts) => fonts.first().map(|font| file.resolve(font)),
        _ => None,
    };
    let Some(Object::Dict(descendant)) = descendant else {
        return (widths, 1000.0);
    };
    let default = file.get(&descendant, "DW").number().unwrap_or(1000.0);
    let Object::Array(stated) = file.get(&descendant, "W") else {
        return (widths, default);
    };
    let mut rest = stated.as_slice();
    while let [first, second, after @ ..] = rest {
        let first = first
            .size()
            .and_then(|code| u32::try_from(code).ok())
            .unwrap_or(0);
        match (file.resolve(second), after) {
            (Object::Array(each), _) => {
                let codes = first..=u32::MAX;
                widths.extend(codes.zip(each.iter().filter_map(Object::number)));
                rest = after;
            }
            (last, [width, after @ ..]) => {
                let last = last
                    .size()
                    .and_then(|code| u32::try_from(code).ok())
                    .unwrap_or(first);
                let width = width.number().unwrap_or(default);
                let codes = first..=last.min(first.saturating_add(0xffff));
                let is_paid = |_: &u32| file.spend(limits::CODE_COST);
                widths.extend(codes.take_while(is_paid).map(|code| (code, width)));
                rest = after;
            }
            _ => break,
        }
        if widths.len() > limits::FONT_CODES_MAX {
            break;
        }
    }
    (widths, default)
}

/// Reads `bfchar` and `bfrange` of a `ToUnicode` map (9.10.3).
fn read_cmap(file: &File<'_>, cmap: &[u8], table: &mut BTreeMap<u32, String>) {
    let mut lexer = Lexer::of_content(cmap);
    let mut operands: Vec<Object> = Vec::new();
    while let Some(token) = lexer.token() {
        match token {
            Token::Object(object) => {
                if operands.len() < limits::FONT_CODES_MAX {
                    operands.push(object);
                }
            }
            Token::Word(word) => {
                match word.as_slice() {
                    b"endbfchar" => {
                        for pair in operands.chunks_exact(2) {
                            if let [Object::Text(code), Object::Text(shown)] = pair {
                                keep_code(table, number(code), utf16(shown));
                            }
                        }
                    }
                    b"endbfrange" => {
                        for triple in operands.chunks_exact(3) {
                            if let [Object::Text(from), Object::Text(to), shown] = triple {
                                keep_range(file, table, (number(from), number(to)), shown);
                            }
                        }
                    }
                    _ => {}
                }
                operands.clear();
            }
        }
    }
}

fn keep_range(
    file: &File<'_>,
    table: &mut BTreeMap<u32, String>,
    (from, to): (u32, u32),
    shown: &Object,
) {
    let codes = from..=to.min(from.saturating_add(0xffff));
    match shown {
        Object::Array(each) => {
            for (code, shown) in codes.zip(each) {
                if let Object::Text(shown) = shown {
                    keep_code(table, code, utf16(shown));
                }
            }
        }
        Object::Text(first) => {
            let first = utf16(first);
            let Some(last) = first.chars().next_back() else {
                return;
            };
            let head = first
                .get(..first.len() - last.len_utf8())
                .unwrap_or_default();
            for (step, code) in (0..).zip(codes) {
                if !file.spend(limits::CODE_COST) {
                    return;
                }
                let next = u32::from(last).checked_add(step).and_then(char::from_u32);
                let Some(next) = next else { break };
                keep_code(table, code, format!("{head}{next}"));
                if table.len() > limits::FONT_CODES_MAX {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn keep_code(table: &mut BTreeMap<u32, String>, code: u32, shown: String) {
    const SHOWN_BYTES_MAX: usize = 64;
    let is_empty = shown.chars().all(|c| c == '\0');
    if !is_empty && shown.len() <= SHOWN_BYTES_MAX && table.len() <= limits::FONT_CODES_MAX {
        table.insert(code, shown);
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter()
        .take(4)
        .fold(0, |value, &byte| value << 8 | u32::from(byte))
}

fn utf16(bytes: &[u8]) -> String {
    if let [one] = bytes {
        return char::from(*one).to_string();
    }
    encoding_rs::UTF_16BE
        .decode_without_bom_handling(bytes)
        .0
        .into_owned()
}
