//! One item with its evidence, for `mabillon show`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mabillon_case::{Change, Difference, Effect, Span, verbal_scale};

use crate::ItemRow;
use crate::item_row::{Weighed, place_with_message};
use crate::jsonl::stated_opinion;
use crate::limits::{MAX_CARD_PLACES, MAX_DIFFERENCE_RUNS, MAX_TEXT_CHARS};
use crate::printable::{clip, printable};
use crate::terminal_style::{Paint, wrap};
use crate::words::{basis_meaning, class_meaning, counted, kind_word, signed_by, size, weight};

/// Columns that lines are broken at.
const WIDTH: usize = 100;

/// Places shown.
const MAX_PLACES: usize = 4 * MAX_CARD_PLACES;

/// Everything about one item: the opinion and why, each finding with its place and weight, signatures, places, and
/// the tests that gave no finding by reason.
pub fn item_text(item: &ItemRow<'_>, colour: bool) -> String {
    let mut face = Face {
        out: String::new(),
        paint: Paint { colour },
    };
    face.head(item);
    face.opinion(item);
    face.findings(&item.weighed());
    face.signatures(item);
    face.places(item);
    face.not_run(item);
    face.warnings(item);
    face.out
}

struct Face {
    out: String,
    paint: Paint,
}

impl Face {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn paragraph(&mut self, indent: usize, text: &str) {
        for line in wrap(text, WIDTH.saturating_sub(indent)) {
            let _ = writeln!(self.out, "{:indent$}{line}", "");
        }
    }

    fn heading(&mut self, name: &str) {
        let heading = self.paint.bold(name);
        self.line("");
        self.line(&heading);
    }

    fn label(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            let value = clip(value, MAX_TEXT_CHARS);
            for (index, line) in wrap(&value, WIDTH.saturating_sub(16)).iter().enumerate() {
                let name = if index == 0 { name } else { "" };
                let _ = writeln!(self.out, "  {name:<14}{line}");
            }
        }
    }

    fn head(&mut self, item: &ItemRow<'_>) {
        let facts = item.facts;
        let title = self
            .paint
            .bold(&printable(&clip(item.title(), MAX_TEXT_CHARS)));
        self.line(&title);
        self.label("Item", &facts.item.to_string());
        let size = size(facts.size_bytes);
        let kind = [kind_word(facts.kind), &facts.media_type, &size];
        let known: Vec<&str> = kind.into_iter().filter(|part| !part.is_empty()).collect();
        self.label("Kind", &known.join(", "));
        if let Some(message) = &facts.message {
            self.label("From", &format!("{} <{}>", message.from_name, message.from));
            self.label("To", &message.to.join(", "));
            self.label("Cc", &message.cc.join(", "));
            self.label("Message-ID", &message.message_id);
        }
        if let Some(document) = &facts.document {
            self.label("Author", &document.author);
            self.label("Last saved by", &document.last_modified_by);
            let created = document.created.map(|time| time.to_string());
            self.label("Created", &created.unwrap_or_default());
            self.label("Program", &document.application);
        }
        let time = item.stated_time().map(|time| time.to_string());
        self.label("Date", &time.unwrap_or_default());
    }

    fn opinion(&mut self, item: &ItemRow<'_>) {
        let (class, log10_lr, basis) = stated_opinion(item);
        self.heading("OPINION");
        if let Some(reason) = item.not_examined {
            self.paragraph(2, &format!("Not examined: {reason}"));
            return;
        }
        if item.is_container() {
            self.paragraph(2, "It holds other items and carries no opinion of its own.");
            return;
        }
        let line = format!("  {}", self.paint.class(class, class.word()));
        self.line(&line);
        self.paragraph(2, &item.opinion.because);
        self.paragraph(
            2,
            &format!("What the class means: {}", class_meaning(class)),
        );
        self.paragraph(2, &format!("Basis: {}.", basis_meaning(basis)));
        let (words, range) = verbal_scale(log10_lr);
        let strength = format!(
            "Weighed findings together: {words} ({range} more probable; log10 LR {}).",
            weight(log10_lr)
        );
        self.paragraph(2, &strength);
        if let Some(partial) = item.partial {
            self.paragraph(2, &format!("Examined only in part: {partial}"));
        }
    }

    fn findings(&mut self, weighed: &[Weighed<'_>]) {
        if weighed.is_empty() {
            return;
        }
        self.heading(&format!("FINDINGS ({})", weighed.len()));
        for weighed in weighed {
            self.finding(weighed);
        }
    }

    fn finding(&mut self, weighed: &Weighed<'_>) {
        let finding = weighed.finding;
        let mut name = format!("{}: {}", finding.test, finding.code);
        if let Some(span) = finding.at {
            let _ = write!(name, ", {}", bytes_at(span));
        }
        let says = clip(&finding.says, MAX_TEXT_CHARS);
        let mut lines = wrap(&says, WIDTH.saturating_sub(10)).into_iter();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(self.out, "{:>9} {first}", sign(weighed));
        for line in lines {
            let _ = writeln!(self.out, "          {line}");
        }
        let mut why = effect_words(weighed);
        if let Some(other) = finding.compared_with {
            let _ = write!(why, "; compared with {other}");
        }
        for line in wrap(&format!("{name}; {why}"), WIDTH.saturating_sub(10)) {
            let line = format!("          {}", self.paint.faint(&line));
            self.line(&line);
        }
        if let Some(difference) = &finding.difference {
            self.difference(difference);
        }
    }

    /// Signs stand beside the colours, so that nothing is lost without them.
    fn difference(&mut self, difference: &Difference) {
        let title = format!(
            "Difference in {} (+ only here, - only in the other):",
            printable(&difference.of)
        );
        self.paragraph(10, &title);
        for change in difference.changes.iter().take(MAX_DIFFERENCE_RUNS) {
            let (sign, words) = match change {
                Change::Same(words) => (' ', words.clone()),
                Change::OnlyHere(words) => ('+', words.clone()),
                Change::OnlyThere(words) => ('-', words.clone()),
                Change::Skipped(n) => (
                    ' ',
                    format!("[… {} alike …]", counted(u64::from(*n), "word", "words")),
                ),
            };
            let words = clip(&words, MAX_TEXT_CHARS);
            for line in wrap(&words, WIDTH.saturating_sub(13)) {
                let line = format!("{sign} {line}");
                let line = match sign {
                    '+' => self.paint.here(&line),
                    '-' => self.paint.there(&line),
                    _ => line,
                };
                let _ = writeln!(self.out, "           {line}");
            }
        }
        if let Some(more) = difference
            .changes
            .len()
            .checked_sub(MAX_DIFFERENCE_RUNS + 1)
        {
            let _ = writeln!(self.out, "           [… {} more runs …]", more + 1);
        }
    }

    fn signatures(&mut self, item: &ItemRow<'_>) {
        if item.facts.signatures.is_empty() {
            return;
        }
        self.heading(&format!("SIGNATURES ({})", item.facts.signatures.len()));
        for signature in &item.facts.signatures {
            let lost = item.lost_keys.and_then(|lost| lost.told(signature));
            let lost = lost.map_or_else(String::new, |told| format!("; its key was {told}"));
            let at = bytes_at(signature.span);
            let sentence = format!("{}{lost}; {at}.", signed_by(signature));
            self.paragraph(2, &sentence);
        }
    }

    fn places(&mut self, item: &ItemRow<'_>) {
        let n_places = item.places().count();
        self.heading(&format!("PLACES ({n_places})"));
        for place in item.places().take(MAX_PLACES) {
            let text = format!(
                "{} (from byte {}, {})",
                place_with_message(place),
                place.offset,
                counted(place.length, "byte", "bytes")
            );
            self.paragraph(2, &text);
        }
        if n_places > MAX_PLACES {
            self.paragraph(2, &format!("and {} more", n_places - MAX_PLACES));
        }
    }

    fn not_run(&mut self, item: &ItemRow<'_>) {
        if item.not_run.is_empty() {
            return;
        }
        self.heading("TESTS THAT GAVE NO FINDING");
        let mut by_reason: BTreeMap<(bool, &str), Vec<&str>> = BTreeMap::new();
        for not_run in item.not_run {
            by_reason
                .entry((!not_run.failed, &not_run.reason))
                .or_default()
                .push(&not_run.test);
        }
        for ((applies_not, reason), tests) in by_reason {
            let reason = if applies_not {
                format!("{reason}:")
            } else {
                format!("failed, {reason}:")
            };
            self.paragraph(2, &reason);
            self.paragraph(4, &tests.join(", "));
        }
    }

    fn warnings(&mut self, item: &ItemRow<'_>) {
        if item.warnings.is_empty() {
            return;
        }
        self.heading("WARNINGS ABOUT OUR OWN READING");
        for warning in item.warnings {
            let says = clip(&warning.says, MAX_TEXT_CHARS);
            self.paragraph(2, &format!("{}: {says}", warning.code));
        }
    }
}

/// What stands in front of a finding: its weight, or that it decides by itself.
fn sign(weighed: &Weighed<'_>) -> String {
    match weighed.effect {
        Effect::Authenticates => "proves".to_owned(),
        Effect::Contradicts => "against".to_owned(),
        Effect::Weighs | Effect::Corroborates => weight(weighed.log10_lr),
    }
}

fn effect_words(weighed: &Weighed<'_>) -> String {
    match weighed.effect {
        Effect::Contradicts => "demonstrates that it is not as it was".to_owned(),
        Effect::Authenticates => "proves origin and integrity".to_owned(),
        Effect::Corroborates => format!("corroborates, {}", strength(weighed)),
        Effect::Weighs if weighed.group.is_empty() => "carries no weight".to_owned(),
        Effect::Weighs => strength(weighed),
    }
}

fn strength(weighed: &Weighed<'_>) -> String {
    let (words, range) = verbal_scale(weighed.log10_lr);
    format!("{words} ({range}), group {}", weighed.group)
}

/// A byte range as a reader checks it with `dd`: first byte and number of bytes.
fn bytes_at(span: Span) -> String {
    if span.is_empty() {
        return format!("byte {}", span.start);
    }
    format!("bytes {} to {}", span.start, span.end.saturating_sub(1))
}
