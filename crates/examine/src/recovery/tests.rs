//! Keys are recovered from made-up signatures, and forgers gain nothing by it.

use mabillon_case::{ItemId, KeySource, Stamp};
use proptest::prelude::{any, proptest};
use proptest::{collection, prop_assert, prop_assert_eq};
use rsa::BigUint;

use super::encoded::encoded;
use super::half_gcd::gcd;
use super::multiply::{Engine, words_for};
use super::number::Number;
use super::{Anchor, Candidate, Recovery, Sighting, Stopped, candidates, recover};
use crate::signature::{KeyArchive, KeyRow};

/// Enough for every short exponent, and too little for 65537, which would take minutes without optimisation.
const SHORT_WORK: u64 = 6_000_000;
const NAME: &str = "spring._domainkey.northquay.example";

/// Primes `p` and `q`, and `d` for the exponent, all in hex. Made for these tests.
struct TestKey {
    modulus: BigUint,
    private: BigUint,
}

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
}

fn key((p, q): (&str, &str), exponent: u32) -> TestKey {
    let (p, q) = (number(p), number(q));
    let one = BigUint::from(1_u8);
    let order = (&p - &one) * (&q - &one);
    // The inverse of a small exponent: the first multiple of the order that is -1 modulo it.
    let private = (1..exponent)
        .map(|turn| &order * turn + &one)
        .find(|sum| (sum % exponent) == BigUint::from(0_u8))
        .unwrap()
        / exponent;
    TestKey {
        modulus: p * q,
        private,
    }
}

impl TestKey {
    fn sign(&self, digest: &[u8]) -> Vec<u8> {
        let n_octets = self.modulus.bits().div_ceil(8);
        let message = encoded(digest, n_octets).unwrap().magnitude();
        let value = message.modpow(&self.private, &self.modulus).to_bytes_be();
        [vec![0; n_octets - value.len()], value].concat()
    }

    fn sighting(&self, index: u32, digest_octets: usize) -> Sighting {
        let hash = mabillon_case::sha256(&index.to_be_bytes());
        let digest = hash[..digest_octets].to_vec();
        Sighting {
            name: NAME.to_owned(),
            value: self.sign(&digest),
            digest,
            body_fits: true,
            signed_at: Stamp::from_seconds(1_400_000_000 + i64::from(index) * 86_400 * 7),
            items: vec![ItemId(hash)],
            mailboxes: vec![("dump.zip".to_owned(), "ida.mbox".to_owned())],
            in_reference: false,
        }
    }

    fn series(&self, n_messages: u32) -> Vec<Sighting> {
        (0..n_messages)
            .map(|index| self.sighting(index, 32))
            .collect()
    }
}

const PRIMES_512: (&str, &str) = (
    "f3ab48767734d7c1c7fde805ec99108ddb5b5fab8f4d3e27dda1494c73cf2737",
    "c9208a650f3ebdd3102b938b8743feb6d4ea65d003d716849f8558a6285189c3",
);
const PRIMES_768: (&str, &str) = (
    "f20094ead7a94ded97491e2370c6a5b85387f61376c468aec7321cc007b37e14998092253deffa38e12b2b8f30b17d81",
    "fd7410696bb6a3de65151c401dd377bf623d8eb7a4ca83b26b52b08d21870f0bc4ff64debb5d6b48fc3b66fa30d0b275",
);
/// Of somebody else.
const PRIMES_FORGER: (&str, &str) = (
    "e577c1ecfd42e0440ac793f519af685d93b3a3d9a44f576a9a1de24edab87201",
    "e2d74145ddd4a05422bfb8e0931719fdd5157e9d7bd55ee6965768e0f589da43",
);

fn recovered(sightings: Vec<Sighting>) -> Recovery {
    let candidates = candidates(sightings);
    assert_eq!(candidates.len(), 1);
    recover(&candidates[0], SHORT_WORK, &|| false)
}

#[test]
fn keys_of_both_hashes_and_of_small_exponents_are_recovered() {
    for (primes, bits, exponent, digest_octets) in [
        (PRIMES_512, 512, 3, 32),
        (PRIMES_512, 512, 17, 20),
        (PRIMES_768, 768, 5, 20),
        (PRIMES_768, 768, 257, 32),
    ] {
        let key = key(primes, exponent);
        let sightings = (0..5)
            .map(|index| key.sighting(index, digest_octets))
            .collect();
        let found = recovered(sightings);
        assert_eq!(found.keys.len(), 1, "{bits} {exponent} {found:?}");
        let found = &found.keys[0];
        assert_eq!(BigUint::from_bytes_be(&found.modulus), key.modulus);
        assert_eq!((found.bits, found.exponent), (bits, exponent));
        assert_eq!((found.verified.len(), found.n_signatures), (5, 5));
        let row = found.row(&KeyArchive::default());
        assert_eq!(row.key().map(crate::signature::PublicKey::bits), Some(bits));
        assert!(!row.is_anchored(), "{}", row.source);
    }
}

#[test]
fn altered_messages_in_the_pool_do_not_hide_the_key() {
    let key = key(PRIMES_512, 17);
    let mut sightings = key.series(7);
    for altered in [0, 2] {
        sightings[altered].digest[3] ^= 1;
    }
    // The body of one of them was altered as well, and that is known.
    sightings[2].body_fits = false;
    let found = recovered(sightings);
    assert_eq!(found.keys.len(), 1);
    assert_eq!(found.keys[0].verified.len(), 5);
    assert_eq!(found.keys[0].n_signatures, 7);
}

#[test]
fn a_pair_alone_gives_a_key_and_one_signature_none() {
    let key = key(PRIMES_512, 3);
    assert_eq!(recovered(key.series(2)).keys.len(), 1);
    assert!(candidates(key.series(1)).is_empty());
    // The third was altered: then nothing further verifies, and the key is not accepted.
    let mut three = key.series(3);
    three[1].digest[0] ^= 1;
    assert!(recovered(three).keys.is_empty());
}

#[test]
fn copies_count_once() {
    let key = key(PRIMES_512, 3);
    let mut copies = key.series(2);
    copies.extend(key.series(2));
    copies[3].mailboxes = vec![("dump.zip".to_owned(), "jon.mbox".to_owned())];
    let candidates = candidates(copies);
    assert_eq!(candidates[0].sightings.len(), 2);
    assert_eq!(candidates[0].sightings[0].mailboxes.len(), 2, "first");
    assert_eq!(candidates[0].sightings[1].mailboxes.len(), 1);
}

#[test]
fn a_forgers_own_series_is_recovered_apart_and_not_anchored() {
    let (owner, forger) = (key(PRIMES_512, 17), key(PRIMES_FORGER, 17));
    let mut sightings: Vec<Sighting> = (0..24)
        .map(|index| {
            let mut sighting = owner.sighting(index, 32);
            if index % 2 == 0 {
                sighting.mailboxes = vec![("dump.zip".to_owned(), "jon.mbox".to_owned())];
            }
            sighting
        })
        .collect();
    sightings.extend((100..106).map(|index| forger.sighting(index, 32)));
    let found = recovered(sightings);
    let known = KeyArchive::default();
    let anchors: Vec<(usize, Option<Anchor>)> = found
        .keys
        .iter()
        .map(|key| (key.verified.len(), key.anchor(&known)))
        .collect();
    assert!(anchors.contains(&(24, Some(Anchor::Spread))), "{anchors:?}");
    assert!(
        anchors
            .iter()
            .all(|(n, anchor)| *n == 24 || anchor.is_none()),
        "{anchors:?}"
    );
    // Alone, the forger's series gives a key as well, and nothing anchors it.
    let alone = recovered(forger.series(40));
    assert_eq!(alone.keys[0].verified.len(), 40);
    assert_eq!(alone.keys[0].anchor(&known), None);
    assert!(!alone.keys[0].row(&known).is_anchored());
}

#[test]
fn each_of_the_three_conditions_is_needed_for_the_weakest_anchor() {
    let found = recovered(key(PRIMES_512, 3).series(24)).keys.remove(0);
    let known = KeyArchive::default();
    let two_mailboxes = |key: &mut super::RecoveredKey| {
        key.verified[0].mailboxes = vec![("dump.zip".to_owned(), "jon.mbox".to_owned())];
    };
    let mut spread = found.clone();
    two_mailboxes(&mut spread);
    assert_eq!(spread.anchor(&known), Some(Anchor::Spread));
    let mut few = spread.clone();
    few.verified.truncate(19);
    let mut short = spread.clone();
    for sighting in &mut short.verified {
        sighting.signed_at = Stamp::from_seconds(1_400_000_000);
    }
    for key in [found, few, short] {
        assert_eq!(key.anchor(&known), None);
    }
}

#[test]
fn originals_and_known_keys_anchor() {
    let mut series = key(PRIMES_512, 3).series(4);
    series[2].in_reference = true;
    let mut found = recovered(series).keys.remove(0);
    let empty = KeyArchive::default();
    assert_eq!(found.anchor(&empty), Some(Anchor::Reference));
    let row = found.row(&empty);
    assert!(row.is_anchored(), "{}", row.source);
    for sighting in &mut found.verified {
        sighting.in_reference = false;
    }
    for (origin, expected) in [
        (KeySource::Archive, Some(Anchor::KnownKey)),
        (KeySource::Recovered, None),
    ] {
        let mut known = KeyArchive::default();
        let other = "autumn._domainkey.northquay.example";
        known.add(KeyRow::new(other, &found.txt(), "anchored: seen", origin));
        assert_eq!(found.anchor(&known), expected);
    }
}

#[test]
fn work_is_bounded_and_can_be_stopped() {
    let candidate = Candidate {
        name: NAME.to_owned(),
        sightings: key(PRIMES_512, 257).series(3),
    };
    let found = recover(&candidate, 100, &|| false);
    assert!(found.keys.is_empty());
    assert_eq!(found.stopped, Some(Stopped::Budget));
    let mut wrong = candidate.clone();
    for sighting in &mut wrong.sightings {
        sighting.digest[0] ^= 1;
    }
    let found = recover(&wrong, u64::MAX, &|| true);
    assert_eq!(found.stopped, Some(Stopped::Cancelled));
}

fn words(n_words_max: usize) -> impl proptest::strategy::Strategy<Value = Vec<u64>> {
    // Extreme digits are the hardest for rounding and carries.
    let word = proptest::prop_oneof![
        any::<u64>(),
        proptest::strategy::Just(0),
        proptest::strategy::Just(u64::MAX)
    ];
    collection::vec(word, 0..n_words_max)
}

fn signed(number: &Number) -> (bool, BigUint) {
    (number.is_negative, number.magnitude())
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn products_are_those_of_the_reference(a in words(700), b in words(90), is_negative in any::<bool>()) {
        let (a, b) = (Number::new(false, a), Number::new(is_negative, b));
        let mut engine = Engine::new(u64::MAX, &|| false);
        let product = engine.sum_of_products(&[(&a, &b)], a.bits() + b.bits()).unwrap();
        let expected = a.magnitude() * b.magnitude();
        let is_zero = expected == BigUint::from(0_u8);
        prop_assert_eq!(signed(&product), (is_negative && !is_zero, expected));
    }

    #[test]
    fn differences_are_known_from_their_length_alone(a in words(60), b in words(60), small in words(3)) {
        // a b - (a b - small), with no more words than small has.
        let (a, b, small) = (Number::new(false, a), Number::new(false, b), Number::new(false, small));
        let mut engine = Engine::new(u64::MAX, &|| false);
        let product = engine.sum_of_products(&[(&a, &b)], a.bits() + b.bits()).unwrap();
        let Some(less) = product.less(&small) else { return Ok(()) };
        let minus_one = Number::one().negated();
        let rest = engine.sum_of_products(&[(&a, &b), (&minus_one, &less)], small.bits() + 1).unwrap();
        prop_assert_eq!(signed(&rest), signed(&small));
        prop_assert!(words_for(small.bits() + 1) <= 8);
    }

    #[test]
    fn divisors_are_those_of_the_reference(a in words(260), b in words(260), common in words(40)) {
        let [a, b, common] = [a, b, common].map(|words| Number::new(false, words).magnitude());
        let (a, b) = (a * &common, b * &common);
        let mut engine = Engine::new(u64::MAX, &|| false);
        let found = gcd(&mut engine, Number::of(&a), Number::of(&b)).unwrap();
        let (mut x, mut y) = (a, b);
        let zero = BigUint::from(0_u8);
        while y != zero {
            (x, y) = (y.clone(), x % y);
        }
        prop_assert_eq!(found.magnitude(), x);
    }

    #[test]
    fn octets_round_trip(octets in collection::vec(any::<u8>(), 0..60)) {
        let number = Number::from_octets(&octets);
        let without_zeros: Vec<u8> = octets.iter().copied().skip_while(|&octet| octet == 0).collect();
        prop_assert_eq!(number.octets(), without_zeros);
    }
}
