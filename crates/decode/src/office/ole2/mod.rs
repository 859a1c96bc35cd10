//! OLE2 compound files (MS-CFB) of Office programs before 2007: the property sets (MS-OLEPS) and
//! the text of documents (MS-DOC), workbooks (MS-XLS) and presentations (MS-PPT).

use bytes::Bytes;
use mabillon_case::{DocumentFormat, Passwords};

use crate::document::DecodedDocument;
use crate::office::{encrypted, ooxml};

mod presentation;
mod properties;
mod word;
mod workbook;

use mabillon_compound::Compound;

/// Name of the root stream that only this program writes, media type, and what is not read of it.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("WordDocument", "application/msword", ""),
    ("Workbook", "application/vnd.ms-excel", ""),
    (
        "Book",
        "application/vnd.ms-excel",
        "text of Excel workbooks before Excel 97 is not read",
    ),
    ("PowerPoint Document", "application/vnd.ms-powerpoint", ""),
    (
        "VisioDocument",
        "application/vnd.visio",
        "text of Visio drawings is not read",
    ),
    (
        "Quill",
        "application/x-mspublisher",
        "text of Publisher documents is not read",
    ),
];

/// Reads a compound file.
pub(crate) fn decode(bytes: &Bytes, passwords: &Passwords) -> DecodedDocument {
    let mut decoded = DecodedDocument::new(DocumentFormat::Ole2, "application/x-ole-storage");
    let Some(compound) = Compound::open(bytes) else {
        decoded.cut("the compound file is damaged: its header or directory cannot be read");
        return decoded;
    };
    if compound.has("__properties_version1.0") {
        "application/vnd.ms-outlook".clone_into(&mut decoded.document.media_type);
        decoded.cut("Outlook .msg messages are not read by this version");
        return decoded;
    }
    if compound.has("EncryptedPackage") {
        return match encrypted::open(&compound, passwords) {
            Ok(package) => {
                let mut decoded = ooxml::decode(&Bytes::from(package));
                decoded.warn("was-encrypted", "read with one of the given passwords");
                decoded
            }
            Err(reason) => {
                "application/encrypted".clone_into(&mut decoded.document.media_type);
                decoded.not_examined = Some(reason);
                decoded
            }
        };
    }
    let program = PROGRAMS.iter().find(|(stream, ..)| compound.has(stream));
    match program {
        Some(&(_, media_type, unread)) => {
            media_type.clone_into(&mut decoded.document.media_type);
            if !unread.is_empty() {
                decoded.warn("text-not-read", unread);
            }
        }
        None => decoded.warn(
            "text-not-read",
            "the program of this compound file is not known; only its properties are read",
        ),
    }
    properties::read(&compound, &mut decoded);
    match program {
        Some(("WordDocument", ..)) => word::read(&compound, &mut decoded),
        Some(("Workbook", ..)) => workbook::read(&compound, &mut decoded),
        Some(("PowerPoint Document", ..)) => presentation::read(&compound, &mut decoded),
        _ => {}
    }
    decoded
}
