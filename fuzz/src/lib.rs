//! What the targets share: a world without clock, an exhibit in memory, limits that keep one run short.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use mabillon_acquire::{Event, Leaf, Limits, Settings, expand};
use mabillon_case::{Form, ItemId, KeySource, Origin, Passwords, Place, Stamp};
use mabillon_examine::signature::KeyArchive;
use mabillon_examine::{Decoys, World};

/// The key of the fixtures, so that what is made from them verifies.
const KEYS: &str = include_str!(
    "../../crates/examine/src/tests_of/signature/dkim_verification/archived_key.world"
);

/// A world with the built-in keys, the key of the fixtures, and a fixed time of the run.
pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut keys = KeyArchive::built_in();
    keys.add_file(KEYS, KeySource::Supplied).unwrap();
    World {
        roots: mabillon_examine::Roots::default(),
        keys,
        has_reference: false,
        decoys: Decoys::parse("CANARY-7731").unwrap(),
        published: mabillon_examine::Published::default(),
        now: Stamp::from_seconds(1_700_000_000).unwrap(),
    }
});

/// Opens the bytes as a container of this form and checks that what comes out is sane: a leaf lies in its exhibit, and
/// the account of every container adds up.
pub fn open(bytes: &[u8], form: Form) {
    let leaf = Leaf {
        place: Place {
            origin: Origin::Collection,
            exhibit: Arc::from("exhibit"),
            path: "member".to_owned(),
            offset: 0,
            length: bytes.len() as u64,
            parent: None,
            mailbox: None,
            stored: None,
            entry: None,
        },
        bytes: Bytes::copy_from_slice(bytes),
        form,
        separator: None,
        depth: 1,
        item: None,
    };
    let mut receive = |event: Event| {
        match event {
            Event::Leaf(leaf) => assert!(leaf.place.path.starts_with("member")),
            Event::Account(account) => assert_eq!(
                account.n_expected,
                account.n_decoded + account.n_failed,
                "{account:?}"
            ),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    expand(&leaf, ItemId::of(bytes), &settings(), &mut receive);
}

/// Decodes the bytes as a document of this form.
pub fn document(bytes: &[u8], form: Form) {
    let decoded = mabillon_decode::document(&Bytes::copy_from_slice(bytes), form, &Passwords::default());
    mabillon_decode::ui_language(&decoded.document);
}

fn settings() -> Settings {
    Settings {
        limits: Limits {
            item_bytes_max: 1 << 20,
            memory_bytes_max: 1 << 20,
            expanded_free_bytes: 4 << 20,
            stream_free_bytes: 1 << 20,
            ..Limits::default()
        },
        spool_dir: std::env::temp_dir(),
        passwords: mabillon_acquire::Passwords::default(),
    }
}
