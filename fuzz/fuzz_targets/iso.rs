//! ISO 9660 images.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    mabillon_fuzz::open(bytes, mabillon_case::Form::Iso);
});
