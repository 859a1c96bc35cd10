//! The blocks of one folder of a cabinet, unpacked (MS-CAB 2.4, MS-MCI for MSZIP, MS-PATCH for LZX).

use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::read::DeflateDecoder;
use lzxd::{Lzxd, WindowSize};

use super::super::little_endian::{u16_at, u32_at};
use super::super::store::StoreReader;
use super::set::{Piece, Whole};

/// Bytes of the header of a block.
const BLOCK_HEADER_BYTES: usize = 8;

/// Bytes that one block unpacks to at most, and that a block of MSZIP may point back.
const BLOCK_BYTES_MAX: usize = 32 << 10;

/// Bytes of one block as it is packed, in all cabinets together.
const PACKED_BYTES_MAX: usize = 64 << 10;

/// How a folder is packed, as exports name it.
pub(super) fn method_name(method: u16) -> String {
    match method & 0x0f {
        0 => "stored".to_owned(),
        1 => "mszip".to_owned(),
        2 => "quantum".to_owned(),
        3 => "lzx".to_owned(),
        other => format!("method {other}"),
    }
}

enum Decoder {
    Stored,
    /// What the blocks before gave, as far as this one may point back.
    MsZip(Vec<u8>),
    Lzx(Box<Lzxd>),
}

impl Decoder {
    fn of(method: u16) -> Result<Self, String> {
        match method & 0x0f {
            0 => Ok(Self::Stored),
            1 => Ok(Self::MsZip(Vec::new())),
            3 => window(method >> 8 & 0x1f)
                .map(|window| Self::Lzx(Box::new(Lzxd::new(window))))
                .ok_or_else(|| "the window of its LZX compression has no valid size".to_owned()),
            _ => Err(format!(
                "its compression ({}) is not read",
                method_name(method)
            )),
        }
    }

    fn unpack(&mut self, packed: Vec<u8>, n_bytes: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Stored if packed.len() == n_bytes => Ok(packed),
            Self::Stored => Err(io::Error::other(
                "a stored block has another size than it says",
            )),
            Self::MsZip(history) => {
                let bytes = inflate(history, &packed, n_bytes)?;
                history.extend_from_slice(&bytes);
                let old = history.len().saturating_sub(BLOCK_BYTES_MAX);
                history.drain(..old);
                Ok(bytes)
            }
            Self::Lzx(decoder) => match decoder.decompress_next(&packed, n_bytes) {
                Ok(bytes) => Ok(bytes.to_vec()),
                Err(error) => Err(io::Error::other(format!("a block is damaged: {error}"))),
            },
        }
    }
}

fn window(bits: u16) -> Option<WindowSize> {
    Some(match bits {
        15 => WindowSize::KB32,
        16 => WindowSize::KB64,
        17 => WindowSize::KB128,
        18 => WindowSize::KB256,
        19 => WindowSize::KB512,
        20 => WindowSize::MB1,
        21 => WindowSize::MB2,
        _ => return None,
    })
}

/// One block of MSZIP: `CK`, then a stream of Deflate that may point back into the blocks before. They go before it as a
/// stored block, whose bytes are left out again.
fn inflate(history: &[u8], packed: &[u8], n_bytes: usize) -> io::Result<Vec<u8>> {
    let packed = packed
        .strip_prefix(b"CK")
        .ok_or_else(|| io::Error::other("a block does not begin as one of MSZIP"))?;
    let length = u16::try_from(history.len()).map_err(io::Error::other)?;
    let [low, high] = length.to_le_bytes();
    let before = [0, low, high, !low, !high];
    let stream = Cursor::new(before).chain(history).chain(packed);
    let mut bytes = vec![0; history.len() + n_bytes];
    DeflateDecoder::new(stream).read_exact(&mut bytes)?;
    Ok(bytes.split_off(history.len()))
}

/// The content of a folder: its files one behind another.
pub(super) struct FolderReader {
    /// The pieces that come after the one that is read, last first.
    pieces: Vec<Piece>,
    blocks: Option<Blocks>,
    /// The cabinet in which the folder goes on behind its last piece, if that is missing.
    next: Option<String>,
    decoder: Decoder,
    block: Cursor<Vec<u8>>,
    /// Packed bytes that were read, headers of blocks included.
    n_consumed: Rc<Cell<u64>>,
}

/// The blocks of one piece.
struct Blocks {
    input: BufReader<StoreReader>,
    n_left: u16,
    reserve_bytes: usize,
}

impl Blocks {
    fn of(piece: &Piece) -> io::Result<Self> {
        let mut input = BufReader::new(piece.store.reader());
        input.seek(SeekFrom::Start(piece.folder.offset))?;
        Ok(Self {
            input,
            n_left: piece.folder.n_blocks,
            reserve_bytes: piece.folder.reserve_bytes,
        })
    }

    /// The next block as it is packed, and how many bytes it unpacks to: none where it goes on in the next piece.
    fn next(&mut self, n_consumed: &Cell<u64>) -> io::Result<Option<(Vec<u8>, usize)>> {
        let Some(left) = self.n_left.checked_sub(1) else {
            return Ok(None);
        };
        self.n_left = left;
        let mut header = vec![0; BLOCK_HEADER_BYTES + self.reserve_bytes];
        self.input.read_exact(&mut header)?;
        let word = |at| usize::from(u16_at(&header, at).unwrap_or_default());
        let (n_packed, n_bytes) = (word(4), word(6));
        if n_bytes > BLOCK_BYTES_MAX {
            return Err(io::Error::other(
                "a block says that it is larger than one may be",
            ));
        }
        let mut packed = vec![0; n_packed];
        self.input.read_exact(&mut packed)?;
        n_consumed.set(n_consumed.get() + (header.len() + n_packed) as u64);
        let stated = u32_at(&header, 0).unwrap_or_default();
        let sum = checksum(header.get(4..).unwrap_or_default(), checksum(&packed, 0));
        if stated != 0 && stated != sum {
            return Err(io::Error::other("the checksum of a block does not fit"));
        }
        Ok(Some((packed, n_bytes)))
    }
}

impl FolderReader {
    /// # Errors
    ///
    /// Why the folder cannot be unpacked.
    pub(super) fn new(folder: &Whole, n_consumed: Rc<Cell<u64>>) -> Result<Self, String> {
        if let Some(reason) = &folder.lost {
            return Err(reason.clone());
        }
        Ok(Self {
            pieces: folder.pieces.iter().rev().cloned().collect(),
            blocks: None,
            next: folder.next.clone(),
            decoder: Decoder::of(folder.method)?,
            block: Cursor::default(),
            n_consumed,
        })
    }

    /// Goes on with the next piece; `false` where there is none.
    fn next_piece(&mut self) -> io::Result<bool> {
        self.blocks = self
            .pieces
            .pop()
            .map(|piece| Blocks::of(&piece))
            .transpose()?;
        Ok(self.blocks.is_some())
    }

    /// Unpacks the next block; `false` where there is none.
    fn next_block(&mut self) -> io::Result<bool> {
        let mut before = Vec::new();
        loop {
            let next = self
                .blocks
                .as_mut()
                .map(|blocks| blocks.next(&self.n_consumed));
            match next.transpose()?.flatten() {
                Some((packed, n_bytes)) => {
                    before.extend(packed);
                    let is_last = self.blocks.as_ref().is_none_or(|blocks| blocks.n_left == 0);
                    if before.len() > PACKED_BYTES_MAX || (n_bytes == 0 && !is_last) {
                        return Err(io::Error::other("a block goes on where none may"));
                    }
                    if n_bytes > 0 {
                        self.block = Cursor::new(self.decoder.unpack(before, n_bytes)?);
                        return Ok(true);
                    }
                }
                None if self.next_piece()? => {}
                None if before.is_empty() && self.next.is_none() => return Ok(false),
                None => return Err(self.ends_here()),
            }
        }
    }

    fn ends_here(&self) -> io::Error {
        io::Error::other(match &self.next {
            Some(name) => format!("it goes on in the cabinet {name}, which is missing"),
            None => "it goes on in another cabinet, and there is none".to_owned(),
        })
    }
}

impl Read for FolderReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.block.read(buffer)?;
            if n > 0 || buffer.is_empty() || !self.next_block()? {
                return Ok(n);
            }
        }
    }
}

/// The exclusive or of the words (MS-CAB 3.1); up to three bytes are left, the first of them in the highest place.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words
        .iter()
        .fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    let last = rest
        .iter()
        .fold(0, |last, byte| last << 8 | u32::from(*byte));
    sum ^ last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_all_lengths() {
        assert_eq!(checksum(b"", 7), 7);
        assert_eq!(checksum(&[1, 0, 0, 0, 2, 0, 0, 0], 0), 3);
        assert_eq!(checksum(&[1, 0, 0, 0, 0xaa, 0xbb, 0xcc], 0), 0x00aa_bbcd);
    }

    #[test]
    fn an_uncompressed_block_of_lzx_is_read() {
        // No translation of calls, a block of kind 3 of five bytes, then R0 to R2, the bytes, and one to fill up.
        let header: u32 = 0b0011_0000_0000_0000_0000_0000_0101 << 4;
        let [a, b, c, d] = header.to_be_bytes();
        let mut chunk = vec![b, a, d, c];
        chunk.extend([1, 0, 0, 0].repeat(3));
        chunk.extend(b"flour\0");
        let mut decoder = Decoder::of(3 | 15 << 8).unwrap();
        assert_eq!(decoder.unpack(chunk, 5).unwrap(), b"flour");
        assert!(Decoder::of(3 | 5 << 8).is_err());
        assert!(Decoder::of(2).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_block_panics(packed in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), method in 0_u16..4, n in 0_usize..40_000) {
            if let Ok(mut decoder) = Decoder::of(method | 16 << 8) {
                let _ = decoder.unpack([b"CK", &*packed].concat(), n);
                let _ = decoder.unpack(packed, n);
            }
        }
    }
}
