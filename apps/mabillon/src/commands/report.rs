//! `mabillon report CASE`: the HTML report again.

use mabillon_keep::Case;

use crate::args::Report;
use crate::exit::Ended;
use crate::{case_report, commands, output};

pub(crate) fn run(args: &Report) -> anyhow::Result<Ended> {
    if let Some(path) = &args.output {
        let case = Case::open(&args.case)?;
        let report = case_report::build(&case, case.examination())?;
        case_report::write_html(&report, path)?;
        output::say(&format!("wrote {}", path.display()));
        return Ok(Ended::Complete);
    }
    let mut case = Case::open_to_add(&args.case)?;
    let report = case_report::build(&case, case.examination())?;
    let path = case.report_path();
    case_report::write_html(&report, &path)?;
    case.seal_report_again(&commands::examine::now_text(), &commands::examine::who())?;
    output::say(&format!("wrote {}", path.display()));
    Ok(Ended::Complete)
}
