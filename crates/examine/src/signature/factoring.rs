//! Moduli that anybody can factor: what such a key signed proves nothing, at any time.
//!
//! Three faults of key generation are looked for: a small prime factor, two prime factors close to one another (Fermat's
//! method), and a prime factor shared with another key (Heninger and others, Mining your Ps and Qs, 2012).

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;

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
    let (mut found, sharing) = thread::scope(|scope| {
        let sharing = scope.spawn(|| sharing(&moduli));
        let found = factored_alone(&moduli);
        (
            found,
            sharing.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    for id in sharing {
        found
            .entry(id)
            .or_insert_with(|| "its modulus shares a prime factor with another key".to_owned());
    }
    found
}

/// The keys that can be factored without the others.
fn factored_alone(moduli: &BTreeMap<String, BigUint>) -> BTreeMap<String, String> {
    let small = product(&primes());
    let says = |modulus: &BigUint| {
        if !is_one(&gcd_of_short(modulus, &(&small % modulus))) {
            Some("its modulus has a small prime factor")
        } else if has_close_factors(modulus) {
            Some("its modulus has two prime factors close to one another")
        } else {
            None
        }
    };
    moduli
        .iter()
        .filter_map(|(id, modulus)| Some((id.clone(), says(modulus)?.to_owned())))
        .collect()
}

/// All primes below [`SMALL_FACTOR_MAX`], by the sieve of Eratosthenes.
fn primes() -> Vec<u32> {
    let mut is_composite = vec![false; SMALL_FACTOR_MAX as usize];
    let mut primes = Vec::new();
    for number in 2..SMALL_FACTOR_MAX {
        if is_composite.get(number as usize) == Some(&false) {
            primes.push(number);
            let first = number.saturating_mul(number) as usize;
            let multiples = is_composite.iter_mut().skip(first);
            multiples
                .step_by(number as usize)
                .for_each(|place| *place = true);
        }
    }
    primes
}

fn product(numbers: &[u32]) -> BigUint {
    let mut factors: Vec<BigUint> = numbers.iter().copied().map(BigUint::from).collect();
    while factors.len() > 1 {
        factors = factors
            .chunks(2)
            .map(|pair| pair.iter().fold(BigUint::from(1_u8), |all, one| all * one))
            .collect();
    }
    factors.pop().unwrap_or_else(|| BigUint::from(1_u8))
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
    let mut rest = &a * &a - modulus;
    // From one square to the next: (a + 1)^2 = a^2 + (2a + 1), which grows by two.
    let mut step = (&a << 1) + &one;
    (0..FERMAT_STEPS).any(|_| {
        let is_square = may_be_square(&rest) && {
            let b = root(&rest);
            &b * &b == rest
        };
        rest += &step;
        step += 2_u8;
        is_square
    })
}

/// Squares leave few remainders modulo 64: most numbers are told apart by that.
fn may_be_square(number: &BigUint) -> bool {
    number.bits() == 0 || {
        let low = number.get_limb(0) % 64;
        (0..64).any(|root| root * root % 64 == low)
    }
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

    #[test]
    fn a_square_has_equal_factors() {
        assert!(has_close_factors(&(number(P) * number(P))));
    }

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
