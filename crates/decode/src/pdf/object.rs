//! Objects of PDF and how they are written (ISO 32000-1, 7.2 and 7.3).

use std::collections::BTreeMap;

use super::limits;

/// A dictionary.
pub(super) type Dict = BTreeMap<String, Object>;

/// An object other than a stream.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Object {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Name(String),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    Reference(u32),
}

impl Object {
    pub(super) const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked before"
    )]
    pub(super) fn size(&self) -> Option<usize> {
        let number = self.number()?;
        (0.0..9e15).contains(&number).then_some(number as usize)
    }

    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// One token: an object, or a word of content streams and file structure.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Object(Object),
    Word(Vec<u8>),
}

/// Reads tokens from bytes.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    n_values_left: usize,
    /// Whether `1 0 R` is a reference; in content streams there are none.
    with_references: bool,
}

impl<'a> Lexer<'a> {
    /// Reads file structure from `at`.
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            n_values_left: limits::OBJECT_VALUES_MAX,
            with_references: true,
        }
    }

    /// Reads a content stream.
    pub(super) const fn of_content(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            n_values_left: usize::MAX,
            with_references: false,
        }
    }

    /// Where the next token is looked for.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// Goes on from another place.
    pub(super) const fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The next object; `None` at a word or the end.
    pub(super) fn object(&mut self) -> Option<Object> {
        match self.token()? {
            Token::Object(object) => Some(object),
            Token::Word(_) => None,
        }
    }

    /// Whether this word comes next; if so, it is passed over.
    pub(super) fn word(&mut self, word: &[u8]) -> bool {
        let before = self.at;
        if self.token() == Some(Token::Word(word.to_vec())) {
            return true;
        }
        self.at = before;
        false
    }

    /// The next token.
    pub(super) fn token(&mut self) -> Option<Token> {
        self.token_at(0)
    }

    fn token_at(&mut self, depth: usize) -> Option<Token> {
        self.skip_space();
        self.n_values_left = self.n_values_left.checked_sub(1)?;
        let object = match *self.bytes.get(self.at)? {
            b'/' => Object::Name(self.name_token()),
            b'(' => Object::Text(self.literal()),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => self.dict(depth)?,
            b'<' => Object::Text(self.hex()),
            b'[' => self.array(depth)?,
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number(),
            _ => return Some(self.word_token()),
        };
        Some(Token::Object(object))
    }

    fn skip_space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'%' {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let line = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                self.at += line;
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn name_token(&mut self) -> String {
        self.at += 1;
        let raw = self.regular();
        if !raw.contains(&b'#') {
            return String::from_utf8_lossy(raw).into_owned();
        }
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match (byte, after) {
                (b'#', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                    name.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                    rest = after;
                }
                _ => name.push(byte),
            }
        }
        String::from_utf8_lossy(&name).into_owned()
    }

    /// Bytes up to the next space or delimiter.
    fn regular(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|&byte| is_space(byte) || is_delimiter(byte))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn word_token(&mut self) -> Token {
        let word = self.regular();
        if word.is_empty() {
            // A delimiter that begins nothing here.
            let stray = self.bytes.get(self.at).copied().unwrap_or(0);
            self.at += 1;
            return Token::Word(vec![stray]);
        }
        match word {
            b"true" => Token::Object(Object::Bool(true)),
            b"false" => Token::Object(Object::Bool(false)),
            b"null" => Token::Object(Object::Null),
            _ => Token::Word(word.to_vec()),
        }
    }

    /// A number ends at the first byte that cannot belong to one: some writers put no space before an operator.
    fn number(&mut self) -> Object {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'))
            .unwrap_or(rest.len());
        self.at += end;
        let raw = rest.get(..end).unwrap_or_default();
        let number = parse_number(raw);
        if self.with_references
            && raw.iter().all(u8::is_ascii_digit)
            && let Some(reference) = self.reference(raw)
        {
            return reference;
        }
        Object::Number(number)
    }

    /// `generation R` after an object number.
    fn reference(&mut self, number: &[u8]) -> Option<Object> {
        let before = self.at;
        self.skip_space();
        let generation = self.regular();
        let is_generation = !generation.is_empty()
            && generation.len() <= 5
            && generation.iter().all(u8::is_ascii_digit);
        self.skip_space();
        if is_generation && self.regular() == b"R" {
            let number = std::str::from_utf8(number).ok()?.parse().ok();
            return Some(number.map_or(Object::Null, Object::Reference));
        }
        self.at = before;
        None
    }

    /// `(text)` with its escapes (7.3.4.2).
    fn literal(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut depth = 1_usize;
        let mut out = Vec::new();
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\\' => {
                    self.escape(&mut out);
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
            out.push(byte);
        }
        out
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(&byte) = self.bytes.get(self.at) else {
            return;
        };
        self.at += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            // A line end after a backslash is no part of the text.
            b'\n' => {}
            b'\r' => self.at += usize::from(self.bytes.get(self.at) == Some(&b'\n')),
            b'0'..=b'7' => {
                let mut code = byte - b'0';
                for _ in 0..2 {
                    match self.bytes.get(self.at) {
                        Some(&digit @ b'0'..=b'7') => {
                            code = code.wrapping_mul(8).wrapping_add(digit - b'0');
                            self.at += 1;
                        }
                        _ => break,
                    }
                }
                out.push(code);
            }
            _ => out.push(byte),
        }
    }

    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        self.at += (end + 1).min(rest.len());
        let digits: Vec<u8> = rest
            .get(..end)
            .unwrap_or_default()
            .iter()
            .filter_map(|&byte| hex(byte))
            .collect();
        digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .zip(digits.chunks(2).map(<[u8]>::len))
            .map(|(byte, n_digits)| if n_digits == 1 { byte << 4 } else { byte })
            .collect()
    }

    fn array(&mut self, depth: usize) -> Option<Object> {
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            if self.bytes.get(self.at)? == &b']' {
                self.at += 1;
                return Some(Object::Array(values));
            }
            if depth >= limits::OBJECT_DEPTH_MAX {
                return None;
            }
            match self.token_at(depth + 1)? {
                Token::Object(object) => values.push(object),
                Token::Word(word) if ends_object(&word) => return None,
                Token::Word(_) => {}
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Object> {
        self.at += 2;
        let mut dict = Dict::new();
        loop {
            self.skip_space();
            let rest = self.bytes.get(self.at..)?;
            if rest.starts_with(b">>") {
                self.at += 2;
                return Some(Object::Dict(dict));
            }
            if depth >= limits::OBJECT_DEPTH_MAX {
                return None;
            }
            match self.token_at(depth + 1)? {
                Token::Object(Object::Name(key)) => {
                    self.skip_space();
                    if self.bytes.get(self.at..)?.starts_with(b">>") {
                        continue;
                    }
                    if let Token::Object(value) = self.token_at(depth + 1)? {
                        dict.entry(key).or_insert(value);
                    }
                }
                Token::Word(word) if ends_object(&word) => return None,
                Token::Object(_) | Token::Word(_) => {}
            }
        }
    }
}

/// Words that show that an array or dictionary was never closed.
fn ends_object(word: &[u8]) -> bool {
    matches!(word, b"endobj" | b"stream" | b"obj")
}

fn parse_number(raw: &[u8]) -> f64 {
    let text = std::str::from_utf8(raw).unwrap_or_default();
    if let Ok(number) = text.parse() {
        return number;
    }
    // Writers are known for `--5`, `5-3` and `.`: the longest sensible beginning counts.
    let text = text.trim_start_matches('+').trim_start_matches("--");
    let end = text
        .char_indices()
        .position(|(index, c)| !(c.is_ascii_digit() || c == '.' || (c == '-' && index == 0)))
        .unwrap_or(text.len());
    text.get(..end)
        .and_then(|head| head.parse().ok())
        .unwrap_or(0.0)
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

pub(super) fn hex(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}
