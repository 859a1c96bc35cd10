//! The account of every container: expected = decoded + failed, and every byte has an owner.

use std::collections::BTreeMap;

use mabillon_case::{Accounting, ContainerKind};

use crate::limits::{MAX_CONTAINERS_LISTED, MAX_REASONS};

/// The sums over all containers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountingSummary {
    /// One row for each kind of container.
    pub rows: Vec<AccountingRow>,
    /// Bytes that are no entry, by reason.
    pub ignored: Vec<(String, u64)>,
    /// Number of containers whose sums do not agree.
    pub n_unbalanced: u64,
    /// Number of containers with entries that could not be taken out.
    pub n_with_failures: u64,
    /// The first of these containers, those that do not balance before those with failures.
    pub listed: Vec<Accounting>,
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
    /// Whether every container gave all it said it holds.
    pub fn is_complete(&self) -> bool {
        self.n_unbalanced == 0 && self.n_with_failures == 0
    }

    /// Entries that could not be taken out of any container.
    pub fn n_failed(&self) -> u64 {
        self.rows.iter().map(|row| row.n_failed).sum()
    }
}

/// Whether the entries add up.
pub(crate) const fn is_balanced(account: &Accounting) -> bool {
    account.n_expected == account.n_decoded.saturating_add(account.n_failed)
}

/// Sums while the accounts stream by.
#[derive(Debug, Default)]
pub(super) struct AccountingTally {
    rows: BTreeMap<ContainerKind, AccountingRow>,
    ignored: BTreeMap<String, u64>,
    n_unbalanced: u64,
    n_with_failures: u64,
    unbalanced: Vec<Accounting>,
    failed: Vec<Accounting>,
}

impl AccountingTally {
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
        self.list(account);
    }

    pub(super) fn finish(self) -> AccountingSummary {
        let mut listed = self.unbalanced;
        listed.extend(self.failed);
        listed.truncate(MAX_CONTAINERS_LISTED);
        AccountingSummary {
            rows: self.rows.into_values().collect(),
            ignored: self.ignored.into_iter().collect(),
            n_unbalanced: self.n_unbalanced,
            n_with_failures: self.n_with_failures,
            listed,
        }
    }

    fn list(&mut self, account: &Accounting) {
        let list = if !is_balanced(account) {
            self.n_unbalanced += 1;
            &mut self.unbalanced
        } else if account.n_failed > 0 {
            self.n_with_failures += 1;
            &mut self.failed
        } else {
            return;
        };
        if list.len() < MAX_CONTAINERS_LISTED {
            list.push(account.clone());
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
