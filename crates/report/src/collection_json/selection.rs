//! Which mail is proved, and which is not.

use mabillon_case::{ProvedShare, Selection};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct SelectionObject<'a> {
    classes: Vec<ShareObject<'a>>,
    sizes: Vec<ShareObject<'a>>,
    /// BCP 47; "" where it is not known.
    languages: Vec<ShareObject<'a>>,
    months: Vec<ShareObject<'a>>,
}

impl<'a> SelectionObject<'a> {
    pub(super) fn of(selection: &'a Selection) -> Self {
        Self {
            classes: shares(&selection.classes),
            sizes: shares(&selection.sizes),
            languages: shares(&selection.languages),
            months: shares(&selection.months),
        }
    }
}

/// Messages of one kind: how many, with a signature of any kind, proved whole by one.
#[derive(Serialize)]
pub(crate) struct ShareObject<'a> {
    name: &'a str,
    messages: u64,
    signed: u64,
    proved: u64,
}

pub(crate) fn shares(rows: &[ProvedShare]) -> Vec<ShareObject<'_>> {
    rows.iter()
        .map(|row| ShareObject {
            name: &row.name,
            messages: row.n_messages,
            signed: row.n_signed,
            proved: row.n_proved,
        })
        .collect()
}
