//! A decoded document or picture: its properties and the traces of the tools that wrote it.

use serde::{Deserialize, Serialize};

use crate::{Stamp, Text};

/// The family of file formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DocumentFormat {
    /// Office Open XML (ISO/IEC 29500).
    Ooxml,
    /// OpenDocument (ISO/IEC 26300).
    Odf,
    /// OLE2 compound file (MS-CFB, MS-OLEPS).
    Ole2,
    /// PDF (ISO 32000).
    Pdf,
    /// Rich Text Format.
    Rtf,
    /// A picture.
    Image,
    /// Text or HTML.
    #[default]
    Text,
}

/// A document with everything that tests ask of it.
///
/// Property names are those of Dublin Core and of the format; empty text means absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Document {
    /// Family of formats.
    pub format: DocumentFormat,
    /// Media type told by content.
    pub media_type: String,
    /// Title.
    pub title: String,
    /// Author: `dc:creator`, `PIDSI_AUTHOR`, PDF `Author`.
    pub author: String,
    /// Who saved it last: `cp:lastModifiedBy`, `PIDSI_LASTAUTHOR`.
    pub last_modified_by: String,
    /// Company.
    pub company: String,
    /// Template it was made from.
    pub template: String,
    /// Time of creation, as the properties state it.
    pub created: Option<Stamp>,
    /// Time of the last save, as the properties state it.
    pub modified: Option<Stamp>,
    /// Time of the last print.
    pub last_printed: Option<Stamp>,
    /// Program: `Application` of app.xml, `PIDSI_APPNAME`, ODF `meta:generator`, PDF `Producer`, EXIF `Software`.
    pub application: String,
    /// Version of the program: `AppVersion`.
    pub application_version: String,
    /// The program that made the source of a PDF: `Creator`.
    pub creator_tool: String,
    /// Number of saves the properties count.
    pub revision: Option<u32>,
    /// Minutes of editing the properties count.
    pub editing_minutes: Option<u64>,
    /// Localised words of `HeadingPairs` (`Worksheets`, `Feuilles de calcul`).
    pub heading_pairs: Vec<String>,
    /// Names of sheets or parts (`TitlesOfParts`).
    pub part_names: Vec<String>,
    /// Language tags found in the document (`w:lang`, `dc:language`, OLE2 code page as `cp1251`).
    pub languages: Vec<String>,
    /// Traces of the zip container (OOXML and ODF).
    pub zip: Option<ZipTraces>,
    /// Traces of the PDF file.
    pub pdf: Option<PdfTraces>,
    /// Maker and model of the camera, for pictures.
    pub camera: String,
    /// All text a reader sees.
    pub text: Text,
}

/// What the zip container of a document shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ZipTraces {
    /// Entries in the order of the central directory.
    pub entries: Vec<ZipEntryTrace>,
}

/// One entry of the zip container of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ZipEntryTrace {
    /// Name as stored.
    pub name: String,
    /// DOS date and time as stored, local to the writer, without zone; `None` for 1980-01-01 00:00.
    pub modified: Option<Stamp>,
}

/// What the structure of a PDF file shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PdfTraces {
    /// Number of `%%EOF` markers.
    pub n_eof: u32,
    /// `CreationDate` of the Info dictionary.
    pub info_created: Option<Stamp>,
    /// `ModDate` of the Info dictionary.
    pub info_modified: Option<Stamp>,
    /// `Producer` of the Info dictionary.
    pub info_producer: String,
    /// `xmp:CreateDate`.
    pub xmp_created: Option<Stamp>,
    /// `xmp:ModifyDate`.
    pub xmp_modified: Option<Stamp>,
    /// `pdf:Producer` of XMP.
    pub xmp_producer: String,
    /// Whether the file holds an XMP packet for the document.
    pub has_xmp: bool,
    /// The two parts of the trailer's `/ID`, as hex.
    pub id: Option<(String, String)>,
}
