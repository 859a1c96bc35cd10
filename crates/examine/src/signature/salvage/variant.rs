//! A body with edits: what is encoded anew, and what is taken away.

use std::ops::Range;

use mabillon_case::Message;

use super::parts::{Leaf, Place, delimiters, with_encoding};
use super::transfer::Coded;
use super::{Removed, TRANSFER_ENCODING};
use crate::signature::repairs::BOUNDARY;

/// One way to take added text away from a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Removal {
    /// Its name.
    pub(super) name: &'static str,
    /// What is taken away, in order.
    pub(super) ranges: Vec<Range<usize>>,
}

impl Removal {
    /// The content without it.
    pub(super) fn of(&self, content: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(content.len());
        let mut start = 0;
        for range in &self.ranges {
            kept.extend_from_slice(content.get(start..range.start).unwrap_or_default());
            start = range.end;
        }
        kept.extend_from_slice(content.get(start..).unwrap_or_default());
        kept
    }

    /// What is taken away.
    pub(super) fn text(&self, content: &[u8]) -> Vec<u8> {
        let removed = self
            .ranges
            .iter()
            .filter_map(|range| content.get(range.clone()));
        removed.collect::<Vec<_>>().concat()
    }
}

/// A body put together in one way.
#[derive(Debug, Clone, Default)]
pub(super) struct Variant {
    /// What is replaced, by what; apart from each other.
    pub(super) edits: Vec<(Range<usize>, Vec<u8>)>,
    pub(super) names: Vec<&'static str>,
    pub(super) removed: Vec<Removed>,
    pub(super) encoding: Option<&'static str>,
}

impl Variant {
    /// The body in this way; `None` where edits overlap.
    pub(super) fn of(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut edits: Vec<&(Range<usize>, Vec<u8>)> = self.edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = Vec::with_capacity(body.len());
        let mut start = 0;
        for (range, with) in edits {
            out.extend_from_slice(body.get(start..range.start)?);
            out.extend_from_slice(with);
            start = range.end;
        }
        out.extend_from_slice(body.get(start..)?);
        Some(out)
    }

    pub(super) fn name(&mut self, name: &'static str) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// The same, with another boundary of the outermost multipart.
    pub(super) fn divided_by(mut self, message: &Message, boundary: &str) -> Self {
        self.name(BOUNDARY);
        let own = message
            .parts
            .first()
            .and_then(|part| part.boundary.as_ref());
        let n_own = own.map_or(0, String::len);
        // Behind the two hyphens.
        let starts = delimiters(message).into_iter().map(|start| start + 2);
        let edits = starts.map(|start| (start..start + n_own, boundary.as_bytes().to_vec()));
        self.edits.extend(edits);
        self
    }

    /// Whether this range is left as it is.
    pub(super) fn keeps(&self, range: &Range<usize>) -> bool {
        self.edits
            .iter()
            .all(|(edited, _)| edited.end <= range.start || range.end <= edited.start)
    }

    pub(super) fn without(mut self, removal: &Removal, body: &[u8]) -> Self {
        self.name(removal.name);
        for range in &removal.ranges {
            self.edits.push((range.clone(), Vec::new()));
            self.removed.push(Removed {
                name: removal.name,
                range: range.clone(),
                text: body.get(range.clone()).unwrap_or_default().to_vec(),
            });
        }
        self
    }

    /// The same, with something taken away from a text as it stands in its transfer encoding.
    pub(super) fn without_words(mut self, leaf: &Leaf, removal: &Removal, body: &[u8]) -> Self {
        self.name(removal.name);
        for range in &removal.ranges {
            let range = leaf.content.start + range.start..leaf.content.start + range.end;
            let text = leaf.decoded(body.get(range.clone()).unwrap_or_default());
            self.edits.push((range.clone(), Vec::new()));
            self.removed.push(Removed {
                name: removal.name,
                range,
                text,
            });
        }
        self
    }

    /// The same, with a text encoded anew.
    pub(super) fn with_content(mut self, leaf: &Leaf, coded: &Coded, place: Place) -> Self {
        self.name(TRANSFER_ENCODING);
        self.edits.push((leaf.content.clone(), coded.bytes.clone()));
        match &leaf.header {
            None => self.encoding = Some(coded.word),
            Some((range, fields)) if self.keeps(range) => {
                let header = with_encoding(fields, coded.word, place);
                self.edits.push((range.clone(), header));
            }
            Some(_) => {}
        }
        self
    }

    /// Notes what is taken away from a text that is encoded anew.
    pub(super) fn noting(mut self, leaf: &Leaf, removal: &Removal) -> Self {
        self.name(removal.name);
        self.removed.push(Removed {
            name: removal.name,
            range: leaf.content.clone(),
            text: removal.text(&leaf.text),
        });
        self
    }
}
