//! `mabillon search CASE QUERY`: full text and fields.

use std::fmt::Write as _;

use mabillon_keep::{Case, Found, Hit, SearchError, Snippet};
use mabillon_report::printable;
use mabillon_report::words::{counted, kind_word};

use crate::args::Search;
use crate::exit::{Ended, UsageError};
use crate::output;

/// Digits of an id that are shown: enough for `mabillon show`.
const ID_DIGITS: usize = 12;

pub(crate) fn run(args: &Search) -> anyhow::Result<Ended> {
    let case = Case::open(&args.case)?;
    let found = match case.search(&args.query.join(" "), args.limit) {
        Err(SearchError::Query(error)) => return Err(UsageError(error.to_string()).into()),
        other => other?,
    };
    output::print(&page(&found, output::colour()))?;
    Ok(Ended::Complete)
}

fn page(found: &Found, colour: bool) -> String {
    let mut text = counted(found.total as u64, "item", "items");
    if found.hits.len() < found.total {
        let _ = write!(text, "; the best {} are shown", found.hits.len());
    }
    text.push('\n');
    for hit in &found.hits {
        entry(hit, colour, &mut text);
    }
    text
}

fn entry(hit: &Hit, colour: bool, text: &mut String) {
    let id = hit.item.to_string();
    let id = id.get(..ID_DIGITS).unwrap_or(&id);
    let opinion = hit.opinion.map_or("no opinion", |class| class.word());
    let kind = kind_word(hit.kind);
    let known: Vec<&str> = [hit.date.as_str(), hit.by.as_str(), hit.about.as_str()]
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect();
    let _ = writeln!(text, "\n{id}  {kind}, {opinion}");
    if !known.is_empty() {
        let _ = writeln!(text, "  {}", printable(&known.join("  ")));
    }
    if let Some(snippet) = &hit.snippet {
        let mark = if snippet.is_quoted { "> " } else { "" };
        let _ = writeln!(text, "  {mark}{}", passage(snippet, colour));
    }
}

/// The passage, with the words that were searched for in bold on a terminal.
fn passage(snippet: &Snippet, colour: bool) -> String {
    if !colour {
        return printable(&snippet.text).into_owned();
    }
    let part = |from: usize, to: usize| printable(snippet.text.get(from..to).unwrap_or_default());
    let mut text = String::new();
    let mut at = 0;
    for mark in &snippet.marks {
        let word = part(mark.start, mark.end);
        let _ = write!(text, "{}\u{1b}[1m{word}\u{1b}[0m", part(at, mark.start));
        at = mark.end;
    }
    text.push_str(&part(at, snippet.text.len()));
    text
}
