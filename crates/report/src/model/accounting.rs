//! What became of every item and every container: an item is examined, examined in part or not examined; in a
//! container expected = decoded + failed, and every byte has an owner.

use std::collections::BTreeMap;

use mabillon_case::{Accounting, Balance, ContainerKind, Mismatch};

use crate::ItemRow;
use crate::limits::{MAX_CONTAINERS_LISTED, MAX_REASONS};

/// The sums over all containers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountingSummary {
    /// What became of the items.
    pub items: ItemsRow,
    /// One row for each kind of container.
    pub rows: Vec<AccountingRow>,
    /// Bytes that are no entry, by reason.
    pub ignored: Vec<(String, u64)>,
    /// What does not add up, the first of it: a fault of this program.
    pub mismatches: Vec<Mismatch>,
    /// Number of mismatches.
    pub n_mismatches: u64,
    /// Number of containers with entries that could not be taken out.
    pub n_with_failures: u64,
    /// The first of these containers.
    pub listed: Vec<Accounting>,
}

/// What became of the items that are reported on: each is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemsRow {
    /// Items that were examined whole.
    pub n_examined: u64,
    /// Items of which a part was not examined.
    pub n_partial: u64,
    /// Items that were not examined.
    pub n_not_examined: u64,
    /// How many of all these are mailboxes and archives, which only hold others and are not judged themselves.
    pub n_holders: u64,
}

impl ItemsRow {
    /// Number of items.
    pub fn n_items(&self) -> u64 {
        self.n_examined + self.n_partial + self.n_not_examined
    }

    /// Whether every item was examined whole.
    pub fn is_whole(&self) -> bool {
        self.n_partial == 0 && self.n_not_examined == 0
    }
}

/// The sums over the containers of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountingRow {
    /// The kind.
    pub kind: ContainerKind,
    /// Number of containers.
    pub n_containers: u64,
    /// Entries they say they hold.
    pub n_expected: u64,
    /// Entries taken out.
    pub n_decoded: u64,
    /// Entries that could not be taken out.
    pub n_failed: u64,
    /// Bytes of entries taken out.
    pub bytes_decoded: u64,
    /// Bytes of entries that could not be taken out.
    pub bytes_failed: u64,
    /// Bytes that are no entry.
    pub bytes_ignored: u64,
}

impl AccountingSummary {
    /// Whether everything adds up and every container gave all it said it holds.
    pub fn is_complete(&self) -> bool {
        self.n_mismatches == 0 && self.n_with_failures == 0
    }

    /// Number of containers.
    pub fn n_containers(&self) -> u64 {
        self.rows.iter().map(|row| row.n_containers).sum()
    }

    /// Entries that all containers say they hold.
    pub fn n_expected(&self) -> u64 {
        self.rows.iter().map(|row| row.n_expected).sum()
    }

    /// Entries taken out of all containers.
    pub fn n_decoded(&self) -> u64 {
        self.rows.iter().map(|row| row.n_decoded).sum()
    }

    /// Entries that could not be taken out of any container.
    pub fn n_failed(&self) -> u64 {
        self.rows.iter().map(|row| row.n_failed).sum()
    }
}

/// Sums while the accounts stream by.
#[derive(Debug, Default)]
pub(super) struct AccountingTally {
    items: ItemsRow,
    rows: BTreeMap<ContainerKind, AccountingRow>,
    ignored: BTreeMap<String, u64>,
    n_with_failures: u64,
    listed: Vec<Accounting>,
    balance: Balance,
}

impl AccountingTally {
    /// Counts one item.
    pub(super) fn item(&mut self, item: &ItemRow<'_>) {
        let n = match (item.not_examined, item.partial) {
            (Some(_), _) => &mut self.items.n_not_examined,
            (None, Some(_)) => &mut self.items.n_partial,
            (None, None) => &mut self.items.n_examined,
        };
        *n += 1;
        self.items.n_holders += u64::from(item.is_container());
    }

    pub(super) fn balance(&mut self, balance: Balance) {
        self.balance = balance;
    }

    pub(super) fn count(&mut self, account: &Accounting) {
        let row = self.rows.entry(account.kind).or_insert(AccountingRow {
            kind: account.kind,
            n_containers: 0,
            n_expected: 0,
            n_decoded: 0,
            n_failed: 0,
            bytes_decoded: 0,
            bytes_failed: 0,
            bytes_ignored: 0,
        });
        row.n_containers += 1;
        row.n_expected = row.n_expected.saturating_add(account.n_expected);
        row.n_decoded = row.n_decoded.saturating_add(account.n_decoded);
        row.n_failed = row.n_failed.saturating_add(account.n_failed);
        row.bytes_decoded = row.bytes_decoded.saturating_add(account.bytes_decoded);
        row.bytes_failed = row.bytes_failed.saturating_add(account.bytes_failed);
        for (reason, bytes) in &account.bytes_ignored {
            row.bytes_ignored = row.bytes_ignored.saturating_add(*bytes);
            add_bytes(&mut self.ignored, reason, *bytes);
        }
        if account.n_failed > 0 {
            self.n_with_failures += 1;
            if self.listed.len() < MAX_CONTAINERS_LISTED {
                self.listed.push(account.clone());
            }
        }
    }

    pub(super) fn finish(self) -> AccountingSummary {
        AccountingSummary {
            items: self.items,
            rows: self.rows.into_values().collect(),
            ignored: self.ignored.into_iter().collect(),
            mismatches: self.balance.mismatches,
            n_mismatches: self.balance.n_mismatches,
            n_with_failures: self.n_with_failures,
            listed: self.listed,
        }
    }
}

/// The reason under which bytes are counted once there are too many reasons.
const OTHER_REASONS: &str = "other reasons";

fn add_bytes(ignored: &mut BTreeMap<String, u64>, reason: &str, bytes: u64) {
    let is_known = ignored.contains_key(reason) || ignored.len() < MAX_REASONS;
    let name = if is_known { reason } else { OTHER_REASONS };
    let sum = ignored.entry(name.to_owned()).or_default();
    *sum = sum.saturating_add(bytes);
}
