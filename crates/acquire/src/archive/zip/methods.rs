//! Compression methods of zip entries (APPNOTE.TXT, section 4.4.5).

use std::io::{self, Read};

use lzma_rust2::LzmaReader;
use ppmd_rust::{Ppmd8Decoder, RestoreMethod};

use super::directory::Fields;
use crate::archive::compressed::{xz, zstd};
use crate::archive::meter::CountedInput;
use crate::limits::{ZIP_LZMA_DICTIONARY_BYTES_MAX, ZIP_PPMD_MEMORY_BYTES_MAX};

/// The method of entries encrypted by AES.
pub(super) const METHOD_AES: u16 = 99;

/// Bit of the flags of an entry packed by LZMA: a mark shows its end.
const HAS_END_MARK: u16 = 1 << 1;

/// The name of a compression method.
pub(super) fn method_name(method: u16) -> String {
    let name = match method {
        0 => "stored",
        1 => "Shrink",
        2..=5 => "Reduce",
        6 => "Implode",
        8 => "deflate",
        9 => "deflate64",
        12 => "bzip2",
        14 => "LZMA",
        20 | 93 => "zstd",
        94 => "MP3",
        95 => "xz",
        96 => "JPEG",
        97 => "WavPack",
        98 => "PPMd",
        99 => "AES",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// Why entries of a method are not read, if they are not.
pub(super) fn refusal(method: u16) -> Option<String> {
    if matches!(method, 0 | 8 | 9 | 12 | 14 | 20 | 93 | 95 | 98) {
        return None;
    }
    let name = method_name(method);
    Some(if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("unsupported method {method}")
    } else {
        format!("unsupported method {method} ({name})")
    })
}

/// A decoder of an entry of this size, as far as known.
pub(super) fn decoder<'a, R: Read + 'a>(
    mut input: CountedInput<R>,
    method: u16,
    flags: u16,
    size_bytes: Option<u64>,
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match method {
        0 => Box::new(input),
        8 => Box::new(flate2::bufread::DeflateDecoder::new(input)),
        9 => Box::new(deflate64::Deflate64Decoder::with_buffer(input)),
        12 => Box::new(bzip2::bufread::BzDecoder::new(input)),
        14 => {
            let has_end_mark = flags & HAS_END_MARK != 0;
            let size = size_bytes.filter(|_| !has_end_mark).unwrap_or(u64::MAX);
            Box::new(lzma(input, size, size_bytes)?)
        }
        20 | 93 => Box::new(zstd(input)?),
        95 => Box::new(xz(input)),
        98 => {
            let mut header = [0; 2];
            input.read_exact(&mut header)?;
            // The stream has no end of its own.
            Box::new(ppmd(input, Fields(&header).u16(0))?.take(size_bytes.unwrap_or(u64::MAX)))
        }
        _ => return Err(io::Error::other("there is no decoder for its method")),
    })
}

/// LZMA (section 5.8): version, size of the properties, properties, then the raw stream.
fn lzma<R: Read>(
    mut input: R,
    stream_bytes: u64,
    size_bytes: Option<u64>,
) -> io::Result<LzmaReader<R>> {
    let mut header = [0; 9];
    input.read_exact(&mut header)?;
    let fields = Fields(&header);
    if fields.u16(2) != 5 {
        return Err(io::Error::other("its LZMA properties are damaged"));
    }
    // A dictionary larger than the content holds nothing.
    let needed = size_bytes.unwrap_or(u64::MAX).max(1 << 12);
    let dictionary_bytes = u64::from(fields.u32(5)).min(needed);
    let dictionary = u32::try_from(dictionary_bytes).unwrap_or(u32::MAX);
    if dictionary > ZIP_LZMA_DICTIONARY_BYTES_MAX {
        return Err(io::Error::other(format!(
            "its dictionary is larger than {ZIP_LZMA_DICTIONARY_BYTES_MAX} bytes"
        )));
    }
    let properties = header.get(4).copied().unwrap_or_default();
    LzmaReader::new_with_props(input, stream_bytes, properties, dictionary, None)
        .map_err(io::Error::other)
}

/// `PPMd` version I, revision 1 (section 5.10): order, memory and restoration in 16 bits, then the stream.
fn ppmd<R: Read>(input: R, parameters: u16) -> io::Result<Ppmd8Decoder<R>> {
    let order = u32::from(parameters & 0xf) + 1;
    let memory_bytes = (u32::from(parameters >> 4 & 0xff) + 1) << 20;
    if memory_bytes > ZIP_PPMD_MEMORY_BYTES_MAX {
        return Err(io::Error::other(format!(
            "its model needs more than {ZIP_PPMD_MEMORY_BYTES_MAX} bytes"
        )));
    }
    let restoration = match parameters >> 12 {
        0 => RestoreMethod::Restart,
        1 => RestoreMethod::CutOff,
        _ => return Err(io::Error::other("its PPMd parameters are damaged")),
    };
    Ppmd8Decoder::new(input, order, memory_bytes, restoration)
        .map_err(|error| io::Error::other(format!("its PPMd stream is damaged: {error:?}")))
}
