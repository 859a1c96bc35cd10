//! Telling the form by content, and opening what was told.
#![no_main]

use bytes::Bytes;
use mabillon_acquire::{form_of, message_in};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    message_in(&Bytes::copy_from_slice(bytes));
    mabillon_fuzz::open(bytes, form_of(bytes));
});
