//! The list of all forensic tests, in the order of the handbook and of every list of findings.
//!
//! The shelves are those of diplomatics: `signature` and `form` are extrinsic form, `date` and `language`
//! intrinsic form, `transmission` the way a record took, `collection` its bond with other records.

mod collection;
mod date;
mod form;
mod language;
mod signature;
mod transmission;

use crate::Test;

/// Every test. An examination says exactly which tests ran, and in what order: this one.
pub const TESTS: &[&Test] = &[
    // signature: what is proved by cryptography
    // transmission: the relays and their clocks
    // date: the clocks of the sender
    &date::document_times::DOCUMENT_TIMES,
    // form: the habits of programs
    &form::pdf_metadata_agreement::PDF_METADATA_AGREEMENT,
    // language: the languages of programs and people
    &language::program_language::PROGRAM_LANGUAGE,
    // collection: the collection against itself and against the originals
    &collection::altered_copy::ALTERED_COPY,
    &collection::quoted_parent::QUOTED_PARENT,
    &collection::reply_order::REPLY_ORDER,
    &collection::answered_message::ANSWERED_MESSAGE,
    &collection::attachment_origin::ATTACHMENT_ORIGIN,
    &collection::attachment_save_time::ATTACHMENT_SAVE_TIME,
    &collection::save_burst::SAVE_BURST,
    &collection::last_saver::LAST_SAVER,
    &collection::reference_comparison::REFERENCE_COMPARISON,
    &collection::decoy_registry::DECOY_REGISTRY,
];
