//! Documents and pictures: their properties, the traces of the tools that wrote them, and their text.

use bytes::Bytes;
use mabillon_case::{Document, DocumentFormat, Form, Passwords, Warning};

use crate::{image, office, pdf};

mod language;
pub(crate) mod limits;
mod plain;
mod sink;
pub(crate) mod time;

pub use language::ui_language;
pub(crate) use sink::TextSink;

/// A document with what we could not read of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecodedDocument {
    /// The document.
    pub document: Document,
    /// What was not read, or read with a guess.
    pub warnings: Vec<Warning>,
    /// Why only a part was read, in plain words; `None` where nothing was cut off by a limit or left unread as a whole.
    pub partial: Option<String>,
    /// Why nothing was read, in plain words: it is encrypted.
    pub not_examined: Option<String>,
}

impl DecodedDocument {
    pub(crate) fn new(format: DocumentFormat, media_type: &str) -> Self {
        Self {
            document: Document {
                format,
                media_type: media_type.to_owned(),
                ..Document::default()
            },
            ..Self::default()
        }
    }

    /// Records something about our own reading, once.
    pub(crate) fn warn(&mut self, code: &'static str, says: impl Into<String>) {
        let warning = Warning::new(code, says);
        if self.warnings.len() < limits::WARNINGS_MAX && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Records that only a part was read; the first reason stands, all of them are warnings.
    pub(crate) fn cut(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        self.warn("read-in-part", reason.clone());
        self.partial.get_or_insert(reason);
    }

    /// Takes over the text, and says so where its limit was reached.
    pub(crate) fn take_text(&mut self, sink: TextSink) {
        if sink.is_full() {
            self.cut(format!(
                "the text is longer than {} MiB; the rest is not read",
                limits::TEXT_BYTES_MAX >> 20
            ));
        }
        self.document.text.own = sink.finish();
    }

    /// Adds a language tag, each once.
    pub(crate) fn add_language(&mut self, tag: &str) {
        let tag = tag.trim();
        let languages = &mut self.document.languages;
        if !tag.is_empty()
            && tag.len() <= limits::LANGUAGE_TAG_BYTES_MAX
            && languages.len() < limits::LANGUAGES_MAX
            && !languages.iter().any(|known| known == tag)
        {
            languages.push(tag.to_owned());
        }
    }
}

/// Decodes a document or picture of the form told by its content. Encrypted ones are opened with one of `passwords`.
///
/// It never fails: what cannot be read is left empty and said in a warning.
/// Time and memory are bounded by the constants of the `limits` modules.
pub fn document(bytes: &Bytes, form: Form, passwords: &Passwords) -> DecodedDocument {
    match form {
        Form::Ooxml => office::ooxml::decode(bytes),
        Form::Odf => office::odf::decode(bytes),
        Form::Ole2 => office::ole2::decode(bytes, passwords),
        Form::Rtf => office::rtf::decode(bytes),
        Form::Pdf => pdf::decode(bytes, passwords),
        Form::Image(media_type) => image::decode(bytes, media_type),
        Form::Text => plain::text(bytes),
        Form::Html => plain::html(bytes),
        _ => unread(form),
    }
}

/// The source of an HTML file, in the characters that its text is read in.
pub fn html_document(bytes: &[u8]) -> String {
    plain::html_source(bytes)
}

/// A form whose inside this decoder does not read.
fn unread(form: Form) -> DecodedDocument {
    let mut decoded = DecodedDocument::new(DocumentFormat::Text, "application/octet-stream");
    let says = match form {
        Form::Other => "the format is not recognised; only its hash and size are known",
        _ => "this form of data is not a document; only its hash and size are known",
    };
    decoded.warn("format-not-read", says);
    decoded
}
