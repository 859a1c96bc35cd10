//! Opinions counted by forger and by what befell genuine items.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mabillon_case::{Class as OpinionClass, Opinion};
use mabillon_interpret::{Interpreter, Subject};

use super::labelled::Labelled;

/// Which rows of a table are added up, by their names.
type Choice<'a> = &'a dyn Fn(&str) -> bool;

/// How many items of one name got each opinion, in the order of [`OpinionClass::ALL`].
pub(super) type Table = BTreeMap<String, [u64; 6]>;

/// Forgers who change what a reader sees and know no more: the aim for them is the highest.
const CARELESS: [&str; 4] = ["careless-body-edit", "date-edit", "clone ", "altered-copy"];
/// Forgers who copy a real message's form.
const COPYING: [&str; 2] = ["template", "clone-and-edit"];
/// A finding on a genuine item is listed from this weight (log10) down.
const DOUBT_LISTED_MAX: f64 = -0.05;

/// The opinions of all items.
pub(super) fn opinions(items: &[Labelled], interpreter: &Interpreter) -> Vec<Opinion> {
    items
        .iter()
        .map(|item| interpreter.opinion(&item.findings, Subject::Item))
        .collect()
}

/// Opinions by name.
pub(super) struct Tally {
    forged: Table,
    genuine: Table,
    /// Findings that doubt: on genuine items, on the twins of forged ones, on forged ones.
    doubts: BTreeMap<String, [u64; 3]>,
}

impl Tally {
    pub(super) fn of(items: &[Labelled], judged: &[Opinion]) -> Self {
        let mut tally = Self {
            forged: Table::new(),
            genuine: Table::new(),
            doubts: BTreeMap::new(),
        };
        for (item, opinion) in items.iter().zip(judged) {
            let table = if item.is_genuine() {
                &mut tally.genuine
            } else {
                &mut tally.forged
            };
            count(table, &item.name, opinion.class);
            let column = match (item.is_genuine(), item.is_twin) {
                (true, false) => 0,
                (true, true) => 1,
                (false, _) => 2,
            };
            for evidence in &opinion.evidence {
                if evidence.log10_lr < 0.0 {
                    let code = format!("{} {}", evidence.finding.test, evidence.finding.code);
                    if let Some(n) = tally.doubts.entry(code).or_default().get_mut(column) {
                        *n += 1;
                    }
                }
            }
        }
        tally
    }

    pub(super) fn write(&self, text: &mut String) {
        let _ = writeln!(text, "\n### Against the aims\n");
        self.aims(text);
        let _ = writeln!(
            text,
            "\n### Forged: altered, invented or handled, by forger\n"
        );
        table(text, &self.forged);
        let _ = writeln!(
            text,
            "\n### Genuine, by what befell them\n\n\
             \"Another copy was forged\" counts genuine messages that have the Message-ID of an altered one: that the two \
             differ is true, and only which of them was changed is asked.\n"
        );
        table(text, &self.genuine);
        let _ = writeln!(
            text,
            "\n### Findings that doubt\n\n| finding | genuine | genuine, another copy forged | forged |\n|---|---:|---:|---:|"
        );
        for (code, [genuine, twins, forged]) in &self.doubts {
            let _ = writeln!(text, "| {code} | {genuine} | {twins} | {forged} |");
        }
    }

    fn aims(&self, text: &mut String) {
        let sum = |table: &Table, chosen: Choice<'_>| {
            table
                .iter()
                .filter(|(name, _)| chosen(name))
                .fold([0; 6], |sum, (_, counts)| added(sum, *counts))
        };
        let named = |names: &'static [&str]| {
            move |name: &str| names.iter().any(|start| name.starts_with(start))
        };
        let _ = writeln!(text, "| | items | measured | aim |\n|---|---:|---:|---:|");
        let mut row = |what: &str, counts: [u64; 6], hit: &[usize], aim: &str| {
            let n: u64 = counts.iter().sum();
            let hits: u64 = hit.iter().filter_map(|index| counts.get(*index)).sum();
            let _ = writeln!(
                text,
                "| {what} | {n} | {hits} ({}) | {aim} |",
                percent(hits, n)
            );
        };
        let any = |_: &str| true;
        let doubted = [4, 5];
        for (what, chosen, aim) in [
            ("careless forgers", &named(&CARELESS) as Choice<'_>, "95 %"),
            ("template and clone-and-edit", &named(&COPYING), "70 %"),
            ("expert", &named(&["expert"]), "none set"),
            ("all forged", &any, "none set"),
        ] {
            let what = format!("{what}, questioned or contradicted");
            row(&what, sum(&self.forged, chosen), &doubted, aim);
        }
        let forged = sum(&self.forged, &any);
        row(
            "forged, authenticated or corroborated",
            forged,
            &[0, 1],
            "0",
        );
        let genuine = sum(&self.genuine, &any);
        let alone = sum(&self.genuine, &|name| name != "another copy was forged");
        row("genuine, questioned", genuine, &[4], "0.5 %");
        row(
            "genuine without forged copy, questioned",
            alone,
            &[4],
            "0.5 %",
        );
        row("genuine, contradicted", genuine, &[5], "0");
    }
}

fn added(mut sum: [u64; 6], counts: [u64; 6]) -> [u64; 6] {
    for (sum, count) in sum.iter_mut().zip(counts) {
        *sum += count;
    }
    sum
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none made".to_owned();
    }
    let hundredths = part * 10_000 / whole;
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

pub(super) fn count(table: &mut Table, name: &str, class: OpinionClass) {
    let index = OpinionClass::ALL.iter().position(|known| *known == class);
    let counts = table.entry(name.to_owned()).or_default();
    if let Some(n) = index.and_then(|index| counts.get_mut(index)) {
        *n += 1;
    }
}

pub(super) fn table(text: &mut String, rows: &Table) {
    let names: Vec<&str> = OpinionClass::ALL.iter().map(|class| class.word()).collect();
    let _ = writeln!(
        text,
        "| | items | {} |\n|---|---:|---:|---:|---:|---:|---:|---:|",
        names.join(" | ")
    );
    let all = rows
        .values()
        .fold([0; 6], |sum, counts| added(sum, *counts));
    let named = rows.iter().map(|(name, counts)| (name.as_str(), counts));
    for (name, counts) in named.chain([("**all**", &all)]) {
        let joined: Vec<String> = counts.iter().map(u64::to_string).collect();
        let _ = writeln!(
            text,
            "| {name} | {} | {} |",
            counts.iter().sum::<u64>(),
            joined.join(" | ")
        );
    }
}

/// Every forged item that was not caught and every genuine one that was questioned, with what was found.
pub(super) fn listed(items: &[Labelled], judged: &[Opinion]) -> String {
    let mut text = String::new();
    for (item, opinion) in items.iter().zip(judged) {
        let is_doubted = matches!(
            opinion.class,
            OpinionClass::Questioned | OpinionClass::Contradicted
        );
        if is_doubted != item.is_genuine() {
            continue;
        }
        let _ = writeln!(
            text,
            "{} {:+.2} {} {} {}\n    {}",
            opinion.class.word(),
            opinion.log10_lr,
            item.name,
            item.item.get(..12).unwrap_or_default(),
            item.place,
            item.what
        );
        for evidence in &opinion.evidence {
            if evidence.log10_lr <= DOUBT_LISTED_MAX
                || !item.is_genuine() && evidence.log10_lr != 0.0
            {
                let finding = &evidence.finding;
                let _ = writeln!(
                    text,
                    "    {:+.1} {} {}: {}",
                    evidence.log10_lr, finding.test, finding.code, finding.says
                );
            }
        }
    }
    text
}
