//! The tokens of RTF: groups, control words, bytes of text.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\*`: what follows may be passed over by a reader that does not know it.
    Star,
    /// `\word123`, with its number; symbols such as `\~` are words of one character.
    Word(&'a str, Option<i32>),
    /// A byte of text, plain or as `\'hh`.
    Byte(u8),
}

/// Reads tokens.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Passes over binary data.
    pub(super) fn skip(&mut self, n_bytes: i32) {
        let n_bytes = usize::try_from(n_bytes).unwrap_or(0);
        self.rest = self.rest.get(n_bytes..).unwrap_or_default();
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (&first, rest) = self.rest.split_first()?;
            self.rest = rest;
            match first {
                b'{' => return Some(Token::Open),
                b'}' => return Some(Token::Close),
                b'\\' => return self.control(),
                b'\r' | b'\n' | 0 => {}
                byte => return Some(Token::Byte(byte)),
            }
        }
    }

    fn control(&mut self) -> Option<Token<'a>> {
        let n_letters = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        if n_letters == 0 {
            return self.symbol();
        }
        let (word, rest) = self.rest.split_at_checked(n_letters)?;
        self.rest = rest;
        let number = self.number();
        if let Some((b' ', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        Some(Token::Word(std::str::from_utf8(word).ok()?, number))
    }

    fn symbol(&mut self) -> Option<Token<'a>> {
        let (symbol, rest) = self.rest.split_at_checked(1)?;
        self.rest = rest;
        match symbol {
            b"'" => {
                let Some((digits, rest)) = self.rest.split_at_checked(2) else {
                    self.rest = &[];
                    return None;
                };
                let digits = std::str::from_utf8(digits).ok();
                match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    Some(byte) => {
                        self.rest = rest;
                        Some(Token::Byte(byte))
                    }
                    None => Some(Token::Byte(b'\'')),
                }
            }
            b"*" => Some(Token::Star),
            b"\\" | b"{" | b"}" => symbol.first().map(|&byte| Token::Byte(byte)),
            b"\r" | b"\n" => Some(Token::Word("par", None)),
            _ => Some(Token::Word(
                std::str::from_utf8(symbol).unwrap_or("?"),
                None,
            )),
        }
    }

    fn number(&mut self) -> Option<i32> {
        let negative = self.rest.first() == Some(&b'-');
        let digits = self.rest.get(usize::from(negative)..)?;
        let n_digits = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if n_digits == 0 {
            return None;
        }
        let text = std::str::from_utf8(digits.get(..n_digits)?).ok()?;
        self.rest = digits.get(n_digits..)?;
        let number: i32 = text.parse().unwrap_or(i32::MAX);
        Some(if negative { -number } else { number })
    }
}
