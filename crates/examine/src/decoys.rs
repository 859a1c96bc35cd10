//! The registry of planted decoys that a victim may hand over (`--decoys`).

use std::collections::BTreeSet;

use mabillon_case::ItemId;

/// Markers shorter than this are refused: they would be found by chance.
const MARKER_CHARACTERS_MIN: usize = 6;

/// Hashes and marker strings of decoys, as the victim gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decoys {
    hashes: BTreeSet<ItemId>,
    markers: Vec<String>,
}

/// A line of a decoy file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} of the decoy file: a marker needs at least {MARKER_CHARACTERS_MIN} characters"
)]
pub struct DecoyFileError {
    line: usize,
}

impl Decoys {
    /// Reads a decoy file: one SHA-256 (64 hex digits) or one marker string a line; `#` starts a comment line.
    ///
    /// # Errors
    /// A marker is too short to mean anything.
    pub fn parse(text: &str) -> Result<Self, DecoyFileError> {
        let mut decoys = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Ok(item) = line.parse::<ItemId>() {
                decoys.hashes.insert(item);
            } else if line.chars().count() >= MARKER_CHARACTERS_MIN {
                decoys.markers.push(line.to_owned());
            } else {
                return Err(DecoyFileError { line: index + 1 });
            }
        }
        Ok(decoys)
    }

    /// Whether nothing was handed over.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty() && self.markers.is_empty()
    }

    /// Whether these exact bytes are a registered decoy.
    pub fn has_item(&self, item: &ItemId) -> bool {
        self.hashes.contains(item)
    }

    /// The first marker that stands in `text`.
    pub fn marker_in(&self, text: &str) -> Option<&str> {
        self.markers
            .iter()
            .map(String::as_str)
            .find(|marker| text.contains(marker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_markers_and_comments() {
        let id = ItemId::of(b"decoy");
        let decoys = Decoys::parse(&format!("# ours\n{id}\nCANARY-7731\n")).unwrap();
        assert!(decoys.has_item(&id));
        assert_eq!(decoys.marker_in("see CANARY-7731."), Some("CANARY-7731"));
        assert_eq!(
            Decoys::parse("a\n").unwrap_err().to_string(),
            "line 1 of the decoy file: a marker needs at least 6 characters"
        );
    }
}
