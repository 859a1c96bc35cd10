//! `mabillon tests`: the list of forensic tests.

use std::fmt::Write as _;

use mabillon_examine::TESTS;

use crate::exit::Ended;
use crate::output;

pub(crate) fn run() -> anyhow::Result<Ended> {
    let width = TESTS
        .iter()
        .map(|test| test.id.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for test in TESTS {
        let _ = writeln!(text, "{:width$}  {}", test.id, test.summary());
    }
    let _ = writeln!(
        text,
        "\n{} tests. `mabillon explain TEST` explains one.",
        TESTS.len()
    );
    output::print(&text)?;
    Ok(Ended::Complete)
}
