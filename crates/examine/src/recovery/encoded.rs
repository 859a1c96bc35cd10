//! What an RSA signature was made of: EMSA-PKCS1-v1_5 (RFC 8017, section 9.2).

use super::number::Number;

/// The `DigestInfo` that stands before the hash.
const SHA1_PREFIX: &[u8] = &[
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];
const SHA256_PREFIX: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// The encoded message for a modulus of `n_octets`: `00 01 ff ... ff 00`, the `DigestInfo` and the hash, which its
/// length tells: 20 octets are SHA-1, 32 are SHA-256. `None` for other lengths and where it does not fit.
pub(super) fn encoded(digest: &[u8], n_octets: usize) -> Option<Number> {
    let prefix = match digest.len() {
        20 => SHA1_PREFIX,
        32 => SHA256_PREFIX,
        _ => return None,
    };
    // At least eight octets of padding, and three around them.
    let n_padding = n_octets
        .checked_sub(prefix.len() + digest.len() + 3)
        .filter(|&n_padding| n_padding >= 8)?;
    let mut octets = vec![0x00, 0x01];
    octets.resize(2 + n_padding, 0xff);
    octets.push(0x00);
    octets.extend_from_slice(prefix);
    octets.extend_from_slice(digest);
    Some(Number::from_octets(&octets))
}
