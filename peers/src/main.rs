//! Verifies the DKIM signatures of the same messages with this project and with `mail-auth`, on one thread, in turns.
//!
//! `peers FOLDER KEYS ROUNDS` reads the signed messages of a folder, each a file, with CR LF at every line end, as they
//! travel, and the keys from a keys file. It prints one JSON object: seconds of processor time for each way (the median of
//! the rounds), and what each says of each signature. `cargo xtask peers` runs it and makes a table of it.

mod mail_auth_peer;
mod messages;
mod ours;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use mabillon_examine::signature::Repairs::{NotTried, Tried};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use messages::Input;

/// What one way of verifying costs.
type Work<'a> = Box<dyn Fn(&Input) -> usize + 'a>;

/// What is printed.
#[derive(Serialize)]
struct Report {
    all: Measured,
    /// Messages of which every signature verifies as it stands.
    intact: Measured,
    /// By file: what each program says of each signature.
    results: BTreeMap<String, Answers>,
}

/// What a set of messages costs.
#[derive(Serialize)]
struct Measured {
    n_messages: usize,
    n_bytes: usize,
    n_signatures: usize,
    /// Seconds of processor time by name.
    seconds: BTreeMap<&'static str, f64>,
}

/// What is said of the signatures of one message, in the order of the header.
#[derive(Serialize)]
struct Answers {
    ours: Vec<Answer>,
    ours_with_repairs: Vec<Answer>,
    mail_auth: Vec<Answer>,
}

/// What is said of one signature.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) domain: String,
    pub(crate) selector: String,
    pub(crate) passes: bool,
    /// Why, or under which repairs.
    pub(crate) why: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, keys, rounds] = arguments.as_slice() else {
        return Err("peers FOLDER KEYS ROUNDS".into());
    };
    let inputs = messages::signed(Path::new(folder))?;
    let text = std::fs::read_to_string(keys)?;
    let ours = ours::Verifier::new(&text)?;
    let theirs = mail_auth_peer::Verifier::new(&text)?;
    let ways: Vec<(&'static str, Work<'_>)> = vec![
        ("hash", Box::new(|input| ours::hash(input))),
        ("ours", Box::new(|input| ours.verify(input, NotTried).len())),
        (
            "ours-with-file-hash",
            Box::new(|input| ours.verify_and_hash(input, NotTried)),
        ),
        (
            "ours-with-decoding",
            Box::new(|input| ours.decode_and_verify(input, NotTried)),
        ),
        (
            "ours-with-repairs",
            Box::new(|input| ours.verify(input, Tried).len()),
        ),
        (
            "ours-with-repairs-and-file-hash",
            Box::new(|input| ours.verify_and_hash(input, Tried)),
        ),
        ("mail-auth", Box::new(|input| theirs.verify(input).len())),
        (
            "mail-auth-with-file-hash",
            Box::new(|input| theirs.verify(input).len() + ours::hash(input)),
        ),
    ];
    let all: Vec<&Input> = inputs.iter().collect();
    let is_intact = |input: &&Input| ours.verify(input, NotTried).iter().all(|one| one.passes);
    let intact: Vec<&Input> = inputs.iter().filter(is_intact).collect();
    let n_rounds = rounds.parse()?;
    let of = |inputs: &[&Input]| -> Result<Measured, Box<dyn Error>> {
        Ok(Measured {
            n_messages: inputs.len(),
            n_bytes: inputs.iter().map(|input| input.bytes.len()).sum(),
            n_signatures: inputs
                .iter()
                .map(|input| ours.verify(input, NotTried).len())
                .sum(),
            seconds: measured(&ways, inputs, n_rounds)?,
        })
    };
    let report = Report {
        all: of(&all)?,
        intact: of(&intact)?,
        results: inputs
            .iter()
            .map(|input| {
                let answers = Answers {
                    ours: ours.verify(input, NotTried),
                    ours_with_repairs: ours.verify(input, Tried),
                    mail_auth: theirs.verify(input),
                };
                (input.name.clone(), answers)
            })
            .collect(),
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

/// The median of the rounds for each way. The ways take turns, so that a machine that grows slower does so for all.
fn measured(
    ways: &[(&'static str, Work<'_>)],
    inputs: &[&Input],
    n_rounds: usize,
) -> Result<BTreeMap<&'static str, f64>, Box<dyn Error>> {
    let mut seconds: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    let mut n_done = 0;
    for _ in 0..n_rounds.max(1) {
        for (name, work) in ways {
            let start = processor_time();
            n_done += inputs.iter().map(|input| work(input)).sum::<usize>();
            let taken = processor_time().saturating_sub(start);
            seconds.entry(name).or_default().push(taken.as_secs_f64());
        }
    }
    if n_done == 0 {
        return Err("there is nothing to verify".into());
    }
    Ok(seconds
        .into_iter()
        .map(|(name, mut rounds)| {
            rounds.sort_by(f64::total_cmp);
            (name, rounds[rounds.len() / 2])
        })
        .collect())
}

/// Time of this thread on a processor, to the nanosecond.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
