//! Cabinets and disc images, made for tests.

use std::collections::BTreeMap;

use flate2::{Compress, Compression, FlushCompress};

/// How a cabinet is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Stored,
    MsZip,
}

/// Bytes of one block of a cabinet.
const BLOCK_BYTES: usize = 32 << 10;

/// One block of MSZIP that points back into the 32 KiB before it.
fn mszip(before: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::default(), false);
    if !before.is_empty() {
        compress.set_dictionary(before).unwrap();
    }
    let mut packed = Vec::with_capacity(bytes.len() + 1024);
    compress
        .compress_vec(bytes, &mut packed, FlushCompress::Finish)
        .unwrap();
    [&b"CK"[..], &packed].concat()
}

/// The blocks of a folder as they are packed, and how many bytes each unpacks to.
pub(crate) fn blocks_of(content: &[u8], packing: Packing) -> Vec<(Vec<u8>, usize)> {
    let blocks = content.chunks(BLOCK_BYTES).enumerate();
    let packed = blocks.map(|(number, block)| {
        let start = number * BLOCK_BYTES;
        let packed = match packing {
            Packing::Stored => block.to_vec(),
            Packing::MsZip => mszip(&content[start.saturating_sub(BLOCK_BYTES)..start], block),
        };
        (packed, block.len())
    });
    packed.collect()
}

/// A cabinet of one folder (MS-CAB); names and contents.
pub(crate) fn cabinet(files: &[(&str, &[u8])], packing: Packing) -> Vec<u8> {
    let content: Vec<u8> = files
        .iter()
        .flat_map(|(_, content)| content.to_vec())
        .collect();
    let mut blocks = Vec::new();
    for (packed, n_bytes) in blocks_of(&content, packing) {
        blocks.extend([0; 4]);
        blocks.extend(u16::try_from(packed.len()).unwrap().to_le_bytes());
        blocks.extend(u16::try_from(n_bytes).unwrap().to_le_bytes());
        blocks.extend(packed);
    }
    let mut records = Vec::new();
    let mut offset = 0_u32;
    for (name, content) in files {
        let size = u32::try_from(content.len()).unwrap();
        records.extend([size, offset].iter().flat_map(|n| n.to_le_bytes()));
        // Folder 0, 2017-05-05 11:20:44, the archive attribute.
        records.extend(
            [0, 0x4aa5, 0x5a96, 0x20]
                .iter()
                .flat_map(|n: &u16| n.to_le_bytes()),
        );
        records.extend(name.as_bytes());
        records.push(0);
        offset += size;
    }
    let blocks_at = u32::try_from(36 + 8 + records.len()).unwrap();
    let n_bytes = blocks_at + u32::try_from(blocks.len()).unwrap();
    let mut cabinet = b"MSCF\0\0\0\0".to_vec();
    cabinet.extend([n_bytes, 0, 44, 0].iter().flat_map(|n| n.to_le_bytes()));
    cabinet.extend([3, 1]);
    let n_files = u16::try_from(files.len()).unwrap();
    cabinet.extend(
        [1, n_files, 0, 7, 0]
            .iter()
            .flat_map(|n: &u16| n.to_le_bytes()),
    );
    let n_blocks = u16::try_from(content.len().div_ceil(BLOCK_BYTES)).unwrap();
    cabinet.extend(blocks_at.to_le_bytes());
    cabinet.extend(n_blocks.to_le_bytes());
    cabinet.extend(u16::from(packing == Packing::MsZip).to_le_bytes());
    [cabinet, records, blocks].concat()
}

const SECTOR_BYTES: usize = 2048;

/// How the names of an image are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Plain,
    Joliet,
    RockRidge,
}

/// A directory record (ECMA-119 9.1).
pub(crate) fn record(name: &[u8], beside: &[u8], place: (u32, u32), flags: u8) -> Vec<u8> {
    let mut record = vec![0, 0];
    for number in [place.0, place.1] {
        record.extend(number.to_le_bytes());
        record.extend(number.to_be_bytes());
    }
    // 2017-05-05 11:20:44 +02:00.
    record.extend([117, 5, 5, 11, 20, 44, 8]);
    record.extend([flags, 0, 0, 1, 0, 0, 1]);
    record.push(u8::try_from(name.len()).unwrap());
    record.extend(name);
    record.resize(record.len().next_multiple_of(2), 0);
    record.extend(beside);
    record[0] = u8::try_from(record.len()).unwrap();
    record
}

/// The name of a file as an image writes it, and what stands beside it.
fn name_of(name: &str, names: Names) -> (Vec<u8>, Vec<u8>) {
    match names {
        Names::Plain => (
            format!("{};1", name.to_uppercase()).into_bytes(),
            Vec::new(),
        ),
        Names::Joliet => (
            name.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Vec::new(),
        ),
        Names::RockRidge => {
            let mut field = b"NM".to_vec();
            field.extend([u8::try_from(name.len() + 5).unwrap(), 1, 0]);
            field.extend(name.as_bytes());
            (b"NAME.;1".to_vec(), field)
        }
    }
}

/// A volume descriptor with its root directory.
fn descriptor(kind: u8, escape: &[u8], root: &[u8]) -> Vec<u8> {
    let mut sector = vec![0; SECTOR_BYTES];
    sector[0] = kind;
    sector[1..7].copy_from_slice(b"CD001\x01");
    sector[88..88 + escape.len()].copy_from_slice(escape);
    sector[128..130].copy_from_slice(&2048_u16.to_le_bytes());
    sector[156..156 + root.len()].copy_from_slice(root);
    sector
}

/// An image of ISO 9660; names may have one folder before them.
pub(crate) fn image(files: &[(&str, &[u8])], names: Names) -> Vec<u8> {
    let mut folders: BTreeMap<&str, Vec<(&str, &[u8])>> = BTreeMap::from([("", Vec::new())]);
    for (path, content) in files {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        folders.entry(folder).or_default().push((name, content));
    }
    // The root lies at sector 20, the folders behind it, a sector each, then the files.
    let sector_of = |number: usize| u32::try_from(20 + number).unwrap();
    let mut next = 20 + folders.len();
    let mut directories = Vec::new();
    let mut contents = Vec::new();
    let sector_bytes = u32::try_from(SECTOR_BYTES).unwrap();
    for (folder, files) in &folders {
        let mut directory = record(&[0], &[], (20, sector_bytes), 2);
        directory.extend(record(&[1], &[], (20, sector_bytes), 2));
        if folder.is_empty() {
            for (number, name) in folders.keys().enumerate().skip(1) {
                let (name, beside) = match names {
                    Names::Plain => (name.to_uppercase().into_bytes(), Vec::new()),
                    _ => name_of(name, names),
                };
                directory.extend(record(&name, &beside, (sector_of(number), sector_bytes), 2));
            }
        }
        for (name, content) in files {
            let (name, beside) = name_of(name, names);
            let size = u32::try_from(content.len()).unwrap();
            let at = u32::try_from(next).unwrap();
            directory.extend(record(&name, &beside, (at, size), 0));
            next += content.len().div_ceil(SECTOR_BYTES);
            contents.extend_from_slice(content);
            contents.resize(contents.len().next_multiple_of(SECTOR_BYTES), 0);
        }
        directory.resize(SECTOR_BYTES, 0);
        directories.extend(directory);
    }
    let root = record(&[0], &[], (20, sector_bytes), 2);
    let mut image = vec![0; 16 * SECTOR_BYTES];
    image.extend(descriptor(1, b"", &root));
    if names == Names::Joliet {
        image.extend(descriptor(2, b"%/E", &root));
    }
    image.extend(descriptor(255, b"", &[]));
    image.resize(20 * SECTOR_BYTES, 0);
    [image, directories, contents].concat()
}
