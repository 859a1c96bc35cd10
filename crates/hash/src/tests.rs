//! Against the standard's examples and the library, whole, in pieces, and side by side.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// The examples that NIST publishes for FIPS 180-4 in "SHA256.pdf".
const OF_TEXT: [(&str, &str); 3] = [
    (
        "",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ),
    (
        "abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ),
];

/// A million times the letter `a`, from the same place.
const OF_A_MILLION: &str = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

/// Byte, how many of it, and their hash, from "`SHA2_Additional.pdf`".
const OF_ONE_BYTE: [(u8, usize, &str); 8] = [
    (
        0xbd,
        1,
        "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b",
    ),
    (
        0,
        55,
        "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7",
    ),
    (
        0,
        56,
        "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb",
    ),
    (
        0,
        57,
        "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785",
    ),
    (
        0,
        64,
        "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b",
    ),
    (
        0,
        1000,
        "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53",
    ),
    (
        0x41,
        1000,
        "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4",
    ),
    (
        0x55,
        1005,
        "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0",
    ),
];

fn library(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::by_library();
    hash.update(bytes);
    hash.finish()
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn the_examples_of_the_standard() {
    let million = "a".repeat(1_000_000);
    for (text, expected) in OF_TEXT.into_iter().chain([(&*million, OF_A_MILLION)]) {
        assert_eq!(hex(sha256(text.as_bytes())), expected);
        assert_eq!(hex(library(text.as_bytes())), expected);
        let all = sha256_all(&[text, "abc", text]);
        assert_eq!(
            all.iter().map(|hash| hex(*hash)).collect::<Vec<_>>(),
            [expected, &hex(sha256(b"abc")), expected]
        );
    }
    for (byte, length, expected) in OF_ONE_BYTE {
        assert_eq!(hex(sha256(&vec![byte; length])), expected);
    }
}

#[test]
fn every_length_and_every_pair_of_lengths_about_the_blocks() {
    let text: Vec<u8> = (0..=255_u8).cycle().take(400).collect();
    for length in 0..400 {
        assert_eq!(
            sha256(&text[..length]),
            library(&text[..length]),
            "{length}"
        );
    }
    for one in (0..=200).chain([320, 399]) {
        for other in [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 400] {
            let (one, other) = (&text[..one], &text[text.len() - other..]);
            assert_eq!(sha256_all(&[one, other]), [library(one), library(other)]);
        }
    }
}

/// What one hash takes, what the other takes, and in which way.
type Piece = (Vec<u8>, Vec<u8>, u8);

proptest! {
    #[test]
    fn pieces_alone_and_side_by_side_are_the_whole(
        pieces in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..300), proptest::collection::vec(any::<u8>(), 0..300), 0..4_u8), 0..12),
    ) {
        let (mut one, mut other) = (Sha256::new(), Sha256::new());
        for (of_one, of_other, how) in &pieces {
            match how {
                0 => {
                    one.update(of_one);
                    other.update(of_other);
                }
                1 => update_both(&mut other, of_other, &mut one, of_one),
                _ => update_both(&mut one, of_one, &mut other, of_other),
            }
        }
        let all = |which: fn(&Piece) -> &Vec<u8>| -> Vec<u8> {
            pieces.iter().flat_map(|piece| which(piece).clone()).collect()
        };
        prop_assert_eq!(one.finish(), library(&all(|piece| &piece.0)));
        prop_assert_eq!(other.finish(), library(&all(|piece| &piece.1)));
    }
}

proptest! {
    #[test]
    fn all_are_hashed_each_in_its_place(inputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..700), 0..9)) {
        let expected: Vec<[u8; 32]> = inputs.iter().map(|input| library(input)).collect();
        prop_assert_eq!(sha256_all(&inputs), expected);
    }

    #[test]
    fn beside_another_both_are_the_same(
        inputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..700), 0..5),
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..9),
    ) {
        let expected: Vec<[u8; 32]> = inputs.iter().map(|input| library(input)).collect();
        let (mut beside, mut other) = (Beside::new(&inputs), Sha256::new());
        for piece in &pieces {
            beside.update(&mut other, piece);
        }
        prop_assert_eq!(other.finish(), library(&pieces.concat()));
        prop_assert_eq!(beside.finish(), expected);
    }
}

#[test]
fn both_ways_give_the_same_where_they_meet() {
    let (mut one, mut other) = (Sha256::new(), Sha256::by_library());
    update_both(&mut one, b"here", &mut other, b"there");
    assert_eq!(
        [one.finish(), other.finish()],
        [sha256(b"here"), sha256(b"there")]
    );
}
