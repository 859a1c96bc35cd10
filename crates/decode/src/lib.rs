//! Turns bytes into items: messages with exact places, documents with their properties.
//!
//! Decoding never fails and never panics: it gives what could be read, and warnings.
//! Hostile input costs time and memory in proportion to its size; the limits are named constants, one file per decoder.

mod cipher;
mod document;
mod image;
mod inflate;
mod little_endian;
mod office;
mod pdf;

pub mod mail;

pub use document::{DecodedDocument, document, html_document, ui_language};
pub use image::{PREVIEWED, preview};
pub use mail::{DecodedMessage, html_body, message, parse_date, stored_message};
