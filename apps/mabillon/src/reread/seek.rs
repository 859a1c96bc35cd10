//! A message of a mailbox file, read at the range that its place names.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use mabillon_acquire::{Leaf, MESSAGE_BYTES_MAX, form_of};
use mabillon_case::{Form, ItemId, Place};

/// Bytes of a file that its form is told by.
const HEAD_BYTES: u64 = 64 << 10;

/// The mailbox file below `exhibit` that this place is a range of; `None` where it is no such place.
fn mailbox_of(exhibit: &Path, place: &Place) -> Option<PathBuf> {
    let (file, step) = match place.path.rsplit_once('!') {
        Some((file, step)) => (exhibit.join(file), step),
        None => (exhibit.to_path_buf(), place.path.as_str()),
    };
    let is_range = step.starts_with("message ") && place.length <= MESSAGE_BYTES_MAX;
    if !is_range || !file.is_file() {
        return None;
    }
    let mut head = Vec::new();
    let start = File::open(&file).ok()?;
    start.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    (form_of(&head) == Form::Mbox).then_some(file)
}

/// The message that `place` says lies in a mailbox file of the exhibit, read without what lies before it; `None` where
/// the place is no range of a mailbox file.
///
/// # Errors
/// Where other bytes lie there now, or none: in words, with their hash.
pub(super) fn message(exhibit: &Path, item: ItemId, place: &Place) -> Option<Result<Leaf, String>> {
    let file = mailbox_of(exhibit, place)?;
    Some(checked(&file, item, place))
}

fn checked(file: &Path, item: ItemId, place: &Place) -> Result<Leaf, String> {
    let (offset, length) = (place.offset, place.length);
    let range = format!(
        "bytes {offset} to {} of {}",
        offset.saturating_add(length),
        file.display()
    );
    let bytes = read(file, offset, length).map_err(|error| format!("{range}: {error}"))?;
    let now = ItemId::of(&bytes);
    if now != item {
        return Err(format!(
            "{range}, where item {item} lay, now hold {} bytes with the SHA-256 {now}",
            bytes.len()
        ));
    }
    Ok(Leaf {
        place: place.clone(),
        bytes,
        form: Form::Message,
        separator: None,
        depth: 0,
        item: Some(item),
    })
}

fn read(file: &Path, offset: u64, length: u64) -> std::io::Result<Bytes> {
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}
