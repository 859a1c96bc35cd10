//! Word documents, and the zip package that Office writes: no times, fixed order of parts.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Locale, Properties, Recipe, core_properties};
use crate::people::Language;
use crate::random::Random;
use crate::{MakeError, words};

/// A package of these parts. Office dates every part 1980-01-01.
pub(super) fn package(parts: &[(&str, Vec<u8>)]) -> Result<Vec<u8>, MakeError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

pub(super) fn docx(recipe: &Recipe, properties: &Properties) -> Result<Vec<u8>, MakeError> {
    let language = match properties.locale {
        Locale::French => "fr-FR",
        Locale::English => "en-GB",
        Locale::Russian => "ru-RU",
    };
    package(&[
        ("[Content_Types].xml", CONTENT_TYPES.into()),
        ("_rels/.rels", RELATIONS.into()),
        ("word/_rels/document.xml.rels", DOCUMENT_RELATIONS.into()),
        ("word/document.xml", document(recipe).into_bytes()),
        ("word/settings.xml", settings(recipe, language).into_bytes()),
        ("word/styles.xml", styles(language).into_bytes()),
        (
            "docProps/core.xml",
            core_properties(properties).into_bytes(),
        ),
        ("docProps/app.xml", app_properties(properties).into_bytes()),
    ])
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n";
const WORD: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n\
<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/>\
<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
<Override PartName=\"/word/settings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>\
<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
<Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/>\
</Types>";

const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties\" Target=\"docProps/app.xml\"/>\
<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
</Relationships>";

const DOCUMENT_RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings\" Target=\"settings.xml\"/>\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>\
</Relationships>";

fn document(recipe: &Recipe) -> String {
    let mut random = Random::new(recipe.seed);
    let n_sentences = random.between(30, 160) as usize;
    let mut text = words::paragraphs(&mut random, Language::French, n_sentences);
    if let Some(amount) = recipe.edited_amount {
        text = format!(
            "Le montant total est port\u{e9} \u{e0} {amount} euros, hors comptes.\n\n{text}"
        );
    }
    let mut xml = format!("{DECLARATION}<w:document {WORD}><w:body>");
    for paragraph in text.split("\n\n") {
        xml.push_str("<w:p><w:r><w:t xml:space=\"preserve\">");
        xml.push_str(&crate::mime::escape(paragraph));
        xml.push_str("</w:t></w:r></w:p>");
    }
    xml.push_str(
        "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/></w:sectPr></w:body></w:document>",
    );
    xml
}

fn settings(recipe: &Recipe, language: &str) -> String {
    let root = recipe.seed & 0x00ff_ffff;
    format!(
        "{DECLARATION}<w:settings {WORD}><w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"708\"/>\
         <w:rsids><w:rsidRoot w:val=\"{root:08X}\"/><w:rsid w:val=\"{root:08X}\"/></w:rsids>\
         <w:themeFontLang w:val=\"{language}\"/></w:settings>"
    )
}

fn styles(language: &str) -> String {
    format!(
        "{DECLARATION}<w:styles {WORD}><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val=\"{language}\" \
         w:eastAsia=\"en-US\" w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style></w:styles>"
    )
}

fn app_properties(properties: &Properties) -> String {
    format!(
        "{DECLARATION}<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\" \
         xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\"><Template>Normal.dotm</Template>\
         <TotalTime>{}</TotalTime><Application>Microsoft Office Word</Application><DocSecurity>0</DocSecurity>\
         <Company>{}</Company><AppVersion>15.0000</AppVersion></Properties>",
        properties.minutes, properties.company
    )
}
