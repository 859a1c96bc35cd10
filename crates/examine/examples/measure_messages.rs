//! What the tests of one message say of folders of messages: `measure_messages FOLDER...`.
//!
//! Prints one line per finding: folder, file, test, code, words; and one per test that did not apply.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program beside the stage, not the stage"
)]

use std::io::Write as _;
use std::path::Path;

use bytes::Bytes;
use mabillon_case::{ItemId, Stamp};
use mabillon_examine::signature::KeyArchive;
use mabillon_examine::{Decoys, World, examine_message};

fn main() -> std::io::Result<()> {
    let now = Stamp::from_seconds(1_893_456_000).unwrap_or(Stamp {
        unix_micros: 0,
        offset_minutes: None,
    });
    let world = World {
        roots: mabillon_examine::Roots::default(),
        keys: KeyArchive::default(),
        decoys: Decoys::default(),
        published: mabillon_examine::Published::default(),
        now,
        has_reference: false,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for folder in std::env::args().skip(1) {
        let mut files: Vec<_> = std::fs::read_dir(&folder)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        files.sort();
        for file in files {
            measure(&folder, &file, &world, &mut out)?;
        }
    }
    out.flush()
}

fn measure(
    folder: &str,
    file: &Path,
    world: &World,
    out: &mut impl std::io::Write,
) -> std::io::Result<()> {
    let mut bytes = std::fs::read(file)?;
    if bytes.starts_with(b"From ") {
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        bytes.drain(..end);
    }
    let bytes = Bytes::from(bytes);
    let decoded = mabillon_decode::message(bytes.clone(), None);
    let examined = examine_message(ItemId::of(&bytes), &decoded.message, &[], world);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    for finding in examined.findings {
        writeln!(
            out,
            "{folder}\t{name}\t{}\t{}\t{}",
            finding.test, finding.code, finding.says
        )?;
    }
    for row in examined.not_run {
        writeln!(out, "{folder}\t{name}\t{}\tNA\t{}", row.test, row.reason)?;
    }
    Ok(())
}
