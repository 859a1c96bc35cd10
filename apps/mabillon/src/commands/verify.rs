//! `mabillon verify CASE|ZIP`: was the case changed since it was completed, the bundle since it was written, or the report
//! of a review since it was signed?

use std::fmt::{Display, Write as _};
use std::path::Path;

use anyhow::Context as _;
use mabillon_case::ItemId;
use mabillon_keep::Case;
use mabillon_report::BundleProblem;

use crate::args::Verify;
use crate::exit::Ended;
use crate::output;

pub(crate) fn run(args: &Verify) -> anyhow::Result<Ended> {
    if args.case.is_file() {
        bundle(&args.case)
    } else {
        case(&args.case)
    }
}

fn case(folder: &Path) -> anyhow::Result<Ended> {
    let problems = mabillon_keep::verify(folder)?;
    if !problems.is_empty() {
        return changed("The case was changed after it was sealed:", &problems);
    }
    let case = Case::open(folder)?;
    output::print(&format!(
        "The case is as it was sealed: no item, file or log line was changed.\n\
         The seal is {}; it must be the one noted down when the examination was complete.\n",
        case.seal_digest().unwrap_or_default()
    ))?;
    Ok(Ended::Complete)
}

fn bundle(path: &Path) -> anyhow::Result<Ended> {
    let bytes =
        std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    if let Some(checked) = mabillon_report::check_signed_report(&bytes) {
        return signed(checked);
    }
    let problems = mabillon_report::check_bundle(&bytes);
    if !problems.is_empty() {
        return changed("The bundle was changed after it was written:", &problems);
    }
    output::print(&format!(
        "The bundle is as it was written: no file in it was changed.\n\
         Its SHA-256 is {}; it must be the one that its maker tells you.\n\
         To check the signatures in it again, unpack it and run `python3 verify.py` in it.\n",
        ItemId::of(&bytes)
    ))?;
    Ok(Ended::Complete)
}

fn changed(headline: &str, problems: &[impl Display]) -> anyhow::Result<Ended> {
    let mut told = format!("{headline}\n");
    for problem in problems {
        writeln!(told, "  {problem}")?;
    }
    output::print(&told)?;
    Ok(Ended::Failed)
}

fn signed(checked: Result<String, Vec<BundleProblem>>) -> anyhow::Result<Ended> {
    match checked {
        Ok(fingerprint) => {
            output::print(&format!(
                "The report is as it was signed: no file in it was changed.\n\
                 The SHA-256 fingerprint of the key is {fingerprint}.\n\
                 Whose key that is, the signature does not tell: compare it with the line \"review key made\" of the custody log,\n\
                 or with what was noted down.\n"
            ))?;
            Ok(Ended::Complete)
        }
        Err(problems) => {
            let listed: Vec<String> = problems
                .iter()
                .map(|problem| format!("  {problem}\n"))
                .collect();
            output::print(&format!(
                "The report was changed after it was signed:\n{}",
                listed.concat()
            ))?;
            Ok(Ended::Failed)
        }
    }
}
