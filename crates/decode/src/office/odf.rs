//! OpenDocument (ISO/IEC 26300; OASIS ODF 1.3): `meta.xml` and the text of `content.xml`.

use bytes::Bytes;
use mabillon_case::DocumentFormat;

use super::package::Package;
use super::xml::{self, Element, Token, Tokens};
use crate::document::{DecodedDocument, TextSink, time};

/// Longest run of spaces that `text:s` may stand for; writers use a few.
const SPACES_MAX: usize = 256;

/// Reads a package.
pub(crate) fn decode(bytes: &Bytes) -> DecodedDocument {
    let mut decoded =
        DecodedDocument::new(DocumentFormat::Odf, "application/vnd.oasis.opendocument");
    let mut package = Package::open(bytes, &mut decoded);
    decoded.document.zip = Some(package.traces());
    if let Some(media_type) = package.part("mimetype", &mut decoded)
        && media_type.starts_with("application/")
        && media_type.len() < 128
    {
        media_type
            .trim()
            .clone_into(&mut decoded.document.media_type);
    }
    if let Some(part) = package.part("meta.xml", &mut decoded) {
        meta(&part, &mut decoded);
    }
    if let Some(part) = package.part("styles.xml", &mut decoded) {
        languages(&part, &mut decoded);
    }
    if let Some(part) = package.part("content.xml", &mut decoded) {
        let mut text = TextSink::default();
        content(&part, &mut text, &mut decoded);
        decoded.take_text(text);
    }
    decoded
}

/// The metadata (ODF 1.3 part 3, 4.3).
///
/// `meta:initial-creator` is the author, `dc:creator` who saved last; where only the latter is given it is both.
fn meta(part: &str, decoded: &mut DecodedDocument) {
    let mut language = String::new();
    let document = &mut decoded.document;
    xml::leaves(part, |_, name, text| {
        if text.is_empty() {
            return;
        }
        match name {
            "title" => text.clone_into(&mut document.title),
            "initial-creator" => text.clone_into(&mut document.author),
            "creator" => text.clone_into(&mut document.last_modified_by),
            "creation-date" => document.created = time::iso(text),
            "date" => document.modified = time::iso(text),
            "print-date" => document.last_printed = time::iso(text),
            "generator" => text.clone_into(&mut document.application),
            "editing-cycles" => document.revision = text.parse().ok(),
            "editing-duration" => document.editing_minutes = time::iso_duration_minutes(text),
            "language" => text.clone_into(&mut language),
            _ => {}
        }
    });
    if document.author.is_empty() {
        document.author.clone_from(&document.last_modified_by);
    }
    for token in Tokens::new(part) {
        if let Token::Open(element) = token
            && element.name() == "template"
        {
            decoded.document.template = element.attribute("title").unwrap_or_default();
        }
    }
    decoded.add_language(&language);
}

/// The languages of the default styles: `fo:language` and `fo:country`.
fn languages(part: &str, decoded: &mut DecodedDocument) {
    for token in Tokens::new(part) {
        let Token::Open(element) = token else {
            continue;
        };
        if element.name() != "text-properties" {
            continue;
        }
        let Some(language) = element.attribute("language") else {
            continue;
        };
        match element.attribute("country") {
            Some(country) if country != "none" && !country.is_empty() => {
                decoded.add_language(&format!("{language}-{country}"));
            }
            _ if language != "none" => decoded.add_language(&language),
            _ => {}
        }
    }
}

/// The text of the body. Tracked deletions and the text of notes' citations are not part of what a reader sees first.
fn content(part: &str, text: &mut TextSink, decoded: &mut DecodedDocument) {
    let mut paragraph_depth: usize = 0;
    let mut hidden_depth: usize = 0;
    let mut tokens = Tokens::new(part);
    for token in tokens.by_ref() {
        match token {
            Token::Open(element) => match element.name() {
                "tracked-changes" => hidden_depth += 1,
                "p" | "h" => paragraph_depth += 1,
                "tab" if paragraph_depth > 0 => text.push("\t"),
                "line-break" => text.push("\n"),
                "s" if paragraph_depth > 0 => spaces(&element, text),
                "table" => note_sheet(&element, decoded),
                _ => {}
            },
            Token::Close(closed) => match closed.name() {
                "tracked-changes" => hidden_depth = hidden_depth.saturating_sub(1),
                "p" | "h" => {
                    paragraph_depth = paragraph_depth.saturating_sub(1);
                    text.end_line();
                }
                _ => {}
            },
            Token::Text(words) => {
                if paragraph_depth > 0 && hidden_depth == 0 {
                    text.push(&words);
                }
            }
        }
        if text.is_full() {
            return;
        }
    }
    if tokens.is_damaged() {
        decoded.cut("the part content.xml is not well-formed XML; only its beginning is read");
    }
}

fn spaces(element: &Element<'_>, text: &mut TextSink) {
    let stated = element.attribute("c").and_then(|count| count.parse().ok());
    text.push(&" ".repeat(stated.unwrap_or(1).min(SPACES_MAX)));
}

/// Tables of a spreadsheet are its sheets; those of a text have names as well.
fn note_sheet(element: &Element<'_>, decoded: &mut DecodedDocument) {
    let document = &mut decoded.document;
    if document.media_type.contains("spreadsheet")
        && document.part_names.len() < crate::document::limits::VALUES_MAX
        && let Some(name) = element.attribute("name")
    {
        document.part_names.push(name);
    }
}
