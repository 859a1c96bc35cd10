//! What the keys of an encrypted RAR archive cost: a header says how often a password is hashed, up to 2^24 times.

use std::collections::BTreeMap;

use rars::{Archive, rar50};

use super::super::store::Store;
use super::blocks::{Fields, MARKER_FIVE};
use crate::intake::Intake;
use crate::limits::RAR_KEY_ROUNDS_MAX;

/// The keys of an archive: rounds as log2, by the salt.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<[u8; 16], u8>);

impl Keys {
    /// Those of the files of an archive.
    pub(super) fn of(archive: &Archive) -> Self {
        let mut keys = Self::default();
        for file in archive
            .as_rar50()
            .into_iter()
            .flat_map(rar50::Archive::files)
        {
            keys.add(file);
        }
        keys
    }

    pub(super) fn add(&mut self, file: &rar50::FileHeader) {
        if let Some(encryption) = &file.encryption {
            let rounds = self.0.entry(encryption.salt).or_default();
            *rounds = encryption.kdf_count.max(*rounds);
        }
    }

    /// That of encrypted headers, where they are.
    pub(super) fn of_headers(store: &Store) -> Self {
        let mut bytes = [0; 64];
        let n = read_up_to(store, &mut bytes);
        let header = bytes
            .get(..n)
            .and_then(|bytes| bytes.strip_prefix(MARKER_FIVE));
        let rounds = header.and_then(|header| rounds_of(header.get(4..)?));
        Self(rounds.map(|rounds| ([0; 16], rounds)).into_iter().collect())
    }

    /// Whether all given passwords can be tried, and then each key be made.
    pub(super) fn are_affordable(&self, intake: &Intake<'_>) -> bool {
        let rounds = |log: u8| 1_u64.checked_shl(u32::from(log)).unwrap_or(u64::MAX);
        let most = self.0.values().max().map_or(0, |log| rounds(*log));
        let n_passwords = intake.settings.passwords.len() as u64;
        let tries = most.saturating_mul(n_passwords);
        let all = self.0.values().map(|log| rounds(*log));
        all.fold(tries, u64::saturating_add) <= RAR_KEY_ROUNDS_MAX
    }
}

fn read_up_to(store: &Store, bytes: &mut [u8]) -> usize {
    use std::io::Read as _;
    let n = usize::try_from(store.len())
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let room = bytes.get_mut(..n).unwrap_or_default();
    store.reader().read_exact(room).map_or(0, |()| n)
}

/// The rounds that a header of kind 4 tells, behind its checksum: size, kind, flags, version, flags, rounds.
fn rounds_of(header: &[u8]) -> Option<u8> {
    let mut fields = Fields(header);
    fields.number()?;
    let (kind, flags) = (fields.number()?, fields.number()?);
    for bit in [1, 2] {
        if flags & bit != 0 {
            fields.number()?;
        }
    }
    fields.number()?;
    fields.number()?;
    (kind == 4).then(|| fields.0.first().copied())?
}
