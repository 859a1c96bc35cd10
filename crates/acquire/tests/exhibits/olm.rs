//! Archives of Outlook for Mac.

use std::io::{Cursor, Write as _};

use mabillon_case::{ASSEMBLED_FIELD, ContainerKind, Form, StoreFacts};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::collect::{Told, take_file};

const FOLDER: &str = "Accounts/ann@mill.example";

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let name = format!("{FOLDER}/{name}");
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The XML of one message with attachments at these places.
fn email(n: usize, attachments: &[&str]) -> String {
    let attachment = |path: &&str| {
        format!(
            "<messageAttachment OPFAttachmentName=\"a.bin\" OPFAttachmentContentType=\"image/png\" \
             OPFAttachmentURL=\"{FOLDER}/{path}\"/>"
        )
    };
    let attachments = attachments
        .iter()
        .map(attachment)
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<email><OPFMessageCopyFromAddresses><emailAddress OPFContactEmailAddressAddress=\"ann@mill.example\"/>\
         </OPFMessageCopyFromAddresses><OPFMessageCopySubject>Letter {n}</OPFMessageCopySubject>\
         <OPFMessageCopyBody>Flour</OPFMessageCopyBody><OPFMessageCopySentTime>2017-05-05T11:20:44</OPFMessageCopySentTime>\
         <OPFMessageCopyAttachmentList>{attachments}</OPFMessageCopyAttachmentList></email>"
    )
}

fn emails(emails: &[String]) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\"?><emails>{}</emails>",
        emails.concat()
    )
    .into_bytes()
}

fn taken() -> Told {
    let carried = "com.microsoft.__Attachments/1.png";
    let inbox = emails(&[email(1, &[carried, "com.microsoft.__Attachments/gone"])]);
    let sent = emails(&[email(2, &[carried]), email(3, &[])]);
    take_file(
        "ann.olm",
        &archive(&[
            (carried, b"\x89PNG\r\n\x1a\nflour"),
            ("com.microsoft.__Attachments/2.txt", b"nobody names it"),
            ("com.microsoft.__Messages/Inbox/message_00000.xml", &inbox),
            ("com.microsoft.__Messages/Sent/message_00000.xml", &sent),
            (
                "com.microsoft.__Messages/Sent/cut.xml",
                b"<emails>no message",
            ),
            ("Contacts.xml", b"<contacts/>"),
        ]),
    )
}

#[test]
fn messages_are_put_together_with_what_they_carry() {
    let told = taken();
    let messages: Vec<_> = told
        .leaves
        .iter()
        .filter(|leaf| leaf.form == Form::Message)
        .collect();
    let names = [
        "Inbox/message_00000.xml",
        "Sent/message_00000.xml",
        "Sent/message_00000.xml (message 2)",
    ];
    assert_eq!(messages.len(), names.len());
    for (leaf, name) in messages.iter().zip(names) {
        assert_eq!(
            leaf.place.path,
            format!("{FOLDER}/com.microsoft.__Messages/{name}")
        );
        let start = format!("{ASSEMBLED_FIELD}: rules=1; from=olm");
        assert!(leaf.bytes.starts_with(start.as_bytes()));
        let Some(StoreFacts::Olm(facts)) = leaf.place.stored.as_deref() else {
            panic!("{leaf:?}");
        };
        assert_eq!(facts.sent.unwrap().to_string(), "2017-05-05T11:20:44Z");
    }
    let text = String::from_utf8_lossy(&messages[0].bytes);
    assert!(text.contains("PNG\r\n\u{1a}\nflour"), "{text}");
    assert!(text.contains("X-Mabillon-Lost: an attachment cannot be read: it is not among"));
    assert_eq!(
        &*messages[0].place.mailbox.clone().unwrap(),
        format!("{FOLDER}/com.microsoft.__Messages/Inbox")
    );
}

#[test]
fn everything_else_is_an_entry_and_every_byte_is_owned() {
    let told = taken();
    let others: Vec<&str> = told
        .leaves
        .iter()
        .filter(|leaf| leaf.form != Form::Message)
        .map(|leaf| leaf.place.path.strip_prefix(FOLDER).unwrap())
        .collect();
    assert_eq!(
        others,
        [
            "/com.microsoft.__Messages/Sent/cut.xml",
            "/Contacts.xml",
            "/com.microsoft.__Attachments/2.txt"
        ]
    );
    let account = &told.accounts[0];
    assert_eq!((account.kind, account.n_expected), (ContainerKind::Olm, 6));
    assert!(
        account
            .bytes_ignored
            .iter()
            .any(|(reason, _)| reason.contains("read with their messages"))
    );
}
