//! Likelihood ratios by counts, and the rows of `weights.toml` that they change.
//!
//! The collections come from a generator of our own, so counts on them may take weight away from a row and never add
//! any: what a forger of the corpus leaves undone is no proof that another would.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::bail;
use mabillon_case::Effect;
use mabillon_interpret::{Interpreter, Subject, Weight, Weights};

use super::labelled::Labelled;
use crate::program::root;

/// Items with a code, genuine and false together, below which its weight stays judgement.
const SEEN_MIN: u32 = 20;
/// False items to which a test applies, below which its weights stay judgement.
const FALSE_MIN: u32 = 40;
/// What is added to a count before it is divided, and twice that to what it is divided by: no count is zero.
const CONTINUITY: f64 = 0.5;
/// A ratio from as many items as this is halved (log10), one from many more hardly changed.
const SHRINKAGE_ITEMS: f64 = 5.0;
/// Weights nearer to nothing than this are left alone: such rows say where to look and weigh nothing on purpose.
const WEIGHS_MIN: f64 = 0.05;
/// What agreement weighs at least.
const AGREES_MIN: f64 = 0.1;
/// Names of groups that weigh copies of one message against each other.
const COPIES_GROUP: &str = "XBOX";
/// Bounds between the bands of a group's weight (log10) whose ratios are measured.
const BANDS: [f64; 6] = [-2.5, -1.0, -0.25, 0.25, 1.0, 2.0];

/// How often a code was found.
#[derive(Default, Clone, Copy)]
struct Counts {
    /// Genuine items with the code, and genuine ones to which its test applies.
    genuine: (u32, u32),
    /// The same of false items: altered or invented ones.
    false_: (u32, u32),
    /// Share of false items with the code, each forger counted alike.
    false_share: f64,
}

impl Counts {
    /// log10 of the likelihood ratio by counts, shrunk towards nothing.
    fn log10_lr(&self) -> f64 {
        let share = |n: f64, of: f64| (n + CONTINUITY) / (of + 2.0 * CONTINUITY);
        let n_false = f64::from(self.false_.1);
        let genuine = share(f64::from(self.genuine.0), f64::from(self.genuine.1));
        let forged = share(self.false_share * n_false, n_false);
        let n_seen = f64::from(self.n_seen());
        (genuine / forged).log10() * n_seen / (n_seen + SHRINKAGE_ITEMS)
    }

    const fn n_seen(&self) -> u32 {
        self.genuine.0 + self.false_.0
    }

    const fn is_enough(&self) -> bool {
        self.n_seen() >= SEEN_MIN && self.false_.1 >= FALSE_MIN
    }

    fn in_words(&self) -> String {
        format!(
            "{} of {} genuine, {} of {} forged",
            self.genuine.0, self.genuine.1, self.false_.0, self.false_.1
        )
    }
}

/// A row of the table beside what was counted.
struct FittedRow {
    weight: Weight,
    counts: Counts,
}

impl FittedRow {
    /// What the row weighed before any measurement.
    fn by_judgement(&self) -> f64 {
        self.weight.judgement.unwrap_or(self.weight.log10_lr)
    }

    /// The measured weight, where there is one: the nearer to nothing of judgement and counts.
    fn measured(&self) -> Option<f64> {
        let judged = self.by_judgement();
        let is_doubt_of_real_mail = judged < 0.0
            && self.weight.judgement.is_none()
            && self.weight.obtained.starts_with("measured");
        let stays = self.weight.effect() != Effect::Weighs
            || judged.abs() < WEIGHS_MIN
            || is_doubt_of_real_mail
            || !self.counts.is_enough();
        if stays {
            return None;
        }
        let counted = self.counts.log10_lr();
        if judged > 0.0 {
            // That a test applies and has nothing against an item is to be seen in the opinion, however little it says.
            let measured = (counted.max(AGREES_MIN) * 10.0).round() / 10.0;
            return (measured < judged).then_some(measured);
        }
        if counted >= 0.0 {
            return Some(0.0);
        }
        (counted.abs() < judged.abs()).then(|| (counted * 10.0).round() / 10.0)
    }
}

/// What the collections to fit on say of each row and each group.
pub(super) struct Fit {
    rows: Vec<FittedRow>,
    /// By group and band of weight: genuine and false items.
    bands: BTreeMap<(String, usize), (u32, u32)>,
}

impl Fit {
    pub(super) fn of(items: &[Labelled], weights: &Weights) -> Self {
        let rows = weights
            .rows()
            .map(|weight| FittedRow {
                weight: weight.clone(),
                counts: counts(items, weight),
            })
            .collect();
        Self {
            rows,
            bands: bands(items, weights),
        }
    }

    pub(super) fn write(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n## Weights by counts\n\n\
             From the collections to fit on. Counts are of items to which the test applies; twins of forged copies are left out \
             for findings about copies; each forger counts alike. {CONTINUITY} is added to each count, and a ratio of few items is \
             shrunk. Counts on collections of our own making may take weight away and never add any; a row with fewer than \
             {SEEN_MIN} items, or without weight on purpose, stays as it was judged. Rows that no item had are not listed.\n\n\
             | finding | genuine | forged | log10 by counts | by judgement | in use |\n|---|---:|---:|---:|---:|---:|"
        );
        for row in self.rows.iter().filter(|row| row.counts.n_seen() > 0) {
            let in_use = row.measured().unwrap_or_else(|| row.by_judgement());
            let by_counts = if row.counts.is_enough() {
                format!("{:+.2}", row.counts.log10_lr())
            } else {
                "too few".to_owned()
            };
            let _ = writeln!(
                text,
                "| {} {} | {} of {} | {} of {} | {by_counts} | {:+.1} | {in_use:+.1} |",
                row.weight.test,
                row.weight.code,
                row.counts.genuine.0,
                row.counts.genuine.1,
                row.counts.false_.0,
                row.counts.false_.1,
                row.by_judgement(),
            );
        }
        self.write_bands(text);
    }

    fn write_bands(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n### Groups of findings\n\n\
             How often a group's combined weight lay in a band, and the log10 ratio that these counts give. A ratio outside \
             of its band says that the group's rows are too heavy, or too light, on these collections.\n\n\
             | group | weight of the group | genuine | forged | log10 by counts |\n|---|---|---:|---:|---:|"
        );
        let mut totals: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for ((group, _), (genuine, forged)) in &self.bands {
            let total = totals.entry(group).or_default();
            total.0 += genuine;
            total.1 += forged;
        }
        for ((group, band), (genuine, forged)) in &self.bands {
            let total = totals.get(group.as_str()).copied().unwrap_or_default();
            let share =
                |n: u32, of: u32| (f64::from(n) + CONTINUITY) / (f64::from(of) + 2.0 * CONTINUITY);
            let ratio = (share(*genuine, total.0) / share(*forged, total.1)).log10();
            let _ = writeln!(
                text,
                "| {group} | {} | {genuine} | {forged} | {ratio:+.2} |",
                band_in_words(*band)
            );
        }
    }

    /// The table with the fitted weights, and the seeds that they come from.
    pub(super) fn written_into(
        &self,
        table: &str,
        seeds: Range<u64>,
        messages: u64,
    ) -> anyhow::Result<String> {
        let mut blocks = table.split("[[finding]]\n");
        let Some(head) = blocks.next() else {
            bail!("the table of weights is empty");
        };
        let mut written = with_seeds(head, seeds, messages);
        for block in blocks {
            written.push_str("[[finding]]\n");
            let row = self.rows.iter().find(|row| {
                let names = format!(
                    "test = \"{}\"\ncode = \"{}\"\n",
                    row.weight.test, row.weight.code
                );
                block.starts_with(&names)
            });
            match row {
                Some(row) => written.push_str(&row.written_into(block)),
                None => written.push_str(block),
            }
        }
        Ok(written)
    }
}

impl FittedRow {
    fn written_into(&self, block: &str) -> String {
        let mut written = String::new();
        for line in block.lines() {
            let key = line.split_once(" = ").map_or("", |(key, _)| key);
            match key {
                "judgement" | "counts" => {}
                "log10_lr" => {
                    let judged = self.by_judgement();
                    let measured = self.measured();
                    let _ = writeln!(written, "log10_lr = {:?}", measured.unwrap_or(judged) + 0.0);
                    if measured.is_some() {
                        let _ = writeln!(written, "judgement = {judged:?}");
                    }
                    if self.counts.n_seen() > 0 {
                        let _ = writeln!(written, "counts = \"{}\"", self.counts.in_words());
                    }
                }
                _ => {
                    written.push_str(line);
                    written.push('\n');
                }
            }
        }
        written
    }
}

/// The head of the table with the seeds that its weights were fitted on, instead of those of an earlier fit.
fn with_seeds(head: &str, seeds: Range<u64>, messages: u64) -> String {
    let seeds: Vec<String> = seeds.map(|seed| seed.to_string()).collect();
    let fitted = format!(
        "[fitted]\nseeds = [{}]\nmessages = {messages}\n",
        seeds.join(", ")
    );
    let Some((before, rest)) = head.split_once("[fitted]\n") else {
        return match head.split_once("# Bounds on") {
            Some((before, rest)) => format!("{before}{fitted}\n# Bounds on{rest}"),
            None => format!("{head}{fitted}\n"),
        };
    };
    let kept = rest
        .lines()
        .skip_while(|line| line.starts_with("seeds") || line.starts_with("messages"))
        .fold(String::new(), |kept, line| kept + line + "\n");
    format!("{before}{fitted}{kept}")
}

fn counts(items: &[Labelled], weight: &Weight) -> Counts {
    let mut counts = Counts::default();
    let mut by_forger: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for item in items
        .iter()
        .filter(|item| item.is_genuine() || item.is_false())
    {
        let mut of_test = item
            .findings
            .iter()
            .filter(|finding| finding.test == weight.test)
            .peekable();
        if of_test.peek().is_none() || item.is_twin && &*weight.group == COPIES_GROUP {
            continue;
        }
        let has = u32::from(of_test.any(|finding| finding.code == weight.code));
        let (with, all) = if item.is_genuine() {
            &mut counts.genuine
        } else {
            let of_forger = by_forger.entry(&item.name).or_default();
            of_forger.0 += has;
            of_forger.1 += 1;
            &mut counts.false_
        };
        *with += has;
        *all += 1;
    }
    let n_forgers = u32::try_from(by_forger.len()).unwrap_or(u32::MAX);
    let shares: f64 = by_forger
        .values()
        .map(|(with, all)| f64::from(*with) / f64::from(*all))
        .sum();
    counts.false_share = shares / f64::from(n_forgers.max(1));
    counts
}

fn bands(items: &[Labelled], weights: &Weights) -> BTreeMap<(String, usize), (u32, u32)> {
    let interpreter = Interpreter::with(weights.clone());
    let mut bands: BTreeMap<(String, usize), (u32, u32)> = BTreeMap::new();
    for item in items
        .iter()
        .filter(|item| item.is_genuine() || item.is_false())
    {
        for (group, value) in interpreter.opinion(&item.findings, Subject::Item).groups {
            if item.is_twin && group == COPIES_GROUP {
                continue;
            }
            let band = BANDS.iter().take_while(|bound| value > **bound).count();
            let counts = bands.entry((group, band)).or_default();
            if item.is_genuine() {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
    }
    bands
}

fn band_in_words(band: usize) -> String {
    let below = band.checked_sub(1).and_then(|index| BANDS.get(index));
    match (below, BANDS.get(band)) {
        (None, Some(upper)) => format!("to {upper:+}"),
        (Some(lower), Some(upper)) => format!("{lower:+} to {upper:+}"),
        (Some(lower), None) => format!("above {lower:+}"),
        (None, None) => String::new(),
    }
}

pub(super) fn table_path() -> PathBuf {
    root().join("crates/interpret/weights.toml")
}

/// The table as it lies on the disk, not as it was compiled in.
pub(super) fn table_text() -> anyhow::Result<String> {
    Ok(std::fs::read_to_string(table_path())?)
}

/// The seeds that the weights of a table were fitted on.
pub(super) fn seeds_used(table: &str) -> anyhow::Result<Vec<u64>> {
    Ok(Weights::parse(table)?.fitted_seeds().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts_of(genuine: (u32, u32), false_: (u32, u32)) -> Counts {
        Counts {
            genuine,
            false_,
            false_share: f64::from(false_.0) / f64::from(false_.1),
        }
    }

    #[test]
    fn few_counts_weigh_little_and_none_is_infinite() {
        let few = counts_of((0, 1000), (1, 100)).log10_lr();
        let many = counts_of((0, 1000), (60, 100)).log10_lr();
        assert!(few.is_finite() && many < few && few < 0.0, "{few} {many}");
    }

    #[test]
    fn a_table_names_the_seeds_of_its_last_fit_alone() {
        let head = "[propositions]\nfirst = \"a\"\n\n# Bounds on what\n[[group]]\n";
        let once = with_seeds(head, 1..3, 10);
        let twice = with_seeds(&once, 5..6, 20);
        assert!(once.contains("seeds = [1, 2]"), "{once}");
        assert!(
            twice.contains("seeds = [5]\nmessages = 20\n\n# Bounds"),
            "{twice}"
        );
        assert!(!twice.contains("[1, 2]"), "{twice}");
    }
}
