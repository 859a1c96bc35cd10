//! Compressed files: gzip, bzip2, xz, zstd.
#![no_main]

use mabillon_case::Form;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for form in [Form::Gzip, Form::Bzip2, Form::Xz, Form::Zstd] {
        mabillon_fuzz::open(bytes, form);
    }
});
