//! Archives and compressed files.

use std::io::{Cursor, Write as _};

use rars::{ArchiveVersion, Builder};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Family, READ};
use crate::letters::letter;
use crate::packed::{gzip_of, sevenz_of, tar_of, zip_directory_entry, zip_local_header, zip_of};

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "zeros.zip",
        bytes: zip_of_zeros,
        says: "expands to more than 250 times its size",
    },
    Family {
        name: "overlapping.zip",
        bytes: zip_that_overlaps,
        says: "it overlaps another entry",
    },
    Family {
        name: "one_content_for_all.zip",
        bytes: zip_of_one_content,
        says: "it overlaps another entry of the archive",
    },
    Family {
        name: "archives_in_archives.zip",
        bytes: zip_depth,
        says: "deeper ones are not opened",
    },
    Family {
        name: "sizes_that_lie.zip",
        bytes: zip_that_lies,
        says: "than the archive says",
    },
    Family {
        name: "offsets_that_lie.zip",
        bytes: zip_lying_offsets,
        says: "it lies beyond the end of the archive",
    },
    Family {
        name: "a_directory_that_lies.zip",
        bytes: zip_lying_count,
        says: "damaged after 2 of 65535 entries",
    },
    Family {
        name: "sixty_four_bits_that_lie.zip",
        bytes: zip64_that_lies,
        says: "its directory is missing",
    },
    Family {
        name: "tiny_entries.zip",
        bytes: zip_of_tiny_entries,
        says: READ,
    },
    Family {
        name: "names_that_reach_outside.zip",
        bytes: zip_outside,
        says: READ,
    },
    Family {
        name: "links.zip",
        bytes: zip_links,
        says: READ,
    },
    Family {
        name: "names_of_a_megabyte.tar",
        bytes: tar_long_names,
        says: READ,
    },
    Family {
        name: "names_that_reach_outside.tar",
        bytes: tar_outside,
        says: READ,
    },
    Family {
        name: "links.tar",
        bytes: tar_links,
        says: "link",
    },
    Family {
        name: "sizes_that_lie.tar",
        bytes: tar_that_lies,
        says: "the archive is cut off",
    },
    Family {
        name: "records_without_end.tar",
        bytes: tar_record_flood,
        says: "the archive is damaged at byte",
    },
    Family {
        name: "holes.tar",
        bytes: tar_holes,
        says: READ,
    },
    Family {
        name: "volumes_of_nothing.zip",
        bytes: zip_of_volumes_of_nothing,
        says: "more files of it are damaged or missing",
    },
    Family {
        name: "volumes_that_are_one.zip",
        bytes: zip_of_the_same_volume,
        says: "missing or damaged",
    },
    Family {
        name: "parts_of_nothing.zip",
        bytes: zip_of_parts_of_nothing,
        says: "it is missing, with",
    },
    Family {
        name: "tiny_entries.tar",
        bytes: tar_of_tiny_entries,
        says: READ,
    },
    Family {
        name: "zeros.gz",
        bytes: gzip_of_zeros,
        says: "times its size",
    },
    Family {
        name: "zeros_of_zeros.gz",
        bytes: gzip_of_gzip,
        says: "deeper ones are not opened",
    },
    Family {
        name: "members_without_end.gz",
        bytes: gzip_members,
        says: READ,
    },
    Family {
        name: "zeros.bz2",
        bytes: bzip2_of_zeros,
        says: "times its size",
    },
    Family {
        name: "zeros.zst",
        bytes: zstd_of_zeros,
        says: "times its size",
    },
    Family {
        name: "a_window_of_gigabytes.zst",
        bytes: zstd_window,
        says: "cannot be read to its end",
    },
    Family {
        name: "a_dictionary_of_gigabytes.xz",
        bytes: xz_dictionary,
        says: "takes more than 256 MiB of memory",
    },
    Family {
        name: "zeros.7z",
        bytes: sevenz_of_zeros,
        says: "more than 250 times its size",
    },
    Family {
        name: "a_header_that_lies.7z",
        bytes: sevenz_lying_header,
        says: "num files exceeds",
    },
    Family {
        name: "names_that_reach_outside.7z",
        bytes: sevenz_outside,
        says: READ,
    },
    Family {
        name: "links.7z",
        bytes: sevenz_links,
        says: READ,
    },
    Family {
        name: "zeros.rar",
        bytes: rar_of_zeros,
        says: "it expands to more than 250 times its size",
    },
    Family {
        name: "names_that_reach_outside.rar",
        bytes: rar_outside,
        says: READ,
    },
    Family {
        name: "links.rar",
        bytes: rar_links,
        says: "link, not followed",
    },
    Family {
        name: "a_header_that_lies.rar",
        bytes: rar_lying_header,
        says: "input is too short",
    },
    Family {
        name: "a_cabinet_of_itself.cab",
        bytes: cabinet,
        says: "the header of the cabinet is cut off or damaged",
    },
];

const OUTSIDE: [&str; 5] = [
    "../../../outside.eml",
    "/tmp/mabillon-outside.eml",
    "..\\..\\outside.eml",
    "C:\\outside.eml",
    "a/../../../../../../../tmp/mabillon-outside.eml",
];

fn letters() -> Vec<String> {
    (30..35).map(letter).collect()
}

fn zip_of_zeros() -> Vec<u8> {
    let zeros = vec![0; 40 << 20];
    let good = letter(31);
    zip_of(&[
        ("zeros", &zeros),
        ("1.eml", good.as_bytes()),
        ("zeros.gz", &gzip_of(&zeros)),
    ])
}

/// Two directory entries; the second begins within the content of the first.
fn zip_that_overlaps() -> Vec<u8> {
    let inner = zip_of(&[("inner.eml", letter(32).as_bytes())]);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in [("outer", inner.as_slice()), ("inner.eml", b"placeholder")] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(content).unwrap();
    }
    let mut archive = writer.finish().unwrap().into_inner();
    let within = u32::try_from(zip_local_header(&archive, "inner.eml")).unwrap();
    let last = archive
        .windows(4)
        .rposition(|four| four == b"PK\x01\x02")
        .unwrap();
    let first_entry = zip_directory_entry(&inner, "inner.eml");
    archive[last + 10..last + 28].copy_from_slice(&inner[first_entry + 10..first_entry + 28]);
    archive[last + 42..last + 46].copy_from_slice(&within.to_le_bytes());
    archive
}

/// Sixty thousand directory entries that all lead to one content of a megabyte.
fn zip_of_one_content() -> Vec<u8> {
    let content = vec![b'x'; 1 << 20];
    let archive = zip_of(&[("a", &content)]);
    let entry = zip_directory_entry(&archive, "a");
    let end = archive
        .windows(4)
        .rposition(|four| four == b"PK\x05\x06")
        .unwrap();
    let n = 60_000_u16;
    let directory = archive[entry..end].repeat(usize::from(n));
    let mut out = archive[..entry].to_vec();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([n.to_le_bytes(), n.to_le_bytes()].concat());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(u32::try_from(entry).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out
}

fn zip_depth() -> Vec<u8> {
    let mut archive = letter(33).into_bytes();
    for _ in 0..40 {
        archive = zip_of(&[("again.zip", &archive)]);
    }
    archive
}

fn zip_that_lies() -> Vec<u8> {
    let letters = letters();
    let mut archive = zip_of(&[
        ("small.eml", letters[0].as_bytes()),
        ("large.eml", letters[1].as_bytes()),
        ("packed.eml", letters[2].as_bytes()),
    ]);
    for (name, at, size) in [
        ("small.eml", 24, 3),
        ("large.eml", 24, u32::MAX - 1),
        ("packed.eml", 20, 1 << 30),
    ] {
        let entry = zip_directory_entry(&archive, name) + at;
        archive[entry..entry + 4].copy_from_slice(&u32::to_le_bytes(size));
    }
    archive
}

fn zip_lying_offsets() -> Vec<u8> {
    let letters = letters();
    let mut archive = zip_of(&[
        ("a.eml", letters[0].as_bytes()),
        ("b.eml", letters[1].as_bytes()),
    ]);
    for (name, offset) in [("a.eml", u32::MAX - 7), ("b.eml", 5)] {
        let entry = zip_directory_entry(&archive, name) + 42;
        archive[entry..entry + 4].copy_from_slice(&u32::to_le_bytes(offset));
    }
    archive
}

fn zip_lying_count() -> Vec<u8> {
    let letters = letters();
    let mut archive = zip_of(&[
        ("a.eml", letters[0].as_bytes()),
        ("b.eml", letters[1].as_bytes()),
    ]);
    let end = archive.len() - 22;
    archive[end + 8..end + 12].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    archive[end + 12..end + 16].copy_from_slice(&u32::to_le_bytes(1 << 31));
    archive
}

fn zip64_that_lies() -> Vec<u8> {
    let mut archive = zip_of(&[("a.eml", letter(30).as_bytes())]);
    let end = archive.split_off(archive.len() - 22);
    let at = archive.len() as u64;
    archive.extend(b"PK\x06\x06");
    archive.extend(44_u64.to_le_bytes());
    archive.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for _ in 0..4 {
        archive.extend((1_u64 << 60).to_le_bytes());
    }
    archive.extend(b"PK\x06\x07\0\0\0\0");
    archive.extend(at.to_le_bytes());
    archive.extend(1_u32.to_le_bytes());
    archive.extend(&end[..8]);
    archive.extend([0xff; 12]);
    archive.extend([0, 0]);
    archive
}

/// A hundred thousand entries of one byte; a million where all is wanted.
fn zip_of_tiny_entries() -> Vec<u8> {
    let n = if std::env::var_os("MABILLON_HOSTILE_FULL").is_some() {
        1_000_000
    } else {
        30_000
    };
    let names: Vec<String> = (0..n).map(|n| format!("{n}")).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), name.as_bytes()))
        .collect();
    zip_of(&members)
}

fn zip_outside() -> Vec<u8> {
    let letters = letters();
    let members: Vec<(&str, &[u8])> = OUTSIDE
        .into_iter()
        .zip(letters.iter().map(String::as_bytes))
        .collect();
    zip_of(&members)
}

fn zip_links() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer
        .add_symlink("passwords", "/etc/passwd", options)
        .unwrap();
    writer.add_symlink("up", "../..", options).unwrap();
    writer.start_file("up/outside.eml", options).unwrap();
    writer.write_all(letter(34).as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

/// One header of a tar archive, with a type and the name of what it links to.
fn tar_header(name: &[u8], kind: u8, size: &[u8], link: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name);
    header[124..124 + size.len()].copy_from_slice(size);
    header[156] = kind;
    header[157..157 + link.len()].copy_from_slice(link);
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header
}

fn octal(size: usize) -> Vec<u8> {
    format!("{size:011o}").into_bytes()
}

fn padded(mut content: Vec<u8>) -> Vec<u8> {
    content.resize(content.len().next_multiple_of(512), 0);
    content
}

/// The end of an archive, with a good letter before it.
fn tar_end(mut archive: Vec<u8>) -> Vec<u8> {
    archive.extend(tar_of(&[(b"last.eml", letter(35).as_bytes())]));
    archive
}

fn tar_long_names() -> Vec<u8> {
    let name = vec![b'n'; 3 << 20];
    let mut archive = tar_header(b"././@LongLink", b'L', &octal(name.len()), b"");
    archive.extend(padded(name));
    archive.extend(tar_header(b"a", b'0', &octal(0), b""));
    tar_end(archive)
}

fn tar_outside() -> Vec<u8> {
    let letters = letters();
    let members: Vec<(&[u8], &[u8])> = OUTSIDE
        .into_iter()
        .map(str::as_bytes)
        .zip(letters.iter().map(String::as_bytes))
        .collect();
    tar_of(&members)
}

fn tar_links() -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, kind, link) in [
        (&b"soft"[..], b'2', &b"/etc/passwd"[..]),
        (b"hard", b'1', b"../../../etc/passwd"),
        (b"up", b'2', b"../.."),
        (b"device", b'3', b""),
        (b"pipe", b'6', b""),
    ] {
        archive.extend(tar_header(name, kind, &octal(0), link));
    }
    tar_end(archive)
}

fn tar_that_lies() -> Vec<u8> {
    // In binary, and more than there is in the world.
    let mut archive = tar_header(
        b"a.eml",
        b'0',
        &[
            0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
        b"",
    );
    archive.extend(padded(letter(30).into_bytes()));
    archive
}

fn tar_record_flood() -> Vec<u8> {
    let record = |n: usize| {
        let body = format!(" comment{n}=x\n");
        format!("{}{body}", body.len() + 2)
    };
    let records: String = (0..50_000).map(record).collect();
    let lie = "999999999 path=../../outside\n18446744073709551615 size=9\n";
    let mut archive = Vec::new();
    for content in [records, lie.to_owned()] {
        archive.extend(tar_header(b"PaxHeaders", b'x', &octal(content.len()), b""));
        archive.extend(padded(content.into_bytes()));
        archive.extend(tar_header(b"a", b'0', &octal(0), b""));
    }
    tar_end(archive)
}

/// A file that claims a terabyte of holes.
fn tar_holes() -> Vec<u8> {
    let mut header = tar_header(b"holes", b'S', &octal(0), b"");
    header[483..495].copy_from_slice(b"77777777777\0");
    tar_end(header)
}

/// The start of a volume of RAR 5: its first header says that it is one, and that it has this number.
fn volume_start(number: u8) -> Vec<u8> {
    let header = [4, 1, 0, 3, number];
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    [
        &b"Rar!\x1a\x07\x01\x00"[..],
        &crc.sum().to_le_bytes(),
        &header,
    ]
    .concat()
}

/// Fifteen hundred volumes that are nothing but their first header, and a wrong one.
fn zip_of_volumes_of_nothing() -> Vec<u8> {
    let names: Vec<String> = (1..=1_500)
        .map(|n| format!("mail.part{n:04}.rar"))
        .collect();
    let mut volume = volume_start(1);
    volume.extend([0xff; 40]);
    volume[9] ^= 1;
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), volume.as_slice()))
        .collect();
    zip_of(&members)
}

/// Two thousand files that are named like parts, the last of a zip in a thousand files, and cabinets that name each other in
/// a circle.
fn zip_of_parts_of_nothing() -> Vec<u8> {
    let mut last = zip_of(&[("a.txt", b"flour")]);
    last.drain(..4);
    let end = last.len() - 22;
    last[end + 4..end + 8].copy_from_slice(&[0xe6, 3, 0xe6, 3]);
    let mut cabinet = b"MSCF\0\0\0\0".to_vec();
    cabinet.resize(36, 0);
    (cabinet[24], cabinet[25], cabinet[30]) = (3, 1, 3);
    cabinet.extend(b"b.cab\0\0b.cab\0\0");
    let names: Vec<String> = (1..=1_000)
        .flat_map(|n| [format!("{n}.002"), format!("x.{n:03}")])
        .collect();
    let mut members: Vec<(&str, &[u8])> = vec![
        ("mail.zip", &last),
        ("a.cab", &cabinet),
        ("b.cab", &cabinet),
    ];
    members.extend(names.iter().map(|name| (name.as_str(), &b"data"[..])));
    zip_of(&members)
}

/// Five hundred volumes that all say that they are the second, and hold a piece of a file without start and end.
fn zip_of_the_same_volume() -> Vec<u8> {
    let mut volume = volume_start(1);
    // A file that goes on from the volume before and to the next one, with four bytes of its data.
    let header = *b"\x11\x02\x1a\x04\x00\x80\x80\x01\x00\x00\x00\x06flour.";
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    volume.extend(crc.sum().to_le_bytes());
    volume.extend(header);
    volume.extend(*b"data");
    let names: Vec<String> = (1..=500).map(|n| format!("mail.part{n:03}.rar")).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), volume.as_slice()))
        .collect();
    zip_of(&members)
}

fn tar_of_tiny_entries() -> Vec<u8> {
    let entries =
        (0..15_000).map(|n: u32| tar_header(format!("{n}").as_bytes(), b'0', &octal(0), b""));
    tar_end(entries.flatten().collect())
}

fn gzip_of_zeros() -> Vec<u8> {
    gzip_of(&vec![0; 64 << 20])
}

fn gzip_of_gzip() -> Vec<u8> {
    let mut bytes = vec![0; 32 << 20];
    for _ in 0..20 {
        bytes = gzip_of(&bytes);
    }
    bytes
}

fn gzip_members() -> Vec<u8> {
    gzip_of(b"").repeat(100_000)
}

fn bzip2_of_zeros() -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    encoder.finish().unwrap()
}

fn zstd_of_zeros() -> Vec<u8> {
    zstd::encode_all(&*vec![0; 64 << 20], 1).unwrap()
}

/// A frame (RFC 8878, section 3.1.1) whose window descriptor asks for two terabytes.
fn zstd_window() -> Vec<u8> {
    [&b"\x28\xb5\x2f\xfd\x00\xf8"[..], &[0x01, 0, 0], &[0; 9000]].concat()
}

/// A stream whose one filter, LZMA2, asks for a dictionary of 4 GiB less a byte (xz file format, section 5.3.1).
fn xz_dictionary() -> Vec<u8> {
    let check = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let mut out = b"\xfd7zXZ\0".to_vec();
    let flags = [0, 1];
    out.extend(flags);
    out.extend(check(&flags));
    let block = [2, 0, 0x21, 1, 40, 0, 0, 0];
    out.extend(block);
    out.extend(check(&block));
    out.extend(super::noise(10_000));
    out
}

fn sevenz_of_zeros() -> Vec<u8> {
    let good = letter(31);
    sevenz_of(
        &[("zeros", &vec![0; 40 << 20]), ("1.eml", good.as_bytes())],
        None,
    )
}

/// A header that speaks of 2^60 files, with the right checksums.
fn sevenz_lying_header() -> Vec<u8> {
    let check = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let many = [0xff, 0, 0, 0, 0, 0, 0, 0, 0x10];
    let header = [&[0x01, 0x05][..], &many, &[0x11], &many, &[0, 0, 0]].concat();
    let start = [
        &0_u64.to_le_bytes()[..],
        &(header.len() as u64).to_le_bytes(),
        &check(&header),
    ]
    .concat();
    [
        &b"7z\xbc\xaf\x27\x1c\0\x04"[..],
        &check(&start),
        &start,
        &header,
    ]
    .concat()
}

fn sevenz_outside() -> Vec<u8> {
    let letters = letters();
    let members: Vec<(&str, &[u8])> = OUTSIDE
        .into_iter()
        .zip(letters.iter().map(String::as_bytes))
        .collect();
    sevenz_of(&members, None)
}

fn sevenz_links() -> Vec<u8> {
    let mut writer = sevenz_rust2::ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let mut entry = sevenz_rust2::ArchiveEntry::new_file("passwords");
    entry.has_windows_attributes = true;
    // A symbolic link, in the Unix half of the attributes.
    entry.windows_attributes = (0o120_777 << 16) | 0x8000;
    writer
        .push_archive_entry(entry, Some(&b"/etc/passwd"[..]))
        .unwrap();
    writer.finish().unwrap().into_inner()
}

fn rar_of_zeros() -> Vec<u8> {
    let mut builder = Builder::new(ArchiveVersion::Rar50);
    let good = letter(31).into_bytes();
    builder
        .add_bytes(b"zeros".to_vec(), vec![0; 40 << 20], None, None)
        .unwrap();
    builder
        .add_bytes(b"1.eml".to_vec(), good, None, None)
        .unwrap();
    builder.to_bytes().unwrap()
}

/// The writer does not write such names: they are put in place of others, and the checksum made to fit.
fn rar_outside() -> Vec<u8> {
    let mut builder = Builder::new(ArchiveVersion::Rar40).store(true);
    for (name, letter) in OUTSIDE.into_iter().zip(letters()) {
        let place: String = name.chars().map(|_| 'x').collect();
        builder
            .add_bytes(place.into_bytes(), letter.into_bytes(), None, None)
            .unwrap();
    }
    let mut archive = builder.to_bytes().unwrap();
    for name in OUTSIDE {
        // A header of RAR 4: checksum (2), type (1), flags (2), size (2), and the name from byte 32 on.
        let place: Vec<u8> = vec![b'x'; name.len()];
        let at = archive
            .windows(name.len())
            .position(|bytes| bytes == place)
            .unwrap();
        archive[at..at + name.len()].copy_from_slice(name.as_bytes());
        let head = at - 32;
        let size = usize::from(u16::from_le_bytes([archive[head + 5], archive[head + 6]]));
        let mut crc = flate2::Crc::new();
        crc.update(&archive[head + 2..head + size]);
        let sum = crc.sum().to_le_bytes();
        archive[head..head + 2].copy_from_slice(&sum[..2]);
    }
    archive
}

fn rar_links() -> Vec<u8> {
    let mut builder = Builder::new(ArchiveVersion::Rar50);
    for (name, target) in [("passwords", "/etc/passwd"), ("up", "../..")] {
        let (name, target) = (name.as_bytes().to_vec(), target.as_bytes().to_vec());
        builder
            .add_unix_symlink(name, target, false, None, None)
            .unwrap();
    }
    let good = letter(34).into_bytes();
    builder
        .add_bytes(b"up/outside.eml".to_vec(), good, None, None)
        .unwrap();
    builder.to_bytes().unwrap()
}

/// A header of RAR 5 that says it is longer than the file, and one of RAR 4 that says it is empty.
fn rar_lying_header() -> Vec<u8> {
    let mut archive = b"Rar!\x1a\x07\x01\x00".to_vec();
    archive.extend([0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0x01]);
    archive.extend(super::noise(4_000));
    archive
}

/// A cabinet whose folders and files point at one another.
fn cabinet() -> Vec<u8> {
    let mut cabinet = b"MSCF\0\0\0\0".to_vec();
    cabinet.extend(u32::to_le_bytes(4_096));
    cabinet.extend([0; 4]);
    cabinet.extend(u32::to_le_bytes(36));
    cabinet.extend([0; 4]);
    cabinet.extend([3, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0]);
    cabinet.resize(4_096, 0xff);
    cabinet
}
