//! What some bytes are, told by their content and never by their name.

pub(crate) mod header;
mod magic;
mod text;

use std::io::Cursor;

use mabillon_case::Form;

pub(crate) use magic::{is_mork, is_program};

use crate::archive::zip;
use crate::limits::WHOLE_BYTES_MAX;
use crate::mailbox::{emlx, mbox};

/// The form of these bytes, told by their content.
///
/// A file that begins with an mbox separator line and holds no second one is a [`Form::Message`] up to 8 MiB
/// (see [`crate::message_in`]); a longer one, or one with more separators, is a [`Form::Mbox`].
/// An Apple Mail `.emlx` file is a [`Form::Message`].
pub fn form_of(bytes: &[u8]) -> Form {
    form_of_head(bytes, Extent::Whole)
}

/// How much of the thing is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// Its first [`WHOLE_BYTES_MAX`] bytes, and there are more.
    Head,
}

/// The form of something of which these are the first bytes. For the head of any zip package it is [`Form::Zip`]:
/// only its directory, at the end, tells an Office document.
pub(crate) fn form_of_head(head: &[u8], extent: Extent) -> Form {
    if let Some(form) = magic::form_by_signature(head) {
        return match (form, extent) {
            (Form::Zip, Extent::Whole) => {
                zip::family(&mut Cursor::new(head), head.len() as u64, zip::Disks::ONE)
            }
            (Form::Ole2, Extent::Whole) if mabillon_mapi::is_msg(head) => Form::Msg,
            _ => form,
        };
    }
    if extent == Extent::Whole
        && magic::is_program(head)
        && zip::is_appended(&mut Cursor::new(head), head.len() as u64)
    {
        return Form::Zip;
    }
    if mbox::starts_like_mbox(head) {
        return form_of_mbox(head, extent);
    }
    if header::looks_like_message(head) || emlx::message_range(head).is_some() {
        return Form::Message;
    }
    magic::form_by_late_signature(head).unwrap_or_else(|| text::form_of_text(head))
}

fn form_of_mbox(head: &[u8], extent: Extent) -> Form {
    let is_short = head.len() as u64 <= WHOLE_BYTES_MAX;
    if extent == Extent::Whole && is_short && mbox::has_one_message(head) {
        Form::Message
    } else {
        Form::Mbox
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// (content, form): what is told from a few first bytes.
    const CASES: &[(&[u8], Form)] = &[
        (b"", Form::Other),
        (b"From: Ann <ann@mill.example>\nTo: bob@mill.example\nSubject: flour\n\nHi\n", Form::Message),
        (b"Return-Path: <ann@mill.example>\r\nReceived: from a by b;\r\n\tMon, 1 May 2017 10:00:00 +0200\r\n\r\n", Form::Message),
        (b"Subject: only a header\nDate: Mon, 1 May 2017 10:00:00 +0200", Form::Message),
        (b"\nReceived: from a by b\nMessage-ID: <1@mill.example>\n\nleading empty line", Form::Message),
        (b">From ann@mill.example Mon May  1 10:00:00 2017\nReceived: from a by b\nFrom: ann@mill.example\n\n", Form::Message),
        (b"Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n\n--x--\n", Form::Message),
        (b"Recipe: flour and water\nTime: one hour\n\nMix.\n", Form::Text),
        (b"Note: a first line with a colon\nand then prose.\n", Form::Text),
        (b"From: Ann\r\nSent: Monday, May 1, 2017 10:00\r\nTo: Bob\r\nSubject: flour\r\n\r\nHi\r\n", Form::Text),
        (b"title: Bread\ndate: 2017-05-01\n---\n", Form::Text),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: Mon, 1 May 2017 10:00:00 GMT\r\n\r\n", Form::Text),
        (b"Package: mill\nVersion: 1.0\nX-Source: none\n", Form::Text),
        (b"From now on, bread is free.\nSubject to change.\n", Form::Text),
        (b"From Berlin to Paris in May 2017 at 10:00\nthe train runs.\n", Form::Text),
        (b"From ann@mill.example Mon May  1 10:00:00 2017\nFrom: ann@mill.example\n\nHi\n", Form::Message),
        (b"From a@b.example Mon May  1 10:00:00 2017\nTo: x\n\nHi\n\nFrom b@b.example Mon May  1 10:00:00 2017\nTo: y\n\n", Form::Mbox),
        (b"42        \nFrom: ann@mill.example\nTo: bob@mill.example\n\n<?xml version=\"1.0\"?><plist/>", Form::Message),
        (b"%PDF-1.4\n", Form::Pdf),
        (b"\n\n  junk %PDF-1.4\n", Form::Pdf),
        (b"{\\rtf1 x}", Form::Rtf),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", Form::Html),
        (b"\n<HTML><body>", Form::Html),
        (b"<?xml version=\"1.0\"?><a/>", Form::Text),
        (b"\xff\xfeh\0i\0", Form::Text),
        (b"\xcf\xf0\xe8\xe2\xe5\xf2\r\n", Form::Text),
        (b"\x00\x01\x02\x03", Form::Other),
        (b"\x89PNG\r\n\x1a\n....", Form::Image("image/png")),
        (b"\xff\xd8\xff\xe0..JFIF", Form::Image("image/jpeg")),
        (b"GIF89a......", Form::Image("image/gif")),
        (b"II*\x00\x08\x00\x00\x00", Form::Image("image/tiff")),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Form::Image("image/webp")),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", Form::Image("image/heic")),
        (b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", Form::Image("image/bmp")),
        (b"BMW sells cars, and more than a few.", Form::Text),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", Form::SevenZip),
        (b"Rar!\x1a\x07\x01\x00", Form::Rar),
        (b"!BDN\x00\x00\x00\x00SM", Form::Pst),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Form::Ole2),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", Form::Gzip),
        (b"BZh91AY&SY", Form::Bzip2),
        (b"\xfd7zXZ\x00\x00\x04", Form::Xz),
        (b"\x28\xb5\x2f\xfd\x00", Form::Zstd),
    ];

    #[test]
    fn forms_are_told_by_content() {
        for (bytes, form) in CASES {
            assert_eq!(form_of(bytes), *form, "{}", bytes.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn form_of_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600), case in 0..CASES.len(), cut in 0..80_usize) {
            form_of(&bytes);
            let (known, _) = CASES[case];
            let mut mixed = known[..cut.min(known.len())].to_vec();
            mixed.extend_from_slice(&bytes);
            form_of(&mixed);
        }
    }
}
