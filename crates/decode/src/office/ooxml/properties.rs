//! `docProps/core.xml` (ISO/IEC 29500-2, clause 8) and `docProps/app.xml` (29500-1, 22.2).

use super::super::xml;
use crate::document::{DecodedDocument, limits, time};

/// Reads the core properties.
pub(super) fn core(part: &str, decoded: &mut DecodedDocument) {
    let mut language = String::new();
    let document = &mut decoded.document;
    xml::leaves(part, |owner, name, text| {
        if owner != name || text.is_empty() {
            return;
        }
        match name {
            "title" => text.clone_into(&mut document.title),
            "creator" => text.clone_into(&mut document.author),
            "lastModifiedBy" => text.clone_into(&mut document.last_modified_by),
            "created" => document.created = time::iso(text),
            "modified" => document.modified = time::iso(text),
            "lastPrinted" => document.last_printed = time::iso(text),
            "revision" => document.revision = text.parse().ok(),
            "language" => text.clone_into(&mut language),
            _ => {}
        }
    });
    decoded.add_language(&language);
}

/// Reads the extended properties.
pub(super) fn app(part: &str, decoded: &mut DecodedDocument) {
    let document = &mut decoded.document;
    xml::leaves(part, |owner, name, text| match (owner, name) {
        _ if text.is_empty() => {}
        ("Application", "Application") => text.clone_into(&mut document.application),
        ("AppVersion", "AppVersion") => text.clone_into(&mut document.application_version),
        ("TotalTime", "TotalTime") => document.editing_minutes = text.parse().ok(),
        ("Company", "Company") => text.clone_into(&mut document.company),
        ("Template", "Template") => text.clone_into(&mut document.template),
        ("HeadingPairs", "lpstr") => push(&mut document.heading_pairs, text),
        ("TitlesOfParts", "lpstr") => push(&mut document.part_names, text),
        _ => {}
    });
}

fn push(values: &mut Vec<String>, text: &str) {
    if values.len() < limits::VALUES_MAX {
        values.push(text.to_owned());
    }
}
