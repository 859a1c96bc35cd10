//! Messages: header, MIME tree, text, attachments. Every place must lie inside the message.
#![no_main]

use bytes::Bytes;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let decoded = mabillon_decode::message(Bytes::copy_from_slice(bytes), None);
    let message = &decoded.message;
    assert_eq!(message.raw, bytes);
    for field in message.fields() {
        assert!(field.whole.end <= bytes.len() && field.whole.start <= field.whole.end);
    }
    for part in &message.parts {
        assert!(part.body.end <= bytes.len() && part.body.start <= part.body.end);
    }
    for attached in &decoded.attached {
        assert!(attached.part < message.parts.len());
    }
    mabillon_decode::parse_date(bytes);
});
