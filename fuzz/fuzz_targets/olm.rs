//! Messages of Outlook for Mac.
#![no_main]

use mabillon_mapi::{Source, assemble, read_olm};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for found in read_olm(&String::from_utf8_lossy(bytes)).messages {
        assert_eq!(found.message.attachments.len(), found.attachment_paths.len());
        let assembled = assemble(found.message, Source::Olm).bytes;
        assert!(assembled.starts_with(b"X-Mabillon-Assembled: rules=1; from=olm"));
    }
});
