//! The chores of the project.
//!
//! ```text
//! cargo xtask handbook    writes docs/tests.md from the documentation of the tests
//! cargo xtask measure     measures detection and false alarms on labelled collections, writes docs/measurements.md
//! cargo xtask lost-keys   measures recovery on a labelled collection without any key, writes docs/measurements.md
//! cargo xtask salvage     measures what salvage verifies, exporter by exporter, writes docs/measurements.md
//! cargo xtask recovery    measures the recovery of single keys beside the plain computation with GMP
//! cargo xtask peers       measures DKIM verification beside `mail-auth`, `dkimpy` and `openssl`
//! cargo xtask bench       measures time and memory beside `openssl dgst -sha256` over the same files
//! cargo xtask files-of-others examines the collections of other projects, and counts what came of them
//! cargo xtask serve-bench measures the review of a case of a million items
//! cargo xtask serve-kill  kills the review under the hands of 50 reviewers, and looks for every decision
//! ```

mod bench;
mod files_of_others;
mod gone;
mod handbook;
mod lost_keys;
mod measure;
mod peers;
mod program;
mod recovery;
mod salvage;
mod serve;
#[path = "../../apps/mabillon/tests/end_to_end/desk/http.rs"]
mod serve_client;
mod with_answers;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Write the chapter on tests of the handbook.
    Handbook,
    /// Measure detection and false alarms on labelled collections.
    Measure(measure::Settings),
    /// Measure what recovered keys verify on a labelled collection that comes without any key.
    LostKeys(lost_keys::Settings),
    /// Measure what salvage verifies of collections that exporters damaged.
    Salvage(salvage::Settings),
    /// Measure the recovery of single keys beside the plain computation with GMP.
    Recovery(recovery::Settings),
    /// Measure DKIM verification beside `mail-auth`, `dkimpy` and `openssl`.
    Peers(peers::Settings),
    /// Measure time and memory of an examination.
    Bench(bench::Settings),
    /// Examine the collections of other projects, and count what came of them.
    FilesOfOthers(files_of_others::Settings),
    /// Measure list, filter and search of the review on a case of a million items.
    ServeBench(serve::Settings),
    /// Kill the review under the hands of many reviewers, and look for every decision.
    ServeKill(serve::Kill),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().chore {
        Chore::Handbook => handbook::run(),
        Chore::Measure(settings) => measure::run(&settings),
        Chore::LostKeys(settings) => lost_keys::run(&settings),
        Chore::Salvage(settings) => salvage::run(&settings),
        Chore::Recovery(settings) => recovery::run(&settings),
        Chore::Peers(settings) => peers::run(&settings),
        Chore::Bench(settings) => bench::run(&settings),
        Chore::FilesOfOthers(settings) => files_of_others::run(&settings),
        Chore::ServeBench(settings) => serve::run(&settings),
        Chore::ServeKill(load) => serve::kill(&load),
    }
}
