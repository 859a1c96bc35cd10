//! Tests of the shelf `date`.

pub(super) mod document_times;
