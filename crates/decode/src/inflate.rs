//! Inflating within a limit, for office packages and PDF streams alike.

use flate2::{Decompress, FlushDecompress, Status};

/// How expanding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The data came to its end.
    Whole,
    /// The limit was reached.
    Limit,
    /// The data is damaged or cut off; what came before is given.
    Damage,
}

/// Inflates deflate data (RFC 1951), or zlib data (RFC 1950) where `zlib`, up to `limit` bytes.
///
/// `expected` is only a hint for the first allocation: it is not believed beyond what the packed size could give.
pub(crate) fn inflate(packed: &[u8], expected: usize, limit: usize, zlib: bool) -> (Vec<u8>, End) {
    const FIRST_BYTES_MAX: usize = 1 << 20;
    let plausible = packed.len().saturating_mul(8).min(FIRST_BYTES_MAX);
    let mut out = Vec::with_capacity(
        expected
            .min(plausible)
            .max(512)
            .min(limit.saturating_add(1)),
    );
    let mut inflater = Decompress::new(zlib);
    loop {
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let rest = packed.get(read..).unwrap_or_default();
        let before = (read, out.len());
        let status = inflater.decompress_vec(rest, &mut out, FlushDecompress::None);
        if out.len() > limit {
            out.truncate(limit);
            return (out, End::Limit);
        }
        match status {
            Ok(Status::StreamEnd) => return (out, End::Whole),
            Err(_) => return (out, End::Damage),
            Ok(_) if out.len() == out.capacity() => {
                let more = out.len().max(512).min(limit + 1 - out.len());
                out.reserve_exact(more);
            }
            Ok(_) => {
                let after = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
                if (after, out.len()) == before {
                    return (out, End::Damage);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut writer =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn whole_limited_and_cut_off() {
        let words = vec![b'a'; 1 << 20];
        let packed = packed(&words);
        assert_eq!(
            inflate(&packed, 3, 1 << 20, false),
            (words.clone(), End::Whole)
        );
        assert_eq!(inflate(&packed, 0, (1 << 20) - 1, false).1, End::Limit);
        assert_eq!(inflate(&packed, 0, 1000, false).0.len(), 1000);
        let cut = &packed[..packed.len() / 2];
        assert_eq!(inflate(cut, usize::MAX, 1 << 20, false).1, End::Damage);
    }
}
