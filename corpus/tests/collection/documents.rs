//! What the documents of a collection say of themselves, as the product reads it.

use bytes::Bytes;
use mabillon_case::{DocumentFormat, Form, Passwords, Stamp};
use mabillon_corpus::{Extent, ItemKind, Layout, Plan, make};

use crate::{plan, reading};

/// The form of a document by its first bytes.
fn form(bytes: &[u8]) -> Form {
    match bytes {
        [b'P', b'K', ..] => Form::Ooxml,
        [b'%', b'P', b'D', b'F', ..] => Form::Pdf,
        [0xff, 0xd8, ..] => Form::Image("image/jpeg"),
        _ => panic!("a document of an unknown form"),
    }
}

#[test]
fn documents_say_who_made_them_when_and_with_what() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("collection");
    make(&Plan {
        layout: Layout::Eml,
        extent: Extent::Messages(300),
        ..plan(out.clone())
    })
    .unwrap();
    let mut n_formats = [0, 0, 0];
    for item in reading::items(&out)
        .iter()
        .filter(|item| item.kind == ItemKind::Document)
    {
        let bytes = Bytes::from(item.bytes.clone());
        let decoded = mabillon_decode::document(&bytes, form(&bytes), &Passwords::default());
        let document = decoded.document;
        assert!(
            decoded.warnings.is_empty(),
            "{} {:?}",
            item.place,
            decoded.warnings
        );
        assert!(
            document.modified.is_some() || document.created.is_some(),
            "{} {document:?}",
            item.place
        );
        match document.format {
            DocumentFormat::Ooxml => {
                n_formats[0] += 1;
                assert!(
                    !document.author.is_empty() && document.application.starts_with("Microsoft")
                );
            }
            DocumentFormat::Pdf => {
                n_formats[1] += 1;
                let pdf = document.pdf.unwrap();
                assert!(pdf.info_modified.is_some() && pdf.has_xmp);
                let (info, xmp) = (pdf.info_modified, pdf.xmp_modified);
                assert_eq!(info.map(Stamp::unix_seconds), xmp.map(Stamp::unix_seconds));
            }
            _ => {
                n_formats[2] += 1;
                assert!(document.camera.contains("iPhone"), "{document:?}");
            }
        }
    }
    assert!(n_formats.iter().all(|n| *n > 0), "{n_formats:?}");
}
