//! Cabinets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    mabillon_fuzz::open(bytes, mabillon_case::Form::Cabinet);
});
