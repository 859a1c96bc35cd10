//! Does a page hold text that a reader does not see, or not at its place?

use mabillon_case::{Finding, HiddenBy, HiddenText, Message, Outcome};

use crate::figures::{Weight, weight};
use crate::header_shape::is_bulk;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// What the HTML of a message holds, a reader sees.
    ///
    /// ## What it examines
    /// Text in elements whose style hides it: not displayed, without size or opacity, in the colour of its background,
    /// moved out of the window, or laid over other text at a fixed place. Styles in the tag and sheets in the page
    /// (`<style>`) are applied, the latter by selectors of one element, its classes and its id; selectors of elements in
    /// elements are not, what surrounds an element is not inherited, and overlaps are not computed.
    /// ## Why it matters
    /// Search, printing and this program read all words of a page; a reader sees some of them. Who wants a message to show
    /// another amount than the one it holds, and to keep the old words for whoever searches or compares, hides the one and
    /// lays the other over it. Programs in which people write do neither.
    /// ## Innocent explanations
    /// Newsletters hide the line that mail readers show beside the subject (a preheader); messages that answer or pass one
    /// on hold it too. Mail written by machines, signatures with pictures and forms hide parts for other screens. What
    /// stands before all words that are seen, or is about other screens too, is therefore hardly weighed.
    /// ## References
    /// - CSS 2.2, sections 9.2.4, 9.3 and 11.2 (display, position, visibility)
    pub(crate) static HIDDEN_TEXT = {
        id: "form/hidden-text",
        findings: &["hidden-figures", "overlaid-figures", "hidden-words", "hidden-in-bulk-mail"],
        run: Run::Message(hidden_text),
    }
}

/// Characters shown of what is hidden.
const SHOWN_CHARS_MAX: usize = 80;

fn hidden_text(message: &Message, _world: &World) -> Outcome {
    let hidden: Vec<&HiddenText> = message
        .page
        .hidden
        .iter()
        .filter(|hidden| !hidden.text.is_empty())
        .collect();
    let Some(first) = hidden.first() else {
        return Outcome::NotApplicable("no style in its HTML that is applied hides text");
    };
    // A machine wrote it, or it holds the page of another message.
    if is_bulk(message) {
        let says = format!(
            "Its HTML holds text that is {}, as newsletters do: {}.",
            in_words(first.by),
            shown(first)
        );
        return Outcome::one(Finding::new("hidden-in-bulk-mail", says));
    }
    let holds_another = !message.text.quotations.is_empty();
    let figures = hidden
        .iter()
        .find(|hidden| !hidden.is_customary && holds_figure(&hidden.text));
    let (code, hidden) = match figures {
        Some(hidden) if !holds_another && hidden.by == HiddenBy::Overlaid => {
            ("overlaid-figures", *hidden)
        }
        Some(hidden) if !holds_another => ("hidden-figures", *hidden),
        _ => ("hidden-words", *first),
    };
    let says = format!(
        "Its HTML holds text that is {}: {}. What a reader sees is not all that is there.",
        in_words(hidden.by),
        shown(hidden)
    );
    Outcome::one(Finding::new(code, says))
}

/// Whether a text has a number, a date, an account or a denial: what is worth hiding.
fn holds_figure(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        matches!(
            weight(word),
            Weight::Number | Weight::Date | Weight::Account | Weight::Denial
        )
    })
}

const fn in_words(by: HiddenBy) -> &'static str {
    match by {
        HiddenBy::NotDisplayed => "not displayed",
        HiddenBy::Size => "too small or too faint to see",
        HiddenBy::Colour => "in the colour of its background",
        HiddenBy::Moved => "moved out of the window",
        HiddenBy::Overlaid => "laid over the page at a fixed place",
    }
}

fn shown(hidden: &HiddenText) -> String {
    let n_chars = hidden.text.chars().count();
    let start: String = hidden.text.chars().take(SHOWN_CHARS_MAX).collect();
    let more = if n_chars > SHOWN_CHARS_MAX { "…" } else { "" };
    format!("\"{start}{more}\"")
}
