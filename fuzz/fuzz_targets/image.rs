//! Pictures: EXIF and the like.
#![no_main]

use mabillon_case::Form;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for media_type in [
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/webp",
        "image/heic",
    ] {
        mabillon_fuzz::document(bytes, Form::Image(media_type));
    }
});
