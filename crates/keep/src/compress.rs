//! Compression of texts: Zstandard at its quickest level, behind the length of what was compressed.

use std::cell::RefCell;
use std::fmt::Display;

use crate::KeepError;
use crate::limits::TEXT_BYTES_MAX;

const LEVEL: i32 = 1;
const LENGTH_BYTES: usize = 4;

/// Compresses one after another, with the working memory kept.
pub(crate) struct Compressor(zstd::bulk::Compressor<'static>);

impl Compressor {
    pub(crate) fn new() -> Result<Self, KeepError> {
        let inner = zstd::bulk::Compressor::new(LEVEL).map_err(KeepError::damaged)?;
        Ok(Self(inner))
    }

    pub(crate) fn compress(&mut self, bytes: &[u8]) -> Result<Vec<u8>, KeepError> {
        let length = u32::try_from(bytes.len()).map_err(KeepError::damaged)?;
        let compressed = self.0.compress(bytes).map_err(KeepError::damaged)?;
        let mut out = Vec::with_capacity(LENGTH_BYTES + compressed.len());
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&compressed);
        Ok(out)
    }
}

thread_local! {
    /// Working memory of decompression, which costs more to make than to use.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Gives back what was compressed; `of` names it in the error.
pub(crate) fn decompress(bytes: &[u8], of: impl Display) -> Result<Vec<u8>, KeepError> {
    let damaged = || KeepError::damaged(format!("{of} cannot be decompressed"));
    let (length, compressed) = bytes
        .split_first_chunk::<LENGTH_BYTES>()
        .ok_or_else(damaged)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(KeepError::damaged)?;
    if length > TEXT_BYTES_MAX {
        return Err(damaged());
    }
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let mut decompressor = match kept.take() {
            Some(decompressor) => decompressor,
            None => zstd::bulk::Decompressor::new().map_err(KeepError::damaged)?,
        };
        let decompressed = decompressor.decompress(compressed, length);
        *kept = Some(decompressor);
        decompressed.map_err(|_| damaged())
    })
}
