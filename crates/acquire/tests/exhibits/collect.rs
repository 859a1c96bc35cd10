//! Takes in an exhibit and keeps all that was told of it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use mabillon_acquire::{Event, Leaf, Limits, Passwords, Settings, acquire, total_bytes};
use mabillon_case::{Accounting, ContainerKind, ExhibitRecord, Ledger, Origin, Place};
use tempfile::TempDir;

/// All that was told of one exhibit.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) leaves: Vec<Leaf>,
    /// Places of everything that was told, and whether it was read.
    pub(crate) places: Vec<(Place, bool)>,
    pub(crate) containers: BTreeMap<String, u64>,
    pub(crate) not_read: Vec<(String, String)>,
    pub(crate) accounts: Vec<Accounting>,
    pub(crate) progress: u64,
    pub(crate) record: Option<ExhibitRecord>,
}

pub(crate) fn settings(limits: Limits) -> Settings {
    Settings {
        limits,
        spool_dir: std::env::temp_dir(),
        passwords: Passwords::default(),
    }
}

/// Takes in an exhibit and checks its accounts.
pub(crate) fn take(path: &Path, limits: Limits) -> Told {
    take_with(path, &settings(limits))
}

pub(crate) fn take_with(path: &Path, settings: &Settings) -> Told {
    let mut told = Told::default();
    let name = path.file_name().unwrap().to_string_lossy();
    let mut receive = |event: Event| told.keep(event);
    let record = acquire(path, Origin::Collection, &name, 1, settings, &mut receive).unwrap();
    assert_eq!(
        told.progress, record.size_bytes,
        "progress adds up to the exhibit"
    );
    assert_eq!(total_bytes(&[path.to_owned()]), record.size_bytes);
    told.check_accounts(record.size_bytes);
    told.record = Some(record);
    told
}

/// Takes in these bytes as an exhibit that is a file.
pub(crate) fn take_file(name: &str, bytes: &[u8]) -> Told {
    take_file_within(name, bytes, Limits::default())
}

/// The same, with other limits.
pub(crate) fn take_file_within(name: &str, bytes: &[u8], limits: Limits) -> Told {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    take(&path, limits)
}

/// The same, with passwords.
pub(crate) fn take_file_with(
    name: &str,
    bytes: &[u8],
    limits: Limits,
    passwords: Passwords,
) -> Told {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    take_with(
        &path,
        &Settings {
            passwords,
            ..settings(limits)
        },
    )
}

impl Told {
    pub(crate) fn keep(&mut self, event: Event) -> ControlFlow<()> {
        match &event {
            Event::Leaf(Leaf { place, .. }) | Event::Container { place, .. } => {
                self.places.push((place.clone(), true));
            }
            Event::NotRead { place, .. } => self.places.push((place.clone(), false)),
            _ => {}
        }
        match event {
            Event::Leaf(leaf) => {
                assert!(
                    leaf.item
                        .is_none_or(|item| item == mabillon_case::ItemId::of(&leaf.bytes))
                );
                self.leaves.push(leaf);
            }
            Event::Container {
                place, size_bytes, ..
            } => {
                assert_eq!(
                    self.containers.insert(place.path, size_bytes),
                    None,
                    "a container is told once"
                );
            }
            Event::NotRead { place, reason, .. } => self.not_read.push((place.path, reason)),
            Event::Account(account) => self.accounts.push(account),
            Event::Progress { bytes } => self.progress += bytes,
        }
        ControlFlow::Continue(())
    }

    /// Every account adds up: entries to what was expected and to what was told, bytes to the size of the container.
    pub(crate) fn check_accounts(&self, exhibit_bytes: u64) {
        let mut ledger = Ledger::new(&self.accounts);
        for (place, is_read) in &self.places {
            let which = place.entry.as_ref().map(|entry| entry.number);
            ledger.enter(&place.exhibit, &place.path, which);
            if !is_read {
                ledger.enter_unread_rest(&place.exhibit, &place.path);
            }
        }
        assert_eq!(ledger.close(), []);
        for account in &self.accounts {
            let path = &account.path;
            assert_eq!(
                account.n_expected,
                account.n_decoded + account.n_failed,
                "{path}"
            );
            let ignored: u64 = account.bytes_ignored.iter().map(|(_, n)| n).sum();
            let sum = account.bytes_decoded + account.bytes_failed + ignored;
            if account.kind == ContainerKind::Folder {
                assert_eq!(sum, exhibit_bytes);
            } else if let Some(size) = self.containers.get(path) {
                assert_eq!(sum, *size, "{account:?}");
            }
        }
        let n_failed: u64 = self.accounts.iter().map(|account| account.n_failed).sum();
        assert!(
            n_failed <= self.not_read.len() as u64,
            "every failed entry has its reason"
        );
    }

    pub(crate) fn paths(&self) -> Vec<&str> {
        self.leaves
            .iter()
            .map(|leaf| leaf.place.path.as_str())
            .collect()
    }

    pub(crate) fn reason(&self, path: &str) -> &str {
        let found = self.not_read.iter().find(|(at, _)| at == path);
        &found
            .unwrap_or_else(|| panic!("{path} in {:?}", self.not_read))
            .1
    }
}

/// A short message.
pub(crate) fn message(n: usize) -> String {
    format!(
        "From: ann@mill.example\nTo: bob@mill.example\nMessage-ID: <{n}@mill.example>\nSubject: flour {n}\n\nbody {n}\n"
    )
}

/// A mailbox of short messages.
pub(crate) fn mbox(n_messages: usize) -> String {
    let separator = "From ann@mill.example Mon May  1 10:00:00 2017";
    let mut out = String::new();
    for n in 1..=n_messages {
        out.extend([separator, "\n", &message(n), "\n"]);
    }
    out
}

/// Text that hardly packs.
pub(crate) fn noise(seed: usize) -> String {
    let mut state = seed as u64 * 2 + 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from(state >> 33 & 63).unwrap())
    };
    (0..3000).map(|_| next()).collect()
}
