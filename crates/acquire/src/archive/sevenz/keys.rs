//! What the keys of an encrypted 7z archive cost: a coder says how often a password is hashed, as a power of two
//! (7zFormat.txt; `NumCyclesPower` of the coder `06F10701`).

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};

use memchr::memmem;
use sevenz_rust2::Archive;

use super::super::store::Store;
use super::START_BYTES;
use crate::intake::Intake;
use crate::limits::{SEVENZ_KEY_ROUNDS_LOG_MAX, SEVENZ_KEY_ROUNDS_MAX};

/// The coder of AES-256 with a key made of a password by SHA-256.
const AES: [u8; 4] = [6, 0xf1, 7, 1];
/// Stands for a key that is the password itself.
const NO_ROUNDS: u8 = 63;
/// Bytes of the directory within which its own coder is looked for.
const DIRECTORY_BYTES: u64 = 4 << 10;
/// A directory that is packed.
const PACKED_DIRECTORY: u8 = 0x17;

/// The keys of an archive: rounds as log2, by the properties of their coders.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<Vec<u8>, u8>);

impl Keys {
    /// Those of the contents.
    pub(super) fn of(archive: &Archive) -> Self {
        let coders = archive.blocks.iter().flat_map(|block| &block.coders);
        let of_keys = coders.filter(|coder| coder.encoder_method_id() == AES);
        let rounds = of_keys.filter_map(|coder| {
            let properties = coder.properties();
            Some((salt_of(properties), rounds_of(*properties.first()?)))
        });
        Self(rounds.collect())
    }

    /// That of the directory, where it is encrypted. Its coder stands in the clear at the end of the archive.
    pub(super) fn of_directory(store: &Store) -> Self {
        Self(
            directory_rounds(store)
                .map(|rounds| (Vec::new(), rounds))
                .into_iter()
                .collect(),
        )
    }

    /// Whether all given passwords can be tried, and then each key be made.
    pub(super) fn are_affordable(&self, intake: &Intake<'_>) -> bool {
        let rounds = |log: u8| match log {
            NO_ROUNDS => 1,
            log if log > SEVENZ_KEY_ROUNDS_LOG_MAX => u64::MAX,
            log => 1 << log,
        };
        let most = self.0.values().map(|log| rounds(*log)).max();
        let n_passwords = intake.settings.passwords.len() as u64;
        if n_passwords == 0 {
            return true;
        }
        let tries = most.unwrap_or_default().saturating_mul(n_passwords);
        let all = self.0.values().map(|log| rounds(*log));
        all.fold(tries, u64::saturating_add) <= SEVENZ_KEY_ROUNDS_MAX
    }
}

fn rounds_of(first: u8) -> u8 {
    first & 63
}

/// What tells keys of one password apart: rounds and salt, which stands before the start vector.
fn salt_of(properties: &[u8]) -> Vec<u8> {
    let (first, second) = match properties {
        [first, second, ..] => (*first, *second),
        _ => (0, 0),
    };
    let n_salt = usize::from(first >> 7) + usize::from(second >> 4);
    let salt = properties.get(2..2 + n_salt).unwrap_or_default();
    [&[rounds_of(first)], salt].concat()
}

fn directory_rounds(store: &Store) -> Option<u8> {
    let mut reader = store.reader();
    let mut start = [0; 28];
    reader.read_exact(&mut start).ok()?;
    let offset = u64::from_le_bytes(start.get(12..20)?.try_into().ok()?);
    reader
        .seek(SeekFrom::Start(START_BYTES.checked_add(offset)?))
        .ok()?;
    let mut directory = Vec::new();
    reader
        .take(DIRECTORY_BYTES)
        .read_to_end(&mut directory)
        .ok()?;
    if directory.first() != Some(&PACKED_DIRECTORY) {
        return None;
    }
    // Behind the coder stand the number of its properties and then they themselves.
    let coders = memmem::find_iter(&directory, &AES);
    let rounds = coders.filter_map(|at| directory.get(at + AES.len() + 1));
    rounds.map(|first| rounds_of(*first)).max()
}
