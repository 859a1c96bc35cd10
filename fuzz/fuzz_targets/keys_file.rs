//! Keys files and decoy files, as the user hands them over.
#![no_main]

use mabillon_case::KeySource;
use mabillon_examine::Decoys;
use mabillon_examine::signature::KeyArchive;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut archive = KeyArchive::default();
    let _ = archive.add_file(text, KeySource::Supplied);
    archive.digest();
    let _ = Decoys::parse(text);
});
