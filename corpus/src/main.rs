//! `corpus`: makes labelled collections from the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use mabillon_corpus::{
    Damage, Extent, Forgers, Layout, Plan, Scale, Summary, Wrap, forgers, make, write_sample,
};

/// Makes collections of invented mail with known answers: authentic, altered, invented.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a collection, with its answers and keys beside it.
    Make(MakeArgs),
    /// Make `samples/onwards` again; run it at the root of the repository.
    Sample,
    /// List the forgers.
    Forgers,
}

#[derive(Args)]
struct MakeArgs {
    /// Where all chance comes from; the same seed and settings give the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many stored messages to make.
    #[arg(long, conflicts_with = "size")]
    messages: Option<u64>,
    /// How many bytes to make, such as 500MB or 1GB.
    #[arg(long)]
    size: Option<String>,
    /// The folder of the collection; it must not exist or be empty.
    #[arg(long)]
    out: PathBuf,
    /// How mailboxes are stored.
    #[arg(long, value_enum, default_value_t = LayoutArg::Mbox)]
    layout: LayoutArg,
    /// What each mailbox is packed into.
    #[arg(long, value_enum, default_value_t = WrapArg::None)]
    wrap: WrapArg,
    /// `all`, `none`, or names separated by commas (see `corpus forgers`).
    #[arg(long, default_value = "all")]
    forgers: String,
    /// Share of forgeries among the messages.
    #[arg(long, default_value_t = 0.02)]
    forged_share: f64,
    /// What the exporter broke.
    #[arg(long, value_enum, default_value_t = DamageArg::None)]
    damage: DamageArg,
    /// Make pictures and scans as small as can be: for many messages on little disk.
    #[arg(long)]
    small: bool,
    /// Add mail that asks for credentials, and innocent mail that looks like it.
    #[arg(long)]
    phishing: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutArg {
    Mbox,
    Maildir,
    Eml,
    Mixed,
}

#[derive(Clone, Copy, ValueEnum)]
enum WrapArg {
    None,
    Zip,
    #[value(name = "tar.gz")]
    TarGz,
}

#[derive(Clone, Copy, ValueEnum)]
enum DamageArg {
    None,
    Lf,
    From,
    All,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Make(args) => {
            let plan = plan(&args)?;
            print_summary(&make(&plan).with_context(|| format!("make {}", args.out.display()))?)
        }
        Command::Sample => print_summary(&write_sample(&PathBuf::from("."))?),
        Command::Forgers => print_forgers(),
    }
}

/// What was typed, as a plan.
fn plan(args: &MakeArgs) -> anyhow::Result<Plan> {
    let extent = match (args.messages, &args.size) {
        (Some(messages), _) => Extent::Messages(messages),
        (None, Some(size)) => Extent::Bytes(bytes_of(size)?),
        (None, None) => bail!("say how much to make: --messages N or --size 1GB"),
    };
    if !(0.0..=1.0).contains(&args.forged_share) {
        bail!("--forged-share lies between 0 and 1");
    }
    Ok(Plan {
        seed: args.seed,
        extent,
        out: args.out.clone(),
        layout: match args.layout {
            LayoutArg::Mbox => Layout::Mbox,
            LayoutArg::Maildir => Layout::Maildir,
            LayoutArg::Eml => Layout::Eml,
            LayoutArg::Mixed => Layout::Mixed,
        },
        wrap: match args.wrap {
            WrapArg::None => Wrap::None,
            WrapArg::Zip => Wrap::Zip,
            WrapArg::TarGz => Wrap::TarGz,
        },
        forgers: match args.forgers.as_str() {
            "all" => Forgers::All,
            "none" => Forgers::None,
            names => Forgers::Named(
                names
                    .split(',')
                    .map(|name| name.trim().replace('_', "-"))
                    .collect(),
            ),
        },
        forged_per_thousand: thousandths(args.forged_share),
        damage: match args.damage {
            DamageArg::None => Damage::None,
            DamageArg::Lf => Damage::Lf,
            DamageArg::From => Damage::From,
            DamageArg::All => Damage::All,
        },
        scale: if args.small {
            Scale::Small
        } else {
            Scale::Real
        },
        phishing: args.phishing,
        ..Plan::default()
    })
}

/// A share between 0 and 1 in thousandths.
fn thousandths(share: f64) -> u64 {
    (0..1000)
        .take_while(|number| f64::from(*number) + 0.5 < share * 1000.0)
        .count() as u64
}

/// `1GB`, `500 MB`, `20000`.
fn bytes_of(size: &str) -> anyhow::Result<u64> {
    let digits: String = size.chars().take_while(char::is_ascii_digit).collect();
    let number: u64 = digits
        .parse()
        .with_context(|| format!("read the size {size:?}"))?;
    let unit = match size
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim()
        .to_ascii_uppercase()
        .as_str()
    {
        "" | "B" => 1,
        "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        unit => bail!("read the size {size:?}: {unit:?} is none of KB, MB, GB"),
    };
    Ok(number * unit)
}

fn print_summary(summary: &Summary) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} messages, {} bytes, {} documents",
        summary.n_messages, summary.n_bytes, summary.n_documents
    )?;
    writeln!(
        out,
        "{} received, of which {} are validly signed",
        summary.n_received, summary.n_signed
    )?;
    writeln!(out, "{} messages are not genuine", summary.n_forged)?;
    for (name, n_forgeries) in &summary.forgeries {
        writeln!(out, "  {n_forgeries:>6}  {name}")?;
    }
    writeln!(out, "answers: {}", summary.answers.display())?;
    writeln!(out, "keys: {}", summary.keys.display())?;
    Ok(())
}

fn print_forgers() -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for forger in forgers() {
        writeln!(
            out,
            "{:<9} {}",
            format!("{:?}", forger.skill).to_lowercase(),
            forger.name
        )?;
    }
    Ok(())
}
