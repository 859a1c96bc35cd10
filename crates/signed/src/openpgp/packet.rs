//! Packets (RFC 9580, section 4) and the values in them.

use std::io::Read as _;

use crate::limits::{EXPANDED_BYTES_MAX, NESTING_MAX, PACKETS_MAX};

pub(super) const SIGNATURE: u8 = 2;
pub(super) const PUBLIC_KEY: u8 = 6;
pub(super) const COMPRESSED: u8 = 8;
pub(super) const LITERAL: u8 = 11;
pub(super) const USER_ID: u8 = 13;
pub(super) const PUBLIC_SUBKEY: u8 = 14;
/// Session keys and encrypted data.
pub(super) const ENCRYPTED: [u8; 5] = [1, 3, 9, 18, 20];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) tag: u8,
    pub(super) body: Vec<u8>,
}

/// Reads octets from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Octets<'a>(pub(super) &'a [u8]);

impl<'a> Octets<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(front)
    }

    pub(super) fn octet(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn number(&mut self, n_octets: usize) -> Option<usize> {
        let octets = self.take(n_octets)?;
        Some(
            octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | usize::from(*octet)),
        )
    }

    /// A multiprecision integer (section 3.2), without leading zeros.
    pub(super) fn integer(&mut self) -> Option<&'a [u8]> {
        let n_bits = self.number(2)?;
        self.take(n_bits.div_ceil(8)).map(crate::ber::without_zeros)
    }

    /// A length of a packet or subpacket of the new form (sections 4.2.1 and 5.2.3.7); `Err` holds a partial one.
    fn length(&mut self) -> Option<Result<usize, usize>> {
        let first = usize::from(self.octet()?);
        Some(match first {
            0..=191 => Ok(first),
            192..=223 => Ok(((first - 192) << 8) + usize::from(self.octet()?) + 192),
            255 => Ok(self.number(4)?),
            _ => Err(1 << (first & 0x1f)),
        })
    }

    /// The length of a subpacket, which knows no partial ones.
    pub(super) fn subpacket_length(&mut self) -> Option<usize> {
        let first = usize::from(self.octet()?);
        Some(match first {
            0..=191 => first,
            192..=254 => ((first - 192) << 8) + usize::from(self.octet()?) + 192,
            _ => self.number(4)?,
        })
    }
}

/// The packets of a block; what follows something malformed is left out.
pub(super) fn packets(bytes: &[u8]) -> Vec<Packet> {
    let mut octets = Octets(bytes);
    let mut found = Vec::new();
    while let Some(packet) = packet(&mut octets) {
        found.push(packet);
        if found.len() >= PACKETS_MAX {
            break;
        }
    }
    found
}

fn packet(octets: &mut Octets<'_>) -> Option<Packet> {
    let head = octets.octet()?;
    if head & 0x80 == 0 {
        return None;
    }
    if head & 0x40 == 0 {
        let body = match head & 3 {
            3 => octets.take(octets.0.len())?,
            n => {
                let length = octets.number(1 << n)?;
                octets.take(length)?
            }
        };
        return Some(Packet {
            tag: head >> 2 & 0x0f,
            body: body.to_vec(),
        });
    }
    let mut body = Vec::new();
    loop {
        match octets.length()? {
            Ok(length) => {
                body.extend_from_slice(octets.take(length)?);
                return Some(Packet {
                    tag: head & 0x3f,
                    body,
                });
            }
            Err(length) => body.extend_from_slice(octets.take(length)?),
        }
    }
}

/// The packets with compressed ones expanded; `Err` where that goes beyond a limit or cannot be done.
pub(super) fn expanded(bytes: &[u8]) -> Result<Vec<Packet>, String> {
    let mut current = packets(bytes);
    for _ in 0..NESTING_MAX {
        let Some(at) = current.iter().position(|packet| packet.tag == COMPRESSED) else {
            return Ok(current);
        };
        let inside = expand(
            &current
                .get(at)
                .map(|packet| packet.body.clone())
                .unwrap_or_default(),
        )?;
        current.splice(at..=at, packets(&inside));
    }
    Err(format!(
        "its compressed packets are nested more than {NESTING_MAX} deep"
    ))
}

fn expand(body: &[u8]) -> Result<Vec<u8>, String> {
    let (&algorithm, data) = body.split_first().ok_or("a compressed packet is empty")?;
    let mut out = Vec::new();
    let bound = EXPANDED_BYTES_MAX as u64 + 1;
    let read = match algorithm {
        0 => data.take(bound).read_to_end(&mut out),
        1 => flate2::read::DeflateDecoder::new(data)
            .take(bound)
            .read_to_end(&mut out),
        2 => flate2::read::ZlibDecoder::new(data)
            .take(bound)
            .read_to_end(&mut out),
        3 => bzip2::read::BzDecoder::new(data)
            .take(bound)
            .read_to_end(&mut out),
        _ => return Err("a packet is compressed by an unknown method".to_owned()),
    };
    match read {
        Ok(n) if n as u64 == bound => Err(format!(
            "it expands to more than {EXPANDED_BYTES_MAX} bytes"
        )),
        Ok(_) => Ok(out),
        Err(_) => Err("a compressed packet cannot be expanded".to_owned()),
    }
}
