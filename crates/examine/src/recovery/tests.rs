//! Keys are recovered from made-up signatures, and forgers gain nothing by it.

use mabillon_case::{
    BodyHash, Coverage, ItemId, KeyGrade, KeySource, Kind, RecoveryInput, SearchEnd, Signature,
    SignatureKind, SignatureResult, Span, Stamp,
};
use proptest::prelude::{any, proptest};
use proptest::{collection, prop_assert, prop_assert_eq};
use rsa::BigUint;

use super::encoded::encoded;
use super::half_gcd::{gcd, gcd_of_short};
use super::multiply::{Engine, words_for};
use super::number::Number;
use super::search::found_key;
use super::{
    Allowance, Anchor, Candidate, Recovery, Search, Sighting, Stopped, candidates, key_row,
    recover, sightings,
};
use crate::bare_facts;
use crate::signature::{KeyArchive, KeyRow};

/// Enough for every short exponent, and too little for 65537, which would take minutes without optimisation.
const SHORT_WORK: u64 = 10_000_000;
/// Enough for one attempt with the long exponents, which ends early where the first of them is right.
const LONG_WORK: u64 = 2_000_000_000;
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
            of_origin: true,
            sealed_by: None,
            recorded_failed: false,
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

fn row(key: &super::RecoveredKey, known: &KeyArchive) -> KeyRow {
    key_row(&key.name, &found_key(key, known, &[]))
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
        let sightings: Vec<Sighting> = (0..5)
            .map(|index| key.sighting(index, digest_octets))
            .collect();
        let candidates = candidates(sightings);
        let budget = if exponent == 257 {
            LONG_WORK
        } else {
            SHORT_WORK
        };
        let found = recover(&candidates[0], budget, &|| false);
        assert_eq!(found.keys.len(), 1, "{bits} {exponent} {found:?}");
        let found = &found.keys[0];
        assert_eq!(BigUint::from_bytes_be(&found.modulus), key.modulus);
        assert_eq!((found.bits, found.exponent), (bits, exponent));
        assert_eq!((found.verified.len(), found.n_signatures), (5, 5));
        let row = row(found, &KeyArchive::default());
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
        .map(|key| (key.verified.len(), key.anchor(&known, &found.keys)))
        .collect();
    // Neither of them: the owner's key is not told from that of a forger who signs everything anew.
    assert!(anchors.contains(&(24, None)), "{anchors:?}");
    assert!(anchors.contains(&(6, None)), "{anchors:?}");
    // Alone, the forger's series gives a key as well, and nothing anchors it.
    let alone = recovered(forger.series(40));
    assert_eq!(alone.keys[0].verified.len(), 40);
    assert_eq!(alone.keys[0].anchor(&known, &alone.keys), None);
    assert!(!row(&alone.keys[0], &known).is_anchored());
}

/// Who holds the collection takes the genuine signatures out and signs everything anew, in every mailbox and over years.
#[test]
fn a_forger_who_signs_a_large_series_anew_gains_no_anchor() {
    let forger = key(PRIMES_FORGER, 3);
    let mut series = forger.series(200);
    for (index, sighting) in series.iter_mut().enumerate() {
        sighting.mailboxes = vec![("dump.zip".to_owned(), format!("{}.mbox", index % 9))];
    }
    // He mails one to the victim before, and the victim's server notes that its signature fails.
    series[17].in_reference = true;
    series[17].recorded_failed = true;
    // His own domain publishes that key, and the user looked it up.
    let found = recovered(series).keys.remove(0);
    let mut known = KeyArchive::default();
    let own = "k1._domainkey.forger.example";
    let published = format!("{}now", KeyRow::PUBLISHED);
    known.add(KeyRow::new(
        own,
        &found.txt(),
        &published,
        KeySource::Supplied,
    ));
    assert_eq!(found.verified.len(), 200);
    assert_eq!(found.anchor(&known, &[]), None);
    assert!(!row(&found, &known).is_anchored());
}

#[test]
fn originals_seals_and_known_keys_anchor() {
    let mut series = key(PRIMES_512, 3).series(4);
    series[2].in_reference = true;
    let mut found = recovered(series).keys.remove(0);
    let empty = KeyArchive::default();
    assert_eq!(found.anchor(&empty, &[]), Some(Anchor::Reference));
    let anchored = row(&found, &empty);
    assert!(anchored.is_anchored(), "{}", anchored.source);
    for sighting in &mut found.verified {
        sighting.in_reference = false;
    }
    assert_eq!(found.anchor(&empty, &[]), None);
    found.verified[1].sealed_by = Some("relay.example".to_owned());
    assert_eq!(found.anchor(&empty, &[]), None, "whose key nobody knows");
    let relay = "arc._domainkey.relay.example";
    let sealed = Anchor::Sealed("relay.example".to_owned());
    for (source, expected) in [("a list", Some(sealed)), ("invented for samples/x", None)] {
        let mut known = KeyArchive::default();
        known.add(KeyRow::new(relay, "p=", source, KeySource::Archive));
        assert_eq!(found.anchor(&known, &[]), expected, "{source}");
    }
    found.verified[1].sealed_by = None;
    let (same, other) = (
        "autumn._domainkey.mail.northquay.example",
        "autumn._domainkey.other.example",
    );
    let as_known = |name: &str| Some(Anchor::KnownKey(name.to_owned()));
    for (name, origin, source, expected) in [
        (other, KeySource::Archive, "a list", as_known(other)),
        (other, KeySource::Archive, "invented for samples/x", None),
        (same, KeySource::Supplied, "mine", as_known(same)),
        (other, KeySource::Supplied, "mine", None),
        (same, KeySource::Supplied, "not anchored: found", None),
        (same, KeySource::Recovered, "anchored: seen", None),
    ] {
        let mut known = KeyArchive::default();
        known.add(KeyRow::new(name, &found.txt(), source, origin));
        assert_eq!(
            found.anchor(&known, &[]),
            expected,
            "{name} {origin:?} {source}"
        );
        let private = [(known.rows()[0].key().unwrap().id(), "a zip file".to_owned())];
        known.find_broken(&private.into());
        assert_eq!(found.anchor(&known, &[]), None, "broken: {name}");
    }
}

/// He mails one message under the selector of his victim to an inbox that is handed over as originals later.
#[test]
fn two_keys_that_verify_originals_anchor_neither() {
    let (owner, forger) = (key(PRIMES_512, 17), key(PRIMES_FORGER, 17));
    let mut sightings = owner.series(6);
    sightings.extend((100..106).map(|index| forger.sighting(index, 32)));
    sightings[0].in_reference = true;
    let anchors = |sightings: &[Sighting]| -> Vec<(bool, Option<Anchor>)> {
        let found = recovered(sightings.to_vec()).keys;
        let anchors = found.iter().map(|key| {
            let is_owner = BigUint::from_bytes_be(&key.modulus) == owner.modulus;
            (is_owner, key.anchor(&KeyArchive::default(), &found))
        });
        let mut anchors: Vec<_> = anchors.collect();
        anchors.sort();
        anchors
    };
    assert_eq!(
        anchors(&sightings),
        [(false, None), (true, Some(Anchor::Reference))]
    );
    sightings[7].in_reference = true;
    assert_eq!(anchors(&sightings), [(false, None), (true, None)]);
    // Where a server recorded of one that it failed, that counts for all of them.
    sightings[0].in_reference = false;
    sightings[8].in_reference = true;
    sightings[8].recorded_failed = true;
    assert_eq!(anchors(&sightings), [(false, None), (true, None)]);
}

/// A signature that passes under a sound key of the archive.
fn passing(kind: SignatureKind, by: &str, identity: &str) -> Signature {
    Signature {
        kind,
        by: by.to_owned(),
        selector: "s1".to_owned(),
        identity: identity.to_owned(),
        algorithm: "rsa-sha256".to_owned(),
        result: SignatureResult::Pass,
        body_hash: BodyHash::Match,
        header_verified: Some(true),
        key_source: Some(KeySource::Archive),
        key_bits: Some(2048),
        key_id: String::new(),
        key_grade: Some(KeyGrade::Archived),
        key_broken: String::new(),
        repairs: Vec::new(),
        removed: Vec::new(),
        covers: Coverage::All,
        unsigned_fields: Vec::new(),
        unsigned_tail_octets: None,
        anchored: true,
        aligned: true,
        signed_at: None,
        expires_at: None,
        reason: String::new(),
        value_start: String::new(),
        span: Span { start: 0, end: 0 },
        recorded_passes: Vec::new(),
        recorded_failed: false,
        personal: None,
        recovery: None,
    }
}

/// A seal covers the ARC fields alone: a forger can take it over from another message.
#[test]
fn a_seal_counts_with_the_sealers_signature_over_the_message_alone() {
    let lost = Signature {
        result: SignatureResult::NoKey,
        recorded_passes: vec![2],
        recovery: Some(RecoveryInput {
            value: vec![1; 256],
            digest: vec![2; 32],
        }),
        ..passing(SignatureKind::Dkim, "northquay.example", "")
    };
    let seal = passing(SignatureKind::Arc, "relay.example", "i=2; seal");
    let message = passing(SignatureKind::Arc, "relay.example", "i=2; message");
    let sealed_by = |arc: &[Signature]| {
        let mut facts = bare_facts(ItemId([0; 32]), Kind::Message, "message/rfc822", 1);
        facts.signatures = [std::slice::from_ref(&lost), arc].concat();
        sightings(&facts).remove(0).sealed_by
    };
    let both = [seal.clone(), message.clone()];
    assert_eq!(sealed_by(&both).as_deref(), Some("relay.example"));
    assert_eq!(sealed_by(&both[..1]), None);
    for (index, wrong) in [
        (1, "the message was changed"),
        (1, "another server signed it"),
        (1, "of another instance"),
        (0, "the key is the user's own"),
        (0, "the key is short"),
        (0, "the key is broken"),
    ] {
        let mut both = both.clone();
        let one = &mut both[index];
        match wrong {
            "the message was changed" => one.result = SignatureResult::Fail,
            "another server signed it" => "other.example".clone_into(&mut one.by),
            "of another instance" => "i=1; message".clone_into(&mut one.identity),
            "the key is the user's own" => one.key_source = Some(KeySource::Supplied),
            "the key is short" => one.key_bits = Some(512),
            _ => "it is public".clone_into(&mut one.key_broken),
        }
        assert_eq!(sealed_by(&both), None, "{wrong}");
    }
}

/// A search over several selectors, as its rounds go.
fn searched(
    lost: &[Candidate],
    allowance: Allowance,
    known: &KeyArchive,
) -> Vec<mabillon_case::KeySearch> {
    let mut search = Search::new(lost, allowance, known);
    loop {
        let round = search.round();
        if round.is_empty() {
            return search.finish(known);
        }
        let results: Vec<_> = round
            .into_iter()
            .map(|step| {
                let found = step.attempt.run(&|| false).unwrap();
                (step, found)
            })
            .collect();
        search.take(&results);
    }
}

fn of_name(name: &str, mut sightings: Vec<Sighting>) -> Vec<Sighting> {
    for sighting in &mut sightings {
        sighting.name = format!("{name}._domainkey.northquay.example");
    }
    sightings
}

#[test]
fn selectors_share_the_budget_and_say_what_was_left_out() {
    let first = of_name("a", key(PRIMES_512, 3).series(3));
    let mut hopeless = of_name("b", key(PRIMES_512, 5).series(4));
    for sighting in &mut hopeless {
        sighting.digest[0] ^= 1;
    }
    let lost = candidates([first, hopeless].concat());
    let ends = |allowance| -> Vec<(u64, SearchEnd, usize)> {
        searched(&lost, allowance, &KeyArchive::default())
            .into_iter()
            .map(|one| (one.n_signatures, one.end, one.keys.len()))
            .collect()
    };
    assert_eq!(
        ends(Allowance::seconds(1)),
        [(4, SearchEnd::NotTried, 0), (3, SearchEnd::Complete, 1)]
    );
    assert_eq!(
        ends(Allowance::seconds(0)),
        [(4, SearchEnd::LeftOut, 0), (3, SearchEnd::LeftOut, 0)]
    );
    assert_eq!(
        ends(Allowance::unasked()),
        [(4, SearchEnd::TooFew, 0), (3, SearchEnd::TooFew, 0)]
    );
}

#[test]
fn what_lists_changed_counts_for_what_a_key_is_worth() {
    let end = |n_intact: usize| {
        let mut signed = key(PRIMES_512, 3).series(5);
        for sighting in signed.iter_mut().skip(n_intact) {
            sighting.body_fits = false;
        }
        let lost = candidates(signed);
        searched(&lost, Allowance::unasked(), &KeyArchive::default())[0].end
    };
    assert_eq!(end(2), SearchEnd::Complete);
    // One intact message makes no pair that promises anything.
    assert_eq!(end(1), SearchEnd::TooFew);
}

#[test]
fn a_key_found_or_known_is_tried_on_every_other_selector() {
    let (one, two) = (key(PRIMES_512, 3), key(PRIMES_FORGER, 5));
    let lost = candidates(
        [
            of_name("a", one.series(4)),
            of_name("b", one.series(2)),
            of_name("c", two.series(3)),
        ]
        .concat(),
    );
    let mut known = KeyArchive::default();
    let modulus = two.modulus.to_bytes_be();
    let der = crate::signature::rsa_der(&modulus, 5);
    let txt = format!("k=rsa; p={}", base64_simd::STANDARD.encode_to_string(der));
    known.add(KeyRow::new(
        "z._domainkey.z.example",
        &txt,
        "a list",
        KeySource::Archive,
    ));
    // No work at all: the known key alone is tried.
    let found = |seconds| -> Vec<usize> {
        let mut searches = searched(&lost, Allowance::seconds(seconds), &known);
        searches.sort_by(|a, b| a.name.cmp(&b.name));
        searches.iter().map(|one| one.keys.len()).collect()
    };
    assert_eq!(found(0), [0, 0, 1]);
    assert_eq!(found(1), [1, 1, 1]);
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
    let found = recover(&wrong, LONG_WORK, &|| true);
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

/// A number modulo 2^64 - 1, for which words are digits.
fn casted_out(number: &Number) -> u128 {
    let modulus = u128::from(u64::MAX);
    number
        .words()
        .iter()
        .fold(0, |sum, &word| (sum + u128::from(word)) % modulus)
}

#[test]
fn long_products_are_put_together_from_halves() {
    let words = |n_words: u64, factor: u64| {
        let words = (1..=n_words).map(|index| index.wrapping_mul(factor).rotate_left(29) ^ factor);
        Number::new(false, words.collect())
    };
    let (a, b) = (
        words(70_000, 0x9e37_79b9_7f4a_7c15),
        words(60_000, 0xd1b5_4a32_d192_ed03),
    );
    let mut engine = Engine::new(u64::MAX, &|| false);
    let product = engine
        .sum_of_products(&[(&a, &b)], a.bits() + b.bits())
        .unwrap();
    let modulus = u128::from(u64::MAX);
    assert_eq!(
        casted_out(&product),
        casted_out(&a) * casted_out(&b) % modulus
    );
    assert!((a.bits() + b.bits() - 1..=a.bits() + b.bits()).contains(&product.bits()));
    // Known from its length alone, though it comes of longer numbers, and below 0.
    let small = Number::new(false, b.words()[..59_000].to_vec());
    let more = engine
        .sum_of_products(&[(&a, &b), (&Number::one(), &small)], product.bits() + 1)
        .unwrap();
    let one = Number::one();
    let n_bits = 70_000 * 64;
    let rest = engine
        .sum_of_products(&[(&a, &b), (&one.clone().negated(), &more)], n_bits)
        .unwrap();
    assert_eq!(signed(&rest), (true, small.magnitude()));
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

proptest! {
    #[test]
    fn short_numbers_have_the_divisor_of_euclid(
        a in collection::vec(any::<u8>(), 0..300),
        b in collection::vec(any::<u8>(), 0..300),
        common in collection::vec(any::<u8>(), 0..80),
    ) {
        let [a, b, common] = [a, b, common].map(|octets| BigUint::from_bytes_be(&octets));
        let (a, b) = (a * &common, b * &common);
        let (mut x, mut y) = (a.clone(), b.clone());
        while y != BigUint::from(0_u8) {
            (x, y) = (y.clone(), x % y);
        }
        prop_assert_eq!(gcd_of_short(&a, &b), x);
    }
}
