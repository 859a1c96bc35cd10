//! What was proved by whom: one row for each key, with its source, its strength and what came of its signatures.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mabillon_case::{KeySource, Signature, SignatureKind, SignatureResult, Stamp};

use crate::ItemRow;
use crate::limits::{MAX_KEY_ROWS, MAX_NAME_CHARS, MAX_TALLY_NAMES};
use crate::printable::clip;

/// Keys, those that prove most first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys {
    /// The rows shown.
    pub rows: Vec<KeyRow>,
    /// Keys left out of the rows.
    pub n_left_out: u64,
    /// Items with at least one signature of any kind.
    pub n_signed_items: u64,
    /// Items a signature proves whole.
    pub n_proved_items: u64,
}

/// One key, or one name under which no key is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Kind of signature.
    pub kind: SignatureKind,
    /// Signing domain or signer.
    pub by: String,
    /// Selector.
    pub selector: String,
    /// Where the key came from.
    pub source: Option<KeySource>,
    /// Its size in bits.
    pub bits: Option<u32>,
    /// Whether it has an anchor outside the reach of a forger.
    pub is_anchored: bool,
    /// What came of its signatures.
    pub counts: KeyCounts,
    /// Earliest and latest time stated by the items it verifies.
    pub times: Option<(Stamp, Stamp)>,
}

/// Items by what came of the signatures of one key. An item counts once in each column it belongs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCounts {
    /// Items with a signature under this name.
    pub items: u64,
    /// Items where it verifies.
    pub verified: u64,
    /// Items it proves whole: it verifies, is anchored, strong and aligned, and covers all that is shown.
    pub proved: u64,
    /// Items where it verifies only after a named repair.
    pub repaired: u64,
    /// Items where it does not verify, or cannot be read.
    pub failed: u64,
    /// Items for which no key is known.
    pub without_key: u64,
}

type KeyName = (
    SignatureKind,
    String,
    String,
    Option<KeySource>,
    Option<u32>,
    bool,
);

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    counts: KeyCounts,
    times: Option<(Stamp, Stamp)>,
}

/// Keys while the rows stream by.
#[derive(Debug, Default)]
pub(super) struct KeyTally {
    seen: BTreeMap<KeyName, Seen>,
    n_beyond: u64,
    n_signed_items: u64,
    n_proved_items: u64,
}

impl KeyTally {
    pub(super) fn count(&mut self, item: &ItemRow<'_>) {
        let signatures = &item.facts.signatures;
        self.n_signed_items += u64::from(!signatures.is_empty());
        self.n_proved_items += u64::from(item.facts.is_proved());
        let mut names: BTreeMap<KeyName, Vec<&Signature>> = BTreeMap::new();
        for signature in signatures {
            names
                .entry(key_name(signature))
                .or_default()
                .push(signature);
        }
        for (name, signatures) in names {
            if !self.seen.contains_key(&name) && self.seen.len() >= MAX_TALLY_NAMES {
                self.n_beyond += 1;
                continue;
            }
            self.seen
                .entry(name)
                .or_default()
                .count(&signatures, item.stated_time());
        }
    }

    pub(super) fn finish(self) -> Keys {
        let mut rows: Vec<KeyRow> = self.seen.into_iter().map(key_row).collect();
        rows.sort_by_key(|row| Reverse((row.counts.proved, row.counts.verified, row.counts.items)));
        let n_left_out = rows.len().saturating_sub(MAX_KEY_ROWS) as u64 + self.n_beyond;
        rows.truncate(MAX_KEY_ROWS);
        Keys {
            rows,
            n_left_out,
            n_signed_items: self.n_signed_items,
            n_proved_items: self.n_proved_items,
        }
    }
}

impl Seen {
    fn count(&mut self, signatures: &[&Signature], time: Option<Stamp>) {
        let any = |test: fn(&Signature) -> bool| u64::from(signatures.iter().any(|s| test(s)));
        let counts = &mut self.counts;
        counts.items += 1;
        counts.verified += any(|s| s.result == SignatureResult::Pass);
        counts.proved += any(Signature::proves_all);
        counts.repaired += any(|s| s.result == SignatureResult::Pass && !s.repairs.is_empty());
        counts.failed +=
            any(|s| matches!(s.result, SignatureResult::Fail | SignatureResult::Malformed));
        counts.without_key += any(|s| s.result == SignatureResult::NoKey);
        if any(|s| s.result == SignatureResult::Pass) > 0 {
            self.widen(time);
        }
    }

    fn widen(&mut self, time: Option<Stamp>) {
        let Some(time) = time else { return };
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
    }
}

fn key_name(signature: &Signature) -> KeyName {
    let known = signature.result != SignatureResult::NoKey;
    (
        signature.kind,
        clip(&signature.by, MAX_NAME_CHARS).into_owned(),
        clip(&signature.selector, MAX_NAME_CHARS).into_owned(),
        signature.key_source.filter(|_| known),
        signature.key_bits.filter(|_| known),
        signature.anchored,
    )
}

fn key_row(((kind, by, selector, source, bits, is_anchored), seen): (KeyName, Seen)) -> KeyRow {
    KeyRow {
        kind,
        by,
        selector,
        source,
        bits,
        is_anchored,
        counts: seen.counts,
        times: seen.times,
    }
}
