//! `mabillon verify CASE`: was the case changed since it was completed?

use mabillon_keep::Case;

use crate::args::Verify;
use crate::exit::Ended;
use crate::output;

pub(crate) fn run(args: &Verify) -> anyhow::Result<Ended> {
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
