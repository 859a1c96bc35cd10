//! Cabinets and disc images.

use super::{Family, READ};
use crate::made_discs::{Names, Packing, cabinet, image, record};

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "files_one_upon_another.cab",
        bytes: cab_overlaps,
        says: "it overlaps another file of the cabinet",
    },
    Family {
        name: "a_bomb.cab",
        bytes: cab_bomb,
        says: "it expands to more than 250 times its size",
    },
    Family {
        name: "a_method_nobody_reads.cab",
        bytes: cab_quantum,
        says: "its compression (quantum) is not read",
    },
    Family {
        name: "sizes_that_lie.cab",
        bytes: cab_sizes,
        says: "its folder ends before it does",
    },
    Family {
        name: "directories_that_lead_back.iso",
        bytes: iso_ring,
        says: "leads back to one that was read already",
    },
    Family {
        name: "one_file_under_many_names.iso",
        bytes: iso_names,
        says: "the containers of this file expand to more than",
    },
    Family {
        name: "a_directory_of_gigabytes.iso",
        bytes: iso_directory,
        says: "directories may have 134217728 bytes together",
    },
    Family {
        name: "names_that_reach_outside.iso",
        bytes: iso_outside,
        says: READ,
    },
    Family {
        name: "records_of_noise.iso",
        bytes: iso_noise,
        says: "beyond the end of the image",
    },
];

/// Where the file records of a cabinet begin.
const FILES_AT: usize = 44;

fn cab_overlaps() -> Vec<u8> {
    let content = [b'x'; 300];
    let names: Vec<String> = (0..20_000).map(|n| format!("{n:05}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &content[..])).collect();
    let mut cabinet = cabinet(&files, Packing::MsZip);
    for n in 0..files.len() {
        let at = FILES_AT + n * (16 + 10) + 4;
        cabinet[at..at + 4].copy_from_slice(&7_u32.to_le_bytes());
    }
    cabinet
}

fn cab_bomb() -> Vec<u8> {
    let zeros = vec![0; 32 << 10];
    let small = cabinet(&[("zeros", &zeros)], Packing::MsZip);
    let block_at = FILES_AT + 16 + 6;
    let (head, block) = small.split_at(block_at);
    let n_blocks = 60_000_u16;
    let mut bomb = head.to_vec();
    bomb[40..42].copy_from_slice(&n_blocks.to_le_bytes());
    let size = u32::from(n_blocks) * (32 << 10);
    bomb[FILES_AT..FILES_AT + 4].copy_from_slice(&size.to_le_bytes());
    bomb.extend(block.repeat(usize::from(n_blocks)));
    bomb
}

fn cab_quantum() -> Vec<u8> {
    let mut cabinet = cabinet(&[("a.txt", b"flour")], Packing::Stored);
    cabinet[42] = 2;
    cabinet
}

fn cab_sizes() -> Vec<u8> {
    let mut cabinet = cabinet(&[("a.txt", b"flour"), ("b.txt", b"water")], Packing::MsZip);
    cabinet[FILES_AT..FILES_AT + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    cabinet
}

const SECTOR_BYTES: usize = 2_048;
const ROOT: usize = 20 * SECTOR_BYTES;

/// An image whose root directory holds these records; the content of all files begins at sector 20 + `n_sectors`.
fn with_root(records: &[u8], content: &[u8]) -> Vec<u8> {
    let mut sectors = Vec::new();
    let mut sector: Vec<u8> = Vec::new();
    let mut rest = records;
    while let Some(&n) = rest.first() {
        let (one, after) = rest.split_at(usize::from(n));
        if sector.len() + one.len() > SECTOR_BYTES {
            sector.resize(SECTOR_BYTES, 0);
            sectors.append(&mut sector);
        }
        sector.extend(one);
        rest = after;
    }
    sector.resize(SECTOR_BYTES, 0);
    sectors.append(&mut sector);
    let mut image = image(&[], Names::Plain);
    image.truncate(ROOT);
    let n_bytes = u32::try_from(sectors.len()).unwrap();
    let root = record(&[0], &[], (20, n_bytes), 2);
    let at = 16 * SECTOR_BYTES + 156;
    image[at..at + root.len()].copy_from_slice(&root);
    [&image, &*sectors, content].concat()
}

fn iso_ring() -> Vec<u8> {
    let ring: Vec<u8> = (0..3_000_u32)
        .flat_map(|n| record(format!("D{n}").as_bytes(), &[], (20, 2_048), 2))
        .collect();
    with_root(&ring, b"")
}

fn iso_names() -> Vec<u8> {
    let length = 1 << 20;
    // 2,000 records of 42 bytes lie in 42 sectors.
    let at = 20 + 42;
    let names: Vec<u8> = (0..2_000_u32)
        .flat_map(|n| record(format!("N{n:07}").as_bytes(), &[], (at, length), 0))
        .collect();
    with_root(&names, &vec![b'x'; length as usize])
}

fn iso_directory() -> Vec<u8> {
    with_root(&record(b"D", &[], (30, u32::MAX), 2), b"")
}

fn iso_outside() -> Vec<u8> {
    let names = [
        "../../../outside.eml",
        "/tmp/mabillon-outside.eml",
        "..\\..\\outside.eml",
    ];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b"flour"[..])).collect();
    let mut records = Vec::new();
    for (name, _) in files {
        let mut field = b"NM".to_vec();
        field.extend([u8::try_from(name.len() + 5).unwrap(), 1, 0]);
        field.extend(name.as_bytes());
        records.extend(record(b"NAME.;1", &field, (21, 5), 0));
    }
    with_root(&records, b"flour")
}

fn iso_noise() -> Vec<u8> {
    let mut records = Vec::new();
    for piece in super::noise(60_000).chunks(34) {
        let mut one = record(&piece[..10], &[], (21, 5), 0);
        one[2..33]
            .copy_from_slice(&super::noise(31 + usize::from(piece[0]))[usize::from(piece[0])..]);
        one[25] &= !2;
        one[26] = 0;
        one[32] = 10;
        records.extend(one);
    }
    with_root(&records, b"")
}
