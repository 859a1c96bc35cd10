//! Signatures of a message, with the repairs.
#![no_main]

use bytes::Bytes;
use mabillon_examine::signature::verify;
use mabillon_fuzz::WORLD;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let decoded = mabillon_decode::message(Bytes::copy_from_slice(bytes), None);
    verify(&decoded.message, &WORLD.keys);
});
