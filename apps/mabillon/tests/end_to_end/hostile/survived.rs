//! Every family on its own, with a good letter beside it.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::process::Child;
use std::time::{Duration, Instant};

use super::families::{Family, PARTS, READ};
use crate::case_read::jsonl;
use crate::command::{command, examine, run};
use crate::dir::Dir;
use crate::letters::letter;

/// Memory of the main process at its highest, in KiB.
const MEMORY_KIB_MAX: u64 = 600 << 10;

/// Far more than any family takes on a busy machine, and far less than what does not end.
const PATIENCE: Duration = Duration::from_mins(30);

/// The good letter, and how the case shows it where nothing else lies beside it.
const GOOD: u32 = 99;

/// What one run left.
struct Left {
    code: Option<i32>,
    errors: String,
    memory_kib: u64,
    seconds: u64,
}

/// Memory of a process at its highest so far, in KiB; 0 once it has ended.
fn peak_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

/// Examines the folder and watches the memory of the main process; what its workers take is bounded by the system.
fn examine_watched(dir: &Dir) -> Left {
    let args = ["examine", "leak", "--case", "case", "--jobs", "2"];
    let mut command = command(dir, &args);
    command.stdout(std::process::Stdio::null());
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut memory_kib = 0;
    let code = loop {
        memory_kib = memory_kib.max(peak_kib(&child));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut errors = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut errors).unwrap();
    }
    Left {
        code,
        errors,
        memory_kib,
        seconds: begun.elapsed().as_secs(),
    }
}

/// What a case says.
#[derive(Default)]
struct Said {
    /// Why something was not read, or only in part.
    reasons: BTreeSet<String>,
    /// Everything else, in warnings, findings and the summary.
    rest: BTreeSet<String>,
}

fn said(export: &str, summary: &str) -> Said {
    let mut said = Said::default();
    for line in export.lines() {
        let item: serde_json::Value = serde_json::from_str(line).unwrap();
        let reason = item["not_examined"].as_str();
        said.reasons.extend(reason.map(str::to_owned));
        for list in ["warnings", "findings"] {
            for entry in item[list].as_array().into_iter().flatten() {
                let (code, says) = (
                    entry["code"].as_str().unwrap(),
                    entry["says"].as_str().unwrap(),
                );
                if code == "partly-examined" {
                    said.reasons.insert(says.to_owned());
                } else {
                    said.rest.insert(format!("{code}: {says}"));
                }
            }
        }
    }
    said.rest
        .extend(summary.lines().map(|line| line.trim().to_owned()));
    said
}

impl Said {
    /// Where it says this; the reason against it, where all was to be read and was not.
    fn find(&self, says: &str) -> Result<&str, String> {
        if says == READ {
            return match self.reasons.first() {
                None => Ok("read to its end"),
                Some(reason) => Err(format!("it was not read: {reason}")),
            };
        }
        let all = self.reasons.iter().chain(&self.rest);
        let mut all = all.filter(|text| text.contains(says));
        let found = all.next().map(String::as_str);
        found.ok_or_else(|| format!("nothing says {says:?}: {:?} {:?}", self.reasons, self.rest))
    }
}

/// The line of the good letter in an export.
fn good_line(export: &str) -> Option<&str> {
    let subject = format!("\"subject\":\"Letter {GOOD}\"");
    export.lines().find(|line| line.contains(&subject))
}

/// Runs one family; what went wrong, if anything did.
fn survive(family: &Family, good: &str) -> Result<String, String> {
    let dir = Dir::new();
    dir.write(&format!("leak/{}", family.name), (family.bytes)());
    dir.write("leak/zz_good.eml", letter(GOOD));
    let before = dir.files_beside("case");
    let left = examine_watched(&dir);
    let figures = format!("{} s, {} MiB", left.seconds, left.memory_kib >> 10);
    if !matches!(left.code, Some(0 | 3)) {
        return Err(format!(
            "exit code {:?} after {figures}: {}",
            left.code, left.errors
        ));
    }
    if left.errors.contains("panicked") {
        return Err(left.errors);
    }
    if left.memory_kib > MEMORY_KIB_MAX {
        return Err(format!("it takes {figures}"));
    }
    if dir.files_beside("case") != before {
        return Err(format!(
            "files were written: {:?}",
            dir.files_beside("case")
        ));
    }
    let export = jsonl(&dir, "case");
    if good_line(&export) != Some(good) {
        return Err("the letter beside it is not as it was".to_owned());
    }
    let summary = run(&dir, &["examine", "leak", "--case", "case"]).out;
    let said = said(&export, &summary);
    let says = said
        .find(family.says)
        .map_err(|how| format!("{figures}; {how}"))?;
    Ok(format!(
        "{figures}: {}",
        says.chars().take(100).collect::<String>()
    ))
}

/// Runs the families of one part.
fn survive_all(part: usize) {
    let dir = Dir::new();
    dir.write("leak/zz_good.eml", letter(GOOD));
    examine(&dir, &["leak"]).ended(0);
    let clean = jsonl(&dir, "case");
    let good = good_line(&clean).unwrap();
    let mut failed = Vec::new();
    let only = std::env::var("MABILLON_FAMILY").unwrap_or_default();
    for family in PARTS[part]
        .iter()
        .filter(|family| family.name.contains(&only))
    {
        match survive(family, good) {
            Ok(how) => println!("{}: {how}", family.name),
            Err(how) => {
                println!("{}: FAILS: {how}", family.name);
                failed.push(family.name);
            }
        }
    }
    assert_eq!(failed, Vec::<&str>::new());
}

#[test]
fn mail_made_to_hurt_costs_itself_alone() {
    survive_all(0);
}

#[test]
fn archives_made_to_hurt_cost_themselves_alone() {
    survive_all(1);
}

#[test]
fn discs_made_to_hurt_cost_themselves_alone() {
    survive_all(2);
}

#[test]
fn documents_made_to_hurt_cost_themselves_alone() {
    survive_all(3);
}

#[test]
fn pdf_files_made_to_hurt_cost_themselves_alone() {
    survive_all(4);
}

#[test]
fn stores_made_to_hurt_cost_themselves_alone() {
    survive_all(5);
}

#[test]
fn outlook_stores_made_to_hurt_cost_themselves_alone() {
    survive_all(6);
}

#[test]
fn there_are_many_families_and_each_has_a_name_of_its_own() {
    let mut names: Vec<&str> = PARTS
        .iter()
        .copied()
        .flatten()
        .map(|family| family.name)
        .collect();
    let n = names.len();
    assert!(n >= 40, "{n}");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), n);
}
