//! What the tokens of RTF mean: groups with their destinations, fonts with their code pages, text.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use mabillon_case::Stamp;

use super::super::{codepage, limits};
use crate::document::limits::PROPERTY_BYTES_MAX;
use crate::document::{DecodedDocument, TextSink, time};

/// Reads tokens into a document.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) decoded: DecodedDocument,
    text: TextSink,
    groups: Vec<Group>,
    group: Group,
    /// Code page of the document.
    page: u16,
    /// Code page of each font that has one.
    fonts: BTreeMap<i32, u16>,
    font_in_table: i32,
    /// Bytes of text that wait to be decoded together.
    waiting: Vec<u8>,
    /// First half of a surrogate pair.
    surrogate: Option<u16>,
    /// Characters still to be passed over after `\u`.
    n_fallback: i32,
    property: String,
    clock: Clock,
}

/// The state that a group keeps and its end restores.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    destination: Destination,
    /// `\*` was seen and no control word since.
    starred: bool,
    page: Option<u16>,
    /// `\uc`: how many fallback characters follow a `\u`; 1 where not stated, kept as the difference from it.
    fallback_shift: i32,
}

/// Where text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Destination {
    #[default]
    Body,
    Skipped,
    Fonts,
    Info,
    Property(Property),
    Time(When),
}

/// A text of the information group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Title,
    Author,
    Operator,
    Company,
    Template,
    Generator,
}

/// A time of the information group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Created,
    Revised,
    Printed,
}

/// Date and time being read.
#[derive(Default)]
struct Clock {
    date: (i32, i32, i32),
    time: (i32, i32, i32),
}

/// Destinations without text for a reader.
const SKIPPED: &[&str] = &[
    "colortbl",
    "stylesheet",
    "pict",
    "object",
    "objdata",
    "nonshppict",
    "filetbl",
    "listtable",
    "listoverridetable",
    "revtbl",
    "rsidtbl",
    "themedata",
    "colorschememapping",
    "datastore",
    "latentstyles",
    "xmlnstbl",
    "fldinst",
    "bkmkstart",
    "bkmkend",
    "pntext",
    "pntxta",
    "pntxtb",
    "atnid",
    "atnauthor",
    "annotation_ref",
    "keywords",
    "subject",
    "category",
    "comment",
    "doccomm",
    "manager",
    "hlinkbase",
];

impl Reader {
    /// Opens a group; false where the limit of depth is reached.
    pub(super) fn open_group(&mut self) -> bool {
        self.flush();
        self.groups.push(self.group);
        self.groups.len() <= limits::RTF_DEPTH_MAX
    }

    pub(super) fn close_group(&mut self) {
        self.flush();
        let closed = self.group;
        self.group = self.groups.pop().unwrap_or_default();
        if closed.destination == self.group.destination {
            return;
        }
        match closed.destination {
            Destination::Property(property) => self.keep_property(property),
            Destination::Time(when) => self.keep_time(when),
            _ => {}
        }
    }

    pub(super) const fn star(&mut self) {
        self.group.starred = true;
    }

    /// A control word.
    pub(super) fn word(&mut self, word: &str, number: Option<i32>) {
        self.flush_before(word);
        let starred = std::mem::take(&mut self.group.starred);
        if self.group.destination == Destination::Skipped || self.begin_destination(word, starred) {
            return;
        }
        let n = number.unwrap_or(0);
        match word {
            "ansicpg" => self.set_page(n),
            "deflang" => self.add_language(n),
            "uc" => self.group.fallback_shift = n.clamp(0, 16) - 1,
            "u" => self.unicode(n),
            "f" => self.font(n),
            "fcharset" => self.font_charset(n),
            "edmins" => self.decoded.document.editing_minutes = u64::try_from(n).ok(),
            "version" if self.group.destination == Destination::Info => {
                self.decoded.document.revision = u32::try_from(n).ok();
            }
            "yr" => self.clock.date.0 = n,
            "mo" => self.clock.date.1 = n,
            "dy" => self.clock.date.2 = n,
            "hr" => self.clock.time.0 = n,
            "min" => self.clock.time.1 = n,
            "sec" => self.clock.time.2 = n,
            _ => self.show(word),
        }
    }

    /// A byte of text.
    pub(super) fn byte(&mut self, byte: u8) {
        if self.n_fallback > 0 {
            self.n_fallback -= 1;
            return;
        }
        self.group.starred = false;
        match self.group.destination {
            Destination::Body | Destination::Property(_) => self.waiting.push(byte),
            _ => {}
        }
    }

    /// The end of the file.
    pub(super) fn finish(mut self) -> DecodedDocument {
        self.flush();
        self.decoded.take_text(self.text);
        self.decoded
    }

    /// Changes the destination of the group; false where the word begins none.
    fn begin_destination(&mut self, word: &str, starred: bool) -> bool {
        let destination = match word {
            "fonttbl" => Destination::Fonts,
            "info" => Destination::Info,
            "title" => Destination::Property(Property::Title),
            "author" => Destination::Property(Property::Author),
            "operator" => Destination::Property(Property::Operator),
            "company" => Destination::Property(Property::Company),
            "template" => Destination::Property(Property::Template),
            "generator" => Destination::Property(Property::Generator),
            "creatim" => Destination::Time(When::Created),
            "revtim" => Destination::Time(When::Revised),
            "printim" => Destination::Time(When::Printed),
            _ if SKIPPED.contains(&word) => Destination::Skipped,
            // Character properties may be starred too; what shows text is never unknown to us and starred.
            _ if starred => Destination::Skipped,
            _ => return false,
        };
        self.group.destination = destination;
        self.property.clear();
        self.clock = Clock::default();
        true
    }

    fn set_page(&mut self, number: i32) {
        let Ok(page) = u16::try_from(number) else {
            return;
        };
        self.page = page;
        self.decoded.add_language(&format!("cp{page}"));
    }

    fn add_language(&mut self, number: i32) {
        let lcid = u32::try_from(number).unwrap_or(0);
        if let Some(tag) = codepage::language(lcid) {
            self.decoded.add_language(&tag);
        }
    }

    fn font(&mut self, number: i32) {
        if self.group.destination == Destination::Fonts {
            self.font_in_table = number;
        } else {
            self.group.page = self.fonts.get(&number).copied();
        }
    }

    fn font_charset(&mut self, number: i32) {
        let page = u8::try_from(number).ok().and_then(codepage::of_charset);
        if let Some(page) = page
            && self.fonts.len() < limits::RTF_FONTS_MAX
        {
            self.fonts.insert(self.font_in_table, page);
        }
    }

    /// `\uN`: a UTF-16 unit as a signed number, with fallback characters after it.
    fn unicode(&mut self, number: i32) {
        self.n_fallback = self.group.fallback_shift + 1;
        let Ok(unit) = u16::try_from(number.rem_euclid(0x1_0000)) else {
            return;
        };
        let units = [self.surrogate.take().unwrap_or(unit), unit];
        if (0xd800..0xdc00).contains(&unit) {
            self.surrogate = Some(unit);
            return;
        }
        let pair = if units.first() == units.last() {
            units.get(1..)
        } else {
            Some(&units[..])
        };
        for c in char::decode_utf16(pair.unwrap_or_default().iter().copied()) {
            self.push(
                c.unwrap_or(char::REPLACEMENT_CHARACTER)
                    .encode_utf8(&mut [0; 4]),
            );
        }
    }

    /// Words that stand for characters.
    fn show(&mut self, word: &str) {
        let shown = match word {
            "par" | "line" | "row" | "sect" | "page" => "\n",
            "tab" | "cell" | "nestcell" => "\t",
            "emdash" => "\u{2014}",
            "endash" => "\u{2013}",
            "lquote" => "\u{2018}",
            "rquote" => "\u{2019}",
            "ldblquote" => "\u{201c}",
            "rdblquote" => "\u{201d}",
            "bullet" => "\u{2022}",
            "emspace" | "enspace" | "~" => " ",
            "_" => "-",
            _ => return,
        };
        self.push(shown);
    }

    fn push(&mut self, shown: &str) {
        match self.group.destination {
            Destination::Body => self.text.push(shown),
            Destination::Property(_) if self.property.len() < PROPERTY_BYTES_MAX => {
                self.property.push_str(shown);
            }
            _ => {}
        }
    }

    /// Decodes the bytes that wait, unless the word leaves the text as it is.
    fn flush_before(&mut self, word: &str) {
        if word != "u" {
            self.n_fallback = 0;
        }
        self.flush();
    }

    fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let page = self.group.page.unwrap_or(self.page);
        let encoding: &Encoding = codepage::encoding(page).unwrap_or(encoding_rs::WINDOWS_1252);
        let waiting = std::mem::take(&mut self.waiting);
        let shown = encoding.decode_without_bom_handling(&waiting).0;
        self.push(&shown);
    }

    fn keep_property(&mut self, property: Property) {
        let value = std::mem::take(&mut self.property);
        let value = value.trim().trim_end_matches(';').to_owned();
        let document = &mut self.decoded.document;
        match property {
            Property::Title => document.title = value,
            Property::Author => document.author = value,
            Property::Operator => document.last_modified_by = value,
            Property::Company => document.company = value,
            Property::Template => document.template = value,
            Property::Generator => document.application = value,
        }
    }

    /// Times of RTF are those of the writer's wall clock, without zone.
    fn keep_time(&mut self, when: When) {
        let stamp: Option<Stamp> = time::stamp(self.clock.date, self.clock.time, 0, None);
        let document = &mut self.decoded.document;
        match when {
            When::Created => document.created = stamp,
            When::Revised => document.modified = stamp,
            When::Printed => document.last_printed = stamp,
        }
    }
}
