//! Tells what an author wrote from what is quoted.
//!
//! Quotations are known by `>` marks (RFC 3676, section 4.5), by separator lines and blocks of `From:`, `Sent:`, `To:`,
//! `Subject:` lines in several languages, and by lines such as `On ..., X wrote:`.
//! Below a separator or such a block everything counts as quoted, since nothing marks where it would end.

use mabillon_case::{Quotation, Text};

use super::phrases::{self, Role};
use crate::mail::limits::{QUOTATION_DEPTH_MAX, QUOTATIONS_MAX};
use crate::mail::warnings::Warnings;

/// Most lines that one introduction of a quotation may have.
const INTRODUCTION_LINES_MAX: usize = 14;

/// Most lines that an attribution (`On ... wrote:`) is wrapped over.
const ATTRIBUTION_LINES_MAX: usize = 3;

/// Longest attribution, in bytes.
const ATTRIBUTION_BYTES_MAX: usize = 1_000;

/// A line, its `>` marks counted and taken away.
#[derive(Clone, Copy)]
struct Line<'a> {
    marks: u8,
    content: &'a str,
}

/// Splits text whose lines end with `\n`.
pub(super) fn split(text: &str, warnings: &mut Warnings) -> Text {
    let lines = marked_lines(text);
    let mut splitter = Splitter {
        own: String::with_capacity(text.len()),
        ..Splitter::default()
    };
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        match introduction_length(rest) {
            0 => {
                splitter.add(*line);
                at += 1;
            }
            length => {
                splitter.introduce(rest.get(..length).unwrap_or_default());
                at += length;
            }
        }
    }
    splitter.finish(warnings)
}

fn marked_lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(text.len() / 40 + 1);
    let mut is_quoting = false;
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let (line, after) = rest.split_at_checked(end).unwrap_or_default();
        rest = after.strip_prefix('\n').unwrap_or(after);
        // A `>` that an mbox writer put before `From ` is no quotation mark; exported twice, there are two.
        let unescaped = line.trim_start_matches('>');
        let line = if !is_quoting && unescaped.starts_with("From ") {
            unescaped
        } else {
            line
        };
        let line = marked(line);
        is_quoting = line.marks > 0;
        lines.push(line);
    }
    lines
}

fn marked(line: &str) -> Line<'_> {
    let (mut marks, mut content) = (0_u8, line);
    loop {
        let inner = content.strip_prefix(' ').filter(|_| marks > 0);
        let Some(after) = inner.unwrap_or(content).strip_prefix('>') else {
            break;
        };
        marks = marks.saturating_add(1).min(QUOTATION_DEPTH_MAX);
        content = after;
    }
    if marks > 0 {
        content = content.strip_prefix(' ').unwrap_or(content);
    }
    Line { marks, content }
}

/// Number of lines that introduce a quotation without marks, from the first of `lines` on; 0 where they do not.
fn introduction_length(lines: &[Line<'_>]) -> usize {
    let Some(first) = lines.first() else {
        return 0;
    };
    if !phrases::may_introduce(first.content) {
        return 0;
    }
    let level = lines
        .iter()
        .take(INTRODUCTION_LINES_MAX)
        .take_while(|line| line.marks == first.marks)
        .count();
    let same_level = lines.get(..level).unwrap_or_default();
    match block_length(same_level) {
        0 => unmarked_attribution_length(same_level, lines),
        length => length,
    }
}

/// Length of a separator line, of a block of header lines, or of both.
fn block_length(lines: &[Line<'_>]) -> usize {
    let first = lines.first().map_or("", |line| line.content);
    let is_separator = phrases::is_separator(first);
    let mut start = usize::from(is_separator || phrases::is_rule(first));
    if start > 0
        && lines
            .get(start)
            .is_some_and(|line| line.content.trim().is_empty())
    {
        start += 1;
    }
    let mut roles: Vec<Role> = Vec::new();
    let mut end = 0;
    for (index, line) in lines.iter().enumerate().skip(start) {
        match phrases::role(line.content) {
            // A header states each thing once; a repetition belongs to what follows.
            Some(role) if roles.contains(&role) && role != Role::Other => break,
            Some(role) => {
                end = index + 1;
                roles.push(role);
            }
            None if line.content.trim().is_empty() || index == start => break,
            None => {}
        }
    }
    let n_known = roles.iter().filter(|role| **role != Role::Other).count();
    let is_block = roles.contains(&Role::From) && n_known >= 3 - usize::from(is_separator);
    match (is_block, is_separator) {
        (true, _) => end,
        (false, true) => 1,
        (false, false) => 0,
    }
}

/// Length of an attribution that no marked line follows: some programs quote without marks.
fn unmarked_attribution_length(same_level: &[Line<'_>], lines: &[Line<'_>]) -> usize {
    let first = same_level.first().map_or("", |line| line.content);
    if !phrases::opens_attribution(first) {
        return 0;
    }
    let mut joined = String::new();
    for (index, line) in same_level.iter().take(ATTRIBUTION_LINES_MAX).enumerate() {
        if line.content.trim().is_empty() || joined.len() > ATTRIBUTION_BYTES_MAX {
            return 0;
        }
        joined.push_str(line.content);
        joined.push(' ');
        if !line.content.trim_end().ends_with(':') {
            continue;
        }
        let is_attribution =
            phrases::has_attribution_verb(&joined) && joined.bytes().any(|b| b.is_ascii_digit());
        let after = lines.get(index + 1..).unwrap_or_default();
        let next = after
            .iter()
            .take(3)
            .find(|next| !next.content.trim().is_empty());
        let follows_unmarked = next.is_some_and(|next| next.marks == line.marks);
        return if is_attribution && follows_unmarked {
            index + 1
        } else {
            0
        };
    }
    0
}

#[derive(Default)]
struct Splitter {
    own: String,
    quotations: Vec<Quotation>,
    /// The marks at which quotations without marks began; each deepens all lines with as many marks or more.
    shifts: Vec<u8>,
    /// For each depth from 1 on, the quotation that its lines go to.
    current: Vec<Option<usize>>,
    /// Where the quotations of the run of quoted lines start.
    run_start: usize,
    is_over_limit: bool,
}

impl Splitter {
    fn depth(&mut self, marks: u8) -> u8 {
        while self.shifts.last().is_some_and(|&shift| shift > marks) {
            self.shifts.pop();
        }
        let n_shifts = u8::try_from(self.shifts.len()).unwrap_or(QUOTATION_DEPTH_MAX);
        marks.saturating_add(n_shifts).min(QUOTATION_DEPTH_MAX)
    }

    fn add(&mut self, line: Line<'_>) {
        let depth = self.depth(line.marks);
        let is_blank = line.content.trim().is_empty();
        if depth == 0 {
            if !is_blank {
                self.end_run();
            }
            push_line(&mut self.own, line.content);
            return;
        }
        if !is_blank {
            self.current.truncate(usize::from(depth));
        }
        let index = match self.open_at(depth) {
            Some(index) => index,
            None if is_blank => return,
            None => {
                let attribution = self.take_attribution(depth);
                self.start(depth, attribution)
            }
        };
        if let Some(quotation) = self.quotations.get_mut(index) {
            push_line(&mut quotation.text, line.content);
        }
    }

    /// Starts a quotation without marks below these lines.
    fn introduce(&mut self, lines: &[Line<'_>]) {
        let marks = lines.first().map_or(0, |line| line.marks);
        let depth = self.depth(marks);
        self.current.truncate(usize::from(depth));
        let contents: Vec<&str> = lines.iter().map(|line| line.content.trim()).collect();
        if depth < QUOTATION_DEPTH_MAX {
            self.shifts.push(marks);
        }
        self.start(
            (depth + 1).min(QUOTATION_DEPTH_MAX),
            contents.join("\n").trim().to_owned(),
        );
    }

    fn open_at(&self, depth: u8) -> Option<usize> {
        self.current.get(usize::from(depth) - 1).copied().flatten()
    }

    fn start(&mut self, depth: u8, attribution: String) -> usize {
        if self.quotations.len() >= QUOTATIONS_MAX {
            self.is_over_limit = true;
        } else {
            self.quotations.push(Quotation {
                attribution,
                text: String::new(),
                depth,
            });
        }
        let index = self.quotations.len() - 1;
        self.current
            .resize(usize::from(depth).max(self.current.len()), None);
        if let Some(slot) = self.current.get_mut(usize::from(depth) - 1) {
            *slot = Some(index);
        }
        index
    }

    /// Takes the attribution off the end of the text that stands before a quotation of this depth.
    fn take_attribution(&mut self, depth: u8) -> String {
        let below = self.current.iter().take(usize::from(depth) - 1).rev();
        let before = below.flatten().next().copied();
        let text = match before {
            Some(index) => self
                .quotations
                .get_mut(index)
                .map(|quotation| &mut quotation.text),
            None => Some(&mut self.own),
        };
        text.map(attribution_at_end).unwrap_or_default()
    }

    fn end_run(&mut self) {
        if self.current.is_empty() {
            return;
        }
        self.current.clear();
        if let Some(run) = self.quotations.get_mut(self.run_start..) {
            run.sort_by_key(|quotation| quotation.depth);
        }
        self.run_start = self.quotations.len();
    }

    fn finish(mut self, warnings: &mut Warnings) -> Text {
        self.end_run();
        if self.is_over_limit {
            warnings.add("quotation-limit", || {
                format!("more than {QUOTATIONS_MAX} quoted passages: the last one holds the rest")
            });
        }
        for quotation in &mut self.quotations {
            trim_lines(&mut quotation.text);
        }
        let is_said = |q: &Quotation| !q.text.is_empty() || !q.attribution.is_empty();
        self.quotations.retain(is_said);
        trim_lines(&mut self.own);
        Text {
            own: self.own,
            quotations: self.quotations,
            html_alternative: None,
        }
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Takes away empty lines at the start and white space at the end.
fn trim_lines(text: &mut String) {
    text.truncate(text.trim_end().len());
    let start = text.len() - text.trim_start_matches(['\n', '\r']).len();
    text.drain(..start);
}

/// Takes the lines of an attribution off the end of `text`, as one line; empty where there is none.
fn attribution_at_end(text: &mut String) -> String {
    let trimmed = text.trim_end();
    let n_line_ends = text
        .get(trimmed.len()..)
        .unwrap_or_default()
        .matches('\n')
        .count();
    if n_line_ends > 3 || !(trimmed.ends_with(':') || trimmed.ends_with('\u{ff1a}')) {
        return String::new();
    }
    let window_start =
        trimmed.ceil_char_boundary(trimmed.len().saturating_sub(ATTRIBUTION_BYTES_MAX));
    let window = trimmed.get(window_start..).unwrap_or_default();
    let mut found: Option<&str> = None;
    for start in line_starts_from_end(window).take(ATTRIBUTION_LINES_MAX) {
        let candidate = window.get(start..).unwrap_or_default();
        let first = candidate.lines().next().unwrap_or_default();
        if first.trim().is_empty() {
            break;
        }
        let is_first_fit = found.is_none() && phrases::is_attribution(candidate);
        let opens = phrases::opens_attribution(first) && phrases::is_attribution(candidate);
        if is_first_fit || opens {
            found = Some(candidate);
        }
        if opens {
            break;
        }
    }
    let Some(found) = found else {
        return String::new();
    };
    let length = found.len();
    let words: Vec<&str> = found.lines().map(str::trim).collect();
    let attribution = words.join(" ");
    text.truncate(trimmed.len() - length);
    attribution
}

/// Offsets of the starts of lines, the last one first.
fn line_starts_from_end(text: &str) -> impl Iterator<Item = usize> {
    let inner = memchr::memrchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    inner.chain(std::iter::once(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, own: &str, quotations: &[(&str, &str, u8)]) {
        let split = split(text, &mut Warnings::default());
        let found: Vec<(&str, &str, u8)> = split
            .quotations
            .iter()
            .map(|q| (&*q.attribution, &*q.text, q.depth))
            .collect();
        assert_eq!((&*split.own, &*found), (own, quotations), "{text}");
    }

    #[test]
    fn marks_of_several_levels() {
        check(
            "yes\n> will you?\n> > I may\n>> not\n\nAda\n",
            "yes\n\nAda",
            &[("", "will you?", 1), ("", "I may\nnot", 2)],
        );
        check("a\n> b\nc\n> d", "a\nc", &[("", "b", 1), ("", "d", 1)]);
        check(">> old\n> new\nx", "x", &[("", "new", 1), ("", "old", 2)]);
        check("> a\n\n> b", "", &[("", "a\nb", 1)]);
    }

    #[test]
    fn the_escape_of_mbox_is_no_quotation() {
        check(
            "Hello\n>From here on\n-- \nAda",
            "Hello\nFrom here on\n-- \nAda",
            &[],
        );
    }

    #[test]
    fn attributions_in_several_languages() {
        for attribution in [
            "On Mon, 3 Apr 2017 at 14:22, Bo <bo@x.example> wrote:",
            "Le lun. 3 avr. 2017 \u{e0} 14:22, Bo <bo@x.example> a \u{e9}crit :",
            "Am 03.04.2017 um 14:22 schrieb Bo:",
            "Bo <bo@x.example> schrieb am Mo., 3. Apr. 2017, 14:22:",
            "El lun., 3 abr. 2017 a las 14:22, Bo (<bo@x.example>) escribi\u{f3}:",
            "Il giorno lun 3 apr 2017 alle ore 14:22 Bo <bo@x.example> ha scritto:",
            "2017-04-03 14:22 GMT+02:00 Bo <bo@x.example>:",
            "3 \u{430}\u{43f}\u{440}. 2017 \u{433}., Bo \u{43d}\u{430}\u{43f}\u{438}\u{441}\u{430}\u{43b}:",
        ] {
            check(
                &format!("ok\n\n{attribution}\n\n> text\n"),
                "ok",
                &[(attribution, "text", 1)],
            );
        }
        check(
            "ok\nOn Mon, 3 Apr 2017, Bo\n<bo@x.example> wrote:\n> t",
            "ok",
            &[("On Mon, 3 Apr 2017, Bo <bo@x.example> wrote:", "t", 1)],
        );
        check(
            "> On 1 May 2017, Cy wrote:\n>> deep\n> high",
            "",
            &[("", "high", 1), ("On 1 May 2017, Cy wrote:", "deep", 2)],
        );
        check("He said this:\n> t", "He said this:", &[("", "t", 1)]);
        check(
            "ok\nOn 3 Apr 2017, Bo wrote:\n\nbare\ntext",
            "ok",
            &[("On 3 Apr 2017, Bo wrote:", "bare\ntext", 1)],
        );
    }

    #[test]
    fn separators_and_header_blocks() {
        let block = "De : Bo\nEnvoy\u{e9} : lundi 3 avril 2017\n\u{c0} : Ada\nObjet : RE: x";
        check(
            &format!("oui\n\n{block}\n\ntexte"),
            "oui",
            &[(block, "texte", 1)],
        );
        let english = "-----Original Message-----\nFrom: Bo\nSent: Monday\nTo: Ada\nSubject: x";
        check(
            &format!("yes\n{english}\n\nt\n{block}\n\nu"),
            "yes",
            &[(english, "t", 1), (block, "u", 2)],
        );
        let german = "Von: Bo\nGesendet: Montag\nAn: Ada\nBetreff: x";
        check(
            &format!("ja\n> {}\n> \n> t\nnein", german.replace('\n', "\n> ")),
            "ja\nnein",
            &[(german, "t", 2)],
        );
        check(
            "-----Message d'origine-----\nt",
            "",
            &[("-----Message d'origine-----", "t", 1)],
        );
        check(
            "From: here to there\nit is far",
            "From: here to there\nit is far",
            &[],
        );
        check(
            "*From:* Bo\n*Sent:* now\n*To:* Ada\nmore\n*Subject:* x\n\nt",
            "",
            &[(
                "*From:* Bo\n*Sent:* now\n*To:* Ada\nmore\n*Subject:* x",
                "t",
                1,
            )],
        );
    }

    #[test]
    fn a_flood_of_marks_stays_within_the_limits() {
        let text = split(&">".repeat(1 << 20), &mut Warnings::default());
        assert_eq!(text.own, "");
        let mut warnings = Warnings::default();
        let many = split(&"a\n> b\n".repeat(20_000), &mut warnings);
        assert_eq!(many.quotations.len(), QUOTATIONS_MAX);
        assert_eq!(warnings.finish().len(), 1);
        let deep = split(
            &"-----Original Message-----\nx\n".repeat(1_000),
            &mut Warnings::default(),
        );
        assert!(
            deep.quotations
                .iter()
                .all(|q| q.depth <= QUOTATION_DEPTH_MAX)
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_no_word_is_lost(text in "(>|> |\n|On 1 wrote:|From: a|To: b|Date: c|-----Original Message-----|word| ){0,60}") {
            let split = split(&text, &mut Warnings::default());
            let n_words = |text: &str| text.matches("word").count();
            let quoted: usize = split.quotations.iter().map(|q| n_words(&q.text) + n_words(&q.attribution)).sum();
            proptest::prop_assert_eq!(n_words(&text), n_words(&split.own) + quoted);
        }
    }
}
