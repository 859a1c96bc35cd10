//! `mabillon search CASE QUERY`: full text and fields.

use std::fmt::Write as _;

use mabillon_keep::Case;
use mabillon_report::printable;

use crate::args::Search;
use crate::exit::Ended;
use crate::output;

pub(crate) fn run(args: &Search) -> anyhow::Result<Ended> {
    let case = Case::open(&args.case)?;
    let found = case.search(&args.query.join(" "), args.limit)?;
    let mut text = String::new();
    for hit in &found.hits {
        let _ = writeln!(text, "{hit:?}");
    }
    let _ = printable("");
    output::print(&text)?;
    Ok(Ended::Complete)
}
