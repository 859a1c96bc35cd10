//! Makes labelled collections: an invented campaign's mailboxes and documents, authentic, altered and invented.
//!
//! Everything comes from a seed; the same [`Plan`] gives the same bytes. A letter goes the way of real mail: a
//! person writes it ([`correspondence`]), a program makes a message of it ([`clients`]), servers sign it and leave
//! their traces ([`servers`]), a copy comes to lie in each mailbox ([`delivery`]), a forger may lay hands on it
//! ([`forgers`]), an exporter breaks it a little ([`damage`]) and a dump holds it ([`layout`]).
//! What each item really is stands in the answers beside the collection ([`answers`]).

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "all numbers here are made here and small; no foreign input is read"
)]

mod answers;
mod clients;
mod clocks;
mod correspondence;
mod damage;
mod delivery;
mod dkim;
mod documents;
mod forgers;
mod keys;
mod layout;
mod letter;
mod make;
mod mime;
mod moment;
mod parts;
mod people;
mod plan;
mod random;
mod sample;
mod servers;
mod visitors;
mod words;

pub use answers::{Answer, Class, ItemKind};
pub use forgers::{Forger, Skill, forgers};
pub use make::{Summary, make};
pub use plan::{
    Damage, EXPORTERS, Extent, Forgers, KeySizes, Layout, Plan, Scale, Signers, Theme, Wrap,
};
pub use sample::write_sample;
pub use visitors::{LOOKS_LIKE_PHISHING, PHISHING};

/// Why a collection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A file could not be written.
    #[error("write a file: {0}")]
    Io(#[from] std::io::Error),
    /// An archive could not be written.
    #[error("write an archive: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// A document could not be made.
    #[error("make a document")]
    Document,
    /// A key could not be made or did not sign.
    #[error("make or use a key")]
    Key,
    /// The plan cannot be followed.
    #[error("follow the plan: {0}")]
    Plan(&'static str),
    /// A forger of this name does not exist.
    #[error("find a forger named {0:?}")]
    NoSuchForger(String),
}
