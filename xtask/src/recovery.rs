//! Time and memory of recovering lost keys, beside the plain computation with GMP in the same run.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};
use mabillon_examine::recovery::{Allowance, Candidate, Search, Sighting};
use mabillon_examine::signature::KeyArchive;
use rsa::rand_core::OsRng;
use rsa::sha2::{Digest as _, Sha256};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde::{Deserialize, Serialize};

use crate::program;

const BEGIN: &str = "<!-- written by `cargo xtask recovery` -->";
const END: &str = "<!-- end of what `cargo xtask recovery` writes -->";
/// Signatures of each selector: one pair, and two to verify it.
const SIGNATURES: u8 = 4;

/// The plain computation for the first selector: the powers, their greatest common divisor, nothing else.
const PLAIN: &str = r#"
import gmpy2, json, sys, time
selector = json.load(open(sys.argv[1]))[0]
prefix = bytes.fromhex("3031300d060960864801650304020105000420")
start = time.time()
numbers = []
for signature in selector["signatures"][:2]:
    value, digest = (bytes.fromhex(signature[name]) for name in ("value", "digest"))
    end = prefix + digest
    encoded = b"\0\1" + b"\xff" * (len(value) - len(end) - 3) + b"\0" + end
    value, encoded = (gmpy2.mpz(int.from_bytes(one, "big")) for one in (value, encoded))
    numbers.append(value ** 65537 - encoded)
divisor = gmpy2.gcd(*numbers)
assert divisor.bit_length() >= 4 * len(selector["signatures"][0]["value"]) - 8
json.dump([time.time() - start], open(sys.argv[2], "w"))
"#;

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Lengths of the keys, in bits.
    #[arg(long, value_delimiter = ',', default_value = "1024,2048")]
    bits: Vec<usize>,
    /// Selectors with a key of their own; one more shares the key of the first.
    #[arg(long, default_value_t = 2)]
    selectors: usize,
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
    /// What a process of its own does: read selectors from one file, write the seconds of each to another.
    #[arg(long, hide = true, num_args = 2)]
    child: Option<Vec<PathBuf>>,
}

#[derive(Serialize, Deserialize)]
struct Selector {
    name: String,
    signatures: Vec<Signature>,
}

/// Value and digest in hexadecimal.
#[derive(Serialize, Deserialize)]
struct Signature {
    value: String,
    digest: String,
}

/// Makes keys, recovers them in both ways, prints and writes.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    if let Some([from, to]) = settings.child.as_deref() {
        return recover(from, to);
    }
    let mut text = format!(
        "{BEGIN}\n## Recovery of single keys\n\n\
         `cargo xtask recovery`: lost keys with the exponent 65537, one thread, one pair of signatures each, seconds of \
         processor time; the last selector has the key of the first. GMP by `gmpy2`: powers and greatest common divisor of \
         the same pairs. Both ran one after the other on the same machine.\n\n\
         | bits | | first | each later one, with a key of its own | the one that shares a key | most memory |\n\
         |---|---|---|---|---|---|\n"
    );
    let folder = program::scratch("recovery")?;
    for &bits in &settings.bits {
        let (given, came) = (folder.join("selectors.json"), folder.join("seconds.json"));
        std::fs::write(
            &given,
            serde_json::to_vec(&selectors(bits, settings.selectors)?)?,
        )?;
        let mut ours = Command::new(std::env::current_exe()?);
        ours.args(["recovery", "--child"]).arg(&given).arg(&came);
        line(&mut text, bits, "Mabillon", &mut ours, &came)?;
        let mut plain = Command::new("python3");
        plain.args(["-c", PLAIN]).arg(&given).arg(&came);
        line(&mut text, bits, "GMP", &mut plain, &came)
            .context("the plain computation needs python3 with gmpy2")?;
    }
    println!("{text}");
    if !settings.dry {
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
}

fn line(
    text: &mut String,
    bits: usize,
    name: &str,
    command: &mut Command,
    came: &Path,
) -> anyhow::Result<()> {
    let command = std::mem::replace(command, Command::new("true"));
    let run = program::run(&mut [command])?;
    let seconds: Vec<f64> = serde_json::from_slice(&std::fs::read(came)?)?;
    let (first, later, shared) = match seconds.as_slice() {
        // The plain computation knows nothing of the other selectors: each costs the same.
        [first] => (*first, Some(*first), *first),
        [first, later @ .., shared] => {
            let n_later = u32::try_from(later.len())?;
            let sum: f64 = later.iter().sum();
            (
                *first,
                (n_later > 0).then(|| sum / f64::from(n_later)),
                *shared,
            )
        }
        [] => bail!("fewer selectors than were given"),
    };
    // Processor time, shared out as the wall time was: other work on the machine slows all parts alike.
    let share = run.cpu.as_secs_f64() / run.wall.as_secs_f64();
    let later = later.map_or_else(
        || "not measured".to_owned(),
        |later| format!("{:.1} s", later * share),
    );
    let _ = writeln!(
        text,
        "| {bits} | {name} | {:.1} s | {later} | {:.1} s | {} MiB |",
        first * share,
        shared * share,
        run.peak_kib.unwrap_or_default() / 1024
    );
    Ok(())
}

/// Signatures under so many keys, and under the first of them again.
fn selectors(bits: usize, n_keys: usize) -> anyhow::Result<Vec<Selector>> {
    let keys = (0..n_keys).map(|_| RsaPrivateKey::new(&mut OsRng, bits));
    let keys: Vec<RsaPrivateKey> = keys.collect::<Result<_, _>>()?;
    let named = keys.iter().chain(keys.first()).enumerate();
    named
        .map(|(number, key)| {
            let signatures = (0..SIGNATURES).map(|index| {
                let digest = Sha256::digest(format!("{number} {index}"));
                let value = key.sign(Pkcs1v15Sign::new::<Sha256>(), &digest)?;
                Ok(Signature {
                    value: hex(&value),
                    digest: hex(&digest),
                })
            });
            Ok(Selector {
                name: format!("s{number}._domainkey.northquay.example"),
                signatures: signatures.collect::<anyhow::Result<_>>()?,
            })
        })
        .collect()
}

/// The work of the child: recovers the keys of all selectors with one thread, as `examine` does.
fn recover(from: &Path, to: &Path) -> anyhow::Result<()> {
    let selectors: Vec<Selector> = serde_json::from_slice(&std::fs::read(from)?)?;
    let lost: Vec<Candidate> = selectors
        .iter()
        .map(candidate)
        .collect::<anyhow::Result<_>>()?;
    let known = KeyArchive::default();
    let mut search = Search::new(&lost, Allowance::UNBOUNDED, &known);
    let mut seconds = vec![0.0; lost.len()];
    // One selector after the other, so that the time of each is known, and what is found helps those behind it.
    while let Some(step) = search.round().into_iter().next() {
        let start = Instant::now();
        let found = step.attempt.run(&|| false)?;
        let of_it = lost.iter().position(|one| one.name == step.attempt.name);
        search.take(&[(step, found)]);
        if let Some(seconds) = of_it.and_then(|index| seconds.get_mut(index)) {
            *seconds += start.elapsed().as_secs_f64();
        }
    }
    let searches = search.finish(&known);
    if let Some(lost) = searches.iter().find(|one| one.keys.is_empty()) {
        bail!("the key of {} was not recovered", lost.name);
    }
    Ok(std::fs::write(to, serde_json::to_vec(&seconds)?)?)
}

fn candidate(selector: &Selector) -> anyhow::Result<Candidate> {
    let sightings = selector.signatures.iter().map(|signature| {
        Ok(Sighting {
            name: selector.name.clone(),
            value: octets(&signature.value)?,
            digest: octets(&signature.digest)?,
            body_fits: true,
            of_origin: true,
            sealed_by: None,
            recorded_failed: false,
            signed_at: None,
            items: Vec::new(),
            mailboxes: Vec::new(),
            in_reference: false,
        })
    });
    Ok(Candidate {
        name: selector.name.clone(),
        sightings: sightings.collect::<anyhow::Result<_>>()?,
    })
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn octets(hex: &str) -> anyhow::Result<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|two| Ok(u8::from_str_radix(std::str::from_utf8(two)?, 16)?))
        .collect()
}
