//! Weights by measurement: fitted on some collections, judged on others and on real mail.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

mod calibration;
mod chart;
mod fit;
mod labelled;
mod phishing;
mod real_mail;
mod tally;

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use mabillon_interpret::{Interpreter, Weights};

use crate::program::{self, root};
use fit::Fit;
use labelled::{Labelled, Making};
use tally::Tally;

#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Settings {
    /// Messages of each collection.
    #[arg(long, default_value_t = 4000)]
    messages: u64,
    /// Number of collections to fit on, and as many to judge on, each of a seed of its own.
    #[arg(long, default_value_t = 4)]
    collections: u64,
    /// First seed of the collections to fit on.
    #[arg(long, default_value_t = 5001)]
    fit_seed: u64,
    /// First seed of the collections to judge on.
    #[arg(long, default_value_t = 7001)]
    seed: u64,
    /// Judge only: the rows of weights.toml stay as they are and are not compared with counts.
    #[arg(long)]
    no_fit: bool,
    /// Put the fitted weights into weights.toml.
    #[arg(long, conflicts_with = "no_fit")]
    write_weights: bool,
    /// Print only, leave docs/measurements.md and docs/calibration.svg as they are.
    #[arg(long)]
    dry: bool,
    /// Measure this program instead of building one as it is released: a build for development finds the same.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Name each forged item that was not caught and each genuine one that was questioned, with its evidence.
    #[arg(long)]
    list: bool,
}

impl Settings {
    fn seeds_to_fit(&self) -> std::ops::Range<u64> {
        self.fit_seed..self.fit_seed + self.collections
    }

    fn seeds_to_judge(&self) -> std::ops::Range<u64> {
        self.seed..self.seed + self.collections
    }

    fn program(&self) -> anyhow::Result<PathBuf> {
        match &self.program {
            Some(program) => Ok(std::path::absolute(program)?),
            None => program::build(),
        }
    }

    /// Judging on what was fitted on would measure memory: no seed may serve both, now or in an earlier fit.
    fn check(&self) -> anyhow::Result<()> {
        let (fit, judge) = (self.seeds_to_fit(), self.seeds_to_judge());
        if !self.no_fit && fit.start < judge.end && judge.start < fit.end {
            bail!("the seeds to fit on ({fit:?}) and to judge on ({judge:?}) overlap");
        }
        let used = fit::seeds_used(&fit::table_text()?)?;
        if let Some(seed) = judge.clone().find(|seed| used.contains(seed)) {
            bail!(
                "seed {seed} was used to fit the weights of weights.toml; judge on others (--seed)"
            );
        }
        Ok(())
    }
}

/// Makes collections, examines them, fits, judges, prints and writes.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    settings.check()?;
    let mabillon = settings.program()?;
    let load = |seeds: std::ops::Range<u64>| -> anyhow::Result<Vec<Labelled>> {
        let mut items = Vec::new();
        for seed in seeds {
            let making = Making::of(seed, settings.messages);
            items.extend(labelled::load(&mabillon, &making)?);
        }
        Ok(items)
    };
    let mut weights = Weights::built_in()?;
    let mut fitted = None;
    if !settings.no_fit {
        let fit = Fit::of(&load(settings.seeds_to_fit())?, &weights);
        if settings.write_weights {
            let table = fit.written_into(
                &fit::table_text()?,
                settings.seeds_to_fit(),
                settings.messages,
            )?;
            weights = Weights::parse(&table)?;
            std::fs::write(fit::table_path(), table)?;
        }
        fitted = Some(fit);
    }
    let items = load(settings.seeds_to_judge())?;
    let judged = tally::opinions(&items, &Interpreter::with(weights));
    let mut text = heading(settings);
    let tally = Tally::of(&items, &judged);
    tally.write(&mut text);
    phishing::write(&mut text, &items);
    calibration::write(&mut text, &items, &judged);
    if let Some(fit) = &fitted {
        fit.write(&mut text);
    }
    real_mail::write(&mut text, &mabillon)?;
    println!("{text}");
    if settings.list {
        println!("{}", tally::listed(&items, &judged));
    }
    if !settings.dry {
        std::fs::write(
            root().join("docs/calibration.svg"),
            chart::of(&items, &judged),
        )?;
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
}

fn heading(settings: &Settings) -> String {
    let mut text = format!(
        "{BEGIN}\n## Opinions on labelled collections\n\n\
         Command: `cargo xtask measure --messages {} --collections {} --fit-seed {} --seed {}`.\n\
         Each collection is made by `corpus/` with all forgers; the program is given the keys of the invented domains, \
         never the answers. Every second collection went through exporters and migrations that harm each mailbox in \
         another way.\n",
        settings.messages, settings.collections, settings.fit_seed, settings.seed
    );
    let _ = writeln!(
        text,
        "Seeds {:?} were judged; seeds {:?} served to fit and to nothing else; a seed that served to fit is refused for judging.\n\
         All of these collections come from one generator, which knows what its authors know of mail and of forgers: \
         the figures say how the tests do against these forgers and this noise, not against others.",
        settings.seeds_to_judge(),
        settings.seeds_to_fit()
    );
    text
}

const BEGIN: &str = "<!-- written by `cargo xtask measure` -->";
const END: &str = "<!-- end of what `cargo xtask measure` writes -->";
