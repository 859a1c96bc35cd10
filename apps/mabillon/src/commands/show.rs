//! `mabillon show CASE ITEM`: one item with its evidence.

use anyhow::bail;
use mabillon_case::ItemId;
use mabillon_keep::Case;
use mabillon_report::LostKeys;

use crate::args::Show;
use crate::case_report::{no_opinion, shown};
use crate::exit::{Ended, UsageError};
use crate::output;

/// Items listed at most where the digits typed fit several.
const CANDIDATES_MAX: usize = 8;

pub(crate) fn run(args: &Show) -> anyhow::Result<Ended> {
    let case = Case::open(&args.case)?;
    let item = find(&case, &args.item)?;
    let Some(row) = case.item(&item)? else {
        bail!("the case holds no item {item}")
    };
    let opinion = row.opinion.clone().unwrap_or_else(no_opinion);
    let lost_keys = LostKeys::of(case.key_searches()?);
    let mut shown = shown(&row, &opinion);
    shown.lost_keys = Some(&lost_keys);
    output::print(&mabillon_report::item_text(&shown, output::colour()))?;
    Ok(Ended::Complete)
}

/// The one item whose id begins with these digits.
pub(crate) fn find(case: &Case, digits: &str) -> anyhow::Result<ItemId> {
    let wrong = |says: String| anyhow::Error::new(UsageError(says));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong(format!(
            "\"{digits}\" names no item: give the SHA-256 of an item, or its first digits, as the report shows them"
        )));
    }
    let found = case.items_starting_with(&digits.to_ascii_lowercase(), CANDIDATES_MAX)?;
    match found.as_slice() {
        [] => Err(wrong(format!(
            "the case holds no item whose SHA-256 begins with {digits}"
        ))),
        [item] => Ok(*item),
        several => {
            let listed: Vec<String> = several.iter().map(|item| format!("  {item}")).collect();
            Err(wrong(format!(
                "several items begin with {digits}; give more digits:\n{}",
                listed.join("\n")
            )))
        }
    }
}
