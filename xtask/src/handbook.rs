//! The chapter on tests of the handbook, from the documentation beside the code.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::fmt::Write as _;

use mabillon_examine::{TESTS, Test};
use mabillon_interpret::Weights;

use crate::program::root;

/// Where the chapter lies, below the root of the project.
const CHAPTER: &str = "docs/tests.md";

/// Writes `docs/tests.md`.
pub(crate) fn run() -> anyhow::Result<()> {
    std::fs::write(root().join(CHAPTER), chapter(&Weights::built_in()?))?;
    println!("wrote {CHAPTER}");
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
            row.code,
            row.log10_lr,
            row.group,
            row.source()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chapter_is_up_to_date() {
        let written = std::fs::read_to_string(root().join(CHAPTER)).unwrap();
        let now = chapter(&Weights::built_in().unwrap());
        assert!(written == now, "run `cargo xtask handbook`");
    }
}
