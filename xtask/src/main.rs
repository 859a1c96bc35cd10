//! The chores of the project.
//!
//! ```text
//! cargo xtask handbook    writes docs/tests.md from the documentation of the tests
//! cargo xtask measure     measures detection and false alarms on labelled collections, writes docs/measurements.md
//! cargo xtask bench       measures time and memory beside `openssl dgst -sha256` over the same files
//! ```

mod bench;
mod handbook;
mod measure;
mod program;

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
    /// Measure time and memory of an examination.
    Bench(bench::Settings),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().chore {
        Chore::Handbook => handbook::run(),
        Chore::Measure(settings) => measure::run(&settings),
        Chore::Bench(settings) => bench::run(&settings),
    }
}
