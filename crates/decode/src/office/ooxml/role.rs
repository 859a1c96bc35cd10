//! Which part of a package is what (ISO/IEC 29500-2, content types; 29500-1, parts of each program).

use std::collections::BTreeMap;

use super::super::package::Package;
use super::super::xml::{Token, Tokens};
use crate::document::DecodedDocument;

/// What a part holds for us; in the order in which the parts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Core properties.
    Core,
    /// Extended properties.
    App,
    /// Settings and styles: only the languages they name.
    Languages,
    /// The workbook: names of sheets.
    Workbook,
    /// Strings that the sheets refer to.
    SharedStrings,
    /// A sheet.
    Sheet,
    /// Text in paragraphs: body, headers, footers, notes, comments, slides.
    Words,
}

impl Role {
    /// Whether it is read for nothing but text.
    pub(super) const fn holds_text(self) -> bool {
        matches!(self, Self::Words | Self::Sheet | Self::SharedStrings)
    }
}

/// A part to read.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) role: Role,
}

/// Ends of content types and beginnings of usual names, with the place of the part within its role.
const ROLES: &[(&str, &str, Role, u8)] = &[
    ("core-properties+xml", "docProps/core.xml", Role::Core, 0),
    ("extended-properties+xml", "docProps/app.xml", Role::App, 0),
    (
        "wordprocessingml.settings+xml",
        "word/settings.xml",
        Role::Languages,
        0,
    ),
    (
        "wordprocessingml.styles+xml",
        "word/styles.xml",
        Role::Languages,
        1,
    ),
    ("sheet.main+xml", "xl/workbook.xml", Role::Workbook, 0),
    (
        "ms-excel.sheet.macroEnabled.main+xml",
        "xl/workbook.xml",
        Role::Workbook,
        0,
    ),
    (
        "ms-excel.template.macroEnabled.main+xml",
        "xl/workbook.xml",
        Role::Workbook,
        0,
    ),
    (
        "spreadsheetml.template.main+xml",
        "xl/workbook.xml",
        Role::Workbook,
        0,
    ),
    (
        "spreadsheetml.sharedStrings+xml",
        "xl/sharedStrings.xml",
        Role::SharedStrings,
        0,
    ),
    (
        "spreadsheetml.worksheet+xml",
        "xl/worksheets/sheet",
        Role::Sheet,
        0,
    ),
    (
        "wordprocessingml.document.main+xml",
        "word/document",
        Role::Words,
        0,
    ),
    (
        "wordprocessingml.template.main+xml",
        "word/document",
        Role::Words,
        0,
    ),
    (
        "ms-word.document.macroEnabled.main+xml",
        "word/document",
        Role::Words,
        0,
    ),
    (
        "ms-word.template.macroEnabledTemplate.main+xml",
        "word/document",
        Role::Words,
        0,
    ),
    ("wordprocessingml.header+xml", "word/header", Role::Words, 1),
    ("wordprocessingml.footer+xml", "word/footer", Role::Words, 2),
    (
        "wordprocessingml.footnotes+xml",
        "word/footnotes.xml",
        Role::Words,
        3,
    ),
    (
        "wordprocessingml.endnotes+xml",
        "word/endnotes.xml",
        Role::Words,
        4,
    ),
    (
        "wordprocessingml.comments+xml",
        "word/comments.xml",
        Role::Words,
        5,
    ),
    (
        "presentationml.slide+xml",
        "ppt/slides/slide",
        Role::Words,
        6,
    ),
    (
        "presentationml.notesSlide+xml",
        "ppt/notesSlides/notesSlide",
        Role::Words,
        7,
    ),
    ("spreadsheetml.comments+xml", "xl/comments", Role::Words, 8),
];

/// The parts to read, in reading order; sets the media type from the content type of the main part.
pub(super) fn parts(package: &mut Package<'_>, decoded: &mut DecodedDocument) -> Vec<Part> {
    let types = content_types(package, decoded);
    let mut found: Vec<((Role, u8, u32), String)> = Vec::new();
    for name in package.names() {
        let by_type = types
            .get(&name.to_ascii_lowercase())
            .and_then(|content_type| ROLES.iter().find(|(end, ..)| content_type.ends_with(end)));
        let row = by_type.or_else(|| ROLES.iter().find(|row| is_usual_name(name, row.1)));
        if let Some(&(_, _, role, place)) = row
            && is_xml(name)
        {
            found.push(((role, place, number_in(name)), name.to_owned()));
        }
    }
    found.sort();
    found.dedup();
    keep_first_properties(&mut found, decoded);
    set_media_type(&types, decoded);
    let parts = found
        .into_iter()
        .map(|((role, ..), name)| Part { name, role });
    parts.collect()
}

/// A package has one part of each kind of properties (ISO/IEC 29500-2, 8.3); of several the usual one is read.
fn keep_first_properties(
    found: &mut Vec<((Role, u8, u32), String)>,
    decoded: &mut DecodedDocument,
) {
    let n_found = found.len();
    found.dedup_by(|((later, ..), _), ((earlier, ..), _)| {
        later == earlier && matches!(later, Role::Core | Role::App)
    });
    if found.len() < n_found {
        decoded.warn(
            "properties-doubled",
            "the package has several parts with properties of one kind; the first by name is read",
        );
    }
}

/// Content types by part name (in lower case, without the leading `/`), of `[Content_Types].xml`.
fn content_types(
    package: &mut Package<'_>,
    decoded: &mut DecodedDocument,
) -> BTreeMap<String, String> {
    let Some(part) = package.part("[Content_Types].xml", decoded) else {
        decoded.warn(
            "content-types-missing",
            "the package has no list of content types; parts are found by their usual names",
        );
        return BTreeMap::new();
    };
    let mut types = BTreeMap::new();
    for token in Tokens::new(&part) {
        if let Token::Open(element) = token
            && element.name() == "Override"
            && types.len() < super::super::limits::ENTRIES_MAX
            && let Some(name) = element.attribute("PartName")
            && let Some(content_type) = element.attribute("ContentType")
            && is_of_interest(&content_type)
        {
            let name = name.trim_start_matches('/').to_ascii_lowercase();
            types.insert(name, content_type);
        }
    }
    types
}

fn is_of_interest(content_type: &str) -> bool {
    is_main(content_type) || ROLES.iter().any(|(end, ..)| content_type.ends_with(end))
}

/// `…document.main+xml`, or `…sheet.binary.macroEnabled.main`.
fn is_main(content_type: &str) -> bool {
    let plain = content_type.strip_suffix("+xml").unwrap_or(content_type);
    plain.rsplit('.').next() == Some("main")
}

/// Part names are compared without regard to case.
fn is_xml(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("xml"))
}

/// The media type of a document is the content type of its main part without `.main+xml`.
fn set_media_type(types: &BTreeMap<String, String>, decoded: &mut DecodedDocument) {
    let Some(main) = types.values().find(|content_type| is_main(content_type)) else {
        return;
    };
    if main.contains("sheet.binary") {
        decoded.warn(
            "text-not-read",
            "text of binary workbooks (.xlsb) is not read",
        );
    }
    let media_type = main.trim_end_matches("+xml").trim_end_matches(".main");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./-+".contains(&byte);
    if media_type.starts_with("application/")
        && media_type.len() < 128
        && media_type.bytes().all(is_plain)
    {
        media_type.clone_into(&mut decoded.document.media_type);
    }
}

/// Whether a part has a usual name: the beginning of the row, digits, `.xml`.
fn is_usual_name(name: &str, usual: &str) -> bool {
    let Some((head, rest)) = name.split_at_checked(usual.len()) else {
        return false;
    };
    let digits = rest.strip_suffix(".xml").unwrap_or(rest);
    head.eq_ignore_ascii_case(usual) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number at the end of a part name, so that `slide10.xml` follows `slide9.xml`.
fn number_in(name: &str) -> u32 {
    let stem = name.strip_suffix(".xml").unwrap_or(name);
    let digits = stem.len() - stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    stem.get(digits..)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}
