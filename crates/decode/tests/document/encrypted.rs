//! Encrypted documents, written by other programs: PDF by qpdf, agile encryption of Office by msoffcrypto-tool, standard
//! encryption after the specification. All of them say the same.

use bytes::Bytes;
use mabillon_case::{Form, Passwords};
use mabillon_decode::DecodedDocument;

use crate::make;

const PASSWORD: &str = "pass-7731";
const OWNER_PASSWORD: &str = "owner-7731";

/// Those that need a password.
const PDF_FILES: &[(&str, &[u8])] = &[
    ("RC4 40", include_bytes!("../data/encrypted/rc4_40.pdf")),
    ("RC4 128", include_bytes!("../data/encrypted/rc4_128.pdf")),
    ("AES 128", include_bytes!("../data/encrypted/aes_128.pdf")),
    ("AES 256", include_bytes!("../data/encrypted/aes_256.pdf")),
    (
        "AES 256, revision 5",
        include_bytes!("../data/encrypted/aes_256_r5.pdf"),
    ),
];

fn office() -> [(&'static str, Bytes); 2] {
    let agile = Bytes::from_static(include_bytes!("../data/encrypted/agile.docx"));
    let standard = make::compound(&[
        (
            "EncryptionInfo",
            include_bytes!("../data/encrypted/standard.info"),
        ),
        (
            "EncryptedPackage",
            include_bytes!("../data/encrypted/standard.package"),
        ),
    ]);
    [("agile", agile), ("standard", standard)]
}

fn decode(bytes: &Bytes, form: Form, passwords: &[&str]) -> DecodedDocument {
    let passwords = Passwords::parse(passwords.join("\n").as_bytes()).unwrap();
    mabillon_decode::document(bytes, form, &passwords)
}

fn is_read(name: &str, decoded: &DecodedDocument) {
    assert_eq!(decoded.not_examined, None, "{name}");
    let document = &decoded.document;
    assert_eq!(document.title, "Budget of spring", "{name}");
    assert_eq!(document.author, "Ida Brandt", "{name}");
    assert!(
        document.text.own.contains("The rent of the hall is paid"),
        "{name}: {:?}",
        document.text
    );
    let is_told = |code: &str| decoded.warnings.iter().any(|warning| warning.code == code);
    assert!(is_told("was-encrypted"), "{name}");
}

#[test]
fn a_pdf_opens_with_the_password_of_user_or_owner() {
    for (name, bytes) in PDF_FILES {
        let bytes = Bytes::from_static(bytes);
        for password in [PASSWORD, OWNER_PASSWORD] {
            is_read(name, &decode(&bytes, Form::Pdf, &["wrong", password]));
        }
    }
}

#[test]
fn a_pdf_with_an_empty_password_opens_for_everybody() {
    let bytes = Bytes::from_static(include_bytes!("../data/encrypted/empty.pdf"));
    is_read("empty", &decode(&bytes, Form::Pdf, &[]));
}

#[test]
fn an_office_document_opens_with_its_password() {
    for (name, bytes) in office() {
        is_read(name, &decode(&bytes, Form::Ole2, &["wrong", PASSWORD]));
    }
}

#[test]
fn without_the_password_nothing_is_examined() {
    let pdf = PDF_FILES.iter();
    let pdf = pdf.map(|(name, bytes)| (*name, Bytes::from_static(bytes), Form::Pdf));
    let office = office().map(|(name, bytes)| (name, bytes, Form::Ole2));
    for (name, bytes, form) in pdf.chain(office) {
        let decoded = decode(&bytes, form, &[]);
        assert_eq!(decoded.not_examined.as_deref(), Some("encrypted"), "{name}");
        let decoded = decode(&bytes, form, &["wrong", "pass-7732"]);
        let reason = "encrypted: none of the given passwords fits";
        assert_eq!(decoded.not_examined.as_deref(), Some(reason), "{name}");
        assert!(decoded.document.text.own.is_empty());
    }
}

#[test]
fn damaged_encrypted_documents_never_panic() {
    let pdf = PDF_FILES.iter();
    for (_, bytes) in pdf {
        for at in (0..bytes.len()).step_by(7) {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 0x15;
            decode(&Bytes::from(damaged), Form::Pdf, &[PASSWORD]);
            decode(&Bytes::from_static(bytes).slice(..at), Form::Pdf, &[]);
        }
    }
    // Each attempt costs a hundred thousand digests: a few of them.
    let [(_, agile), _] = office();
    for at in (0..agile.len()).step_by(agile.len() / 3) {
        let mut damaged = agile.to_vec();
        damaged[at] ^= 0x15;
        decode(&Bytes::from(damaged), Form::Ole2, &[]);
    }
}
