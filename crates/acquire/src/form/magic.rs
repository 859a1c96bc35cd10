//! Signatures at fixed places.

use mabillon_case::Form;

use crate::archive::tar;

/// (offset, signature, form), in order of trial.
const SIGNATURES: &[(usize, &[u8], Form)] = &[
    (0, b"PK\x03\x04", Form::Zip),
    (0, b"PK\x05\x06", Form::Zip),
    (0, b"PK\x07\x08PK\x03\x04", Form::Zip),
    (0, b"\x1f\x8b\x08", Form::Gzip),
    (0, b"\xfd7zXZ\x00", Form::Xz),
    (0, b"\x28\xb5\x2f\xfd", Form::Zstd),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Form::Ole2),
    (0, b"%PDF-", Form::Pdf),
    (0, b"{\\rtf", Form::Rtf),
    (0, b"\xff\xd8\xff", Form::Image("image/jpeg")),
    (0, b"\x89PNG\r\n\x1a\n", Form::Image("image/png")),
    (0, b"GIF87a", Form::Image("image/gif")),
    (0, b"GIF89a", Form::Image("image/gif")),
    (0, b"II*\x00", Form::Image("image/tiff")),
    (0, b"MM\x00*", Form::Image("image/tiff")),
    (0, b"MM\x00+", Form::Image("image/tiff")),
    (0, b"7z\xbc\xaf\x27\x1c", Form::SevenZip),
    (0, b"Rar!\x1a\x07", Form::Rar),
    (0, b"MSCF\x00\x00\x00\x00", Form::Cabinet),
    (0, b"!BDN", Form::Pst),
    (0, b"\xcf\xad\x12\xfe", Form::UnsupportedContainer("DBX")),
    (0, b"\x78\x9f\x3e\x22", Form::Tnef),
    (
        0,
        b"\x1a\x00\x00\x04\x00\x00",
        Form::UnsupportedContainer("NSF"),
    ),
    (
        0,
        b"EVF\x09\x0d\x0a\xff\x00",
        Form::UnsupportedContainer("EWF"),
    ),
    (0, b"\x1f\x9d", Form::UnsupportedContainer("compress")),
    (0, b"LZIP\x01", Form::UnsupportedContainer("lzip")),
    (0x8001, b"CD001", Form::Iso),
];

/// Whether these are the first bytes of a program (Windows, Linux, a script): an archive may follow it.
pub(crate) fn is_program(head: &[u8]) -> bool {
    [&b"MZ"[..], b"\x7fELF", b"#!"]
        .iter()
        .any(|signature| head.starts_with(signature))
}

/// Whether this is a Mork file, in which Thunderbird keeps the index of a mailbox: it says nothing that the mailbox does
/// not, and is made anew from it at any time.
pub(crate) fn is_mork(head: &[u8]) -> bool {
    head.starts_with(b"// <!-- <mdb:mork:z v=")
}

/// Bytes within which a PDF may begin (ISO 32000-1, annex H, note 13).
const PDF_START_MAX: usize = 1024;

/// The form told by a signature that no text begins with.
pub(super) fn form_by_signature(head: &[u8]) -> Option<Form> {
    let at = |offset: usize| head.get(offset..).unwrap_or_default();
    SIGNATURES
        .iter()
        .find(|(offset, signature, _)| at(*offset).starts_with(signature))
        .map(|(_, _, form)| *form)
        .or_else(|| bzip2(head))
        .or_else(|| riff_or_box(head))
        .or_else(|| bitmap(head))
        .or_else(|| tar::looks_like_tar(head).then_some(Form::Tar))
}

/// The form told by a signature somewhere near the start, once it is sure that this is no message that carries it.
pub(super) fn form_by_late_signature(head: &[u8]) -> Option<Form> {
    let start = head.get(..head.len().min(PDF_START_MAX))?;
    memchr::memmem::find(start, b"%PDF-1.").map(|_| Form::Pdf)
}

/// `BZh`, the block size, then the magic of a block or of the end of the stream.
fn bzip2(head: &[u8]) -> Option<Form> {
    let (size, rest) = head.strip_prefix(b"BZh")?.split_first()?;
    let is_block = rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17\x72\x45\x38\x50\x90");
    (matches!(size, b'1'..=b'9') && is_block).then_some(Form::Bzip2)
}

/// WebP (RIFF) and HEIF (ISO base media).
fn riff_or_box(head: &[u8]) -> Option<Form> {
    let brand = head.get(8..12)?;
    if head.starts_with(b"RIFF") && brand == b"WEBP" {
        return Some(Form::Image("image/webp"));
    }
    if head.get(4..8)? != b"ftyp" {
        return None;
    }
    match brand {
        b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" => Some(Form::Image("image/heic")),
        b"avif" => Some(Form::Image("image/avif")),
        _ => None,
    }
}

/// `BM` with a known size of its second header.
fn bitmap(head: &[u8]) -> Option<Form> {
    let header_bytes = head.get(14..18)?;
    let is_known = matches!(header_bytes, [12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]);
    let is_reserved = head.get(6..10)? == [0; 4];
    (head.starts_with(b"BM") && is_known && is_reserved).then_some(Form::Image("image/bmp"))
}
