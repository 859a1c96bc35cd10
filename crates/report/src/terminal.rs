//! The summary in the terminal: one screen that a journalist understands.

use std::fmt::Write as _;

use mabillon_case::{Class, Origin};

use crate::model::{Card, Cards, KeyRow, Reasons, Report};
use crate::terminal_style::{Paint, columns, fit, pad, wrap};
use crate::words::{
    class_in_short, containers_words, counted, holders_words, items_words, key_source_meaning,
    kind_count, mismatch_words, number, share, size,
};

/// Keys shown in the summary.
const MAX_KEYS: usize = 3;

/// Contradicted items shown in the summary.
const MAX_CONTRADICTED: usize = 5;

/// Questioned items shown in the summary where nothing is contradicted.
const MAX_QUESTIONED: usize = 3;

/// Reasons shown in the summary.
const MAX_REASONS: usize = 4;

/// Sentences on how the collection was made that are shown in the summary.
const MAX_SENTENCES: usize = 4;

/// Sums that do not add up shown in the summary.
const MAX_MISMATCHES: usize = 3;

/// Columns of the bar of each class, where there is room.
const BAR_COLUMNS: usize = 24;

/// The narrowest terminal that is laid out for.
const MIN_WIDTH: usize = 60;

/// Beyond this width lines are hard to read.
const MAX_WIDTH: usize = 120;

/// The summary, for a terminal of `width` columns. Nothing from an item can move the cursor or turn the text around.
pub fn terminal(report: &Report, width: usize, colour: bool) -> String {
    let mut face = Face {
        out: String::new(),
        width: width.clamp(MIN_WIDTH, MAX_WIDTH),
        paint: Paint { colour },
    };
    face.head(report);
    face.accounting(report);
    face.headline(report);
    face.opinions(report);
    face.keys(report);
    face.lost_keys(report);
    face.cards(Class::Contradicted, &report.contradicted, MAX_CONTRADICTED);
    let n_questioned = if report.contradicted.n_items == 0 {
        MAX_QUESTIONED
    } else {
        0
    };
    face.cards(Class::Questioned, &report.questioned, n_questioned);
    face.making(report);
    face.undone("NOT EXAMINED", &report.not_examined);
    face.undone("EXAMINED ONLY IN PART", &report.partial);
    face.foot(report);
    face.out
}

struct Face {
    out: String,
    width: usize,
    paint: Paint,
}

impl Face {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn paragraph(&mut self, indent: usize, text: &str) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            let _ = writeln!(self.out, "{:indent$}{line}", "");
        }
    }

    fn heading(&mut self, name: &str, note: &str) {
        let heading = format!("{}  {note}", self.paint.bold(name));
        self.line("");
        self.line(&heading);
    }

    fn head(&mut self, report: &Report) {
        let examination = &report.examination;
        let named = |origin: Origin| {
            let names: Vec<String> = examination
                .exhibits
                .iter()
                .filter(|exhibit| exhibit.origin == origin)
                .map(|exhibit| format!("{} ({})", exhibit.name, size(exhibit.size_bytes)))
                .collect();
            names.join(", ")
        };
        let mut what = format!(
            "Mabillon {} examined {}",
            examination.version,
            named(Origin::Collection)
        );
        let originals = named(Origin::Reference);
        if !originals.is_empty() {
            let _ = write!(what, " against the originals in {originals}");
        }
        self.paragraph(0, &what);
    }

    fn headline(&mut self, report: &Report) {
        self.line("");
        for line in wrap(&report.headline, self.width) {
            let line = self.paint.bold(&line);
            self.line(&line);
        }
        self.paragraph(0, &report.summary);
        self.line("");
        let kinds: Vec<String> = report
            .kinds
            .iter()
            .map(|row| kind_count(row.kind, row.n_items))
            .collect();
        let holders = holders_words(&report.accounting.items);
        let separator = if holders.is_empty() { "" } else { "; " };
        self.paragraph(2, &format!("{}{separator}{holders}", kinds.join(" · ")));
    }

    /// What became of everything that was handed over, before anything is said about it.
    fn accounting(&mut self, report: &Report) {
        let accounting = &report.accounting;
        self.line("");
        if accounting.n_mismatches > 0 {
            self.paragraph(0, &mismatch_words(accounting));
            for mismatch in accounting.mismatches.iter().take(MAX_MISMATCHES) {
                self.paragraph(2, &format!("{}: {}", mismatch.place, mismatch.says));
            }
        }
        let mut words = items_words(&accounting.items);
        if accounting.n_containers() > 0 {
            words.extend([" ", &containers_words(accounting)]);
        }
        self.paragraph(0, &words);
    }

    fn opinions(&mut self, report: &Report) {
        let total = report.opinions.total();
        self.heading(
            "OPINIONS",
            &format!("on {}", counted(total, "item", "items")),
        );
        let largest = report.opinions.iter().map(|(_, n)| n).max().unwrap_or(0);
        // A narrow terminal has no room for both bar and meaning; the meaning matters more.
        let bar_columns = self.width.saturating_sub(84).min(BAR_COLUMNS);
        for (class, n) in report.opinions.iter() {
            let bar = pad(&bar(n, largest, bar_columns), bar_columns);
            let line = format!(
                "  {} {:>9} {:>8}  {}  {}",
                pad(class.word(), 13),
                number(n),
                share(n, total),
                self.paint.class(class, &bar),
                self.paint.faint(class_in_short(class))
            );
            self.line(&line);
        }
    }

    fn keys(&mut self, report: &Report) {
        let keys = &report.keys;
        let proving: Vec<&KeyRow> = keys
            .rows
            .iter()
            .filter(|row| row.counts.proved > 0)
            .collect();
        if keys.n_signed_items == 0 {
            return;
        }
        let note = format!(
            "{} of {} proved whole",
            number(keys.n_proved_items),
            counted(keys.n_signed_items, "signed item", "signed items")
        );
        self.heading("PROVED BY WHOM", &note);
        for row in proving.iter().take(MAX_KEYS) {
            let line = format!("{:>7}  {}", number(row.counts.proved), key_words(row));
            let line = fit(&line, self.width);
            self.line(&line);
        }
        // Who gets proved belongs beside every number of proved items: no share says anything of the rest.
        let shares = shares_by_class(report);
        let line = match proving.len().checked_sub(MAX_KEYS).filter(|n| *n > 0) {
            Some(n) => format!(
                "and {}; {shares}",
                counted(n as u64, "more key", "more keys")
            ),
            None => shares,
        };
        if !line.is_empty() {
            let line = fit(&format!("         {line}"), self.width);
            self.line(&line);
        }
        if proving.is_empty() {
            self.line("  No signature proves anything by itself; see the keys in the report.");
        }
    }

    /// One line: the report has the rest.
    fn lost_keys(&mut self, report: &Report) {
        let lost = &report.lost_keys;
        if lost.n_selectors == 0 {
            return;
        }
        let mut text = format!(
            "  Lost keys: {} of {} recovered, {} anchored",
            number(lost.n_recovered),
            counted(lost.n_selectors, "selector", "selectors"),
            number(lost.n_anchored)
        );
        if lost.n_unfinished > 0 {
            let unfinished = number(lost.n_unfinished);
            let _ = write!(text, "; {unfinished} left to mabillon keys recover");
        }
        let line = fit(&text, self.width);
        self.line(&line);
    }

    fn cards(&mut self, class: Class, cards: &Cards, most: usize) {
        if cards.n_items == 0 || most == 0 {
            return;
        }
        let name = self.paint.class(class, &class.word().to_uppercase());
        let note = if cards.n_items > most as u64 {
            format!("the worst {most} of {}", number(cards.n_items))
        } else {
            counted(cards.n_items, "item", "items")
        };
        self.line("");
        self.line(&format!("{name}  {note}"));
        for card in cards.shown.iter().take(most) {
            self.card(card);
        }
    }

    fn card(&mut self, card: &Card) {
        let label = |name: &str| {
            card.labels
                .iter()
                .find(|(label, _)| *label == name)
                .map_or("", |(_, value)| value.as_str())
        };
        let who = if label("From").is_empty() {
            label("Last saved by")
        } else {
            label("From")
        };
        let day = label("Date").get(..10).unwrap_or_default();
        let about: Vec<&str> = [who, day].into_iter().filter(|s| !s.is_empty()).collect();
        let title = fit(&card.title, self.width / 2);
        let room = self.width.saturating_sub(columns(&title) + 6);
        let about = fit(&about.join(", "), room);
        let line = format!("  {}  {about}", self.paint.bold(&title));
        self.line(&line);
        self.paragraph(4, &card.because);
        if let Some(place) = card.places.first() {
            let place = fit(&place.place, self.width.saturating_sub(4));
            let line = format!("    {}", self.paint.faint(&place));
            self.line(&line);
        }
    }

    /// How the collection was made, in a few sentences.
    fn making(&mut self, report: &Report) {
        let sentences = &report.making.sentences;
        if sentences.is_empty() {
            return;
        }
        self.heading("HOW IT WAS MADE", "of the collection as a whole");
        for sentence in sentences.iter().take(MAX_SENTENCES) {
            let sentence = crate::printable(sentence);
            self.paragraph(2, &sentence);
        }
        if let Some(more) = sentences.len().checked_sub(MAX_SENTENCES + 1) {
            let more = counted(more as u64 + 1, "more observation", "more observations");
            self.line(&format!("  and {more}, listed in the report"));
        }
    }

    /// What was not done, or not wholly, by reason.
    fn undone(&mut self, heading: &str, reasons: &Reasons) {
        if reasons.n_items == 0 {
            return;
        }
        self.heading(heading, &counted(reasons.n_items, "item", "items"));
        for row in reasons.rows.iter().take(MAX_REASONS) {
            let line = format!("{:>7}  {}", number(row.n_items), row.reason);
            let line = fit(&line, self.width);
            self.line(&line);
            if let Some(example) = row.examples.first() {
                let example = fit(&format!("e.g. {example}"), self.width.saturating_sub(9));
                let line = format!("         {}", self.paint.faint(&example));
                self.line(&line);
            }
        }
        if let Some(more) = reasons
            .rows
            .len()
            .checked_sub(MAX_REASONS)
            .filter(|n| *n > 0)
        {
            let more = counted(more as u64, "more reason", "more reasons");
            self.line(&format!("         and {more}, listed in the report"));
        }
    }

    fn foot(&mut self, report: &Report) {
        if let Some(path) = &report.report_path {
            let path = crate::printable(path);
            let line = format!("{}  {path}", self.paint.bold("REPORT"));
            self.line("");
            self.line(&line);
        }
    }
}

/// "proved: sent copies 0.0 %, bulk 83.4 %, other mail 7.5 %".
fn shares_by_class(report: &Report) -> String {
    let classes = report.making.record.selection.classes.iter();
    let shares: Vec<String> = classes
        .zip(["sent copies", "bulk", "lists", "other mail"])
        .filter(|(row, _)| row.n_messages > 0)
        .map(|(row, name)| format!("{name} {}", share(row.n_proved, row.n_messages)))
        .collect();
    match shares.as_slice() {
        [] => String::new(),
        shares => format!("proved: {}", shares.join(", ")),
    }
}

/// Who signed with which key, in few words.
fn key_words(row: &KeyRow) -> String {
    let mut words = row.by.clone();
    if !row.selector.is_empty() {
        let _ = write!(words, " ({})", row.selector);
    }
    if let Some(bits) = row.bits {
        let _ = write!(words, ", {bits} bits");
    }
    let _ = write!(words, ", key: {}", key_source_meaning(row.source));
    if row.is_anchored {
        words.push_str(", anchored");
    }
    words
}

/// A bar in eighths of a column; anything above zero shows.
fn bar(n: u64, largest: u64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if n == 0 || largest == 0 || columns == 0 {
        return String::new();
    }
    let eighths = u128::from(n) * (columns as u128) * 8 / u128::from(largest);
    let eighths = usize::try_from(eighths.max(1)).unwrap_or(columns * 8);
    let last = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    "█".repeat(eighths / 8) + last
}
