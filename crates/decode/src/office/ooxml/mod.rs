//! Office Open XML (ISO/IEC 29500): documents, workbooks and presentations of Office since 2007.
//!
//! Parts are found by their content types, as an office program finds them, and by the usual names where a part has
//! no content type. Only the parts that hold properties, languages or text are expanded, each once.

use bytes::Bytes;
use mabillon_case::DocumentFormat;

use super::package::Package;
use crate::document::{DecodedDocument, TextSink};

mod properties;
mod role;
mod sheet;
mod words;

use role::{Part, Role};

/// Reads a package.
pub(crate) fn decode(bytes: &Bytes) -> DecodedDocument {
    let mut decoded = DecodedDocument::new(
        DocumentFormat::Ooxml,
        "application/vnd.openxmlformats-officedocument",
    );
    let mut package = Package::open(bytes, &mut decoded);
    decoded.document.zip = Some(package.traces());
    let parts = role::parts(&mut package, &mut decoded);
    let mut text = TextSink::default();
    let mut strings = sheet::SharedStrings::default();
    let mut sheet_names = Vec::new();
    for Part { name, role } in parts {
        // Once the text is full, only properties and languages remain to be read.
        if text.is_full() && role.holds_text() {
            continue;
        }
        let Some(part) = package.part(&name, &mut decoded) else {
            continue;
        };
        match role {
            Role::Core => properties::core(&part, &mut decoded),
            Role::App => properties::app(&part, &mut decoded),
            Role::Languages => words::languages(&part, &mut decoded),
            Role::Words => words::read(&name, &part, &mut text, &mut decoded),
            Role::Workbook => sheet_names = sheet::names(&part),
            Role::SharedStrings => strings = sheet::SharedStrings::read(&part, &mut decoded),
            Role::Sheet => sheet::read(&part, &strings, &mut text),
        }
    }
    if decoded.document.part_names.is_empty() {
        decoded.document.part_names = sheet_names;
    }
    decoded.take_text(text);
    decoded
}
