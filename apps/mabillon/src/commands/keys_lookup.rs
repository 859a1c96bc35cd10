//! `mabillon keys lookup CASE`: what the DNS publishes today under the selectors of a case.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::bail;
use mabillon_case::{Facts, KeySource, SignatureResult};
use mabillon_examine::signature::{KeyRow, KeyState};
use mabillon_keep::Case;
use mabillon_report::printable;
use mabillon_report::words::counted;

use super::examine::now_text;
use super::keys::{PUBLISHED, case_note, line, read_if_there, write};
use crate::args::KeysLookup;
use crate::dns::{Answer, Client, Outcome, system_servers};
use crate::exit::{Ended, UsageError};
use crate::output;
use crate::progress_bar::steps_bar;

/// Names that are asked for at most; whoever wrote the mail wrote them too.
const NAMES_MAX: usize = 1_000;
/// Names without any answer, one after the other, after which there is no use in asking on.
const SILENCE_MAX: usize = 3;
/// What the file begins with.
const HEAD: &str =
    "# What the DNS answered when it was asked. name\ttxt\tfirst_seen\tlast_seen\tsource\n";

pub(super) fn run(args: &KeysLookup) -> anyhow::Result<Ended> {
    let case = Case::open_to_add(&args.case)?;
    let mut names = if args.names.is_empty() {
        names_without_key(case.load_facts()?.held())
    } else {
        given(&args.names)?
    };
    let n_left_out = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    let servers = args
        .server
        .map_or_else(system_servers, |server| vec![server]);
    if servers.is_empty() {
        bail!("the system names no resolver in /etc/resolv.conf: give one with --server");
    }
    output::say(&format!(
        "Asking the DNS for {}.",
        counted(names.len() as u64, "name", "names")
    ));
    let tally = ask_all(&Client::new(servers), &names, &args.case)?;
    let note = format!(
        "{} asked for, {}",
        counted(names.len() as u64, "name", "names"),
        tally.told()
    );
    case_note(case, "keys looked up", &note)?;
    output::say(&format!("{}.", tally.told()));
    if n_left_out > 0 {
        output::say(&format!(
            "{} not asked for: name them after the case.",
            counted(n_left_out as u64, "more name", "more names")
        ));
    }
    if tally.keys > 0 {
        let dir = args.case.display();
        output::say(&format!(
            "The next examination takes the keys with --keys {dir}."
        ));
    }
    if tally.silent == names.len() && !names.is_empty() {
        bail!("no server answered; give another one with --server");
    }
    Ok(Ended::Complete)
}

/// Names of selectors whose key is not known, those with most signatures first.
fn names_without_key(facts: &[Facts]) -> Vec<String> {
    let mut n_signatures: BTreeMap<String, u64> = BTreeMap::new();
    let signatures = facts.iter().flat_map(|facts| &facts.signatures);
    for signature in signatures.filter(|one| one.result == SignatureResult::NoKey) {
        if !signature.selector.is_empty() {
            let name = format!("{}._domainkey.{}", signature.selector, signature.by);
            *n_signatures.entry(name.to_lowercase()).or_default() += 1;
        }
    }
    let mut names: Vec<(String, u64)> = n_signatures.into_iter().collect();
    names.sort_by_key(|(_, n)| Reverse(*n));
    names.into_iter().map(|(name, _)| name).collect()
}

fn given(names: &[String]) -> Result<Vec<String>, UsageError> {
    let is_name = |name: &&String| {
        let parts = name.split_once("._domainkey.");
        parts.is_some_and(|(selector, domain)| !selector.is_empty() && !domain.is_empty())
    };
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(UsageError(format!(
            "\"{name}\" is not of the form selector._domainkey.domain"
        ))),
        None => Ok(names.iter().map(|name| name.to_lowercase()).collect()),
    }
}

/// How many names came to what.
#[derive(Default)]
struct Tally {
    keys: u64,
    nothing: u64,
    unusable: u64,
    silent: usize,
}

impl Tally {
    fn told(&self) -> String {
        format!(
            "{} published, {} with nothing, {} with nothing usable, {} without an answer",
            counted(self.keys, "key", "keys"),
            counted(self.nothing, "name", "names"),
            self.unusable,
            self.silent
        )
    }
}

/// Asks for one name after the other, and writes each answer before the next question.
fn ask_all(client: &Client, names: &[String], dir: &Path) -> anyhow::Result<Tally> {
    let path = dir.join(PUBLISHED);
    let mut text = read_if_there(&path)?;
    if text.is_empty() {
        HEAD.clone_into(&mut text);
    }
    let mut tally = Tally::default();
    let bar = steps_bar(names.len() as u64, "asking the DNS");
    for name in names {
        match client.texts(name) {
            Ok(answer) => text.push_str(&noted(name, &answer, &mut tally)),
            Err(error) => {
                tally.silent += 1;
                let _ = writeln!(text, "# {}\t{error}\t{}", printable(name), now_text());
            }
        }
        write(&path, &text)?;
        bar.inc(1);
        let n_answered = tally.keys + tally.nothing + tally.unusable;
        if n_answered == 0 && tally.silent >= SILENCE_MAX {
            tally.silent = names.len();
            break;
        }
    }
    bar.finish_and_clear();
    Ok(tally)
}

/// The lines of the file for one answer: a row for each usable key, a comment for everything else.
fn noted(name: &str, answer: &Answer, tally: &mut Tally) -> String {
    let dnssec = if answer.is_authentic {
        "checked with DNSSEC by the resolver"
    } else {
        "not checked with DNSSEC"
    };
    let when = format!("answered at {} by {}, {dnssec}", now_text(), answer.server);
    let comment = |what: &str| format!("# {}\t{what}; {when}\n", printable(name));
    match &answer.outcome {
        Outcome::Nothing => {
            tally.nothing += 1;
            comment("no such record")
        }
        Outcome::Refused(code) => {
            tally.unusable += 1;
            comment(&format!("the server answered with error {code}"))
        }
        Outcome::Texts(texts) => {
            let source = format!("{}{when}", KeyRow::PUBLISHED);
            let rows = texts.iter().map(|text| usable(name, text, &source));
            let mut lines = String::new();
            for row in rows {
                match row {
                    Ok(row) => {
                        tally.keys += 1;
                        lines.push_str(&line(&row));
                    }
                    Err(reason) => {
                        tally.unusable += 1;
                        lines.push_str(&comment(&reason));
                    }
                }
            }
            lines
        }
    }
}

/// The key in a TXT record, or why there is none.
fn usable(name: &str, text: &[u8], source: &str) -> Result<KeyRow, String> {
    let Ok(text) = std::str::from_utf8(text) else {
        return Err("a record that is no text".to_owned());
    };
    // White space between tags means nothing (RFC 6376, section 3.2), and tabs would divide the line of the file.
    let text: String = text
        .chars()
        .map(|one| if one.is_ascii_whitespace() { ' ' } else { one })
        .collect();
    let row = KeyRow::new(name, &text, source, KeySource::Supplied);
    match &row.state {
        _ if text.chars().any(char::is_control) => {
            Err("a record with control characters".to_owned())
        }
        KeyState::Usable(_) => Ok(row),
        KeyState::Revoked => Err("the key was withdrawn (p= is empty)".to_owned()),
        KeyState::Unusable(reason) => Err(format!("no usable key: {}", printable(reason))),
    }
}
