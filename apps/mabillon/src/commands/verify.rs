//! `mabillon verify CASE`: was the case changed since it was completed?

use crate::args::Verify;
use crate::exit::Ended;
use crate::output;

pub(crate) fn run(args: &Verify) -> anyhow::Result<Ended> {
    let problems = mabillon_keep::verify(&args.case)?;
    if problems.is_empty() {
        output::print("The case is as it was sealed: no item, file or log line was changed.\n")?;
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
