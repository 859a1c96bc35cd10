//! `mabillon export CASE`: every item with its opinion and evidence.

use std::io::Write as _;

use mabillon_keep::Case;
use mabillon_report::{CsvTable, ParquetTable};

use crate::args::{Export, ExportFormat};
use crate::case_report::each_item;
use crate::exit::Ended;
use crate::output;

pub(crate) fn run(args: &Export) -> anyhow::Result<Ended> {
    let case = Case::open(&args.case)?;
    let mut out = output::writer(args.output.as_deref())?;
    match args.format {
        ExportFormat::Jsonl => {
            each_item(&case, |row| Ok(mabillon_report::jsonl(row, &mut out)?))?;
        }
        ExportFormat::Csv => {
            let mut table = CsvTable::new(out)?;
            each_item(&case, |row| Ok(table.item(row)?))?;
            out = table.finish()?;
        }
        ExportFormat::Parquet => {
            let mut table = ParquetTable::new(out)?;
            each_item(&case, |row| Ok(table.item(row)?))?;
            out = table.finish()?;
        }
    }
    out.flush()?;
    Ok(Ended::Complete)
}
