//! The proof bundle: made from the sample, checked by its own script and by `verify`, and changed in every way.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::case_read::items;
use crate::command::{Ran, examine, run, run_as};
use crate::dir::Dir;
use crate::letters::letter_carrying;

/// Signed letters of the sample: one folder of it, whose keys are built in.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/onwards/vasseur");

/// A name for file names, and what is done to the text.
pub(crate) type Harm = (&'static str, fn(&str) -> String);

/// Harm that exports do, and alterations.
pub(crate) const HARMS: [Harm; 10] = [
    ("lf", |text| text.replace("\r\n", "\n")),
    ("doubled", |text| {
        text.replace("\r\n", "\n").replace('\n', "\r\r\n")
    }),
    ("names", |text| {
        text.replace("From: \"", "From: ").replace("\" <", " <")
    }),
    ("quoted", |text| {
        text.replace("charset=\"UTF-8\"", "charset=UTF-8")
    }),
    ("boundary", |text| {
        text.replacen("boundary=0", "boundary=\"0", 1)
            .replacen("\n\n", "\"\n\n", 1)
    }),
    ("folds", |text| text.replace("\n\t", "\n        ")),
    ("spaces", |text| {
        text.replace(".\n", ". \n").replace(".\r\n", ". \r\n")
    }),
    ("top", |text| {
        text.replacen("\r\n\r\n", "\r\n\r\n\r\n", 1)
            .replacen("\n\n", "\n\n\n", 1)
    }),
    ("subject", |text| {
        text.replacen("Subject: ", "Subject: Re: ", 1)
    }),
    ("words", |text| format!("{text}One line more.\n")),
];

#[test]
fn the_script_and_the_program_agree_on_every_harmed_letter() {
    let dir = Dir::new();
    for folder in ["Inbox", "Sent"] {
        for entry in fs::read_dir(Path::new(SAMPLE).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            for (harm, harmed) in HARMS {
                dir.write(&format!("leak/{folder}/{name}.{harm}.eml"), harmed(&text));
            }
        }
    }
    examine(&dir, &["leak", "--no-index"]);
    let items = items(&dir);
    let signed: Vec<&Value> = items.iter().filter(|item| has_dkim(item)).collect();
    assert!(signed.len() > 50, "{}", signed.len());
    let ids: Vec<&str> = signed
        .iter()
        .map(|item| item["item"].as_str().unwrap())
        .collect();
    bundle(&dir, "all.zip", &ids).ended(0);
    run(&dir, &["verify", "all.zip"]).ended(0);
    let files = unpacked(&dir.read("all.zip"));
    let Some(ran) = script(&dir, &files, "all") else {
        return;
    };
    let mut n_repaired = 0;
    for item in signed {
        let id = &item["item"].as_str().unwrap()[..16];
        let said = ran.out.split(&format!("\n{id}\n")).nth(1).unwrap();
        let mut lines = said.lines().filter(|line| line.contains("DKIM-Signature "));
        for signature in item["signatures"].as_array().unwrap() {
            if signature["kind"] != "dkim" {
                continue;
            }
            let line = lines.next().unwrap();
            let verifies = line.ends_with(": verifies");
            assert_eq!(
                verifies,
                signature["result"] == "pass",
                "{signature}\n{line}\n{}",
                item["places"]
            );
            n_repaired += usize::from(verifies && signature["repairs"] != Value::Array(vec![]));
        }
    }
    assert!(n_repaired > 20, "{n_repaired}");
}

fn has_dkim(item: &Value) -> bool {
    let signatures = item["signatures"].as_array().unwrap();
    signatures
        .iter()
        .any(|signature| signature["kind"] == "dkim")
}

/// A case of the sample's letters in the folder `leak`, and one authenticated item of it.
fn case() -> (Dir, String) {
    let dir = Dir::new();
    for folder in ["Inbox", "Sent"] {
        for entry in fs::read_dir(Path::new(SAMPLE).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            dir.write(&format!("leak/{folder}/{name}"), fs::read(&path).unwrap());
        }
    }
    let carrying = letter_carrying(5, "text/plain", "note.txt", b"The printers are paid.");
    dir.write("leak/carrying.eml", carrying);
    examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    let proved = items
        .iter()
        .find(|item| item["opinion"] == "authenticated" && item["kind"] == "message");
    let id = proved.expect("the sample has proved letters")["item"]
        .as_str()
        .unwrap();
    (dir, id.to_owned())
}

pub(crate) fn bundle(dir: &Dir, name: &str, args: &[&str]) -> Ran {
    run(dir, &[&["bundle", "case", "--output", name], args].concat())
}

pub(crate) fn unpacked(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.insert(entry.name().unwrap().into_owned(), content);
    }
    files
}

fn packed(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in files {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What `verify.py` says of a bundle unpacked into a folder; nothing where there is no Python 3.
pub(crate) fn script(dir: &Dir, files: &BTreeMap<String, Vec<u8>>, folder: &str) -> Option<Ran> {
    for (name, content) in files {
        dir.write(&format!("{folder}/{name}"), content);
    }
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(dir.path(&format!("{folder}/mabillon-proof/verify.py")));
    match run_as(command) {
        Ok(ran) => Some(ran),
        Err(error) => {
            println!("skipped: python3 cannot be run here ({error})");
            None
        }
    }
}

#[test]
fn a_bundle_of_a_proved_letter_verifies_by_its_own_script() {
    let (dir, id) = case();
    let said = bundle(&dir, "proof.zip", &[&id]).ended(0).out;
    assert!(said.contains("1 item, with its exact bytes"), "{said}");
    let said = run(&dir, &["verify", "proof.zip"]).ended(0).out;
    assert!(said.contains("as it was written"), "{said}");
    run(&dir, &["verify", "case"]).ended(0);
    bundle(&dir, "again.zip", &[&id[..20]]).ended(0);
    assert_eq!(dir.read("proof.zip"), dir.read("again.zip"));

    let mut files = unpacked(&dir.read("proof.zip"));
    let folder = format!("mabillon-proof/data/{}", &id[..16]);
    let findings: Value =
        serde_json::from_slice(&files[&format!("{folder}/findings.json")]).unwrap();
    assert_eq!(findings["item"].as_str(), Some(id.as_str()));
    for name in ["key.json", "signature.json"] {
        let text = &files[&format!("{folder}/signatures/1/{name}")];
        assert!(serde_json::from_slice::<Value>(text).is_ok(), "{name}");
    }
    let Some(ran) = script(&dir, &files, "whole") else {
        return;
    };
    let ran = ran.ended(0);
    assert!(
        ran.out.contains("DKIM-Signature 1: verifies"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("every file is as"), "{}", ran.out);

    let item = files.get_mut(&format!("{folder}/item.eml")).unwrap();
    item.extend_from_slice(b"One line more.\n");
    let ran = script(&dir, &files, "altered").unwrap().ended(1);
    for named in [
        "DKIM-Signature 1: does not verify: the body",
        "item.eml: is not what manifest-sha256.txt says",
    ] {
        assert!(ran.out.contains(named), "{named}\n{}", ran.out);
    }
}

/// A list's footer is taken away by the script itself; a text that was encoded anew is checked by the bytes that were
/// signed, and the script says that they are not those of the message.
#[test]
fn bundles_of_letters_that_a_list_or_a_gateway_changed_verify() {
    let dir = Dir::new();
    let letter = fs::read_dir(Path::new(SAMPLE).join("Inbox"))
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .find(|text| is_plain_and_signed(text))
        .expect("the sample has a signed letter of one part");
    dir.write(
        "leak/list.eml",
        format!("{letter}_______________\r\nharbour list\r\n"),
    );
    // Lines end elsewhere than the author's program ended them.
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    let body = body.replace("=\r\n", "");
    dir.write("leak/gateway.eml", format!("{head}\r\n\r\n{body}"));
    examine(&dir, &["leak", "--no-index"]).ended(0);
    let items = items(&dir);
    let ids: Vec<&str> = items
        .iter()
        .map(|item| item["item"].as_str().unwrap())
        .collect();
    bundle(&dir, "proof.zip", &ids).ended(0);
    let Some(ran) = script(&dir, &unpacked(&dir.read("proof.zip")), "changed") else {
        return;
    };
    let ran = ran.ended(0);
    assert_eq!(ran.out.matches(": verifies\n").count(), 2, "{}", ran.out);
    for said in [
        "once this is taken away (list-footer), which is NOT covered",
        "for the body in signed-body.bin, which is not that of the message (",
    ] {
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
}

/// Whether it is a letter of one part in quoted-printable, with lines that were broken for it.
fn is_plain_and_signed(letter: &str) -> bool {
    let Some((head, body)) = letter.split_once("\r\n\r\n") else {
        return false;
    };
    let is_plain = head.contains("Content-Type: text/plain") && head.contains("quoted-printable");
    head.contains("DKIM-Signature:") && is_plain && body.contains("=\r\n")
}

#[test]
fn a_private_bundle_holds_no_body_and_its_header_verifies() {
    let (dir, id) = case();
    bundle(&dir, "proof.zip", &["--private", &id]).ended(0);
    run(&dir, &["verify", "proof.zip"]).ended(0);
    let files = unpacked(&dir.read("proof.zip"));
    assert!(files.keys().all(|name| !name.contains("/item.")));
    assert!(!files.keys().any(|name| name.ends_with("signed-body.bin")));
    let original = dir.files_beside("case").into_iter().find_map(|path| {
        let bytes = fs::read(path).ok()?;
        (mabillon_case::ItemId::of(&bytes).to_string() == id).then_some(bytes)
    });
    let original = String::from_utf8_lossy(&original.unwrap()).into_owned();
    let (_, body) = original
        .split_once("\r\n\r\n")
        .or_else(|| original.split_once("\n\n"))
        .unwrap();
    let lines = body
        .lines()
        .filter(|line| line.trim().len() > 24 && !line.starts_with("Content-"));
    for line in lines {
        for (name, content) in &files {
            let text = String::from_utf8_lossy(content);
            assert!(!text.contains(line.trim()), "{name} holds \"{line}\"");
        }
    }
    if let Some(ran) = script(&dir, &files, "private") {
        let out = ran.ended(0).out;
        assert!(out.contains("the signed header fields"), "{out}");
    }
}

#[test]
fn whatever_is_changed_in_a_bundle_is_named() {
    let (dir, id) = case();
    bundle(&dir, "proof.zip", &[&id]).ended(0);
    let made = dir.read("proof.zip");
    let files = unpacked(&made);
    let item = format!("data/{}/item.eml", &id[..16]);
    let findings = format!("data/{}/findings.json", &id[..16]);
    let full = |name: &str| format!("mabillon-proof/{name}");

    let mut cases: Vec<(&str, Vec<u8>, &str)> = Vec::new();
    let at = memfind(&made, &files[&full(&item)]) + 20;
    let mut flipped = made.clone();
    flipped[at] ^= 4;
    cases.push(("a flipped bit", flipped, &item));
    let mut without = files.clone();
    without.remove(&full(&item));
    cases.push(("a deleted file", packed(&without), &item));
    let mut with = files.clone();
    with.insert(full("data/more.txt"), b"more".to_vec());
    cases.push(("an added file", packed(&with), "data/more.txt"));
    let mut swapped = files.clone();
    swapped.insert(full(&item), files[&full(&findings)].clone());
    swapped.insert(full(&findings), files[&full(&item)].clone());
    cases.push(("swapped files", packed(&swapped), "it holds the bytes of"));
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let mut changed = files.clone();
        let text = changed.get_mut(&full(manifest)).unwrap();
        text[3] = if text[3] == b'0' { b'1' } else { b'0' };
        cases.push(("a changed line", packed(&changed), "line 1 of "));
        let mut cut = files.clone();
        let text = cut.get_mut(&full(manifest)).unwrap();
        let first = text.iter().position(|&byte| byte == b'\n').unwrap();
        text.drain(..=first);
        cases.push(("a removed line", packed(&cut), manifest));
    }
    for (what, changed, named) in cases {
        dir.write("changed.zip", changed);
        let said = run(&dir, &["verify", "changed.zip"]).ended(1).out;
        assert!(said.contains(named), "{what} gives\n{said}");
    }
    dir.write("changed.zip", &made[..made.len() / 2]);
    let said = run(&dir, &["verify", "changed.zip"]).ended(1).out;
    assert!(said.contains("the zip"), "{said}");
}

fn memfind(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap()
}

#[test]
fn an_attachment_is_found_again_and_what_is_gone_is_said() {
    let (dir, id) = case();
    let listed = items(&dir);
    let of = |path: &str| {
        let found = listed
            .iter()
            .find(|item| item["places"][0]["path"] == path)
            .unwrap();
        found["item"].as_str().unwrap().to_owned()
    };
    let note = of("carrying.eml!part 2");
    bundle(&dir, "note.zip", &[&note]).ended(0);
    let files = unpacked(&dir.read("note.zip"));
    let held = &files[&format!("mabillon-proof/data/{}/item.txt", &note[..16])];
    assert_eq!(held, b"The printers are paid.");

    fs::create_dir(dir.path("moved")).unwrap();
    fs::rename(dir.path("leak"), dir.path("moved/leak")).unwrap();
    let said = bundle(&dir, "gone.zip", &[&id]).ended(1).err;
    for words in ["leak is no longer there", "--exhibits DIR"] {
        assert!(said.contains(words), "{said}");
    }
    bundle(&dir, "moved.zip", &[&id, "--exhibits", "moved"]).ended(0);

    dir.write("moved/leak/carrying.eml", "From: x@y.example\n\nanother\n");
    let ran = bundle(&dir, "changed.zip", &[&note, "--exhibits", "moved"]).ended(1);
    assert!(
        ran.err.contains("changed since the examination"),
        "{}",
        ran.err
    );
    bundle(&dir, "none.zip", &["feed"]).ended(2);
}

#[test]
fn a_message_of_a_mailbox_is_read_at_its_range_and_what_differs_is_said() {
    let dir = Dir::new();
    let letter = |n: u32| {
        let message = letter_carrying(n, "text/plain", "note.txt", format!("Note {n}.").as_bytes());
        let message = String::from_utf8(message).unwrap();
        format!("From a@b.example Mon Jan  2 10:00:00 2017\n{message}\n")
    };
    let mailbox: Vec<String> = (1..=3).map(letter).collect();
    dir.write("leak/mail.mbox", mailbox.concat());
    examine(&dir, &["leak"]).ended(0);
    let note = items(&dir)
        .iter()
        .find(|item| item["places"][0]["path"] == "mail.mbox!message 3!part 2")
        .unwrap()["item"]
        .as_str()
        .unwrap()
        .to_owned();

    // The second separator is gone: read from its start, the mailbox has no third message any more.
    let second = mailbox[1].replacen("From a@b", "Xrom a@b", 1);
    dir.write(
        "leak/mail.mbox",
        [&mailbox[0], &second, &mailbox[2]]
            .map(String::as_str)
            .concat(),
    );
    bundle(&dir, "note.zip", &[&note]).ended(0);
    let files = unpacked(&dir.read("note.zip"));
    assert_eq!(
        files[&format!("mabillon-proof/data/{}/item.txt", &note[..16])],
        b"Note 3."
    );

    let third = mailbox[2].replacen("Note 3.", "Note 4.", 1);
    dir.write(
        "leak/mail.mbox",
        [&mailbox[0], &mailbox[1], &third]
            .map(String::as_str)
            .concat(),
    );
    let said = bundle(&dir, "changed.zip", &[&note]).ended(1).err;
    let start = mailbox[..2].concat().len() + mailbox[2].find('\n').unwrap() + 1;
    for words in [
        "changed since the examination",
        &format!("bytes {start} to "),
        "with the SHA-256",
    ] {
        assert!(said.contains(words), "{said}");
    }
}
