//! OpenDocument packages.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    mabillon_fuzz::document(bytes, mabillon_case::Form::Odf);
});
