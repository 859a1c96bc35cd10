//! The review under load: a case of a million items, and reviewers whose server is killed.

mod bench;
mod made;

use std::process::Command;

use anyhow::bail;

use crate::program;

pub(crate) use bench::{Settings, run};

/// How many decide, and how often the server dies.
#[derive(Debug, clap::Args)]
pub(crate) struct Kill {
    /// Reviewers at once.
    #[arg(long, default_value_t = 50)]
    reviewers: u32,
    /// Decisions that must be acknowledged.
    #[arg(long, default_value_t = 20_000)]
    decisions: u32,
    /// Times the server is killed meanwhile.
    #[arg(long, default_value_t = 10)]
    kills: u32,
}

/// Runs the test of killed servers with this load instead of its small one.
pub(crate) fn kill(load: &Kill) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["test", "--package", "mabillon", "--test", "end_to_end"])
        .args(["desk::killed", "--", "--nocapture"])
        .env(
            "MABILLON_REVIEW_LOAD",
            format!("{},{},{}", load.reviewers, load.decisions, load.kills),
        )
        .current_dir(program::root())
        .status()?;
    if !status.success() {
        bail!("a decision was lost, doubled or overwritten, or the test did not build");
    }
    Ok(())
}
