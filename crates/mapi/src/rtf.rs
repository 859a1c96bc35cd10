//! Compressed RTF (MS-OXRTFCP).

use crate::limits::RTF_BYTES_MAX;
use crate::little_endian::{u32_at, usize_at};

const COMPRESSED: u32 = 0x7546_5a4c;
const UNCOMPRESSED: u32 = 0x414c_454d;
const HEADER_BYTES: usize = 16;
const DICTIONARY_BYTES: usize = 4096;

/// What the dictionary holds at the start (MS-OXRTFCP 2.1.2.1).
const START: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// The RTF in the value of `PidTagRtfCompressed`; `None` where it is no compressed RTF. What is damaged ends early.
pub fn decompress_rtf(bytes: &[u8]) -> Option<Vec<u8>> {
    let raw_size = usize_at(bytes, 4)?.min(RTF_BYTES_MAX);
    let content = bytes.get(HEADER_BYTES..)?;
    match u32_at(bytes, 8)? {
        UNCOMPRESSED => Some(content.get(..raw_size.min(content.len()))?.to_vec()),
        COMPRESSED => Some(expand(content, raw_size)),
        _ => None,
    }
}

/// The dictionary: a ring of 4096 bytes.
struct Dictionary {
    bytes: [u8; DICTIONARY_BYTES],
    write: usize,
}

impl Dictionary {
    fn new() -> Self {
        let mut bytes = [0; DICTIONARY_BYTES];
        if let Some(start) = bytes.get_mut(..START.len()) {
            start.copy_from_slice(START);
        }
        Self {
            bytes,
            write: START.len(),
        }
    }

    fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        if let Some(slot) = self.bytes.get_mut(self.write) {
            *slot = byte;
        }
        self.write = (self.write + 1) % DICTIONARY_BYTES;
        out.push(byte);
    }
}

fn expand(content: &[u8], raw_size: usize) -> Vec<u8> {
    let mut dictionary = Dictionary::new();
    let mut out = Vec::with_capacity(raw_size.min(content.len().saturating_mul(4)));
    let mut rest = content;
    while let Some((&control, after)) = rest.split_first() {
        rest = after;
        for bit in 0..8 {
            if out.len() >= raw_size {
                return out;
            }
            if control >> bit & 1 == 0 {
                let Some((&literal, after)) = rest.split_first() else {
                    return out;
                };
                rest = after;
                dictionary.push(literal, &mut out);
                continue;
            }
            let Some((pair, after)) = rest.split_first_chunk::<2>() else {
                return out;
            };
            rest = after;
            let reference = usize::from(u16::from_be_bytes(*pair));
            let (offset, length) = (reference >> 4, (reference & 15) + 2);
            if offset == dictionary.write {
                return out;
            }
            for step in 0..length {
                let at = (offset + step) % DICTIONARY_BYTES;
                let byte = dictionary.bytes.get(at).copied().unwrap_or(0);
                dictionary.push(byte, &mut out);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of MS-OXRTFCP 3.1.1 and 3.1.2.
    #[test]
    fn the_examples_of_the_specification() {
        assert_eq!(START.len(), 207);
        let simple = b"\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0";
        assert_eq!(
            decompress_rtf(simple).unwrap(),
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
        let crossing = b"\x1a\x00\x00\x00\x1c\x00\x00\x00\x4c\x5a\x46\x75\xe2\xd4\x4b\x51\x41\x00\x04\x20\x57\x58\x59\x5a\x0d\x6e\x7d\x01\x0e\xb0";
        assert_eq!(
            decompress_rtf(crossing).unwrap(),
            b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
        );
        assert_eq!(decompress_rtf(b"short"), None);
    }

    /// Texts of another project, with what its reader made of them. That reader has the line end of the dictionary the
    /// wrong way round; MS-OXRTFCP 2.1.2.1, and the example above, have CR LF.
    #[test]
    fn texts_from_elsewhere_expand_to_the_same() {
        let folder = std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/data/msg/msgreader/MsgReaderTests/SampleFiles/rtf"
        ));
        if !folder.is_dir() {
            println!("skipped: there is no {}", folder.display());
            return;
        }
        for (name, is_compressed) in [("LZFu", true), ("MELA", false)] {
            let read = |extension| std::fs::read(folder.join(name).with_extension(extension));
            let expanded = decompress_rtf(&read("bin").unwrap()).unwrap();
            let mut theirs = String::from_utf8(read("rtf").unwrap()).unwrap();
            if is_compressed {
                theirs = theirs.replace("\n\r", "\r\n");
            }
            assert_eq!(String::from_utf8(expanded).unwrap(), theirs, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            decompress_rtf(&bytes);
            let mut compressed = b"\0\0\0\0\xff\xff\0\0LZFu\0\0\0\0".to_vec();
            compressed.extend(&bytes);
            proptest::prop_assert!(decompress_rtf(&compressed).unwrap().len() <= 17 * bytes.len() + 17);
        }
    }
}
