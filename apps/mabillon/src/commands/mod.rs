//! One file per command.

pub(crate) mod bundle;
pub(crate) mod examine;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod keys;
mod keys_lookup;
pub(crate) mod report;
pub(crate) mod reviewers;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod tests;
pub(crate) mod verify;
