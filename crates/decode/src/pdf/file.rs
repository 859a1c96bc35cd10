//! The file: cross-reference sections from the last to the first, objects by number, streams (ISO 32000-1, 7.5).
//!
//! Objects are found as a viewer finds them. Where the sections are broken, the file is searched for objects instead
//! and the last one of each number counts.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use mabillon_case::Passwords;
use memchr::memmem;

use super::limits;
use super::object::{Dict, Lexer, Object, is_space};
use super::security::{ObjectId, Security};
use super::stream;

/// A PDF file opened for reading.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    places: BTreeMap<u32, Place>,
    /// Merged dictionaries of all trailers, the newest first.
    pub(super) trailer: Dict,
    /// Whether it is encrypted.
    pub(super) security: Security,
    searched: OnceCell<BTreeMap<u32, usize>>,
    object_streams: RefCell<BTreeMap<u32, Option<Rc<ObjectStream>>>>,
    object_stream_nesting: Cell<usize>,
    expanded_bytes: Cell<usize>,
    parsed_bytes: Cell<usize>,
    /// Whether a stream was cut off by a limit.
    pub(super) is_cut: Cell<bool>,
}

/// Where an object lies.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// At this offset.
    At(usize),
    /// In the object stream of this number.
    Within(u32),
    /// Freed.
    Free,
}

/// An expanded object stream (7.5.7).
struct ObjectStream {
    bytes: Vec<u8>,
    offsets: BTreeMap<u32, usize>,
}

/// A stream: its dictionary and its bytes as stored.
pub(super) struct Stream<'a> {
    pub(super) dict: Dict,
    stored: &'a [u8],
    id: ObjectId,
}

impl<'a> File<'a> {
    /// Reads the structure; `None` where no object at all is found.
    ///
    /// An encrypted file is opened with the empty password, or one of those given.
    pub(super) fn open(bytes: &'a [u8], passwords: &Passwords) -> Option<Self> {
        let mut file = Self {
            bytes,
            places: BTreeMap::new(),
            trailer: Dict::new(),
            security: Security::None,
            searched: OnceCell::new(),
            object_streams: RefCell::default(),
            object_stream_nesting: Cell::new(0),
            expanded_bytes: Cell::new(0),
            parsed_bytes: Cell::new(0),
            is_cut: Cell::new(false),
        };
        file.read_sections();
        file.unlock(passwords);
        let root = file.get(&file.trailer, "Root");
        let is_found = matches!(root, Object::Dict(root) if root.contains_key("Pages"));
        // Of a closed file the root may be encrypted.
        if !is_found && !matches!(file.security, Security::Closed(_)) {
            file.search();
            file.unlock(passwords);
        }
        (!file.places.is_empty() || !file.trailer.is_empty()).then_some(file)
    }

    /// Opens an encrypted file; what was read from it before was encrypted.
    fn unlock(&mut self, passwords: &Passwords) {
        self.security = Security::None;
        self.security = Security::of(self, passwords);
        self.object_streams.take();
    }

    /// The value of a key, with references followed.
    pub(super) fn get(&self, dict: &Dict, key: &str) -> Object {
        dict.get(key)
            .map_or(Object::Null, |object| self.resolve(object))
    }

    /// The dictionary of a key, that of a stream included.
    pub(super) fn dict(&self, dict: &Dict, key: &str) -> Dict {
        match self.get(dict, key) {
            Object::Dict(dict) => dict,
            _ => Dict::new(),
        }
    }

    /// Follows references.
    pub(super) fn resolve(&self, object: &Object) -> Object {
        let mut object = object.clone();
        for _ in 0..limits::REFERENCE_STEPS_MAX {
            let Object::Reference(number) = object else {
                return object;
            };
            object = self.object(number).unwrap_or_default();
        }
        Object::Null
    }

    /// The stream a reference leads to.
    pub(super) fn stream(&self, object: &Object) -> Option<Stream<'a>> {
        let Object::Reference(number) = object else {
            return None;
        };
        match self.places.get(number) {
            Some(&Place::At(at)) => self.stream_at(*number, at).or_else(|| {
                let at = *self.searched().get(number)?;
                self.stream_at(*number, at)
            }),
            _ => None,
        }
    }

    /// A stream's bytes with all filters undone; `None` where a filter is not for text.
    pub(super) fn expand(&self, stream: &Stream<'_>) -> Option<Vec<u8>> {
        let left = limits::EXPANDED_BYTES_MAX.saturating_sub(self.expanded_bytes.get());
        let limit = left.min(limits::STREAM_BYTES_MAX);
        let (bytes, is_cut) = {
            let stored = self.security.stream(&stream.dict, stream.stored, stream.id);
            stream::expand(self, &stream.dict, &stored, limit)?
        };
        let cost = bytes.len() + stream.stored.len() / limits::SEARCHED_SHARE;
        self.expanded_bytes.set(self.expanded_bytes.get() + cost);
        if is_cut {
            self.is_cut.set(true);
        }
        Some(bytes)
    }

    fn object(&self, number: u32) -> Option<Object> {
        match *self.places.get(&number)? {
            Place::At(at) => self.object_at(number, at).or_else(|| {
                let at = *self.searched().get(&number)?;
                self.object_at(number, at)
            }),
            Place::Within(container) => {
                let container = self.object_stream(container)?;
                let at = *container.offsets.get(&number)?;
                self.parse(Lexer::new(&container.bytes, at))
            }
            Place::Free => None,
        }
    }

    /// `number generation obj`, then the object; and its generation.
    fn lexer_at(&self, number: u32, at: usize) -> Option<(Lexer<'a>, u32)> {
        let mut lexer = Lexer::new(self.bytes, at);
        let stated = lexer.object()?.size()?;
        let generation = u32::try_from(lexer.object()?.size()?).ok()?;
        let is_it = u32::try_from(stated) == Ok(number) && lexer.word(b"obj");
        is_it.then_some((lexer, generation))
    }

    fn object_at(&self, number: u32, at: usize) -> Option<Object> {
        let (lexer, generation) = self.lexer_at(number, at)?;
        let object = self.parse(lexer)?;
        Some(self.security.strings(object, (number, generation)))
    }

    /// Reads one object and counts what it cost.
    fn parse(&self, mut lexer: Lexer<'_>) -> Option<Object> {
        let before = lexer.position();
        if !self.spend(0) {
            return None;
        }
        let object = lexer.object();
        self.spend(lexer.position() - before);
        object
    }

    /// Counts work; false where the limit of it is reached.
    pub(super) fn spend(&self, n_bytes: usize) -> bool {
        let spent = self.parsed_bytes.get().saturating_add(n_bytes);
        self.parsed_bytes.set(spent);
        let is_left = spent < limits::PARSED_BYTES_MAX;
        if !is_left {
            self.is_cut.set(true);
        }
        is_left
    }

    fn stream_at(&self, number: u32, at: usize) -> Option<Stream<'a>> {
        let (mut lexer, generation) = self.lexer_at(number, at)?;
        let before = lexer.position();
        let dict = lexer.object();
        if !self.spend(lexer.position() - before) {
            return None;
        }
        let Object::Dict(dict) = dict? else {
            return None;
        };
        if !lexer.word(b"stream") {
            return None;
        }
        let start = lexer.position();
        let rest = self.bytes.get(start..)?;
        let rest = rest
            .strip_prefix(b"\r\n")
            .or_else(|| rest.strip_prefix(b"\n"))
            .or_else(|| rest.strip_prefix(b"\r"))
            .unwrap_or(rest);
        let stored = self.stored_bytes(&dict, rest);
        let id = (number, generation);
        Some(Stream { dict, stored, id })
    }

    /// `Length` bytes if `endstream` follows them, else all up to `endstream`.
    fn stored_bytes(&self, dict: &Dict, rest: &'a [u8]) -> &'a [u8] {
        let stated = match dict.get("Length") {
            // Only plain objects, or a stream whose length lies in itself would never end.
            Some(Object::Reference(number)) => match self.places.get(number) {
                Some(&Place::At(at)) => self.object_at(*number, at),
                _ => None,
            },
            other => other.cloned(),
        };
        if let Some(length) = stated.and_then(|length| length.size())
            && let Some((stored, after)) = rest.split_at_checked(length)
        {
            let n_space = after.iter().take(4).take_while(|&&b| is_space(b)).count();
            if after
                .get(n_space..)
                .is_some_and(|after| after.starts_with(b"endstream"))
            {
                return stored;
            }
        }
        let end = memmem::find(rest, b"endstream").unwrap_or(rest.len());
        self.spend(end / limits::SEARCHED_SHARE);
        rest.get(..end).unwrap_or(rest)
    }

    fn object_stream(&self, number: u32) -> Option<Rc<ObjectStream>> {
        if let Some(known) = self.object_streams.borrow().get(&number) {
            return known.clone();
        }
        let nesting = self.object_stream_nesting.get();
        if nesting >= limits::OBJECT_STREAM_NESTING_MAX {
            return None;
        }
        // Known as unreadable while it is being read, so that it cannot lead to itself.
        self.object_streams.borrow_mut().insert(number, None);
        self.object_stream_nesting.set(nesting + 1);
        let read = self.read_object_stream(number).map(Rc::new);
        self.object_stream_nesting.set(nesting);
        self.object_streams
            .borrow_mut()
            .insert(number, read.clone());
        read
    }

    fn read_object_stream(&self, number: u32) -> Option<ObjectStream> {
        let stream = self.stream(&Object::Reference(number))?;
        let n_objects = self.get(&stream.dict, "N").size()?;
        let first = self.get(&stream.dict, "First").size()?;
        let bytes = self.expand(&stream)?;
        let mut offsets = BTreeMap::new();
        let mut lexer = Lexer::new(&bytes, 0);
        for _ in 0..n_objects.min(bytes.len()) {
            let Some(number) = lexer.object().and_then(|object| object.size()) else {
                break;
            };
            let Some(offset) = lexer.object().and_then(|object| object.size()) else {
                break;
            };
            if let Ok(number) = u32::try_from(number) {
                offsets
                    .entry(number)
                    .or_insert(first.saturating_add(offset));
            }
        }
        Some(ObjectStream { bytes, offsets })
    }

    /// Follows the sections from the last `startxref` through `Prev` and `XRefStm`.
    fn read_sections(&mut self) {
        let Some(mark) = memmem::rfind(self.bytes, b"startxref") else {
            return;
        };
        let mut lexer = Lexer::new(self.bytes, mark + b"startxref".len());
        let mut waiting = Vec::new();
        waiting.extend(lexer.object().and_then(|object| object.size()));
        let mut seen = BTreeSet::new();
        while let Some(at) = waiting.pop() {
            if !seen.insert(at) || seen.len() > limits::XREF_SECTIONS_MAX {
                continue;
            }
            let mut lexer = Lexer::new(self.bytes, at);
            let trailer = if lexer.word(b"xref") {
                self.read_table(lexer)
            } else {
                self.read_xref_stream(at)
            };
            let Some(trailer) = trailer else { continue };
            waiting.extend(trailer.get("Prev").and_then(Object::size));
            // The stream of a hybrid file counts before the older sections.
            waiting.extend(trailer.get("XRefStm").and_then(Object::size));
            for (key, value) in trailer {
                self.trailer.entry(key).or_insert(value);
            }
        }
    }

    /// A cross-reference table and its trailer (7.5.4).
    fn read_table(&mut self, mut lexer: Lexer<'a>) -> Option<Dict> {
        while !lexer.word(b"trailer") {
            let first = u32::try_from(lexer.object()?.size()?).ok()?;
            let n_entries = lexer.object()?.size()?;
            for index in 0..n_entries {
                // Entries are read as tokens: real files have lines of 19 or 21 bytes.
                lexer = Lexer::new(self.bytes, lexer.position());
                if !self.spend(20) {
                    return None;
                }
                let offset = lexer.object()?.size()?;
                lexer.object()?;
                let number = first.checked_add(u32::try_from(index).ok()?)?;
                if lexer.word(b"n") {
                    self.place(number, Place::At(offset));
                } else if lexer.word(b"f") {
                    self.place(number, Place::Free);
                } else {
                    return None;
                }
            }
        }
        match Lexer::new(self.bytes, lexer.position()).object()? {
            Object::Dict(trailer) => Some(trailer),
            _ => None,
        }
    }

    /// A cross-reference stream (7.5.8).
    fn read_xref_stream(&mut self, at: usize) -> Option<Dict> {
        let number = Lexer::new(self.bytes, at).object()?.size()?;
        let stream = self.stream_at(u32::try_from(number).ok()?, at)?;
        let bytes = self.expand(&stream)?;
        let sizes = |key: &str| match stream.dict.get(key) {
            Some(Object::Array(values)) => values.iter().filter_map(Object::size).collect(),
            _ => Vec::new(),
        };
        let &[w0, w1, w2] = sizes("W").as_slice() else {
            return None;
        };
        let width = w0.checked_add(w1)?.checked_add(w2)?;
        if width == 0 || width > 64 {
            return None;
        }
        let mut index = sizes("Index");
        if index.is_empty() {
            index = vec![0, usize::MAX];
        }
        let numbers = index.chunks_exact(2).flat_map(|pair| {
            let (first, count) = (pair.first().copied(), pair.get(1).copied());
            let first = first.unwrap_or(0);
            first..first.saturating_add(count.unwrap_or(0))
        });
        for (number, row) in numbers.zip(bytes.chunks_exact(width)) {
            let Ok(number) = u32::try_from(number) else {
                break;
            };
            let (kind, rest) = row.split_at_checked(w0)?;
            let (second, _) = rest.split_at_checked(w1)?;
            let second = big_endian(second);
            match if w0 == 0 { 1 } else { big_endian(kind) } {
                0 => self.place(number, Place::Free),
                1 => self.place(number, Place::At(second)),
                2 => self.place(number, Place::Within(u32::try_from(second).unwrap_or(0))),
                _ => {}
            }
        }
        Some(stream.dict)
    }

    /// The newest section comes first and counts.
    fn place(&mut self, number: u32, place: Place) {
        if self.places.len() < limits::OBJECTS_MAX {
            self.places.entry(number).or_insert(place);
        }
    }

    /// All objects found by their `obj`, the last of each number.
    fn searched(&self) -> &BTreeMap<u32, usize> {
        self.searched.get_or_init(|| {
            let marks = memmem::find_iter(self.bytes, b" obj");
            marks
                .filter_map(|at| header_before(self.bytes, at))
                .take(limits::OBJECTS_MAX)
                .collect()
        })
    }

    /// Replaces the sections by what a search of the file finds.
    fn search(&mut self) {
        let found = self.searched().clone();
        self.places = found
            .iter()
            .map(|(&number, &at)| (number, Place::At(at)))
            .collect();
        self.object_streams.take();
        for mark in memmem::find_iter(self.bytes, b"trailer").take(limits::XREF_SECTIONS_MAX) {
            let lexer = Lexer::new(self.bytes, mark + b"trailer".len());
            if let Some(Object::Dict(trailer)) = self.parse(lexer) {
                self.trailer.extend(trailer);
            }
        }
        for (&number, &at) in &found {
            let Some(Object::Dict(dict)) = self.object_at(number, at) else {
                continue;
            };
            match dict.get("Type").and_then(Object::name) {
                Some("ObjStm") => {
                    if let Some(container) = self.object_stream(number) {
                        for &inner in container.offsets.keys() {
                            self.place(inner, Place::Within(number));
                        }
                    }
                }
                Some("Catalog") if !self.trailer.contains_key("Root") => {
                    let root = Object::Reference(number);
                    self.trailer.insert("Root".to_owned(), root);
                }
                Some("XRef") => {
                    for (key, value) in dict {
                        self.trailer.entry(key).or_insert(value);
                    }
                }
                _ => {}
            }
        }
    }
}

/// `12 0` before ` obj`: the object number and where it begins.
fn header_before(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let head = bytes.get(at.saturating_sub(24)..at)?;
    let n_generation = digits_at_end(head);
    let head = head.get(..head.len() - n_generation)?;
    let n_space = head.iter().rev().take_while(|&&b| is_space(b)).count();
    let head = head.get(..head.len() - n_space)?;
    let n_number = digits_at_end(head);
    if n_generation == 0 || n_space == 0 || n_number == 0 {
        return None;
    }
    let number = std::str::from_utf8(head.get(head.len() - n_number..)?).ok()?;
    Some((number.parse().ok()?, at - n_generation - n_space - n_number))
}

fn digits_at_end(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_digit())
        .count()
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0_usize, |value, &byte| value << 8 | usize::from(byte))
}
