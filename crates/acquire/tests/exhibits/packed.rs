//! 7z and rar: made by the writers of the libraries that read them, and damaged here.

use std::io::Cursor;

use mabillon_acquire::{Limits, Passwords};
use mabillon_case::{ContainerKind, EntryClock};
use rars::{ArchiveVersion, Builder};
use sevenz_rust2::encoder_options::{AesEncoderOptions, Lzma2Options};
use sevenz_rust2::{
    ArchiveEntry, ArchiveWriter, EncoderConfiguration, EncoderMethod, Password, SourceReader,
};

use crate::collect::{Told, mbox, message, noise, take_file, take_file_with};

/// 2017-05-05 18:30:44 UTC.
const PACKED: u32 = 1_494_009_044;

fn filetime(seconds: u32) -> u64 {
    (u64::from(seconds) + 11_644_473_600) * 10_000_000
}

fn writer(methods: Vec<EncoderConfiguration>) -> ArchiveWriter<Cursor<Vec<u8>>> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    writer.set_content_methods(methods);
    writer
}

fn sevenz_entry(name: &str) -> ArchiveEntry {
    ArchiveEntry {
        has_last_modified_date: true,
        last_modified_date: filetime(PACKED).into(),
        ..ArchiveEntry::new_file(name)
    }
}

/// An archive whose entries lie in one block each.
fn sevenz_of(methods: &[EncoderConfiguration], members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = writer(methods.to_vec());
    writer
        .push_archive_entry::<&[u8]>(ArchiveEntry::new_directory("mail"), None)
        .unwrap();
    for (name, content) in members {
        writer
            .push_archive_entry(sevenz_entry(name), Some(*content))
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive whose entries lie in one block together.
pub(crate) fn solid_sevenz_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = writer(vec![EncoderMethod::LZMA2.into()]);
    let entries = members.iter().map(|(name, _)| sevenz_entry(name)).collect();
    let contents = members
        .iter()
        .map(|(_, content)| SourceReader::from(*content));
    writer
        .push_archive_entries(entries, contents.collect())
        .unwrap();
    writer.finish().unwrap().into_inner()
}

fn account(told: &Told) -> (u64, u64) {
    let account = told.accounts.last().unwrap();
    (account.n_decoded, account.n_failed)
}

#[test]
fn a_7z_archive_is_opened_with_each_method() {
    let (mailbox, text) = (mbox(3), message(9));
    let members = [
        ("mail/lang.mbox", mailbox.as_bytes()),
        ("mail/9.eml", text.as_bytes()),
        ("mail/empty", b""),
    ];
    for method in [
        EncoderMethod::COPY,
        EncoderMethod::LZMA,
        EncoderMethod::LZMA2,
        EncoderMethod::PPMD,
        EncoderMethod::BZIP2,
        EncoderMethod::DEFLATE,
        EncoderMethod::ZSTD,
    ] {
        let name = method.name();
        let bytes = sevenz_of(&[method.into()], &members);
        let told = take_file("dump.7z", &bytes);
        let expected = [
            "mail/lang.mbox!message 1",
            "mail/lang.mbox!message 2",
            "mail/lang.mbox!message 3",
            "mail/9.eml",
            "mail/empty",
        ];
        assert_eq!(told.paths(), expected, "{name} {:?}", told.not_read);
        assert_eq!(told.leaves[3].bytes, text);
        let facts = told.leaves[3].place.entry.as_deref().unwrap();
        assert_eq!(facts.archive, ContainerKind::SevenZip);
        assert_eq!(
            facts.modified_utc().unwrap().unix_seconds(),
            i64::from(PACKED)
        );
        assert_eq!(facts.times[0].clock, EntryClock::SevenZip);
        assert_eq!(account(&told), (3, 0));
    }
}

#[test]
fn a_solid_7z_archive_is_read_up_to_its_damage() {
    let texts: Vec<String> = (0..40)
        .map(|n| format!("{}{}", message(n), noise(n)))
        .collect();
    let names: Vec<String> = (0..40).map(|n| format!("{n}.eml")).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .map(String::as_str)
        .zip(texts.iter().map(String::as_bytes))
        .collect();
    let mut bytes = solid_sevenz_of(&members);
    assert_eq!(account(&take_file("dump.7z", &bytes)), (40, 0));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    let told = take_file("dump.7z", &bytes);
    let (n_decoded, n_failed) = account(&told);
    assert_eq!(n_decoded + n_failed, 40);
    assert!(n_decoded > 5 && n_failed > 5, "{n_decoded} {n_failed}");
    assert_eq!(told.leaves.len() as u64, n_decoded);
}

#[test]
fn a_7z_archive_that_is_cut_says_so() {
    let bytes = sevenz_of(
        &[EncoderMethod::LZMA2.into()],
        &[("1.eml", message(1).as_bytes())],
    );
    for cut in [7, 40, bytes.len() / 2, bytes.len() - 1] {
        let told = take_file("dump.7z", &bytes[..cut]);
        assert!(told.leaves.is_empty());
        assert!(
            told.reason("").contains("cannot be read") || told.reason("").contains("cut off"),
            "{cut}: {:?}",
            told.not_read
        );
        assert_eq!(account(&told), (0, 1));
    }
}

fn with(passwords: &[u8]) -> Passwords {
    Passwords::parse(passwords).unwrap()
}

#[test]
fn an_encrypted_7z_archive_needs_its_password() {
    let text = message(1);
    let methods = [
        AesEncoderOptions::new(Password::from("été")).into(),
        Lzma2Options::from_level(3).into(),
    ];
    for encrypt_header in [false, true] {
        let mut writer = writer(methods.to_vec());
        writer.set_encrypt_header(encrypt_header);
        writer
            .push_archive_entry(sevenz_entry("1.eml"), Some(text.as_bytes()))
            .unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let path = if encrypt_header { "" } else { "1.eml" };
        let told = take_file("dump.7z", &bytes);
        assert!(
            told.reason(path).ends_with("encrypted"),
            "{:?}",
            told.not_read
        );
        let told = take_file_with("dump.7z", &bytes, Limits::default(), with(b"summer\n"));
        assert!(
            told.reason(path)
                .ends_with("none of the given passwords fits")
        );
        let told = take_file_with(
            "dump.7z",
            &bytes,
            Limits::default(),
            with("summer\nété\n".as_bytes()),
        );
        assert_eq!(told.paths(), ["1.eml"], "{:?}", told.not_read);
        assert_eq!(told.leaves[0].bytes, text);
        assert!(told.leaves[0].place.entry.as_deref().unwrap().encrypted);
    }
}

/// The archive with the rounds of hashing that one of its coders asks for, as log2, and its checksums made to fit.
fn with_rounds(archive: &[u8], log: u8) -> Vec<u8> {
    let mut archive = archive.to_vec();
    let crc = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let number = |at: usize, bytes: &[u8]| {
        usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
    };
    let directory = 32 + number(12, &archive);
    let directory = directory..directory + number(20, &archive);
    let aes = [6, 0xf1, 7, 1];
    let found = archive[directory.clone()]
        .windows(4)
        .position(|window| window == aes);
    let at = directory.start + found.expect("its coder stands in the clear") + 5;
    archive[at] = archive[at] & 0xc0 | log;
    let sum = crc(&archive[directory]);
    archive[28..32].copy_from_slice(&sum);
    let sum = crc(&archive[12..32]);
    archive[8..12].copy_from_slice(&sum);
    archive
}

#[test]
fn a_7z_archive_cannot_ask_for_endless_hashing() {
    let methods = [AesEncoderOptions::new(Password::from("summer")).into()];
    for encrypt_header in [false, true] {
        let mut writer = writer(methods.to_vec());
        writer.set_encrypt_header(encrypt_header);
        writer
            .push_archive_entry(sevenz_entry("1.eml"), Some(message(1).as_bytes()))
            .unwrap();
        let archive = writer.finish().unwrap().into_inner();
        let many: Vec<String> = (0..70).map(|n| n.to_string()).collect();
        let many = many.join("\n");
        for (log, passwords) in [(62, "summer\n"), (25, "summer\n"), (24, many.as_str())] {
            let costly = with_rounds(&archive, log);
            let told = take_file_with(
                "a.7z",
                &costly,
                Limits::default(),
                with(passwords.as_bytes()),
            );
            let path = if encrypt_header { "" } else { "1.eml" };
            let reason = told.reason(path);
            assert!(
                reason.ends_with("trying all given passwords would take too long"),
                "{log}: {reason}"
            );
            assert!(told.leaves.is_empty());
        }
        // Another number of rounds gives another key.
        let told = take_file_with(
            "a.7z",
            &with_rounds(&archive, 9),
            Limits::default(),
            with(b"summer\n"),
        );
        assert!(told.leaves.is_empty() && !told.not_read.is_empty());
        let told = take_file_with(
            "a.7z",
            &with_rounds(&archive, 8),
            Limits::default(),
            with(b"summer\n"),
        );
        assert_eq!(told.paths(), ["1.eml"], "{:?}", told.not_read);
    }
}

#[test]
fn a_7z_bomb_is_stopped() {
    let bytes = sevenz_of(
        &[EncoderMethod::LZMA2.into()],
        &[
            ("zeros", &vec![0; 30 << 20]),
            ("1.eml", message(1).as_bytes()),
        ],
    );
    let told = take_file("dump.7z", &bytes);
    assert!(
        told.reason("zeros").contains("250 times"),
        "{:?}",
        told.not_read
    );
    assert_eq!(told.paths(), ["1.eml"]);
}

#[test]
fn behind_a_bomb_in_a_solid_block_nothing_is_decoded() {
    let zeros = vec![0; 30 << 20];
    let bytes = solid_sevenz_of(&[
        ("1.eml", message(1).as_bytes()),
        ("zeros", &zeros),
        ("2.eml", message(2).as_bytes()),
    ]);
    let told = take_file("dump.7z", &bytes);
    assert_eq!(told.paths(), ["1.eml"]);
    assert!(
        told.reason("zeros").contains("250 times"),
        "{:?}",
        told.not_read
    );
    assert!(
        told.reason("2.eml").contains("packed behind an entry"),
        "{:?}",
        told.not_read
    );
    assert_eq!(account(&told), (1, 2));
}

fn rar_of(builder: Builder, members: &[(&str, &[u8])]) -> Builder {
    let mut builder = builder;
    for (name, content) in members {
        // 2017-05-05 18:30:44, as Unix seconds or as the bits of MS-DOS.
        let time = match builder.format() {
            ArchiveVersion::Rar50 | ArchiveVersion::Rar70 => PACKED,
            _ => 0x4aa5_93d6,
        };
        builder
            .add_bytes(name.as_bytes().to_vec(), content.to_vec(), Some(time), None)
            .unwrap();
    }
    builder
}

#[test]
fn rar_archives_of_each_version_are_opened() {
    let (mailbox, text) = (mbox(3), message(9));
    let members = [
        ("mail/lang.mbox", mailbox.as_bytes()),
        ("mail/9.eml", text.as_bytes()),
    ];
    for version in [
        ArchiveVersion::Rar15,
        ArchiveVersion::Rar20,
        ArchiveVersion::Rar29,
        ArchiveVersion::Rar50,
        ArchiveVersion::Rar70,
    ] {
        for (store, solid) in [(true, false), (false, false), (false, true)] {
            let builder = Builder::new(version).store(store).solid(solid);
            let bytes = rar_of(builder, &members).to_bytes().unwrap();
            let told = take_file("dump.rar", &bytes);
            assert_eq!(
                told.leaves.len(),
                4,
                "{version:?} {store} {solid} {:?}",
                told.not_read
            );
            assert_eq!(told.leaves[3].bytes, text);
            assert_eq!(account(&told), (2, 0));
            let facts = told.leaves[3].place.entry.as_deref().unwrap();
            assert_eq!(facts.archive, ContainerKind::Rar);
            let seconds = facts.times[0].stamp.unix_seconds();
            assert_eq!(seconds, i64::from(PACKED), "{version:?} {facts:?}");
        }
    }
}

#[test]
fn a_rar_archive_without_its_end_is_read_as_far_as_it_goes() {
    let texts: Vec<String> = (0..8)
        .map(|n| format!("{}{}", message(n), noise(n)))
        .collect();
    let names: Vec<String> = (0..8).map(|n| format!("{n}.eml")).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .map(String::as_str)
        .zip(texts.iter().map(String::as_bytes))
        .collect();
    for version in [ArchiveVersion::Rar29, ArchiveVersion::Rar50] {
        for solid in [false, true] {
            let bytes = rar_of(Builder::new(version).solid(solid), &members)
                .to_bytes()
                .unwrap();
            for cut in [bytes.len() / 2, bytes.len() * 3 / 4] {
                let told = take_file("dump.rar", &bytes[..cut]);
                let (n_decoded, n_failed) = account(&told);
                assert!(
                    n_decoded >= 2,
                    "{version:?} {solid} {n_decoded} {n_failed} {:?}",
                    told.not_read
                );
                assert!(n_failed >= 1, "the cut is told: {:?}", told.not_read);
            }
        }
    }
}

/// Makes a RAR 5 archive say that its keys take 2^24 rounds instead of 2^15.
fn made_costly(mut archive: Vec<u8>) -> Vec<u8> {
    let crc_of = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    for at in 8..archive.len() {
        // A header is what its checksum fits: checksum, size, and so many bytes.
        let end = at + 5 + usize::from(archive[at + 4]);
        if archive
            .get(at + 4..end)
            .is_none_or(|header| crc_of(header) != archive[at..at + 4])
        {
            continue;
        }
        // Version 0, flags, and the rounds as log2.
        let mut fields = archive[at + 4..end].windows(3);
        if let Some(rounds) = fields.position(|field| matches!(field, [0, 1..=3, 15])) {
            archive[at + 4 + rounds + 2] = 24;
            let crc = crc_of(&archive[at + 4..end]);
            archive[at..at + 4].copy_from_slice(&crc);
            return archive;
        }
    }
    panic!("nothing in it is encrypted");
}

#[test]
fn keys_that_take_too_long_are_not_tried() {
    let text = message(1);
    let many = "wrong\n".repeat(200);
    for hidden in [false, true] {
        let builder = Builder::new(ArchiveVersion::Rar50)
            .password(Some(b"sesame".to_vec()))
            .header_encryption(hidden);
        let bytes = rar_of(builder, &[("1.eml", text.as_bytes())]).to_bytes();
        let bytes = made_costly(bytes.unwrap());
        let told = take_file_with("dump.rar", &bytes, Limits::default(), with(many.as_bytes()));
        let path = if hidden { "" } else { "1.eml" };
        let reason = told.reason(path);
        assert!(
            reason.ends_with("trying all given passwords would take too long"),
            "{reason}"
        );
    }
}

#[test]
fn an_encrypted_rar_archive_needs_its_password() {
    let text = message(1);
    for version in [ArchiveVersion::Rar29, ArchiveVersion::Rar50] {
        for headers in [false, version == ArchiveVersion::Rar50] {
            let builder = Builder::new(version)
                .password(Some(b"sesame".to_vec()))
                .header_encryption(headers);
            let bytes = rar_of(builder, &[("1.eml", text.as_bytes())])
                .to_bytes()
                .unwrap();
            let told = take_file("dump.rar", &bytes);
            let path = if headers { "" } else { "1.eml" };
            assert!(
                told.reason(path).ends_with("encrypted"),
                "{version:?} {headers} {:?}",
                told.not_read
            );
            let told = take_file_with("dump.rar", &bytes, Limits::default(), with(b"x\nsesame\n"));
            assert_eq!(
                told.paths(),
                ["1.eml"],
                "{version:?} {headers} {:?}",
                told.not_read
            );
            assert_eq!(told.leaves[0].bytes, text);
        }
    }
}

#[test]
fn damaged_archives_never_panic() {
    let text = [message(1), noise(1)].concat();
    let members = [("1.eml", text.as_bytes()), ("2.eml", b"x")];
    let archives = [
        sevenz_of(&[EncoderMethod::LZMA.into()], &members),
        rar_of(Builder::new(ArchiveVersion::Rar29), &members)
            .to_bytes()
            .unwrap(),
        rar_of(Builder::new(ArchiveVersion::Rar50), &members)
            .to_bytes()
            .unwrap(),
    ];
    for archive in archives {
        for at in (8..archive.len()).step_by(archive.len() / 40 + 1) {
            let mut bytes = archive.clone();
            bytes[at] ^= 0xff;
            let told = take_file("dump", &bytes);
            assert!(!told.accounts.is_empty());
        }
    }
}
