//! The command line of Mabillon: wires the stages, decides nothing.

mod args;
mod case_keys;
mod case_report;
mod commands;
mod dns;
mod exhibits;
mod exit;
mod isolation;
mod item_pass;
mod key_recovery;
mod opinions;
mod output;
mod progress_bar;
mod published;
mod reread;
mod stages;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Args, Command};

/// Records are made by one thread and freed by another, by the million: the allocator of the C library locks for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match args.command {
        Command::Examine(examine) => commands::examine::run(&examine),
        Command::Report(report) => commands::report::run(&report),
        Command::Export(export) => commands::export::run(&export),
        Command::Show(show) => commands::show::run(&show),
        Command::Search(search) => commands::search::run(&search),
        Command::Bundle(bundle) => commands::bundle::run(&bundle),
        Command::Serve(serve) => commands::serve::run(&serve),
        Command::Reviewers(reviewers) => commands::reviewers::run(&reviewers),
        Command::Verify(verify) => commands::verify::run(&verify),
        Command::Keys(keys) => commands::keys::run(&keys),
        Command::Tests => commands::tests::run(),
        Command::Worker { terms, file } => return isolation::run(&terms, file),
        Command::Explain(explain) => commands::explain::run(&explain),
    };
    exit::code(result)
}
