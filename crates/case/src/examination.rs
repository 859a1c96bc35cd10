//! One recorded run: what was examined, with what.

use serde::{Deserialize, Serialize};

use crate::{ItemId, Origin};

/// An exhibit as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExhibitRecord {
    /// Exhibit number, from 1, in the order given.
    pub number: u32,
    /// Name in places: the last component of the path given; made distinct by ` (2)` where two are alike.
    pub name: String,
    /// The path as the user gave it.
    pub given_as: String,
    /// Collection or reference.
    pub origin: Origin,
    /// SHA-256 of the file; for a folder of the list of (path, size, SHA-256) of its files.
    pub digest: ItemId,
    /// Number of files.
    pub n_files: u64,
    /// Total size in bytes.
    pub size_bytes: u64,
}

/// A run of `examine`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExaminationRecord {
    /// Version of the program.
    pub version: String,
    /// Exhibits.
    pub exhibits: Vec<ExhibitRecord>,
    /// Options that bear on results, as `name=value`.
    pub options: Vec<String>,
    /// Ids of the tests that ran, in order.
    pub tests: Vec<String>,
    /// SHA-256 of the key archive and weights in use, as `name=digest`.
    pub sources: Vec<String>,
    /// Start, RFC 3339.
    pub started: String,
    /// End, RFC 3339; empty while it runs.
    pub ended: String,
}
