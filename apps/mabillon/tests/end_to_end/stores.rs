//! Real Outlook stores and message files, where they are at hand: what is read of each, and what other readers find.
//!
//! The table of `docs/formats.md` is what this test prints with `--nocapture`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::case_read::{at_path, items, with_subject};
use crate::command::run;
use crate::dir::Dir;
use crate::packed::zip_of;

/// What lies in one store.
struct Store {
    /// Below the folder of shared data.
    path: &'static str,
    /// Messages of its folders.
    n_messages: usize,
    /// What these messages carry themselves, messages among it.
    n_attached: usize,
    /// Messages and attachments that the other reader finds: `readpst` in stores, `msgconvert` in message files.
    other: (usize, usize),
    /// Why the two differ; empty where they do not.
    because: &'static str,
}

const fn alike(path: &'static str, n_messages: usize, n_attached: usize) -> Store {
    Store {
        path,
        n_messages,
        n_attached,
        other: (n_messages, n_attached),
        because: "",
    }
}

const PASSED_OVER: &str =
    "passes over the distribution list, and over `Freebusy Data` beside the tree of folders";

const STORES: &[Store] = &[
    alike("pst/outlook-pst-rs/crates/pst/examples/Empty.pst", 0, 0),
    Store {
        path: "pst/java-libpst/src/test/resources/dist-list.pst",
        n_messages: 4,
        n_attached: 2,
        other: (2, 0),
        because: "passes over the distribution list, over `Freebusy Data` beside the tree of folders, and over the two \
                  changed occurrences that the appointment carries",
    },
    Store {
        path: "pst/java-libpst/src/test/resources/passworded.pst",
        n_messages: 3,
        n_attached: 0,
        other: (1, 0),
        because: PASSED_OVER,
    },
    alike("pst/msgvault/internal/pst/testdata/32-bit.pst", 1, 0),
    alike("pst/msgvault/internal/pst/testdata/support.pst", 17, 2),
    alike(
        "pst/mailbagit/data/outlook2019_MSO_16.0.10377.20023_64-bit.pst",
        2,
        0,
    ),
    alike(
        "pst/mailbagit/data/Digitization Archiving Solutions.msg",
        1,
        3,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/EmailWith2Attachments.msg",
        1,
        2,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/EmailWithAttachments.msg",
        1,
        2,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/EmailWithInnerMailAndAttachments.msg",
        1,
        3,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/EmailWithMsgAttachment.msg",
        1,
        1,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/EmailWithReactions.msg",
        1,
        0,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/EmailWithSpecialCharsInSubject.msg",
        1,
        0,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/EmailWithSpecialCharsInSubject_2.msg",
        1,
        0,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/HtmlSampleEmail.msg",
        1,
        0,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/HtmlSampleEmailWithAttachment.msg",
        1,
        1,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/RtfSampleEmail.msg",
        1,
        0,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/RtfSampleEmailWithAttachment.msg",
        1,
        1,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/RtfWithShortRussianString.msg",
        1,
        0,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/TxtSampleEmail.msg",
        1,
        0,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/TxtSampleEmailWithAttachment.msg",
        1,
        1,
    ),
    alike(
        "msg/msgreader/MsgReaderTests/SampleFiles/sender_not_found_from_exchange.msg",
        1,
        0,
    ),
];

fn shared_data() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_path_buf()
}

/// Counts of one store in a case: messages, what they carry, what was not read whole.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    messages: usize,
    attached: usize,
    unread: usize,
}

/// Whether a step of a path is a message of a store.
fn is_message_step(step: &str) -> bool {
    let of_folder = step.strip_prefix("recovered ").unwrap_or(step);
    let number = of_folder.strip_prefix("message ");
    step == "message" || number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Whether this is a stored form of the text that stands beside the plain one, and no attachment.
fn is_text(item: &Value, place: &Value, step: &str) -> bool {
    let bodies = place["stored"]["bodies"].as_array();
    let has_rtf = bodies.is_some_and(|bodies| bodies.iter().any(|body| body == "rtf"));
    has_rtf && item["media_type"] == "application/rtf" && step == "part 1.2"
}

/// Whether nothing of an item was left unread.
fn is_whole(item: &Value) -> bool {
    let mut warnings = item["warnings"].as_array().into_iter().flatten();
    item["not_examined"].is_null() && warnings.all(|warning| warning["code"] != "partly-examined")
}

/// What the case `case` holds of each store of an exhibit, by its path below it.
fn counts(items: &[Value]) -> BTreeMap<String, Counts> {
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for item in items {
        for place in item["places"].as_array().unwrap() {
            let exhibit = place["exhibit"].as_str().unwrap();
            let path = format!("{exhibit}/{}", place["path"].as_str().unwrap());
            let steps: Vec<&str> = path.split('!').collect();
            let of = counts.entry(steps[0].to_owned()).or_default();
            of.unread += usize::from(!is_whole(item));
            match steps.iter().position(|step| is_message_step(step)) {
                Some(at) if at + 1 == steps.len() => of.messages += 1,
                Some(at) if at + 2 == steps.len() && !is_text(item, place, steps[at + 1]) => {
                    of.attached += 1;
                }
                _ => {}
            }
        }
    }
    counts
}

/// Runs another reader, if it is installed.
fn run_other(program: &str, args: &[&str], folder: &Path) -> Option<()> {
    let ran = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .ok()?;
    assert!(ran.status.success(), "{program} {args:?}");
    Some(())
}

/// Files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    };
    entries.flat_map(below).collect()
}

/// What the outermost message of a file that another reader wrote carries.
fn n_attached_in(message: &[u8]) -> usize {
    let decoded = mabillon_decode::message(message.to_vec().into(), None);
    let parts = decoded.message.parts;
    let is_attached = |attached: &&mabillon_case::Attached| {
        let part = &parts[attached.part];
        part.disposition == mabillon_case::Disposition::Attachment
            || part.media_type == "message/rfc822"
    };
    decoded.attached.iter().filter(is_attached).count()
}

/// Messages and attachments that another reader finds; `None` where it is not installed.
fn by_other_reader(store: &Path) -> Option<(usize, usize)> {
    let dir = Dir::new();
    let is_message_file = store
        .extension()
        .is_some_and(|extension| extension == "msg");
    let store = store.to_str().unwrap();
    if is_message_file {
        run_other(
            "msgconvert",
            &["--outfile", "message.eml", store],
            dir.root(),
        )?;
    } else {
        run_other("readpst", &["-q", "-D", "-e", "-o", ".", store], dir.root())?;
    }
    let found = files(dir.root());
    let n_attached = found
        .iter()
        .map(|file| n_attached_in(&fs::read(file).unwrap()));
    Some((found.len(), n_attached.sum()))
}

#[test]
fn real_stores_give_what_other_readers_find_in_them() {
    let data = shared_data();
    if !data.join("pst").is_dir() || !data.join("msg").is_dir() {
        println!("skipped: {} holds no stores", data.display());
        return;
    }
    let dir = Dir::new();
    let exhibits = ["pst", "msg"].map(|name| data.join(name).canonicalize().unwrap());
    let [pst, msg] = exhibits.each_ref().map(|path| path.to_str().unwrap());
    run(&dir, &["examine", pst, msg, "--case", "case"]).ended(0);
    let counts = counts(&items(&dir));
    let mut wrong = Vec::new();
    println!("| store | messages | attachments | another reader | because it |");
    println!("|---|---:|---:|---:|---|");
    for store in STORES {
        let ours = counts
            .get(store.path)
            .unwrap_or_else(|| panic!("{}", store.path));
        let other = by_other_reader(&data.join(store.path));
        let shown = other.map_or("not installed".to_owned(), |(messages, attached)| {
            format!("{messages}, {attached}")
        });
        println!(
            "| `{}` | {} | {} | {shown} | {} |",
            store.path, ours.messages, ours.attached, store.because
        );
        let expected = (store.n_messages, store.n_attached);
        let is_right = (ours.messages, ours.attached, ours.unread)
            == (store.n_messages, store.n_attached, 0)
            && other.is_none_or(|other| other == store.other)
            && (store.other == expected) == store.because.is_empty();
        if !is_right {
            wrong.push((store.path, ours, other));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every file that could be a store is in the table above.
#[test]
fn every_real_store_is_compared() {
    for folder in ["pst", "msg"] {
        let path = shared_data().join(folder);
        if !path.is_dir() {
            println!("skipped: there is no {}", path.display());
            continue;
        }
        let is_store = |path: &PathBuf| {
            let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
            ["pst", "ost", "msg"]
                .iter()
                .any(|known| extension == *known)
        };
        for file in files(&path).into_iter().filter(is_store) {
            let is_known = STORES.iter().any(|store| file.ends_with(store.path));
            assert!(is_known, "{}", file.display());
        }
    }
}

/// A message of Outlook for Mac is put together from its XML, and nothing is claimed on its bytes.
#[test]
fn an_archive_of_outlook_for_mac_is_read() {
    let email = "<emails><email><OPFMessageCopyFromAddresses><emailAddress \
                 OPFContactEmailAddressAddress=\"ann@mill.example\"/></OPFMessageCopyFromAddresses>\
                 <OPFMessageCopySubject>Flour</OPFMessageCopySubject><OPFMessageCopyBody>Two sacks</OPFMessageCopyBody>\
                 <OPFMessageCopySentTime>2017-05-05T11:20:44</OPFMessageCopySentTime><OPFMessageCopyAttachmentList>\
                 <messageAttachment OPFAttachmentName=\"bill.txt\" OPFAttachmentURL=\"a/com.microsoft.__Attachments/1\"/>\
                 </OPFMessageCopyAttachmentList></email></emails>";
    let archive = zip_of(&[
        ("a/com.microsoft.__Messages/Inbox/1.xml", email.as_bytes()),
        ("a/com.microsoft.__Attachments/1", b"Two sacks of flour: 20"),
    ]);
    let dir = Dir::new();
    dir.write("leak/ann.olm", archive);
    run(&dir, &["examine", "leak", "--case", "case"]).ended(0);
    let items = items(&dir);
    let letter = with_subject(&items, "Flour");
    let place = &letter["places"][0];
    assert_eq!(
        place["path"],
        "ann.olm!a/com.microsoft.__Messages/Inbox/1.xml"
    );
    assert_eq!(place["stored"]["store"], "olm");
    let warnings = letter["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning["code"] == "not-original-bytes")
    );
    at_path(
        &items,
        "ann.olm!a/com.microsoft.__Messages/Inbox/1.xml!part 2",
    );
    let id = letter["item"].as_str().unwrap();
    run(&dir, &["show", "case", &id[..12]]).ended(0);
    run(&dir, &["bundle", "case", id, "--output", "bundle.zip"]).ended(0);
    run(&dir, &["verify", "case"]).ended(0);
}

/// What mailboxes note of a message is exported with it.
#[test]
fn labels_and_flags_of_mailboxes_are_exported() {
    let dir = Dir::new();
    let takeout = "From 1573000000000000000@xxx Fri May 05 11:20:44 +0000 2017\nX-GM-THRID: 1573000000000000000\n\
                   X-Gmail-Labels: Inbox,=?UTF-8?Q?Pr=C3=A9sidence?=\nFrom: ann@mill.example\nSubject: Takeout\n\nHi\n\n";
    let profile = "From - Fri May 05 11:20:44 2017\nX-Mozilla-Status: 0008\nX-Mozilla-Keys: $label1\n\
                   From: ann@mill.example\nSubject: Profile\n\nHi\n\n";
    dir.write("leak/All mail.mbox", takeout);
    dir.write(
        "leak/Mail/Inbox",
        profile.repeat(2).replacen("Profile", "Other", 1),
    );
    dir.write(
        "leak/Mail/Inbox.msf",
        "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n",
    );
    run(&dir, &["examine", "leak", "--case", "case"]).ended(0);
    let items = items(&dir);
    let message = &with_subject(&items, "Takeout")["message"];
    assert_eq!(
        message["labels"],
        serde_json::json!(["Inbox", "Pr\u{e9}sidence"])
    );
    let message = &with_subject(&items, "Profile")["message"];
    assert_eq!(message["labels"], serde_json::json!(["$label1"]));
    assert_eq!(message["mozilla_status"], 8);
}
