//! How fast a case of a million items is listed, filtered and searched, and what memory the server takes.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::made;
use crate::program;
use crate::serve_client::Client;

/// What the 95th percentile of each kind of question must stay under.
const SLOWEST: Duration = Duration::from_millis(200);
/// What the server may hold in memory.
const MEMORY_KIB_MAX: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Items of the case; it is made once and kept in `target/serve-bench/`.
    #[arg(long, default_value_t = 1_000_000)]
    items: u64,
    /// How often each question is asked.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
}

/// Stands for the address of the next page of one list.
const CURSOR: &str = "cursor";

/// Kinds of questions, each with the addresses that ask it.
fn questions() -> Vec<(&'static str, Vec<String>)> {
    let list = |rest: &str| format!("/api/items?limit=100{rest}");
    let lists = |rests: &[&str]| rests.iter().map(|rest| list(rest)).collect();
    vec![
        (
            "list, a page",
            lists(&["", "&sort=opinion", "&sort=subject", "&sort=-weight"]),
        ),
        ("list, by cursor", vec![CURSOR.to_owned()]),
        ("list with counts", lists(&["&facets=1"])),
        (
            "filter",
            lists(&[
                "&opinion=questioned&opinion=contradicted",
                "&sender_domain=house1.example",
                "&date_from=2012-03-01&date_to=2012-04-30",
                "&test=date/gmail-boundary-time%23boundary-disagrees&sort=size",
            ]),
        ),
        (
            "filter with counts",
            lists(&[
                "&facets=1&opinion=questioned",
                "&facets=1&opinion=consistent&decision=undecided",
                "&facets=1&mailbox=invented!mail/box7.mbox",
            ]),
        ),
        (
            "search, first page",
            searches()
                .iter()
                .map(|search| list(&format!("&q={search}")))
                .collect(),
        ),
        (
            "search, later pages",
            (1..100)
                .map(|page| list(&format!("&at={}&q=%22meeting+agenda%22", page * 100)))
                .collect(),
        ),
        (
            "search with counts",
            made::WORDS
                .iter()
                .map(|word| list(&format!("&facets=1&q={word}+opinion:questioned")))
                .collect(),
        ),
    ]
}

/// Searches that all differ, so that nothing is known of one by another: from the most common words to the rarest,
/// alone, both, either, one after the other, with a sender, with a subject and without a word.
fn searches() -> Vec<String> {
    let word = |n: usize| made::WORDS.get(n % made::WORDS.len()).copied();
    let of_word = |n: usize| {
        let (a, b) = (word(n).unwrap_or_default(), word(n + 1).unwrap_or_default());
        [
            a.to_owned(),
            format!("{a}+{b}"),
            format!("%22{a}+{b}%22"),
            format!("{a}+OR+{b}"),
            format!("from:person{n}+{a}"),
            format!("subject:{a}+-{b}"),
        ]
    };
    (0..made::WORDS.len()).flat_map(of_word).collect()
}

/// Makes the case where it is not there, serves it, asks, prints.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mabillon = program::build()?;
    let dir = program::scratch("serve-bench")?.join(format!("case-{}", settings.items));
    if !dir.exists() {
        let start = Instant::now();
        made::case(&dir, settings.items)?;
        println!(
            "made a case of {} items in {:.0} s",
            settings.items,
            start.elapsed().as_secs_f32()
        );
    }
    let start = Instant::now();
    let mut child = Command::new(mabillon)
        .arg("serve")
        .arg(&dir)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut link = String::new();
    let out = child.stdout.take().context("the server has no output")?;
    BufReader::new(out).read_line(&mut link)?;
    println!("ready after {:.1} s", start.elapsed().as_secs_f32());
    let measured = measure(settings, link.trim(), child.id());
    let peak = program::peak_of(child.id());
    child.kill()?;
    child.wait()?;
    let is_fast = measured?;
    let peak = peak.context("the system does not tell the memory of the server")?;
    println!("memory of the server, at its peak: {} MiB", peak >> 10);
    if !is_fast || peak > MEMORY_KIB_MAX {
        bail!("slower than {SLOWEST:?} at the 95th percentile, or larger than 1 GiB");
    }
    Ok(())
}

fn measure(settings: &Settings, link: &str, server: u32) -> anyhow::Result<bool> {
    let mut client = Client::enter(link)?;
    let mut is_fast = true;
    println!(
        "{:<20} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8}  the slowest",
        "", "asked", "p50 ms", "p95 ms", "max ms", "CPU p50", "CPU p95"
    );
    for (name, paths) in questions() {
        let (mut times, mut cpu_times) = (Vec::new(), Vec::new());
        let mut slowest = (Duration::ZERO, String::new());
        let mut cursor = String::new();
        for round in 0..settings.rounds * 4 {
            let mut path = paths.get(round % paths.len()).cloned().unwrap_or_default();
            if path == CURSOR {
                path = format!("/api/items?limit=200&sort=sender&cursor={cursor}");
            }
            let cpu_before = program::cpu_of(server).unwrap_or_default();
            let start = Instant::now();
            let answer = client.send("GET", &path, &Value::Null)?;
            let took = start.elapsed();
            times.push(took);
            let cpu = program::cpu_of(server).unwrap_or_default();
            cpu_times.push(cpu.saturating_sub(cpu_before));
            if answer.status != 200 {
                bail!("{path}: {}", answer.json());
            }
            let page = answer.json();
            let next = page.get("next").and_then(Value::as_str);
            next.unwrap_or_default().clone_into(&mut cursor);
            slowest = slowest.max((took, path));
        }
        times.sort_unstable();
        cpu_times.sort_unstable();
        println!(
            "{name:<20} {:>6} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1}  {}",
            times.len(),
            ms(&times, 50),
            ms(&times, 95),
            ms(&times, 100),
            ms(&cpu_times, 50),
            ms(&cpu_times, 95),
            slowest.1
        );
        is_fast &= ms(&times, 95) < SLOWEST.as_secs_f64() * 1000.0;
    }
    Ok(is_fast)
}

/// Milliseconds that so many per cent of the sorted times do not exceed.
fn ms(times: &[Duration], per_cent: usize) -> f64 {
    let at = times.len().saturating_sub(1) * per_cent / 100;
    times.get(at).map_or(0.0, Duration::as_secs_f64) * 1000.0
}
