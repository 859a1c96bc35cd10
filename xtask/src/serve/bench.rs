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

/// Kinds of questions, each with the addresses that ask it.
const QUESTIONS: [(&str, &[&str]); 7] = [
    (
        "list, a page",
        &[
            "/api/items?limit=100",
            "/api/items?limit=100&sort=opinion",
            "/api/items?limit=100&sort=subject",
            "/api/items?limit=100&sort=-weight&at=400000",
        ],
    ),
    ("list, by cursor", &["cursor"]),
    ("list with counts", &["/api/items?limit=100&facets=1"]),
    (
        "filter",
        &[
            "/api/items?limit=100&opinion=questioned&opinion=contradicted",
            "/api/items?limit=100&sender_domain=house1.example",
            "/api/items?limit=100&date_from=2012-03-01&date_to=2012-04-30",
            "/api/items?limit=100&test=date/gmail-boundary-time%23boundary-disagrees&sort=size",
        ],
    ),
    (
        "filter with counts",
        &[
            "/api/items?limit=100&facets=1&opinion=questioned",
            "/api/items?limit=100&facets=1&opinion=consistent&decision=undecided",
            "/api/items?limit=100&facets=1&mailbox=invented!mail/box7.mbox",
        ],
    ),
    (
        "search",
        &[
            "/api/items?limit=100&q=zephyr",
            "/api/items?limit=100&q=budget",
            "/api/items?limit=100&q=%22budget+meeting%22",
            "/api/items?limit=100&q=from:person12+invoice",
            "/api/items?limit=100&q=subject:quartz+-poll",
        ],
    ),
    (
        "search with counts",
        &["/api/items?limit=100&facets=1&q=harbour+opinion:questioned"],
    ),
];

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
    let measured = measure(settings, link.trim());
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

fn measure(settings: &Settings, link: &str) -> anyhow::Result<bool> {
    let mut client = Client::enter(link)?;
    let mut is_fast = true;
    println!(
        "{:<20} {:>6} {:>8} {:>8} {:>8}",
        "", "asked", "p50 ms", "p95 ms", "max ms"
    );
    for (name, paths) in QUESTIONS {
        let mut times = Vec::new();
        let mut cursor = String::new();
        for round in 0..settings.rounds * 4 {
            let path = paths.get(round % paths.len()).copied().unwrap_or_default();
            let path = if path == "cursor" {
                format!("/api/items?limit=200&sort=sender&cursor={cursor}")
            } else {
                path.to_owned()
            };
            let start = Instant::now();
            let answer = client.send("GET", &path, &Value::Null)?;
            times.push(start.elapsed());
            if answer.status != 200 {
                bail!("{path}: {}", answer.json());
            }
            let page = answer.json();
            let next = page.get("next").and_then(Value::as_str);
            next.unwrap_or_default().clone_into(&mut cursor);
        }
        times.sort_unstable();
        let at = |per_cent: usize| {
            times
                .get((times.len() - 1) * per_cent / 100)
                .copied()
                .unwrap_or_default()
        };
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "{name:<20} {:>6} {:>8.1} {:>8.1} {:>8.1}",
            times.len(),
            ms(at(50)),
            ms(at(95)),
            ms(at(100))
        );
        is_fast &= at(95) < SLOWEST;
    }
    Ok(is_fast)
}
