//! `mabillon verify CASE|ZIP`: was the case changed since it was completed, or the bundle since it was written?

use std::path::Path;

use anyhow::Context as _;
use mabillon_case::ItemId;
use mabillon_keep::Case;

use crate::args::Verify;
use crate::exit::Ended;
use crate::output;

pub(crate) fn run(args: &Verify) -> anyhow::Result<Ended> {
    if args.case.is_file() {
        return bundle(&args.case);
    }
    let problems = mabillon_keep::verify(&args.case)?;
    if problems.is_empty() {
        let case = Case::open(&args.case)?;
        output::print(&format!(
            "The case is as it was sealed: no item, file or log line was changed.\n\
             The seal is {}; it must be the one noted down when the examination was complete.\n",
            case.seal_digest().unwrap_or_default()
        ))?;
        return Ok(Ended::Complete);
    }
    let listed: Vec<String> = problems
        .iter()
        .map(|problem| format!("  {problem}\n"))
        .collect();
    output::print(&format!(
        "The case was changed after it was sealed:\n{}",
        listed.concat()
    ))?;
    Ok(Ended::Failed)
}

fn bundle(path: &Path) -> anyhow::Result<Ended> {
    let bytes =
        std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    let problems = mabillon_report::check_bundle(&bytes);
    let digest = ItemId::of(&bytes);
    if problems.is_empty() {
        output::print(&format!(
            "The bundle is as it was written: no file in it was changed.\n\
             Its SHA-256 is {digest}; it must be the one that its maker tells you.\n\
             To check the signatures in it again, unpack it and run `python3 verify.py` in it.\n"
        ))?;
        return Ok(Ended::Complete);
    }
    let listed: Vec<String> = problems
        .iter()
        .map(|problem| format!("  {problem}\n"))
        .collect();
    output::print(&format!(
        "The bundle was changed after it was written:\n{}",
        listed.concat()
    ))?;
    Ok(Ended::Failed)
}
