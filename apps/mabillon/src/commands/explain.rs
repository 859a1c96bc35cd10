//! `mabillon explain TEST`: the documentation of one test, with its weights.

use std::fmt::Write as _;

use mabillon_examine::{TESTS, Test};
use mabillon_interpret::Weights;

use crate::args::Explain;
use crate::exit::{Ended, UsageError};
use crate::output;

pub(crate) fn run(args: &Explain) -> anyhow::Result<Ended> {
    let test = TESTS
        .iter()
        .find(|test| test.id == args.test)
        .ok_or_else(|| unknown(&args.test))?;
    let mut text = page(test);
    let weights = Weights::built_in()?;
    let _ = writeln!(text, "\n## Findings and their weights\n");
    for code in test.findings {
        if let Some(row) = weights.of(test.id, code) {
            let _ = writeln!(
                text,
                "- {code}: log10 LR {:+.1}, group {} ({})",
                row.log10_lr,
                row.group,
                row.source()
            );
        }
    }
    output::print(&text)?;
    Ok(Ended::Complete)
}

/// The documentation, without the leading space that doc comments have on each line.
fn page(test: &Test) -> String {
    let mut text = format!("# {}\n\n", test.id);
    for line in test.documentation.lines() {
        let _ = writeln!(text, "{}", line.strip_prefix(' ').unwrap_or(line));
    }
    text
}

fn unknown(id: &str) -> UsageError {
    let alike: Vec<&str> = TESTS
        .iter()
        .map(|test| test.id)
        .filter(|known| known.contains(id.trim_matches('/')))
        .collect();
    let hint = if alike.is_empty() {
        "`mabillon tests` lists them all".to_owned()
    } else {
        format!("did you mean {}?", alike.join(" or "))
    };
    UsageError(format!("there is no test \"{id}\"; {hint}"))
}
