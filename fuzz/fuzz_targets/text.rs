//! Plain text and HTML.
#![no_main]

use mabillon_case::Form;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    mabillon_fuzz::document(bytes, Form::Text);
    mabillon_fuzz::document(bytes, Form::Html);
});
