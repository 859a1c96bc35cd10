//! A plain reader of collections, independent of the maker and of the product.

use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use mabillon_corpus::ItemKind;

/// An item as read.
pub(crate) struct Item {
    pub(crate) place: String,
    pub(crate) kind: ItemKind,
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: String,
}

impl Item {
    fn new(place: String, kind: ItemKind, bytes: Vec<u8>) -> Self {
        let hash = digest(&SHA256, &bytes)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            place,
            kind,
            bytes,
            hash,
        }
    }
}

/// All messages, attachments and loose documents below a folder.
pub(crate) fn items(root: &Path) -> Vec<Item> {
    let mut items = Vec::new();
    for (name, bytes) in crate::tree(root) {
        file(&name.to_string_lossy(), bytes, &mut items);
    }
    items
}

fn file(name: &str, bytes: Vec<u8>, items: &mut Vec<Item>) {
    if name.ends_with(".zip") {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            let inner = member.name().unwrap().into_owned();
            file(&format!("{name}!{inner}"), bytes, items);
        }
    } else if name.ends_with(".tar.gz") {
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut tar)
            .unwrap();
        untar(name, &tar, items);
    } else if name.contains("documents/") {
        items.push(Item::new(name.to_owned(), ItemKind::Document, bytes));
    } else if name.ends_with(".mbox") {
        for (number, message) in split_mbox(&bytes).into_iter().enumerate() {
            message_item(format!("{name}!message {}", number + 1), message, items);
        }
    } else {
        message_item(name.to_owned(), bytes, items);
    }
}

fn untar(name: &str, mut tar: &[u8], items: &mut Vec<Item>) {
    while tar.len() >= 512 && tar[0] != 0 {
        let path = String::from_utf8(
            tar[..100]
                .iter()
                .copied()
                .take_while(|byte| *byte != 0)
                .collect(),
        )
        .unwrap();
        let sum: u32 = tar[..512]
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                u32::from(if (148..156).contains(&at) {
                    b' '
                } else {
                    *byte
                })
            })
            .sum();
        assert_eq!(
            u32::from_str_radix(std::str::from_utf8(&tar[148..154]).unwrap(), 8).unwrap(),
            sum
        );
        let length =
            usize::from_str_radix(std::str::from_utf8(&tar[124..135]).unwrap(), 8).unwrap();
        file(
            &format!("{name}!{path}"),
            tar[512..512 + length].to_vec(),
            items,
        );
        tar = &tar[512 + length.next_multiple_of(512)..];
    }
}

/// The messages between `From ` lines, each without the empty line that ends it.
fn split_mbox(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"From ") {
            messages.push(Vec::new());
        } else {
            messages.last_mut().unwrap().extend_from_slice(line);
        }
    }
    for message in &mut messages {
        let empty = if message.ends_with(b"\r\n\r\n") { 2 } else { 1 };
        message.truncate(message.len() - empty);
    }
    messages
}

fn message_item(place: String, bytes: Vec<u8>, items: &mut Vec<Item>) {
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    for section in text.split("\n--").skip(1) {
        let Some((head, body)) = section.split_once("\n\n") else {
            continue;
        };
        let is_text = head.contains("Content-Type: text/");
        if head.contains("Content-Transfer-Encoding: base64") && !is_text {
            let encoded: String = body.split_ascii_whitespace().collect();
            let document = base64_simd::STANDARD.decode_to_vec(encoded).unwrap();
            items.push(Item::new(
                format!("{place}!part"),
                ItemKind::Document,
                document,
            ));
        }
    }
    items.push(Item::new(place, ItemKind::Message, bytes));
}

/// The header fields, unfolded, from top to bottom.
pub(crate) fn headers(message: &[u8]) -> Vec<(String, String)> {
    let end = message
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(message.len());
    let head = String::from_utf8_lossy(&message[..end])
        .replace("\r\n ", " ")
        .replace("\r\n\t", " ");
    head.split("\r\n")
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The first field of this name.
pub(crate) fn header(message: &[u8], name: &str) -> Option<String> {
    headers(message)
        .into_iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
