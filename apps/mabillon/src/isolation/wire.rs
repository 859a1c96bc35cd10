//! What goes to a worker and comes back, as bytes. What comes back is not trusted: it is read with every check.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use mabillon_acquire::{Event, Files, Leaf, Limits, Passwords, Surroundings};
use mabillon_case::{Accounting, Document, Form, ItemId, Place, Warning};
use mabillon_decode::DecodedDocument;
use serde::{Deserialize, Serialize};

/// Different forms that are known at most: there are as many as the program names.
const FORMS_MAX: usize = 1024;
/// Bytes of the code of a form.
const FORM_CODE_BYTES_MAX: usize = 128;

/// What a worker is asked to do with the bytes that follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Task {
    /// Decode a document or picture.
    Document {
        form: FormCode,
        passwords: Passwords,
    },
    /// Make a picture anew, for looking at.
    Picture,
    /// Open a container.
    Expand(Box<Container>),
}

/// A container to be opened.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Container {
    pub(super) place: Place,
    pub(super) form: FormCode,
    pub(super) depth: u32,
    pub(super) item: Option<ItemId>,
    pub(super) limits: Limits,
    pub(super) passwords: Passwords,
    pub(super) surroundings: Surroundings,
    /// Paths that killed a worker, and how.
    pub(super) skip: BTreeMap<String, String>,
}

/// A container that is a file, for a worker of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PackedFile {
    /// Mostly one; else those of an archive in several files.
    pub(super) files: Files,
    pub(super) spool_dir: PathBuf,
    pub(super) place: Place,
    pub(super) limits: Limits,
    pub(super) passwords: Passwords,
    pub(super) skip: BTreeMap<String, String>,
}

/// A form as bytes: the names in a form live as long as the program and cannot be borrowed from a message.
pub(super) type FormCode = Vec<u8>;

/// One event of a container. The bytes of a leaf follow as a piece of their own, so that they are not copied.
#[derive(Debug, Serialize, Deserialize)]
enum Told {
    Leaf {
        place: Place,
        form: FormCode,
        separator: Option<String>,
        depth: u32,
        item: Option<ItemId>,
        n_bytes: u64,
    },
    Container {
        place: Place,
        form: FormCode,
        item: ItemId,
        size_bytes: u64,
    },
    NotRead {
        place: Place,
        form: Option<FormCode>,
        reason: String,
    },
    Account(Accounting),
    Progress(u64),
    Entered(String),
    Left,
    NoSpace(String),
}

/// A value as bytes.
pub(super) fn pack<T: Serialize>(value: &T) -> Vec<u8> {
    // Writing to memory fails for no type of ours; an empty piece is garbage to whoever reads it.
    postcard::to_stdvec(value).unwrap_or_default()
}

pub(super) fn form_code(form: Form) -> FormCode {
    pack(&form)
}

/// The form of a code. Each code is kept for as long as the program runs, once.
pub(super) fn form(code: &[u8]) -> Option<Form> {
    static KNOWN: Mutex<BTreeMap<Vec<u8>, Form>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(form) = known.get(code) {
        return Some(*form);
    }
    if known.len() >= FORMS_MAX || code.len() > FORM_CODE_BYTES_MAX {
        return None;
    }
    let kept: &'static [u8] = Vec::leak(code.to_vec());
    let form = postcard::from_bytes(kept).ok()?;
    known.insert(code.to_vec(), form);
    Some(form)
}

pub(super) fn task(bytes: &[u8]) -> Option<Task> {
    postcard::from_bytes(bytes).ok()
}

pub(super) fn packed_file(bytes: &[u8]) -> Option<PackedFile> {
    postcard::from_bytes(bytes).ok()
}

pub(super) fn pack_document(decoded: &DecodedDocument) -> Vec<u8> {
    pack(&(
        &decoded.document,
        &decoded.warnings,
        &decoded.partial,
        &decoded.not_examined,
    ))
}

/// What a decoded document is made of.
type Answered = (Document, Vec<Warning>, Option<String>, Option<String>);

pub(super) fn document(pieces: &[Vec<u8>]) -> Option<DecodedDocument> {
    let [piece] = pieces else {
        return None;
    };
    let (document, warnings, partial, not_examined): Answered = postcard::from_bytes(piece).ok()?;
    Some(DecodedDocument {
        document,
        warnings,
        partial,
        not_examined,
    })
}

/// A picture made anew, or why there is none.
pub(super) fn picture(pieces: &[Vec<u8>]) -> Option<Result<Vec<u8>, String>> {
    let [piece] = pieces else {
        return None;
    };
    postcard::from_bytes(piece).ok()
}

/// An event as one piece, or two.
pub(super) fn pack_event(event: Event) -> (Vec<u8>, Option<Bytes>) {
    match event {
        Event::Leaf(leaf) => {
            let (told, bytes) = pack_leaf(leaf);
            (told, Some(bytes))
        }
        Event::Container {
            place,
            form,
            item,
            size_bytes,
        } => {
            let form = form_code(form);
            let told = Told::Container {
                place,
                form,
                item,
                size_bytes,
            };
            (pack(&told), None)
        }
        Event::NotRead {
            place,
            form,
            reason,
        } => {
            let form = form.map(form_code);
            let told = Told::NotRead {
                place,
                form,
                reason,
            };
            (pack(&told), None)
        }
        Event::Account(account) => (pack(&Told::Account(account)), None),
        Event::Progress { bytes } => (pack(&Told::Progress(bytes)), None),
    }
}

/// A leaf: all but its bytes, and these.
pub(crate) fn pack_leaf(leaf: Leaf) -> (Vec<u8>, Bytes) {
    let told = Told::Leaf {
        place: leaf.place,
        form: form_code(leaf.form),
        separator: leaf.separator,
        depth: leaf.depth,
        item: leaf.item,
        n_bytes: leaf.bytes.len() as u64,
    };
    (pack(&told), leaf.bytes)
}

/// The leaf of [`pack_leaf`].
pub(crate) fn unpack_leaf(told: &[u8], bytes: Bytes) -> Option<Leaf> {
    match said(told)? {
        Said::LeafWithoutBytes(leaf, _) => Some(Leaf { bytes, ..leaf }),
        _ => None,
    }
}

/// A temporary file could not be written.
pub(super) fn pack_no_space(reason: &str) -> Vec<u8> {
    pack(&Told::NoSpace(reason.to_owned()))
}

/// Something is opened or read from now on.
pub(super) fn pack_entered(path: &str) -> Vec<u8> {
    pack(&Told::Entered(path.to_owned()))
}

/// What was entered last is done with.
pub(super) fn pack_left() -> Vec<u8> {
    pack(&Told::Left)
}

/// What a piece tells.
pub(super) enum Said {
    Event(Event),
    /// A leaf whose bytes are the next piece, and how many these are.
    LeafWithoutBytes(Leaf, u64),
    Entered(String),
    Left,
    NoSpace(String),
}

/// Reads a piece; `None` where it is garbage.
pub(super) fn said(piece: &[u8]) -> Option<Said> {
    Some(Said::Event(match postcard::from_bytes(piece).ok()? {
        Told::Entered(path) => return Some(Said::Entered(path)),
        Told::Left => return Some(Said::Left),
        Told::NoSpace(reason) => return Some(Said::NoSpace(reason)),
        Told::Leaf {
            place,
            form: code,
            separator,
            depth,
            item,
            n_bytes,
        } => {
            let leaf = Leaf {
                place,
                bytes: Bytes::new(),
                form: form(&code)?,
                separator,
                depth,
                item,
            };
            return Some(Said::LeafWithoutBytes(leaf, n_bytes));
        }
        Told::Container {
            place,
            form: code,
            item,
            size_bytes,
        } => Event::Container {
            place,
            form: form(&code)?,
            item,
            size_bytes,
        },
        Told::NotRead {
            place,
            form: code,
            reason,
        } => Event::NotRead {
            place,
            form: code.map(|code| form(&code).ok_or(())).transpose().ok()?,
            reason,
        },
        Told::Account(account) => Event::Account(account),
        Told::Progress(bytes) => Event::Progress { bytes },
    }))
}
