//! Does each field stand once that may stand once only?

use mabillon_case::{Finding, HeaderField, Message, Outcome};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Fields of which a message may have one stand in it once.
    ///
    /// ## What it examines
    /// `Date`, `From`, `Sender`, `Reply-To`, `To`, `Cc`, `Bcc`, `Message-ID`, `In-Reply-To`, `References`, `Subject`,
    /// `MIME-Version`, `Content-Type` and `Content-Transfer-Encoding`: how often each stands, and whether its instances
    /// say the same.
    /// ## Why it matters
    /// Mail readers show the first, the last or both, and a server that checks a message may take another one than the
    /// reader: with a second `From`, `Subject` or `Content-Type` one message shows two contents.
    /// ## Innocent explanations
    /// Broken programs write `To` once for each recipient; servers add a `Message-ID` or `Date` beside the one that is
    /// there; exports and gateways write MIME fields again. Junk mail does all of it.
    /// ## References
    /// - RFC 5322, section 3.6; RFC 2045, sections 4 to 6
    pub(crate) static REPEATED_FIELDS = {
        id: "form/repeated-fields",
        findings: &["each-once", "repeated-alike", "repeated-otherwise", "shown-field-repeated-otherwise"],
        run: Run::Message(repeated_fields),
    }
}

/// Fields that stand once, and whether a reader sees them or what they lead to.
const SINGLE: [(&str, bool); 14] = [
    ("From", true),
    ("Subject", true),
    ("Date", true),
    ("Content-Type", true),
    ("Sender", false),
    ("Reply-To", false),
    ("To", false),
    ("Cc", false),
    ("Bcc", false),
    ("Message-ID", false),
    ("In-Reply-To", false),
    ("References", false),
    ("MIME-Version", false),
    ("Content-Transfer-Encoding", false),
];
/// Characters of a value that are quoted.
const QUOTED_CHARACTERS_MAX: usize = 80;

fn repeated_fields(message: &Message, _world: &World) -> Outcome {
    let findings: Vec<Finding> = SINGLE
        .iter()
        .filter_map(|(name, is_shown)| repeated(message, name, *is_shown))
        .collect();
    if findings.is_empty() {
        return Outcome::one(Finding::new(
            "each-once",
            "Every field that may stand once only stands once.",
        ));
    }
    Outcome::Observed(findings)
}

fn repeated(message: &Message, name: &str, is_shown: bool) -> Option<Finding> {
    let mut fields = message.fields_named(name);
    let first = fields.next()?;
    let others: Vec<&HeaderField> = fields.collect();
    let last = others.last()?;
    let value = |field: &HeaderField| message.unfold(field.value);
    let own = value(first);
    let n = others.len() + 1;
    let Some(other) = others.iter().find(|other| value(other) != own) else {
        let says = format!("The field {name} stands {n} times and says the same each time.");
        return Some(Finding::new("repeated-alike", says).at(last.whole));
    };
    let says = format!(
        "The field {name} stands {n} times and says different things: \"{}\" and \"{}\". Programs show one or the other.",
        quoted(&own),
        quoted(&value(other))
    );
    let code = if is_shown {
        "shown-field-repeated-otherwise"
    } else {
        "repeated-otherwise"
    };
    Some(Finding::new(code, says).at(other.whole))
}

/// A value in short, safe to print.
fn quoted(value: &str) -> String {
    value
        .chars()
        .filter(|c| !c.is_control())
        .take(QUOTED_CHARACTERS_MAX)
        .collect()
}
