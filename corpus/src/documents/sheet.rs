//! Spreadsheets: the workbook by a real writer, the properties and the order of parts as Excel 2013 has them.

use std::io::{Cursor, Read};

use rust_xlsxwriter::{Workbook, XlsxError};
use zip::ZipArchive;

use super::office::package;
use super::{Locale, Properties, Recipe, core_properties};
use crate::moment::DAY;
use crate::people::Language;
use crate::random::Random;
use crate::{MakeError, words};

/// The parts in the order in which Excel writes them.
const PARTS: &[&str] = &[
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/_rels/workbook.xml.rels",
    "xl/workbook.xml",
    "xl/worksheets/sheet1.xml",
    "xl/theme/theme1.xml",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
];

pub(super) fn xlsx(recipe: &Recipe, properties: &Properties) -> Result<Vec<u8>, MakeError> {
    let written = workbook(recipe, properties).map_err(|_| MakeError::Document)?;
    let mut archive = ZipArchive::new(Cursor::new(written))?;
    let mut parts = Vec::new();
    for name in PARTS {
        let mut bytes = Vec::new();
        archive.by_name(name)?.read_to_end(&mut bytes)?;
        parts.push((*name, bytes));
    }
    parts.push((
        "docProps/core.xml",
        core_properties(properties).into_bytes(),
    ));
    parts.push(("docProps/app.xml", app_properties(properties).into_bytes()));
    package(&parts)
}

fn workbook(recipe: &Recipe, properties: &Properties) -> Result<Vec<u8>, XlsxError> {
    let mut random = Random::new(recipe.seed);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET)?;
    for (column, title) in (0_u16..).zip(["Date", "Libell\u{e9}", "Fournisseur", "Montant"]) {
        sheet.write_string(0, column, title)?;
    }
    let n_rows = random.between(12, 140) as u32;
    let edited_row = 1 + random.below(10) as u32;
    for row in 1..=n_rows {
        let day = properties
            .created
            .plus(-random.between(1, 90) * DAY)
            .rfc3339();
        let label = words::sentence(&mut random, Language::French);
        let amount = random.between(40, 98_000);
        sheet.write_string(row, 0, day.get(..10).unwrap_or_default())?;
        sheet.write_string(row, 1, &label)?;
        sheet.write_string(
            row,
            2,
            random.pick(&[
                "Dorval",
                "Arval",
                "Cars du Nord",
                "Sonorisation Petit",
                "Ville",
            ]),
        )?;
        let edited = recipe.edited_amount.filter(|_| row == edited_row);
        sheet.write_number(row, 3, edited.map_or(amount as f64, |amount| amount as f64))?;
    }
    workbook.save_to_buffer()
}

const SHEET: &str = "Feuil1";

fn app_properties(properties: &Properties) -> String {
    let worksheets = match properties.locale {
        Locale::French => "Feuilles de calcul",
        Locale::English => "Worksheets",
        Locale::Russian => "\u{41b}\u{438}\u{441}\u{442}\u{44b}",
    };
    let company = &properties.company;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n\
         <Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\" \
         xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\">\
         <Application>Microsoft Excel</Application><DocSecurity>0</DocSecurity><ScaleCrop>false</ScaleCrop>\
         <HeadingPairs><vt:vector size=\"2\" baseType=\"variant\"><vt:variant><vt:lpstr>{worksheets}</vt:lpstr></vt:variant>\
         <vt:variant><vt:i4>1</vt:i4></vt:variant></vt:vector></HeadingPairs>\
         <TitlesOfParts><vt:vector size=\"1\" baseType=\"lpstr\"><vt:lpstr>{SHEET}</vt:lpstr></vt:vector></TitlesOfParts>\
         <Company>{company}</Company><LinksUpToDate>false</LinksUpToDate><SharedDoc>false</SharedDoc>\
         <HyperlinksChanged>false</HyperlinksChanged><AppVersion>15.0300</AppVersion></Properties>"
    )
}
