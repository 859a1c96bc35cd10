//! Real mail, none of it altered: every doubt is a false alarm or the work of a spam tool.

use std::fmt::Write as _;
use std::path::Path;

use mabillon_case::Class;

use super::labelled::{Row, examine};
use super::tally::{Table, count, table};
use crate::program::root;

/// What lies beside the project: folder and what it is.
const COLLECTIONS: [(&str, &str); 4] = [
    (
        "spamassassin/easy-ham-1",
        "SpamAssassin, ordinary mail of 2002",
    ),
    ("spamassassin/spam-1", "SpamAssassin, junk mail of 2002"),
    ("pst", "stores of Outlook, made to test readers of them"),
    (
        "msg",
        "single messages of Outlook, made to test readers of them",
    ),
];
/// A finding with this weight or less is named as a reason.
const REASON_MAX: f64 = -0.2;

pub(super) fn write(text: &mut String, mabillon: &Path) -> anyhow::Result<()> {
    let _ = writeln!(text, "\n## Opinions on real mail\n");
    let data = root().join("../shared/data");
    let mut opinions = Table::new();
    let mut reasons = String::new();
    let mut asking = String::new();
    for (folder, what) in COLLECTIONS {
        let path = data.join(folder);
        if !path.is_dir() {
            let _ = writeln!(text, "Not measured: {folder} is not on this machine.");
            continue;
        }
        let mut n_phishing = 0_u64;
        for row in examine(mabillon, &path, None)?.values() {
            n_phishing += u64::from(row.asks_for_credentials());
            if row.is_judged() {
                let class = row.opinion();
                count(&mut opinions, what, class);
                if matches!(class, Class::Questioned | Class::Contradicted) {
                    reason(&mut reasons, folder, row);
                }
            }
        }
        let _ = writeln!(asking, "- {what}: {n_phishing}");
    }
    let _ = writeln!(text, "None of it is known to be altered.\n");
    table(text, &opinions);
    let _ = writeln!(
        text,
        "\nWhat the questioned ones were questioned for:\n\n{reasons}\n\
         Items said to ask for credentials:\n\n{asking}"
    );
    Ok(())
}

fn reason(text: &mut String, folder: &str, row: &Row) {
    let codes: Vec<String> = row
        .doubts(REASON_MAX)
        .map(|(finding, log10_lr)| format!("{finding} ({log10_lr:+.1})"))
        .collect();
    let _ = writeln!(text, "- {folder}, `{}`: {}", row.place(), codes.join(", "));
}
