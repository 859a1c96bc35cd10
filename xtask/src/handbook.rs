//! The chapter on tests of the handbook, from the documentation beside the code.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::fmt::Write as _;

use anyhow::bail;
use mabillon_examine::{TESTS, Test};
use mabillon_interpret::Weights;

use crate::program::root;

/// Writes `docs/tests.md`, or checks that it is what would be written.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let path = root().join("docs/tests.md");
    let text = chapter(&Weights::built_in()?);
    if !check {
        std::fs::write(&path, text)?;
        println!("wrote docs/tests.md");
    } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
        bail!("docs/tests.md is out of date: run `cargo xtask handbook`");
    }
    Ok(())
}

fn chapter(weights: &Weights) -> String {
    let mut text = String::from(
        "# The forensic tests\n\n\
         This chapter is written by `cargo xtask handbook` from the documentation beside each test; \
         `mabillon explain TEST` prints the same.\n\
         A positive weight (log10 of the likelihood ratio) supports that an item is as its purported author left it, \
         a negative one that it was altered or made later.\n",
    );
    for test in TESTS {
        page(&mut text, test, weights);
    }
    text
}

fn page(text: &mut String, test: &Test, weights: &Weights) {
    let _ = writeln!(text, "\n## {}\n", test.id);
    for line in test.documentation.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        // The headings of a test stand one level below its name.
        let deeper = if line.starts_with("## ") { "#" } else { "" };
        let _ = writeln!(text, "{deeper}{line}");
    }
    let _ = writeln!(
        text,
        "\n### Findings\n\n| code | weight | group | obtained |\n|---|---|---|---|"
    );
    for row in test
        .findings
        .iter()
        .filter_map(|code| weights.of(test.id, code))
    {
        let _ = writeln!(
            text,
            "| `{}` | {:+.1} | {} | {} |",
            row.code, row.log10_lr, row.group, row.obtained
        );
    }
}
