//! Properties: their tags, types and values (MS-OXPROPS, MS-OXCDATA).

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use mabillon_case::Stamp;

/// Identifiers of the properties that are read (MS-OXPROPS).
pub mod tag {
    #![expect(
        missing_docs,
        reason = "each is the property of its name in MS-OXPROPS, without the prefix PidTag"
    )]
    pub const MESSAGE_CLASS: u16 = 0x001a;
    pub const IMPORTANCE: u16 = 0x0017;
    pub const SUBJECT: u16 = 0x0037;
    pub const CLIENT_SUBMIT_TIME: u16 = 0x0039;
    pub const SENT_REPRESENTING_NAME: u16 = 0x0042;
    pub const SENT_REPRESENTING_ADDRESS_TYPE: u16 = 0x0064;
    pub const SENT_REPRESENTING_EMAIL_ADDRESS: u16 = 0x0065;
    pub const CONVERSATION_INDEX: u16 = 0x0071;
    pub const TRANSPORT_MESSAGE_HEADERS: u16 = 0x007d;
    pub const RECIPIENT_TYPE: u16 = 0x0c15;
    pub const SENDER_ENTRY_ID: u16 = 0x0c19;
    pub const SENDER_NAME: u16 = 0x0c1a;
    pub const SENDER_ADDRESS_TYPE: u16 = 0x0c1e;
    pub const SENDER_EMAIL_ADDRESS: u16 = 0x0c1f;
    pub const DISPLAY_BCC: u16 = 0x0e02;
    pub const DISPLAY_CC: u16 = 0x0e03;
    pub const DISPLAY_TO: u16 = 0x0e04;
    pub const MESSAGE_DELIVERY_TIME: u16 = 0x0e06;
    pub const MESSAGE_FLAGS: u16 = 0x0e07;
    pub const NORMALIZED_SUBJECT: u16 = 0x0e1d;
    pub const SUBJECT_PREFIX: u16 = 0x003d;
    pub const BODY: u16 = 0x1000;
    pub const RTF_COMPRESSED: u16 = 0x1009;
    pub const HTML: u16 = 0x1013;
    pub const INTERNET_MESSAGE_ID: u16 = 0x1035;
    pub const INTERNET_REFERENCES: u16 = 0x1039;
    pub const IN_REPLY_TO_ID: u16 = 0x1042;
    pub const LAST_VERB_EXECUTED: u16 = 0x1081;
    pub const LAST_VERB_EXECUTION_TIME: u16 = 0x1082;
    pub const DISPLAY_NAME: u16 = 0x3001;
    pub const ADDRESS_TYPE: u16 = 0x3002;
    pub const EMAIL_ADDRESS: u16 = 0x3003;
    pub const CREATION_TIME: u16 = 0x3007;
    pub const LAST_MODIFICATION_TIME: u16 = 0x3008;
    pub const SEARCH_KEY: u16 = 0x300b;
    pub const CONTENT_COUNT: u16 = 0x3602;
    pub const ATTACH_DATA: u16 = 0x3701;
    pub const ATTACH_FILENAME: u16 = 0x3704;
    pub const ATTACH_METHOD: u16 = 0x3705;
    pub const ATTACH_LONG_FILENAME: u16 = 0x3707;
    pub const ATTACH_MIME_TAG: u16 = 0x370e;
    pub const ATTACH_CONTENT_ID: u16 = 0x3712;
    pub const SMTP_ADDRESS: u16 = 0x39fe;
    pub const INTERNET_CODEPAGE: u16 = 0x3fde;
    pub const MESSAGE_CODEPAGE: u16 = 0x3ffd;
    pub const SENDER_SMTP_ADDRESS: u16 = 0x5d01;
    pub const SENT_REPRESENTING_SMTP_ADDRESS: u16 = 0x5d02;
}

/// Types of properties (MS-OXCDATA 2.11.1).
pub(crate) mod kind {
    pub(crate) const INTEGER16: u16 = 0x0002;
    pub(crate) const INTEGER32: u16 = 0x0003;
    pub(crate) const BOOLEAN: u16 = 0x000b;
    pub(crate) const OBJECT: u16 = 0x000d;
    pub(crate) const INTEGER64: u16 = 0x0014;
    pub(crate) const STRING8: u16 = 0x001e;
    pub(crate) const STRING: u16 = 0x001f;
    pub(crate) const TIME: u16 = 0x0040;
    pub(crate) const BINARY: u16 = 0x0102;
}

/// The value of a property, of the types that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `PtypInteger16`, `PtypInteger32`, `PtypBoolean`, `PtypInteger64`: the bits.
    Number(u64),
    /// `PtypTime`: 100 ns since 1601-01-01 UTC.
    Time(u64),
    /// `PtypString`: UTF-16.
    Text(String),
    /// `PtypString8`: in the code page of the message.
    Text8(Vec<u8>),
    /// `PtypBinary` and `PtypObject`.
    Bytes(Vec<u8>),
}

impl Value {
    /// The value of a type from its bytes; `None` for types that are not read.
    pub(crate) fn of(kind: u16, bytes: Vec<u8>) -> Option<Self> {
        let number = |n: usize| {
            let mut eight = [0; 8];
            eight.get_mut(..n)?.copy_from_slice(bytes.get(..n)?);
            Some(u64::from_le_bytes(eight))
        };
        Some(match kind {
            kind::INTEGER16 => Self::Number(number(2)?),
            kind::BOOLEAN => Self::Number(number(1)?),
            kind::INTEGER32 => Self::Number(number(4)?),
            kind::INTEGER64 => Self::Number(number(8)?),
            kind::TIME => Self::Time(number(8)?),
            kind::STRING => Self::Text(utf16(&bytes)),
            kind::STRING8 => Self::Text8(until_nul(bytes)),
            kind::BINARY | kind::OBJECT => Self::Bytes(bytes),
            _ => return None,
        })
    }
}

fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = memchr::memchr(0, &bytes).unwrap_or(bytes.len());
    bytes.truncate(end);
    bytes
}

/// UTF-16 little-endian, up to a NUL.
pub(crate) fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .take_while(|&unit| unit != 0);
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The properties of one object by identifier. Named properties are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Properties {
    values: BTreeMap<u16, Value>,
    /// Code page of 8-bit texts; 0 where none is stated.
    code_page: u32,
}

/// Identifiers from here on are given out per store (MS-OXPROPS 1.3.3).
const NAMED_FROM: u16 = 0x8000;

impl Properties {
    /// Adds a property; a later one of the same identifier replaces it.
    pub(crate) fn insert(&mut self, id: u16, value: Value) {
        if id >= NAMED_FROM {
            return;
        }
        if let (tag::MESSAGE_CODEPAGE | tag::INTERNET_CODEPAGE, Value::Number(page)) = (id, &value)
            && (id == tag::MESSAGE_CODEPAGE || self.code_page == 0)
        {
            self.code_page = u32::try_from(*page).unwrap_or(0);
        }
        self.values.insert(id, value);
    }

    /// The code page of 8-bit texts is that of the message around it, where it states none.
    pub(crate) const fn inherit_code_page(&mut self, page: u32) {
        if self.code_page == 0 {
            self.code_page = page;
        }
    }

    pub(crate) const fn code_page(&self) -> u32 {
        self.code_page
    }

    /// Whether there is a property of this identifier.
    pub fn has(&self, id: u16) -> bool {
        self.values.contains_key(&id)
    }

    pub(crate) fn take(&mut self, id: u16) -> Option<Value> {
        self.values.remove(&id)
    }

    /// A text; `None` where it is absent or no text.
    pub fn text(&self, id: u16) -> Option<String> {
        match self.values.get(&id)? {
            Value::Text(text) => Some(text.clone()),
            Value::Text8(bytes) => {
                let encoding = encoding_of(self.code_page).unwrap_or(WINDOWS_1252);
                Some(encoding.decode_without_bom_handling(bytes).0.into_owned())
            }
            _ => None,
        }
    }

    /// The first of these texts that is there and not empty.
    pub(crate) fn first_text(&self, ids: &[u16]) -> Option<String> {
        ids.iter()
            .filter_map(|&id| self.text(id))
            .find(|text| !text.trim().is_empty())
    }

    /// A number of 32 bits.
    pub fn number(&self, id: u16) -> Option<u32> {
        match self.values.get(&id)? {
            Value::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// A time.
    pub fn time(&self, id: u16) -> Option<Stamp> {
        match self.values.get(&id)? {
            Value::Time(0) => None,
            Value::Time(filetime) => Stamp::from_filetime(*filetime),
            _ => None,
        }
    }

    /// Bytes, of whatever type they are.
    pub fn bytes(&self, id: u16) -> Option<&[u8]> {
        match self.values.get(&id)? {
            Value::Bytes(bytes) | Value::Text8(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// The encoding of a Windows code page.
pub(crate) fn encoding_of(page: u32) -> Option<&'static Encoding> {
    if page == 65001 {
        return Some(UTF_8);
    }
    let label = match page {
        932 => "shift_jis",
        936 => "gbk",
        949 | 51949 => "euc-kr",
        950 => "big5",
        866 => "ibm866",
        10000 => "macintosh",
        20127 => "us-ascii",
        20866 => "koi8-r",
        21866 => "koi8-u",
        50220..=50222 => "iso-2022-jp",
        51932 => "euc-jp",
        54936 => "gb18030",
        874 | 1250..=1258 => return Encoding::for_label(format!("windows-{page}").as_bytes()),
        28591..=28606 => {
            return Encoding::for_label(format!("iso-8859-{}", page - 28590).as_bytes());
        }
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_the_code_page_of_the_message() {
        let mut properties = Properties::default();
        properties.insert(
            tag::SUBJECT,
            Value::of(kind::STRING8, b"\xcf\xf0\0x".to_vec()).unwrap(),
        );
        assert_eq!(properties.text(tag::SUBJECT).unwrap(), "\u{cf}\u{f0}");
        properties.insert(tag::MESSAGE_CODEPAGE, Value::Number(1251));
        assert_eq!(properties.text(tag::SUBJECT).unwrap(), "\u{41f}\u{440}");
        assert_eq!(
            Value::of(kind::STRING, b"a\0b\0\0\0c\0".to_vec()),
            Some(Value::Text("ab".into()))
        );
        assert_eq!(Value::of(kind::TIME, vec![1; 7]), None);
    }
}
