//! The sample of the repository: one small collection in which every forger is at work.

use std::fs;
use std::path::Path;

use crate::MakeError;
use crate::make::{Summary, make};
use crate::plan::{Damage, Extent, Forgers, KeySizes, Layout, Plan, Scale, Signers, Theme, Wrap};

/// Where the sample lies in the repository.
const SAMPLE: &str = "samples/onwards";
/// The built-in keys of the samples.
const BUILT_IN_KEYS: &str = "crates/examine/keys/samples.tsv";
const KEYS_HEADER: &str = "# Public keys of the invented senders of the sample collections. None of these domains exists.\n";
const SOURCE: &str = "invented for samples/onwards";

/// Makes `samples/onwards` again, with its answers and keys, below the root of the repository.
///
/// # Errors
///
/// Where files cannot be removed or written.
pub fn write_sample(root: &Path) -> Result<Summary, MakeError> {
    let out = root.join(SAMPLE);
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let summary = make(&Plan {
        seed: 1681,
        extent: Extent::Messages(260),
        out,
        layout: Layout::Mixed,
        wrap: Wrap::None,
        forgers: Forgers::All,
        forged_per_thousand: 105,
        damage: Damage::All,
        theme: Theme::Onwards,
        scale: Scale::Small,
        key_sizes: KeySizes::Real,
        signers: Signers::All,
        phishing: false,
    })?;
    let keys = fs::read_to_string(&summary.keys)?.replace("invented for onwards", SOURCE);
    fs::write(&summary.keys, &keys)?;
    fs::write(
        root.join(BUILT_IN_KEYS),
        format!("{KEYS_HEADER}{}", keys.replacen("#name", "# name", 1)),
    )?;
    Ok(summary)
}
