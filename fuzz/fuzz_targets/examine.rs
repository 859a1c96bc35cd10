//! Every item test and every hidden clock on one message, then the group tests on it and a copy with a changed end.
#![no_main]

use bytes::Bytes;
use mabillon_case::{FactRows, ItemId};
use mabillon_examine::{examine_message, group_pass};
use mabillon_fuzz::WORLD;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut facts = Vec::new();
    for copy in [bytes, bytes.get(..bytes.len() * 3 / 4).unwrap_or_default()] {
        let decoded = mabillon_decode::message(Bytes::copy_from_slice(copy), None);
        let attached = &decoded.attached;
        let examined = examine_message(ItemId::of(copy), &decoded.message, attached, &WORLD);
        assert!(
            examined.not_run.iter().all(|not_run| !not_run.failed),
            "{:?}",
            examined.not_run
        );
        facts.push(examined.facts);
    }
    group_pass(&FactRows::all_held(facts), &|_| None, &WORLD, 1);
});
