//! Whether what was taken out of the exhibits adds up: entries to what their containers hold, bytes to their sizes,
//! and every entry to something that was recorded.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::Accounting;

/// Mismatches that are kept with their words; the rest is counted.
const MISMATCHES_MAX: usize = 100;

/// What became of all items, and what does not add up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balance {
    /// Number of items, originals included.
    pub n_items: u64,
    /// Items that were examined whole.
    pub n_examined: u64,
    /// Items of which a part was not examined, because a limit was reached or a part could not be read.
    pub n_partial: u64,
    /// Items that were not examined, each for its reason.
    pub n_not_examined: u64,
    /// What does not add up, the first of it.
    pub mismatches: Vec<Mismatch>,
    /// Number of mismatches.
    pub n_mismatches: u64,
}

impl Balance {
    /// Whether everything adds up.
    pub fn is_even(&self) -> bool {
        self.n_mismatches == 0
    }

    /// Whether everything was examined whole.
    pub fn is_whole(&self) -> bool {
        self.n_partial == 0 && self.n_not_examined == 0
    }

    /// Adds something that does not add up.
    pub fn add(&mut self, mismatch: Mismatch) {
        self.n_mismatches += 1;
        if self.mismatches.len() < MISMATCHES_MAX {
            self.mismatches.push(mismatch);
        }
    }
}

/// Something that does not add up: a fault of this program, never of an exhibit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The container, as people write its place; empty where it concerns the whole case.
    pub place: String,
    /// What does not agree, with its numbers.
    pub says: String,
}

impl Accounting {
    /// The container as people write its place: `dump.zip!mail/lang.mbox`.
    pub fn place_text(&self) -> String {
        if self.path.is_empty() {
            self.exhibit.to_string()
        } else {
            format!("{}!{}", self.exhibit, self.path)
        }
    }

    /// Bytes that have an owner: taken out, failed or ignored with a reason.
    pub fn bytes_owned(&self) -> u64 {
        let ignored = self.bytes_ignored.iter().map(|(_, n)| *n);
        ignored.fold(
            self.bytes_decoded.saturating_add(self.bytes_failed),
            u64::saturating_add,
        )
    }

    /// Why its own sum does not agree.
    fn unbalanced(&self) -> Option<String> {
        let sum = self.n_decoded.saturating_add(self.n_failed);
        (sum != self.n_expected).then(|| {
            format!(
                "{} entries expected, but {} taken out and {} failed",
                self.n_expected, self.n_decoded, self.n_failed
            )
        })
    }
}

/// Holds the accounts of containers against what was recorded.
#[derive(Debug)]
pub struct Ledger<'a> {
    accounts: &'a [Accounting],
    /// The first account of each exhibit and path.
    by_place: HashMap<&'a str, HashMap<&'a str, usize>>,
    columns: Vec<Column>,
    /// Things counted, so that one that is recorded twice counts once.
    seen: HashSet<(usize, u64)>,
}

/// What was recorded of one place with an account.
#[derive(Debug, Clone, Default)]
struct Column {
    /// Things recorded as lying in it.
    n_things: u64,
    /// Whether something is recorded at its own place.
    is_recorded: bool,
    /// Sizes of the containers recorded at its own place: more than one where an archive holds a name twice.
    sizes: Vec<u64>,
}

impl<'a> Ledger<'a> {
    /// A ledger of these accounts.
    pub fn new(accounts: &'a [Accounting]) -> Self {
        let mut by_place: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
        for (number, account) in accounts.iter().enumerate() {
            let of_exhibit = by_place.entry(&account.exhibit).or_default();
            of_exhibit.entry(&account.path).or_insert(number);
        }
        Self {
            accounts,
            by_place,
            columns: vec![Column::default(); accounts.len()],
            seen: HashSet::new(),
        }
    }

    /// Enters something that is recorded at a place. `which` tells entries of one name apart.
    pub fn enter(&mut self, exhibit: &str, path: &str, which: impl Hash) {
        if let Some(own) = self.account_at(exhibit, path)
            && let Some(column) = self.columns.get_mut(own)
        {
            column.is_recorded = true;
        }
        if let Some(around) = self.around(exhibit, path) {
            self.count(around, path, which);
        }
    }

    /// Enters that the rest of a container was not read, which its account counts as one entry that failed.
    pub fn enter_unread_rest(&mut self, exhibit: &str, path: &str) {
        if let Some(own) = self.account_at(exhibit, path) {
            self.count(own, path, ());
        }
    }

    /// Counts a thing, once.
    fn count(&mut self, account: usize, path: &str, which: impl Hash) {
        let mut hasher = DefaultHasher::new();
        (path, which).hash(&mut hasher);
        if self.seen.insert((account, hasher.finish()))
            && let Some(column) = self.columns.get_mut(account)
        {
            column.n_things += 1;
        }
    }

    /// Enters the size of a container that was read.
    pub fn enter_size(&mut self, exhibit: &str, path: &str, size_bytes: u64) {
        if let Some(own) = self.account_at(exhibit, path)
            && let Some(column) = self.columns.get_mut(own)
        {
            column.sizes.push(size_bytes);
        }
    }

    /// The account at a place.
    pub fn account(&self, exhibit: &str, path: &str) -> Option<&'a Accounting> {
        self.accounts.get(self.account_at(exhibit, path)?)
    }

    /// What does not add up, in the order of the accounts.
    pub fn close(mut self) -> Vec<Mismatch> {
        // A container that could not be read to its end has no identity and no place of its own, but its account.
        for account in self.accounts {
            let own = self.account_at(&account.exhibit, &account.path);
            let is_recorded = own.and_then(|own| self.columns.get(own));
            if is_recorded.is_some_and(|column| !column.is_recorded) {
                self.enter(&account.exhibit, &account.path, ());
            }
        }
        let expected = self.expected();
        let mut mismatches = Vec::new();
        for (number, account) in self.accounts.iter().enumerate() {
            let mut says: Vec<String> = account.unbalanced().into_iter().collect();
            let is_first = self.account_at(&account.exhibit, &account.path) == Some(number);
            if is_first && let Some(column) = self.columns.get(number) {
                let expected = expected.get(&number).copied().unwrap_or_default();
                if column.n_things < expected {
                    let lost = expected - column.n_things;
                    says.push(format!("of {expected} entries {lost} are not recorded"));
                }
                let owned = account.bytes_owned();
                if let [size] = *column.sizes
                    && size != owned
                {
                    says.push(format!(
                        "it has {size} bytes, but {owned} are taken out, failed or ignored"
                    ));
                }
            }
            mismatches.extend(says.into_iter().map(|says| Mismatch {
                place: account.place_text(),
                says,
            }));
        }
        mismatches
    }

    /// Entries expected at each place, by the number of its first account.
    fn expected(&self) -> HashMap<usize, u64> {
        let mut expected: HashMap<usize, u64> = HashMap::new();
        for account in self.accounts {
            if let Some(first) = self.account_at(&account.exhibit, &account.path) {
                let sum = expected.entry(first).or_default();
                *sum = sum.saturating_add(account.n_expected);
            }
        }
        expected
    }

    fn account_at(&self, exhibit: &str, path: &str) -> Option<usize> {
        self.by_place.get(exhibit)?.get(path).copied()
    }

    /// The account of the nearest container around a place. A name may hold a `!` itself.
    fn around(&self, exhibit: &str, path: &str) -> Option<usize> {
        let of_exhibit = self.by_place.get(exhibit)?;
        let mut rest = path;
        while let Some((prefix, _)) = rest.rsplit_once('!') {
            if let Some(found) = of_exhibit.get(prefix) {
                return Some(*found);
            }
            rest = prefix;
        }
        of_exhibit.get("").copied().filter(|_| !path.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ContainerKind;

    fn account(path: &str, (expected, decoded, failed): (u64, u64, u64)) -> Accounting {
        Accounting {
            exhibit: Arc::from("leak"),
            path: path.to_owned(),
            kind: ContainerKind::Zip,
            n_expected: expected,
            n_decoded: decoded,
            n_failed: failed,
            bytes_decoded: 70,
            bytes_failed: 20,
            bytes_ignored: vec![("zip directory".to_owned(), 10)],
        }
    }

    fn said(ledger: Ledger<'_>) -> Vec<(String, String)> {
        let mismatches = ledger.close().into_iter();
        mismatches.map(|one| (one.place, one.says)).collect()
    }

    #[test]
    fn what_adds_up_is_not_spoken_of() {
        let accounts = [
            account("", (2, 2, 0)),
            account("a!b.zip", (3, 2, 1)),
            account("a!b.zip!cut.tar", (1, 1, 0)),
        ];
        let mut ledger = Ledger::new(&accounts);
        ledger.enter("leak", "c.eml", 0);
        ledger.enter("leak", "a!b.zip", 0);
        ledger.enter_size("leak", "a!b.zip", 100);
        // Two entries of one name, one of them told twice, and a container that has an account but no place.
        ledger.enter("leak", "a!b.zip!x", 0);
        ledger.enter("leak", "a!b.zip!x", 1);
        ledger.enter("leak", "a!b.zip!x", 1);
        ledger.enter("leak", "a!b.zip!cut.tar!y", 0);
        ledger.enter("elsewhere", "a!b.zip!x", 2);
        assert_eq!(said(ledger), []);
    }

    #[test]
    fn what_is_lost_or_does_not_add_up_is_named() {
        let accounts = [account("", (2, 2, 0)), account("a.zip", (3, 2, 0))];
        let mut ledger = Ledger::new(&accounts);
        ledger.enter("leak", "a.zip", 0);
        ledger.enter_size("leak", "a.zip", 101);
        ledger.enter("leak", "a.zip!x", 0);
        ledger.enter("leak", "a.zip!y", 0);
        let expected = [
            ("leak", "of 2 entries 1 are not recorded"),
            (
                "leak!a.zip",
                "3 entries expected, but 2 taken out and 0 failed",
            ),
            ("leak!a.zip", "of 3 entries 1 are not recorded"),
            (
                "leak!a.zip",
                "it has 101 bytes, but 100 are taken out, failed or ignored",
            ),
        ];
        let expected = expected.map(|(place, says)| (place.to_owned(), says.to_owned()));
        assert_eq!(said(ledger), expected);
    }
}
