//! Files and folders.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use mabillon_acquire::{AcquireError, Event, FolderDigest, Limits, acquire, form_of, message_in};
use mabillon_case::{Form, ItemId, Origin, StoreFacts};
use tempfile::TempDir;
use zip::CompressionMethod;

use crate::archives::zip_of;
use crate::collect::{mbox, message, noise, settings, take, take_file};

#[test]
fn an_empty_folder_is_an_exhibit_of_nothing() {
    let folder = TempDir::new().unwrap();
    let told = take(folder.path(), Limits::default());
    let record = told.record.unwrap();
    assert_eq!(
        (record.n_files, record.size_bytes, record.digest),
        (0, 0, ItemId::of(b""))
    );
    assert_eq!(told.accounts.len(), 1);
}

#[test]
fn a_folder_is_taken_in_the_order_of_its_paths() {
    let folder = TempDir::new().unwrap();
    for (path, content) in [
        ("ann/cur/2.eml", message(2)),
        ("ann/new/1:2,S", message(1)),
        ("ann.txt", "a note\n".to_owned()),
        ("lang.mbox", mbox(2)),
        ("empty", String::new()),
        (
            "old/3.eml",
            format!(
                "From ann@mill.example Mon May  1 10:00:00 2017\n{}\n",
                message(3)
            ),
        ),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let told = take(folder.path(), Limits::default());
    let exhibit = folder.path().file_name().unwrap().to_str().unwrap();
    let expected = [
        ("ann.txt", Form::Text, None),
        ("ann/cur/2.eml", Form::Message, Some("ann")),
        ("ann/new/1:2,S", Form::Message, Some("ann")),
        ("empty", Form::Other, None),
        ("lang.mbox!message 1", Form::Message, Some("lang.mbox")),
        ("lang.mbox!message 2", Form::Message, Some("lang.mbox")),
        ("old/3.eml", Form::Message, Some("old")),
    ];
    let found: Vec<_> = told
        .leaves
        .iter()
        .map(|leaf| {
            (
                leaf.place.path.as_str(),
                leaf.form,
                leaf.place.mailbox.as_deref(),
            )
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(&*told.leaves[0].place.exhibit, exhibit);
}

#[test]
fn a_message_after_a_separator_is_its_exact_bytes() {
    let folder = TempDir::new().unwrap();
    let file = format!(
        "From ann@mill.example Mon May  1 10:00:00 2017\n{}\n",
        message(3)
    );
    fs::write(folder.path().join("1.eml"), message(1)).unwrap();
    fs::write(folder.path().join("3.eml"), file).unwrap();
    let told = take(folder.path(), Limits::default());
    let last = told.leaves.last().unwrap();
    assert_eq!(last.bytes, message(3));
    assert_eq!(
        last.separator.as_deref(),
        Some("From ann@mill.example Mon May  1 10:00:00 2017")
    );
    assert_eq!(
        (last.place.offset, last.place.length),
        (47, message(3).len() as u64)
    );
    assert!(last.item.is_none() && told.leaves[0].item.is_some());
}

#[test]
fn the_digest_of_a_folder_is_that_of_its_files() {
    let folder = TempDir::new().unwrap();
    let mut digest = FolderDigest::default();
    for n in 0..100 {
        let content = message(n);
        fs::write(folder.path().join(format!("{n}.eml")), &content).unwrap();
        digest.add(
            &format!("{n}.eml"),
            content.len() as u64,
            ItemId::of(content.as_bytes()),
        );
    }
    let large = vec![b'x'; 3 << 20];
    fs::write(folder.path().join("large.txt"), &large).unwrap();
    digest.add("large.txt", large.len() as u64, ItemId::of(&large));
    let told = take(folder.path(), Limits::default());
    assert_eq!(told.record.unwrap().digest, digest.finish());
}

#[test]
fn a_file_exhibit_is_its_own_item() {
    let told = take_file("1.eml", message(1).as_bytes());
    assert_eq!(told.paths(), [""]);
    assert_eq!(told.leaves[0].item, Some(told.record.unwrap().digest));
    assert_eq!(told.leaves[0].place.mailbox, None);
    assert!(told.accounts.is_empty());
}

#[test]
fn an_mbox_exhibit_numbers_its_messages() {
    let told = take_file("lang.mbox", mbox(3).as_bytes());
    assert_eq!(told.paths(), ["message 1", "message 2", "message 3"]);
    assert!(
        told.leaves
            .iter()
            .all(|leaf| leaf.place.mailbox.as_deref() == Some("lang.mbox") && leaf.depth == 1)
    );
    let cut = mbox(3);
    let told = take_file("cut.mbox", &cut.as_bytes()[..cut.len() - 30]);
    assert_eq!(told.leaves.len(), 3);
    assert!(message(3).starts_with(std::str::from_utf8(&told.leaves[2].bytes).unwrap()));
}

#[test]
fn a_large_mbox_is_streamed_to_the_same_messages() {
    let mailbox = mbox(90_000);
    assert!(mailbox.len() > 10 << 20);
    let told = take_file("large.mbox", mailbox.as_bytes());
    assert_eq!(told.leaves.len(), 90_000);
    assert_eq!(told.leaves[77_776].bytes, message(77_777));
    assert_eq!(told.record.unwrap().digest, ItemId::of(mailbox.as_bytes()));
}

#[test]
fn emlx_gives_the_message_in_its_frame() {
    let (text, plist) = (
        message(1),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist/>\n",
    );
    let told = take_file(
        "1.emlx",
        format!("{:<10}\n{text}{plist}", text.len()).as_bytes(),
    );
    assert_eq!(told.leaves[0].bytes, text);
    assert_eq!(told.leaves[0].place.offset, 11);
    assert_eq!(told.leaves[0].separator, None);
}

#[test]
fn a_header_alone_is_a_message() {
    let header = b"From: ann@mill.example\nMessage-ID: <1@mill.example>\nSubject: flour";
    assert_eq!(form_of(header), Form::Message);
    let whole = bytes::Bytes::from_static(header);
    assert_eq!(message_in(&whole).bytes, whole);
}

#[test]
fn containers_of_other_kinds_are_named() {
    let told = take_file("dump.lz", b"LZIP\x01rest");
    assert_eq!(
        told.not_read,
        [(
            String::new(),
            "lzip archives are not opened by this version".to_owned()
        )]
    );
}

#[cfg(unix)]
#[test]
fn links_and_unreadable_files_have_their_reasons() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("locked"), "x").unwrap();
    fs::set_permissions(
        folder.path().join("locked"),
        fs::Permissions::from_mode(0o0),
    )
    .unwrap();
    symlink("/etc/passwd", folder.path().join("link")).unwrap();
    symlink(folder.path(), folder.path().join("loop")).unwrap();
    if fs::read(folder.path().join("locked")).is_ok() {
        println!("skips the unreadable file: this user may read everything");
        fs::remove_file(folder.path().join("locked")).unwrap();
    }
    let mut told = crate::collect::Told::default();
    let mut receive = |event: Event| told.keep(event);
    acquire(
        folder.path(),
        Origin::Collection,
        "x",
        1,
        &settings(Limits::default()),
        &mut receive,
    )
    .unwrap();
    assert_eq!(told.reason("link"), "symbolic link, not followed");
    assert_eq!(told.reason("loop"), "symbolic link, not followed");
    if folder.path().join("locked").exists() {
        assert!(told.reason("locked").contains("denied"));
    }
    assert!(told.leaves.is_empty());
}

#[test]
fn an_exhibit_that_cannot_be_read_is_an_error() {
    let mut receive = |_: Event| ControlFlow::Continue(());
    let mut attempt = |path: &str| {
        let settings = settings(Limits::default());
        acquire(
            Path::new(path),
            Origin::Collection,
            "x",
            1,
            &settings,
            &mut receive,
        )
        .unwrap_err()
    };
    let missing = attempt("/nothing/here");
    assert!(matches!(missing, AcquireError::NotFound { .. }));
    assert_eq!(
        missing.to_string(),
        "find the exhibit /nothing/here: there is no such file or folder"
    );
    if cfg!(target_os = "linux") {
        assert!(matches!(
            attempt("/proc/self/mem"),
            AcquireError::Unreadable { .. }
        ));
        assert!(matches!(
            attempt("/dev/null"),
            AcquireError::NotAFile { .. }
        ));
    }
}

#[test]
fn the_receiver_can_stop_it() {
    let folder = TempDir::new().unwrap();
    for n in 0..500 {
        fs::write(folder.path().join(format!("{n}.eml")), message(n)).unwrap();
    }
    let mut n_events = 0;
    let mut receive = |_: Event| {
        n_events += 1;
        if n_events == 10 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let settings = settings(Limits::default());
    let stopped = acquire(
        folder.path(),
        Origin::Collection,
        "x",
        1,
        &settings,
        &mut receive,
    );
    assert!(matches!(stopped, Err(AcquireError::Stopped { .. })));
    assert_eq!(n_events, 10);
}

/// A panic while a file is read costs that file: those beside it are told, and the digest of the folder is that of all.
#[test]
fn a_reader_that_panics_costs_its_file() {
    let folder = TempDir::new().unwrap();
    for n in 0..20 {
        fs::write(folder.path().join(format!("{n:02}.eml")), message(n)).unwrap();
    }
    // Too large to be read ahead, so that it is read by another way.
    let large = mbox(12_000);
    assert!(large.len() > 1 << 20);
    fs::write(folder.path().join("20.mbox"), large).unwrap();
    let settings = settings(Limits::default());
    let run = |poisoned: &[&str]| {
        let (mut leaves, mut not_read) = (Vec::new(), Vec::new());
        let mut receive = |event: Event| {
            match event {
                Event::Leaf(leaf) => {
                    assert!(!poisoned.contains(&&*leaf.place.path), "poisoned");
                    leaves.push(leaf.place.path);
                }
                Event::NotRead { place, reason, .. } => not_read.push((place.path, reason)),
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let (path, origin) = (folder.path(), Origin::Collection);
        let record = acquire(path, origin, "x", 1, &settings, &mut receive).unwrap();
        (leaves, not_read, record)
    };
    let (clean, none, whole) = run(&[]);
    assert_eq!(none, []);
    let (leaves, not_read, record) = run(&["07.eml", "20.mbox!message 5"]);
    let reason = "the reader stopped with an internal error".to_owned();
    let lost = ["07.eml", "20.mbox"].map(|path| (path.to_owned(), reason.clone()));
    assert_eq!(not_read, lost);
    assert_eq!(leaves.len(), 19 + 4);
    assert!(leaves.iter().all(|path| clean.contains(path)));
    assert_eq!(record.digest, whole.digest);
    assert_eq!(record.size_bytes, whole.size_bytes);
}

/// A profile of Thunderbird: mailboxes without extension, their indexes, folders in folders.
#[test]
fn a_thunderbird_profile_is_its_mailboxes() {
    let folder = TempDir::new().unwrap();
    let index =
        b"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)> // (f=iso-8859-1)\n(B8=Subject)>\n";
    let letter = |n: usize| {
        format!(
            "From - Mon May 01 10:00:00 2017\nX-Mozilla-Status: 0009\nX-Mozilla-Status2: 00000000\n{}\n",
            message(n)
        )
    };
    let large: Vec<u8> = index.iter().copied().cycle().take(9 << 20).collect();
    for (path, content) in [
        (
            "Mail/Local Folders/Inbox",
            (letter(1) + &letter(2)).into_bytes(),
        ),
        ("Mail/Local Folders/Inbox.msf", index.to_vec()),
        ("Mail/Local Folders/Old.sbd/2016", letter(3).into_bytes()),
        ("Mail/Local Folders/Old.sbd/2016.msf", large),
        ("Mail/Local Folders/Old", Vec::new()),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let told = take(folder.path(), Limits::default());
    assert_eq!(
        told.paths(),
        [
            "Mail/Local Folders/Inbox!message 1",
            "Mail/Local Folders/Inbox!message 2",
            "Mail/Local Folders/Old",
            "Mail/Local Folders/Old.sbd/2016",
        ]
    );
    assert!(told.not_read.is_empty());
    let account = told.accounts.iter().find(|account| account.path.is_empty());
    let [(reason, n_bytes)] = &account.unwrap().bytes_ignored[..] else {
        panic!("{account:?}");
    };
    assert!(reason.contains(".msf"));
    assert_eq!(*n_bytes, (index.len() + (9 << 20)) as u64);
}

/// An index given by itself is not passed over.
#[test]
fn an_index_alone_is_an_item() {
    let told = take_file("Inbox.msf", b"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n");
    assert_eq!(told.leaves.len(), 1);
}

/// A message of Apple Mail whose second part lies in a file beside it.
fn partial_emlx(n: usize) -> (String, String) {
    let letter = format!(
        "From: ann@mill.example\nTo: bob@mill.example\nSubject: bread {n}\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n\
         Content-Type: application/pdf; name=bread.pdf\nX-Apple-Content-Length: 4711\n\n--b--\n"
    );
    let list = "<?xml version=\"1.0\"?><plist><dict></dict></plist>";
    let file = format!("{}\n{letter}{list}", letter.len());
    (file, letter)
}

#[test]
fn a_partial_message_of_apple_mail_is_known_as_such() {
    let (file, _) = partial_emlx(1);
    let told = take_file("12.partial.emlx", file.as_bytes());
    let Some(StoreFacts::Emlx(frame)) = told.leaves[0].place.stored.as_deref() else {
        panic!("{:?}", told.leaves);
    };
    assert!(frame.is_partial);
}

/// Messages of Apple Mail with attachments beside them, and files that only lie as such do.
fn apple_mailbox() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join("INBOX.mbox").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    let (twelve, _) = partial_emlx(12);
    write("Messages/12.partial.emlx", twelve.as_bytes());
    write("13.partial.emlx", partial_emlx(13).0.as_bytes());
    write("Messages/14.partial.emlx", b"no message at all");
    write("Messages/15.emlx", twelve.as_bytes());
    let archive = zip_of(&[("a.txt", b"flour")], CompressionMethod::Stored);
    write("Attachments/12/2/bread.pdf", b"%PDF-1.4 bread");
    write("Attachments/12/1.2/oven.zip", &archive);
    write(
        "Attachments/13/2/large.txt",
        noise(1).repeat(3_000).as_bytes(),
    );
    for name in [
        "12/bread.txt",
        "12/x/bread.txt",
        "14/2/bread.txt",
        "15/2/bread.txt",
        "12/2/in/bread.txt",
    ] {
        write(&format!("Attachments/{name}"), name.as_bytes());
    }
    folder
}

/// Apple Mail keeps what it took out of a message in files beside it.
#[test]
fn attachments_that_apple_mail_keeps_beside_a_message_are_tied_to_it() {
    let folder = apple_mailbox();
    let told = take(folder.path(), Limits::default());
    let tied = told.places.iter().filter_map(|(place, _)| {
        let StoreFacts::EmlxPart(kept) = place.stored.as_deref()? else {
            return None;
        };
        let name = place.path.strip_prefix("INBOX.mbox/Attachments/")?;
        Some((name, place.parent?, &*kept.message, &*kept.part))
    });
    let [twelve, thirteen] = [12, 13].map(|n| ItemId::of(partial_emlx(n).1.as_bytes()));
    let message = "INBOX.mbox/Messages/12.partial.emlx";
    assert_eq!(
        tied.collect::<Vec<_>>(),
        [
            ("12/1.2/oven.zip", twelve, message, "1.2"),
            ("12/2/bread.pdf", twelve, message, "2"),
            (
                "13/2/large.txt",
                thirteen,
                "INBOX.mbox/13.partial.emlx",
                "2"
            ),
        ]
    );
    // The parent is the message as it is told.
    let leaves = told.leaves.iter();
    let messages = leaves.filter(|leaf| leaf.place.path.ends_with(".partial.emlx"));
    let ids: Vec<ItemId> = messages.map(|leaf| ItemId::of(&leaf.bytes)).collect();
    assert!(ids.contains(&twelve) && ids.contains(&thirteen));
}
