//! Passwords that the user hands over for encrypted archives and documents.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Passwords that are tried; each costs a key derivation for each encrypted entry.
pub const PASSWORDS_MAX: usize = 1000;

/// Passwords, tried in order. Never shown: `Debug` tells their number alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passwords(Arc<[Vec<u8>]>);

impl Passwords {
    /// The lines of a file, one password on each; line ends are no part of them, empty lines are left out.
    ///
    /// # Errors
    ///
    /// Where there are more than [`PASSWORDS_MAX`]: each costs a key derivation for each encrypted entry.
    pub fn parse(file: &[u8]) -> Result<Self, String> {
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        let lines = file
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.is_empty());
        let mut passwords: Vec<Vec<u8>> = Vec::new();
        for line in lines {
            if passwords.len() == PASSWORDS_MAX {
                return Err(format!("it holds more than {PASSWORDS_MAX} passwords"));
            }
            passwords.push(line.to_vec());
        }
        Ok(Self(Arc::from(passwords)))
    }

    /// Number of passwords.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The password of a number, from 0.
    pub fn get(&self, number: usize) -> Option<&[u8]> {
        self.0.get(number).map(Vec::as_slice)
    }

    /// The passwords, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// Why something encrypted was not read.
    pub fn refusal(&self) -> &'static str {
        if self.is_empty() {
            "encrypted"
        } else {
            "encrypted: none of the given passwords fits"
        }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passwords({})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_password_and_none_is_shown() {
        let passwords = Passwords::parse(b"\xef\xbb\xbfone\r\n\n two \n").unwrap();
        assert_eq!(
            passwords.iter().collect::<Vec<_>>(),
            [&b"one"[..], b" two "]
        );
        assert_eq!(format!("{passwords:?}"), "Passwords(2)");
        assert!(Passwords::parse(&b"x\n".repeat(PASSWORDS_MAX + 1)).is_err());
    }
}
