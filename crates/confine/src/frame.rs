//! Frames: one byte of kind, four bytes of length (little-endian), then so many bytes.

use std::io::{self, Read, Write};

/// Bytes of one frame at most: one item is whole in memory, and so is its answer.
pub(crate) const FRAME_BYTES_MAX: usize = 600 << 20;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Worker: it is locked and listens.
    Ready,
    /// Worker: it could not be locked; the payload says why.
    Refused,
    /// To the worker: the first half of a question, what is to be done.
    Task,
    /// To the worker: the second half, the bytes of the item.
    Bytes,
    /// Worker: a piece of the answer.
    Given,
    /// Worker: the answer is complete; the payload is the processor time used so far, in microseconds.
    Done,
    /// Worker: the decoder panicked.
    Panicked,
}

const KINDS: [Kind; 7] = [
    Kind::Ready,
    Kind::Refused,
    Kind::Task,
    Kind::Bytes,
    Kind::Given,
    Kind::Done,
    Kind::Panicked,
];

/// Why no frame could be read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The other side is gone.
    Gone,
    /// What came is no frame.
    Garbage,
    /// The frame is larger than it may be.
    TooLarge,
}

pub(crate) fn write(out: &mut impl Write, kind: Kind, payload: &[u8]) -> io::Result<()> {
    let too_large = || io::Error::new(io::ErrorKind::InvalidInput, "a frame is too large");
    let n_bytes = u32::try_from(payload.len())
        .ok()
        .filter(|_| payload.len() <= FRAME_BYTES_MAX)
        .ok_or_else(too_large)?;
    let [a, b, c, d] = n_bytes.to_le_bytes();
    out.write_all(&[kind as u8, a, b, c, d])?;
    out.write_all(payload)
}

/// Reads a frame of at most `max` bytes. Memory is taken as bytes come, not as they are announced.
pub(crate) fn read(input: &mut impl Read, max: usize) -> Result<(Kind, Vec<u8>), Unread> {
    let mut head = [0; 5];
    input.read_exact(&mut head).map_err(|_| Unread::Gone)?;
    let [kind, length @ ..] = head;
    let kind = *KINDS.get(usize::from(kind)).ok_or(Unread::Garbage)?;
    let n_bytes = u32::from_le_bytes(length);
    if n_bytes as usize > max.min(FRAME_BYTES_MAX) {
        return Err(Unread::TooLarge);
    }
    let mut payload = Vec::with_capacity((n_bytes as usize).min(ROOM_BYTES_MAX));
    let n_read = input.take(u64::from(n_bytes)).read_to_end(&mut payload);
    match n_read {
        Ok(n) if n as u64 == u64::from(n_bytes) => Ok((kind, payload)),
        _ => Err(Unread::Gone),
    }
}

/// Bytes for which room is made before they come.
const ROOM_BYTES_MAX: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_they_were_written() {
        for kind in KINDS {
            let mut bytes = Vec::new();
            write(&mut bytes, kind, b"payload").unwrap();
            let (read_kind, payload) = read(&mut bytes.as_slice(), 7).unwrap();
            assert_eq!((read_kind, payload.as_slice()), (kind, &b"payload"[..]));
            assert!(matches!(
                read(&mut bytes.as_slice(), 6),
                Err(Unread::TooLarge)
            ));
        }
    }

    #[test]
    fn garbage_is_told_from_an_end() {
        assert!(matches!(
            read(&mut &b"garbage"[..], 9),
            Err(Unread::Garbage)
        ));
        assert!(matches!(
            read(&mut &b"\x04\x04\0\0\0abc"[..], 9),
            Err(Unread::Gone)
        ));
        assert!(matches!(
            read(&mut &b"\x04\xff\xff\xff\xff"[..], usize::MAX),
            Err(Unread::TooLarge)
        ));
    }
}
