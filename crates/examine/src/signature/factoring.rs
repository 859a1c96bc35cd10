//! Moduli that anybody can factor: what such a key signed proves nothing, at any time.
//!
//! Three faults of key generation are looked for: a small prime factor, two prime factors close to one another (Fermat's
//! method), and a prime factor shared with another key (Heninger and others, Mining your Ps and Qs, 2012).

use std::collections::BTreeMap;

use rsa::BigUint;

use super::public_key::PublicKey;
use crate::recovery::gcd_of_short;

/// Prime factors below this are looked for.
const SMALL_FACTOR_MAX: u32 = 1 << 16;
/// Steps of Fermat's method: enough for factors that agree in their upper half.
const FERMAT_STEPS: usize = 100;
/// Keys that are compared with one another; the work grows with the square of their number.
const COMPARED_KEYS_MAX: usize = 1_000;

/// What is wrong with the keys that can be factored, in plain words, by [`PublicKey::id`].
pub(super) fn factored<'k>(
    keys: impl IntoIterator<Item = &'k PublicKey>,
) -> BTreeMap<String, String> {
    let moduli: BTreeMap<String, BigUint> = keys
        .into_iter()
        .filter_map(|key| Some((key.id(), BigUint::from_bytes_be(key.modulus()?))))
        .collect();
    let small = product((2..SMALL_FACTOR_MAX).filter(|&number| is_prime(number)));
    let mut found = BTreeMap::new();
    for (id, modulus) in &moduli {
        if !is_one(&gcd_of_short(modulus, &(&small % modulus))) {
            found.insert(
                id.clone(),
                "its modulus has a small prime factor".to_owned(),
            );
        } else if has_close_factors(modulus) {
            let says = "its modulus has two prime factors close to one another";
            found.insert(id.clone(), says.to_owned());
        }
    }
    for id in sharing(&moduli) {
        found
            .entry(id)
            .or_insert_with(|| "its modulus shares a prime factor with another key".to_owned());
    }
    found
}

fn product(numbers: impl Iterator<Item = u32>) -> BigUint {
    let mut factors: Vec<BigUint> = numbers.map(BigUint::from).collect();
    while factors.len() > 1 {
        factors = factors
            .chunks(2)
            .map(|pair| pair.iter().fold(BigUint::from(1_u8), |all, one| all * one))
            .collect();
    }
    factors.pop().unwrap_or_else(|| BigUint::from(1_u8))
}

fn is_prime(number: u32) -> bool {
    (2..number)
        .take_while(|divisor| divisor * divisor <= number)
        .all(|divisor| !number.is_multiple_of(divisor))
}

fn is_one(number: &BigUint) -> bool {
    *number == BigUint::from(1_u8)
}

/// Whether `n = a^2 - b^2` for an `a` just above the root of `n`.
fn has_close_factors(modulus: &BigUint) -> bool {
    let one = BigUint::from(1_u8);
    let mut a = root(modulus);
    if &a * &a < *modulus {
        a += &one;
    }
    (0..FERMAT_STEPS).any(|_| {
        let rest = &a * &a - modulus;
        a += &one;
        may_be_square(&rest) && {
            let b = root(&rest);
            &b * &b == rest
        }
    })
}

/// Squares leave few remainders modulo 64: most numbers are told apart by that.
fn may_be_square(number: &BigUint) -> bool {
    let low = number.to_bytes_le().first().copied().unwrap_or_default() % 64;
    (0..64_u32).any(|root| root * root % 64 == u32::from(low))
}

/// The root, rounded down, by Newton's method.
fn root(number: &BigUint) -> BigUint {
    let one = BigUint::from(1_u8);
    if *number <= one {
        return number.clone();
    }
    let mut root = &one << number.bits().div_ceil(2);
    loop {
        let next = (&root + number / &root) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}

/// Keys that share a prime factor with another, by the common divisor with the product of all others.
fn sharing(moduli: &BTreeMap<String, BigUint>) -> Vec<String> {
    let compared: Vec<(&String, &BigUint)> = moduli.iter().take(COMPARED_KEYS_MAX).collect();
    let all = compared
        .iter()
        .fold(BigUint::from(1_u8), |all, (_, modulus)| all * *modulus);
    compared
        .into_iter()
        .filter(|(_, modulus)| {
            let square = *modulus * *modulus;
            let others = (&all % &square) / *modulus;
            !is_one(&gcd_of_short(modulus, &others))
        })
        .map(|(id, _)| id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::public_key::{KeyState, key_record, rsa_der};

    // Primes of 256 bits, checked with another program; CLOSE is the next prime above P.
    const P: &str = "d23f0824128b2f330c5c7fd0a6a3a4506513270e269e0d37f2a74de452e6b463";
    const CLOSE: &str = "d23f0824128b2f330c5c7fd0a6a3a4506513270e269e0d37f2a74de452e6b4bf";
    const Q: &str = "f09c0afb1ebb079465f456aad6cff718569908f6c0301b2153158ce400722169";
    const R: &str = "ebac31fb962e3c84284387ee6c28f618449d27f94356e358524f853f006e6e89";

    fn number(hex: &str) -> BigUint {
        BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
    }

    fn key(modulus: &BigUint) -> PublicKey {
        let der = rsa_der(&modulus.to_bytes_be(), 65537);
        let txt = format!("k=rsa; p={}", base64_simd::STANDARD.encode_to_string(der));
        match key_record(&txt) {
            KeyState::Usable(key) => key,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_can_be_factored_is_found_and_nothing_else() {
        let sound = key(&(number(P) * number(Q)));
        assert!(factored([&sound]).is_empty());
        let close = key(&(number(P) * number(CLOSE)));
        let small = key(&(number(P) * BigUint::from(65521_u32)));
        for (key, words) in [(&close, "close to one another"), (&small, "small prime")] {
            let found = factored([&sound, key]);
            assert!(found[&key.id()].contains(words), "{found:?}");
        }
        let (first, second) = (
            key(&(number(Q) * number(R))),
            key(&(number(CLOSE) * number(R))),
        );
        let found = factored([&first, &second, &small]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[&first.id()].contains("shares a prime factor"));
        assert!(found[&second.id()].contains("shares a prime factor"));
        // The same key twice shares nothing with another.
        assert!(factored([&sound, &sound]).is_empty());
    }

    #[test]
    fn roots_are_rounded_down() {
        for n in 0_u32..200 {
            let root = root(&BigUint::from(n));
            assert!(&root * &root <= BigUint::from(n));
            let above = &root + BigUint::from(1_u8);
            assert!(&above * &above > BigUint::from(n));
        }
    }
}
