//! A pull reader of XML parts: opened and closed elements by local name, text with its references resolved.
//!
//! External entities are never resolved, and neither are those of a document type: packages have none.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesEnd, BytesRef, BytesStart, Event};

use crate::document::limits::PROPERTY_BYTES_MAX;

/// One token of a part.
pub(super) enum Token<'a> {
    /// An element opens; an empty element opens and then closes.
    Open(Element<'a>),
    /// An element closes.
    Close(Closed<'a>),
    /// Text.
    Text(Cow<'a, str>),
}

/// An opened element.
pub(super) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// Its name without prefix.
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// The value of the attribute of this local name.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.0
            .attributes()
            .with_checks(false)
            .filter_map(Result::ok)
            .find(|attribute| attribute.key.local_name().into_inner() == name)
            .map(
                |attribute| match attribute.normalized_value(XmlVersion::Implicit1_0) {
                    Ok(value) => value.into_owned(),
                    Err(_) => attribute.value.clone().into_owned(),
                },
            )
    }
}

/// An element that closes.
pub(super) enum Closed<'a> {
    /// By its end tag.
    Tag(BytesEnd<'a>),
    /// It was empty.
    Empty(BytesStart<'a>),
}

impl Closed<'_> {
    /// Its name without prefix.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Tag(end) => end.local_name().into_inner(),
            Self::Empty(start) => start.local_name().into_inner(),
        }
    }
}

/// The tokens of a part, until its end or the first place that is no XML.
pub(super) struct Tokens<'a> {
    reader: Reader<&'a [u8]>,
    closing: Option<BytesStart<'a>>,
    damaged: bool,
}

impl<'a> Tokens<'a> {
    /// Reads a part.
    pub(super) fn new(part: &'a str) -> Self {
        let mut reader = Reader::from_str(part);
        let config = reader.config_mut();
        // The reader would keep the names of all open elements, which a hostile part can nest without end.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        Self {
            reader,
            closing: None,
            damaged: false,
        }
    }

    /// Whether reading ended at something that is no XML.
    pub(super) const fn is_damaged(&self) -> bool {
        self.damaged
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(start) = self.closing.take() {
            return Some(Token::Close(Closed::Empty(start)));
        }
        loop {
            match self.reader.read_event() {
                Ok(Event::Start(start)) => return Some(Token::Open(Element(start))),
                Ok(Event::Empty(start)) => {
                    self.closing = Some(start.clone());
                    return Some(Token::Open(Element(start)));
                }
                Ok(Event::End(end)) => return Some(Token::Close(Closed::Tag(end))),
                Ok(Event::Text(text)) => return Some(Token::Text(text.xml10_content())),
                Ok(Event::CData(text)) => return Some(Token::Text(text.xml10_content())),
                Ok(Event::GeneralRef(reference)) => {
                    if let Some(c) = character(&reference) {
                        return Some(Token::Text(Cow::Owned(c.to_string())));
                    }
                }
                Ok(Event::Eof) => return None,
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Err(_) => {
                    self.damaged = true;
                    return None;
                }
            }
        }
    }
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    let named = resolve_xml_entity(reference).and_then(|named| named.chars().next());
    named.or_else(|| reference.resolve_char_ref().ok().flatten())
}

/// Calls `found(owner, name, text)` for every element of a part with its text, where `owner` is the child of the
/// root it lies in: for a plain property both are its own name.
pub(super) fn leaves(part: &str, mut found: impl FnMut(&str, &str, &str)) {
    let mut depth: usize = 0;
    let mut owner = String::new();
    let mut text = String::new();
    for token in Tokens::new(part) {
        match token {
            Token::Open(element) => {
                depth += 1;
                if depth == 2 {
                    element.name().clone_into(&mut owner);
                }
                text.clear();
            }
            Token::Text(words) if text.len() < PROPERTY_BYTES_MAX => {
                let end = words.floor_char_boundary(PROPERTY_BYTES_MAX - text.len());
                text.push_str(words.get(..end).unwrap_or_default());
            }
            Token::Text(_) => {}
            Token::Close(closed) => {
                found(&owner, closed.name(), text.trim());
                text.clear();
                depth = depth.saturating_sub(1);
            }
        }
    }
}
