//! The last stage: one report model, many faces.
//!
//! [`ReportBuilder`] counts item rows as they stream by, in memory that does not grow with their number, and gives
//! the [`Report`]. The faces compute nothing: [`terminal`], [`html`] and
//! [`summary_json`] show the report, [`collection_json`] all that was counted of the collection as a whole; [`jsonl`], [`CsvTable`] and
//! [`ParquetTable`] export the rows; [`item_text`] shows one of them; [`bundle`](fn@bundle) packs some with the
//! proofs for them, and [`check_bundle`] says whether such a bundle is as it was written; [`signed_report`] signs what reviewers decided.
//!
//! Every text that comes from an item passes through [`printable`] on its way out.

mod bundle;
mod collection_json;
mod csv;
mod flat;
mod html;
mod item_row;
mod item_text;
mod jsonl;
pub mod limits;
mod lost_keys;
pub mod model;
mod parquet;
mod printable;
mod signed;
mod stored;
mod summary_json;
mod terminal;
mod terminal_style;
pub mod words;

pub use bundle::{
    BundleError, BundleProblem, Disclosure, Proof, ProofItem, ProofKey, ProofOther, ProofSignature,
    bundle, check_bundle,
};
pub use collection_json::collection_json;
pub use csv::CsvTable;
pub use html::html;
pub use item_row::{ItemRow, Weighed, place_text};
pub use item_text::item_text;
pub use jsonl::{FORMAT_VERSION, jsonl};
pub use lost_keys::{LostKeys, outcome_of};
pub use model::{Card, ClassCounts, ItemsRow, Report, ReportBuilder};
pub use parquet::ParquetTable;
pub use printable::{clip, printable};
pub use signed::{SigningKey, check_signed_report, signed_report};
pub use summary_json::summary_json;
pub use terminal::terminal;

#[cfg(test)]
mod tests;
