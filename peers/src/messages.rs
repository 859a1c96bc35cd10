//! The messages that are verified.

use std::fs;
use std::io;
use std::path::Path;

use bytes::Bytes;
use mabillon_case::Message;

/// One message.
pub(crate) struct Input {
    /// Its path below the folder.
    pub(crate) name: String,
    /// Its bytes, with CR LF at every line end.
    pub(crate) bytes: Bytes,
    /// The message as `examine` has it by the time it verifies signatures.
    pub(crate) message: Message,
}

/// The messages below a folder that carry a `DKIM-Signature`, in order of their paths.
pub(crate) fn signed(folder: &Path) -> io::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap_or(&path);
                inputs.extend(input(name.display().to_string(), &fs::read(&path)?));
            }
        }
    }
    inputs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(inputs)
}

fn input(name: String, stored: &[u8]) -> Option<Input> {
    let bytes = Bytes::from(with_line_ends(stored));
    let message = mabillon_decode::message(bytes.clone(), None).message;
    let is_signed = message.fields_named("DKIM-Signature").next().is_some();
    is_signed.then_some(Input {
        name,
        bytes,
        message,
    })
}

/// As it travels: every line feed behind a carriage return.
fn with_line_ends(stored: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(stored.len() + stored.len() / 32);
    for line in stored.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(content) => {
                bytes.extend_from_slice(content.strip_suffix(b"\r").unwrap_or(content));
                bytes.extend_from_slice(b"\r\n");
            }
            None => bytes.extend_from_slice(line),
        }
    }
    bytes
}
