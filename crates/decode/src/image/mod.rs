//! Pictures: EXIF (CIPA DC-008) of JPEG, TIFF, PNG, WebP and HEIF. Pixels are decoded for [`preview`] alone.

mod preview;

use std::io::Cursor;

use bytes::Bytes;
use exif::{Exif, In, Tag, Value};
use mabillon_case::DocumentFormat;

use crate::document::{DecodedDocument, limits::PROPERTY_BYTES_MAX, time};

pub use preview::{PREVIEWED, preview};

/// Reads a picture.
pub(crate) fn decode(bytes: &Bytes, media_type: &str) -> DecodedDocument {
    let mut decoded = DecodedDocument::new(DocumentFormat::Image, media_type);
    let read = exif::Reader::new()
        .continue_on_error(true)
        .read_from_container(&mut Cursor::new(bytes))
        .or_else(|error| {
            error.distill_partial_result(|errors| {
                for error in errors {
                    decoded.warn(
                        "exif-damaged",
                        format!("a part of the EXIF data is damaged: {error}"),
                    );
                }
            })
        });
    match read {
        Ok(exif) => properties(&exif, &mut decoded),
        // A picture without EXIF is the normal case after a messenger or a web page; a format we know no EXIF of is too.
        Err(exif::Error::NotFound(_)) => {}
        Err(exif::Error::InvalidFormat("Unknown image format")) => {
            decoded.warn(
                "properties-not-read",
                "properties of this format of pictures are not read",
            );
        }
        Err(error) => decoded.warn(
            "exif-damaged",
            format!("the EXIF data cannot be read: {error}"),
        ),
    }
    decoded
}

fn properties(exif: &Exif, decoded: &mut DecodedDocument) {
    let document = &mut decoded.document;
    document.created = stamp(exif, Tag::DateTimeOriginal, Tag::OffsetTimeOriginal);
    document.modified = stamp(exif, Tag::DateTime, Tag::OffsetTime);
    document.application = text(exif, Tag::Software);
    document.author = text(exif, Tag::Artist);
    document.title = text(exif, Tag::ImageDescription);
    let make = text(exif, Tag::Make);
    let model = text(exif, Tag::Model);
    // Many models repeat the maker's name.
    document.camera = if model.starts_with(&make) {
        model
    } else {
        format!("{make} {model}").trim().to_owned()
    };
}

fn stamp(exif: &Exif, tag: Tag, offset: Tag) -> Option<mabillon_case::Stamp> {
    time::exif(&text(exif, tag), &text(exif, offset))
}

/// The text of a field of the main picture; empty where there is none.
fn text(exif: &Exif, tag: Tag) -> String {
    let Some(field) = exif.get_field(tag, In::PRIMARY) else {
        return String::new();
    };
    let Value::Ascii(parts) = &field.value else {
        return String::new();
    };
    let raw = parts.iter().find(|part| !part.is_empty());
    let raw = raw.map_or(&[][..], Vec::as_slice);
    let kept = raw.get(..PROPERTY_BYTES_MAX).unwrap_or(raw);
    String::from_utf8_lossy(kept).trim().to_owned()
}
