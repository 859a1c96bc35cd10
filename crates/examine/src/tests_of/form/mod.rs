//! Tests of the shelf `form`.

pub(super) mod pdf_metadata_agreement;
