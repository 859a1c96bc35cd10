//! PDF (ISO 32000): document information, XMP, file identifiers, structure, and the text of pages.
//!
//! Nothing in the file is run, followed out of the file or rendered.

use bytes::Bytes;
use mabillon_case::{DocumentFormat, Passwords, PdfTraces};
use memchr::memmem;

use crate::document::{DecodedDocument, TextSink, time};

mod content;
mod file;
mod font;
mod limits;
mod object;
mod pages;
mod security;
mod stream;
mod xmp;

use file::File;
use object::{Dict, Object};
use security::Security;

/// Reads a file.
pub(crate) fn decode(bytes: &Bytes, passwords: &Passwords) -> DecodedDocument {
    let mut decoded = DecodedDocument::new(DocumentFormat::Pdf, "application/pdf");
    let n_eof = memmem::find_iter(bytes, b"%%EOF").count();
    let mut traces = PdfTraces {
        n_eof: u32::try_from(n_eof).unwrap_or(u32::MAX),
        ..PdfTraces::default()
    };
    if let Some(file) = File::open(bytes, passwords) {
        traces.id = id(&file);
        match &file.security {
            Security::Closed(reason) => decoded.not_examined = Some(reason.clone()),
            Security::Open(_) => {
                decoded.warn(
                    "was-encrypted",
                    "read with the empty password, or one of those given",
                );
                read(&file, &mut traces, &mut decoded);
            }
            Security::None => read(&file, &mut traces, &mut decoded),
        }
    } else {
        decoded.cut("the PDF holds no readable object; it may be cut off");
    }
    decoded.document.pdf = Some(traces);
    decoded
}

fn read(file: &File<'_>, traces: &mut PdfTraces, decoded: &mut DecodedDocument) {
    info(file, traces, decoded);
    let root = file.dict(&file.trailer, "Root");
    if let Object::Text(language) = file.get(&root, "Lang") {
        decoded.add_language(&text(&language));
    }
    if let Some(packet) = root
        .get("Metadata")
        .and_then(|reference| file.stream(reference))
        .and_then(|stream| file.expand(&stream))
    {
        traces.has_xmp = true;
        xmp::read(&packet, traces, decoded);
    }
    let mut sink = TextSink::default();
    pages::read(file, &root, &mut sink, decoded);
    decoded.take_text(sink);
    if file.is_cut.get() {
        decoded.cut(format!(
            "a limit is reached ({} MiB for a stream, {} MiB for all, {} MiB of objects); the rest is not read",
            limits::STREAM_BYTES_MAX >> 20,
            limits::EXPANDED_BYTES_MAX >> 20,
            limits::PARSED_BYTES_MAX >> 20
        ));
    }
    merge(traces, decoded);
}

/// The document information dictionary (14.3.3).
fn info(file: &File<'_>, traces: &mut PdfTraces, decoded: &mut DecodedDocument) {
    let info = file.dict(&file.trailer, "Info");
    let value = |key: &str| property(file, &info, key);
    traces.info_created = time::pdf(&value("CreationDate"));
    traces.info_modified = time::pdf(&value("ModDate"));
    traces.info_producer = value("Producer");
    let document = &mut decoded.document;
    document.title = value("Title");
    document.author = value("Author");
    document.company = value("Company");
    document.creator_tool = value("Creator");
}

/// Info first, XMP where Info is silent.
fn merge(traces: &PdfTraces, decoded: &mut DecodedDocument) {
    let document = &mut decoded.document;
    document.created = traces.info_created.or(traces.xmp_created);
    document.modified = traces.info_modified.or(traces.xmp_modified);
    document.application.clone_from(&traces.info_producer);
    if document.application.is_empty() {
        document.application.clone_from(&traces.xmp_producer);
    }
}

fn property(file: &File<'_>, dict: &Dict, key: &str) -> String {
    match file.get(dict, key) {
        Object::Text(bytes) => text(&bytes),
        Object::Name(name) => name,
        _ => String::new(),
    }
}

/// The two identifiers of the trailer (14.4), as hex.
fn id(file: &File<'_>) -> Option<(String, String)> {
    let Object::Array(parts) = file.get(&file.trailer, "ID") else {
        return None;
    };
    let mut parts = parts.iter().map(|part| match file.resolve(part) {
        Object::Text(bytes) => hex(bytes.get(..64).unwrap_or(&bytes)),
        _ => String::new(),
    });
    Some((parts.next()?, parts.next()?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        out.extend(
            [byte >> 4, byte & 15]
                .map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')),
        );
        out
    })
}

/// A text string (7.9.2.2): UTF-16 or UTF-8 by its mark, else `PDFDocEncoding`, of which windows-1252 has all letters.
fn text(bytes: &[u8]) -> String {
    let kept = bytes
        .get(..crate::document::limits::PROPERTY_BYTES_MAX)
        .unwrap_or(bytes);
    let decoded = match encoding_rs::Encoding::for_bom(kept) {
        Some((encoding, _)) => encoding.decode(kept).0,
        None => {
            encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(kept)
                .0
        }
    };
    decoded.trim_matches(['\0', ' ', '\n', '\r']).to_owned()
}
