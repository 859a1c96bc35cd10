//! Little-endian numbers at a place that may lie outside the bytes.

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Four bytes at `at`, as a size or place; on a machine where it does not fit, the largest there is.
pub(crate) fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    u32_at(bytes, at).map(|value| usize::try_from(value).unwrap_or(usize::MAX))
}
