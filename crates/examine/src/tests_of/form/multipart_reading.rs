//! Can the parts of a message be told in one way only?

use mabillon_case::{Finding, Message, Outcome, Part, Span};
use memchr::memmem;

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The parts of a message can be told in one way only.
    ///
    /// ## What it examines
    /// The `boundary` of the outermost multipart: whether it is named twice with two values, in one `Content-Type` or in
    /// two; and whether something that looks like parts of its own stands before the first or after the last boundary,
    /// where mail readers show nothing.
    /// ## Why it matters
    /// Mail readers that take the first boundary and readers that take the last show two different contents of the same
    /// bytes, under the same signature. Parts outside the boundaries are what the other reader would show.
    /// ## Innocent explanations
    /// Text before the first boundary ("This is a multi-part message in MIME format") and footers of mailing lists after
    /// the last are common and not counted. A server may enclose a bounced message carelessly; an export may join two.
    /// ## References
    /// - RFC 2046, section 5.1.1
    pub(crate) static MULTIPART_READING = {
        id: "form/multipart-reading",
        findings: &["one-reading", "two-boundaries", "parts-outside"],
        run: Run::Message(multipart_reading),
    }
}

/// Octets at the start and at the end of the body in which something outside the parts is looked for.
const OUTSIDE_OCTETS_MAX: usize = 1 << 16;

fn multipart_reading(message: &Message, _world: &World) -> Outcome {
    let Some((part, boundary)) = message
        .parts
        .first()
        .and_then(|part| Some((part, part.boundary.as_deref()?)))
        .filter(|(_, boundary)| !boundary.is_empty())
    else {
        return Outcome::NotApplicable("it has one part only");
    };
    let findings: Vec<Finding> = [
        two_boundaries(message, part, boundary),
        parts_outside(message, part, boundary),
    ]
    .into_iter()
    .flatten()
    .collect();
    if findings.is_empty() {
        let says = "Its boundary is named once, and no parts stand outside it.";
        return Outcome::one(Finding::new("one-reading", says).at(part.boundary_span));
    }
    Outcome::Observed(findings)
}

fn two_boundaries(message: &Message, part: &Part, boundary: &str) -> Option<Finding> {
    let in_one = part
        .parameters
        .iter()
        .filter(|(name, _)| name == "boundary")
        .map(|(_, value)| value.clone())
        .find(|value| value != boundary);
    let in_other = || {
        message
            .fields_named("Content-Type")
            .filter_map(|field| boundary_of(&message.unfold(field.value)))
            .find(|value| value != boundary)
    };
    let other = in_one.or_else(in_other)?;
    let body = message.body.of(&message.raw);
    let says = format!(
        "It names two boundaries, \"{boundary}\" and \"{}\"; lines of the second {} in its body. Programs that take one or the other show different parts.",
        other
            .chars()
            .filter(|c| !c.is_control())
            .take(120)
            .collect::<String>(),
        if memmem::find(body, other.trim().as_bytes()).is_some() {
            "stand"
        } else {
            "do not stand"
        },
    );
    Some(Finding::new("two-boundaries", says).at(part.boundary_span))
}

/// The boundary that a further `Content-Type` names.
fn boundary_of(value: &str) -> Option<String> {
    let at = value.to_ascii_lowercase().find("boundary=")?;
    let rest = value.get(at + "boundary=".len()..)?;
    let named = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([';', ' ']).next(),
    };
    named.map(str::to_owned).filter(|named| !named.is_empty())
}

/// Text with header lines of parts before the first or after the last boundary.
fn parts_outside(message: &Message, part: &Part, boundary: &str) -> Option<Finding> {
    let body = part.body.of(&message.raw);
    let line = format!("--{boundary}");
    let start = body.get(..body.len().min(OUTSIDE_OCTETS_MAX))?;
    let before = memmem::find(start, line.as_bytes()).and_then(|end| body.get(..end));
    let tail_at = body.len().saturating_sub(OUTSIDE_OCTETS_MAX);
    let closing = format!("{line}--");
    let after_at = memmem::rfind(body.get(tail_at..)?, closing.as_bytes())
        .map(|at| tail_at + at + closing.len());
    let after = after_at.and_then(|at| body.get(at..));
    let (place, at, text) = [
        ("before the first", Some(0), before),
        ("after the last", after_at, after),
    ]
    .into_iter()
    .find_map(|(place, at, text)| {
        let text = text?;
        holds_parts(text).then_some((place, at?, text))
    })?;
    let says = format!(
        "Parts of their own stand {place} boundary, in {} octets that mail readers do not show: another boundary would show them.",
        text.len()
    );
    let from = part.body.start + at;
    Some(Finding::new("parts-outside", says).at(Span::new(from, from + text.len())))
}

/// Whether some text holds a line that may be a boundary, and a `Content-Type` line right behind it.
fn holds_parts(text: &[u8]) -> bool {
    let mut after_boundary = false;
    for line in text.split(|&byte| byte == b'\n') {
        let is_type = line
            .get(..13)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"content-type:"));
        if after_boundary && is_type {
            return true;
        }
        let line = line.trim_ascii();
        after_boundary = line.len() > 4 && line.starts_with(b"--") && !line.contains(&b' ');
    }
    false
}
