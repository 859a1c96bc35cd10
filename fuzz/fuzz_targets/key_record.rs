//! Key records, as the DNS or a keys file gives them, and what is computed of their keys.
#![no_main]

use std::collections::BTreeMap;

use mabillon_case::KeySource;
use mabillon_examine::signature::{KeyArchive, KeyRow};

libfuzzer_sys::fuzz_target!(|records: Vec<(&str, &str)>| {
    let mut archive = KeyArchive::default();
    for (name, txt) in records.into_iter().take(8) {
        let row = KeyRow::new(name, txt, "published: now", KeySource::Supplied);
        if let Some(key) = row.key() {
            key.id();
            key.bits();
            assert!(key.exponent().is_none() || key.modulus().is_some());
        }
        archive.add(row);
    }
    archive.find_broken(&BTreeMap::new());
    archive.digest();
});
