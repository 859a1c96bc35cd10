//! RSA private keys that lie in the open, as text (PEM, RFC 7468): whoever has one signs whatever he likes with it.

use super::public_key::{der_value, key_id, pkcs1_der, without_zeros};

/// Private keys named of one item.
const PRIVATE_KEYS_MAX: usize = 16;
/// Characters of one encoded key.
const ENCODED_CHARS_MAX: usize = 32 * 1024;
/// How they begin: an `RSAPrivateKey` (RFC 8017, appendix A.1.2), and one in a `PrivateKeyInfo` (RFC 5208).
const BEGINNINGS: [&str; 2] = [
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----",
];

/// The names of the public keys that belong to the RSA private keys in a text, sorted, each once. Those that are locked
/// by a password are left out.
pub(crate) fn private_key_ids(text: &str) -> Vec<String> {
    let mut ids: Vec<String> = memchr::memmem::find_iter(text.as_bytes(), "-----BEGIN ")
        .filter_map(|at| {
            let block = text.get(at..)?;
            BEGINNINGS
                .iter()
                .find_map(|start| block.strip_prefix(start))
        })
        .take(PRIVATE_KEYS_MAX)
        .filter_map(public_key_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn public_key_id(block: &str) -> Option<String> {
    let encoded: Vec<u8> = block
        .bytes()
        .take(ENCODED_CHARS_MAX)
        .take_while(|&byte| byte != b'-')
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let der = base64_simd::STANDARD.decode_to_vec(&encoded).ok()?;
    let (modulus, exponent) = numbers(&der)?;
    Some(key_id(&pkcs1_der(modulus, exponent)))
}

/// Modulus and public exponent of a private key.
fn numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x30, outer, _) = der_value(der)? else {
        return None;
    };
    let (0x02, _version, rest) = der_value(outer)? else {
        return None;
    };
    let (tag, first, rest) = der_value(rest)?;
    if tag == 0x30 {
        let (0x04, key, _) = der_value(rest)? else {
            return None;
        };
        let (0x30, key, _) = der_value(key)? else {
            return None;
        };
        let (0x02, _version, rest) = der_value(key)? else {
            return None;
        };
        return integers(rest);
    }
    let (0x02, exponent, _) = der_value(rest)? else {
        return None;
    };
    (tag == 0x02).then(|| (without_zeros(first), without_zeros(exponent)))
}

fn integers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x02, modulus, rest) = der_value(der)? else {
        return None;
    };
    let (0x02, exponent, _) = der_value(rest)? else {
        return None;
    };
    Some((without_zeros(modulus), without_zeros(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::damaged::keys;

    const PEM: &str = include_str!("../../examples/dkim_sign/keys/s2048.pem");

    #[test]
    fn a_private_key_in_a_text_is_named_as_its_public_half() {
        let text = format!("Here it is:\n{PEM}\nKeep it safe.");
        let rows = keys();
        let row = rows.rows_of("s2048", "northquay.example")[0];
        assert_eq!(private_key_ids(&text), [row.key().unwrap().id()]);
        assert!(private_key_ids(&text.replace("MII", "MIJ")).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_blocks_never_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let block = base64_simd::STANDARD.encode_to_string(&bytes);
            let _ = private_key_ids(&format!("{}\n{block}\n-----END", BEGINNINGS[1]));
            let _ = numbers(&bytes);
        }
    }
}
