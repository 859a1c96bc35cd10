//! Do verifier and reader see the same header?

use mabillon_case::{Finding, Message, Outcome, Signature, Span};

use super::printable;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The header of a signed message can be read in one way only.
    ///
    /// ## What it examines
    /// For messages with a signature in their header: whether the header holds what programs read differently. That
    /// is a second `From`; a NUL, at which some stop; a carriage return alone, which some take for a line end; a line
    /// of nothing but white space, which some take for the end of the header; and line ends of both kinds.
    /// ## Why it matters
    /// A signature is worth something only if the program that verifies and the one that shows the message see the
    /// same fields. Who can make them differ shows one sender and lets another be verified. The header is read here as
    /// it is shown, and such places are named whatever the signature says.
    /// ## Innocent explanations
    /// Broken programs fold long subjects into empty lines; mail stores and exporters add fields with line ends of
    /// their own; old gateways let any octet pass.
    /// ## References
    /// - RFC 6376, section 8.15; RFC 5322, sections 2.2, 3.6 and 4.5
    pub(crate) static HEADER_READING = {
        id: "signature/header-reading",
        findings: &[
            "one-reading",
            "several-from",
            "nul",
            "bare-carriage-return",
            "blank-line-in-field",
            "mixed-line-ends",
        ],
        run: Run::Signatures(header_reading),
    }
}

/// Octets that are quoted of what another program may see.
const SHOWN_OCTETS: usize = 40;

fn header_reading(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let Some(signature) = signatures.first() else {
        return Outcome::NotApplicable("its header carries no signature");
    };
    let findings: Vec<Finding> = [
        several_from(message),
        nul(message),
        bare_carriage_return(message),
        blank_line(message),
        mixed_line_ends(message),
    ]
    .into_iter()
    .flatten()
    .collect();
    if findings.is_empty() {
        let says = "The header has one From and nothing that programs read differently: what is verified is what is \
                    shown.";
        return Outcome::one(Finding::new("one-reading", says).at(signature.span));
    }
    Outcome::Observed(findings)
}

fn header(message: &Message) -> &[u8] {
    message.header.of(&message.raw)
}

/// A finding at this octet of the header.
fn at(message: &Message, code: &'static str, position: usize, says: String) -> Finding {
    let start = message.header.start + position;
    Finding::new(code, says).at(Span::new(start, start + 1))
}

/// The octets from here to the end of the line, safe to print.
fn shown(message: &Message, position: usize) -> String {
    let rest = header(message).get(position..).unwrap_or_default();
    let end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
    let line = rest.get(..end.min(SHOWN_OCTETS)).unwrap_or_default();
    printable(&String::from_utf8_lossy(line))
}

fn several_from(message: &Message) -> Option<Finding> {
    let mut fields = message.fields_named("from");
    let first = fields.next()?;
    let second = fields.next()?;
    let says = format!(
        "It has more than one From: {} and {}. Programs show the first, the last or both, and a signature may cover \
         only one.",
        printable(&message.unfold(first.value)),
        printable(&message.unfold(second.value))
    );
    Some(Finding::new("several-from", says).at(second.whole))
}

fn nul(message: &Message) -> Option<Finding> {
    let position = memchr::memchr(0, header(message))?;
    let says = format!(
        "The header holds a NUL, at which some programs stop reading. Behind it stands: {}",
        shown(message, position + 1)
    );
    Some(at(message, "nul", position, says))
}

/// A carriage return that ends no line; doubled ones before a line feed are damage of exports.
fn bare_carriage_return(message: &Message) -> Option<Finding> {
    let header = header(message);
    let ends_line = |position: usize| {
        let rest = header.get(position..).unwrap_or_default();
        let after = rest.iter().find(|&&byte| byte != b'\r');
        after.is_none_or(|&byte| byte == b'\n')
    };
    let position = memchr::memchr_iter(b'\r', header).find(|&position| !ends_line(position))?;
    let says = format!(
        "The header holds a carriage return without a line feed, which some programs take for the end of a line. They \
         see a line of its own: {}",
        shown(message, position + 1)
    );
    Some(at(message, "bare-carriage-return", position, says))
}

/// A line of white space alone between lines of the header.
fn blank_line(message: &Message) -> Option<Finding> {
    let header = header(message);
    let mut start = 0;
    for line in header.split_inclusive(|&byte| byte == b'\n') {
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        let has_white = line.starts_with(b" ") || line.starts_with(b"\t");
        let next = start + line.len();
        if is_blank && has_white && next < header.len() {
            let says = format!(
                "A line of the header holds nothing but white space, which some programs take for its end. They would \
                 show as text: {}",
                shown(message, next)
            );
            return Some(at(message, "blank-line-in-field", start, says));
        }
        start = next;
    }
    None
}

fn mixed_line_ends(message: &Message) -> Option<Finding> {
    let header = header(message);
    let is_bare = |position: usize| {
        let before = position
            .checked_sub(1)
            .and_then(|before| header.get(before));
        before.is_none_or(|&byte| byte != b'\r')
    };
    let first_bare = memchr::memchr_iter(b'\n', header).find(|&position| is_bare(position))?;
    memchr::memchr_iter(b'\n', header).find(|&position| !is_bare(position))?;
    let says = "Some lines of the header end in CR LF and some in a line feed alone, which servers and programs treat \
                differently."
        .to_owned();
    Some(at(message, "mixed-line-ends", first_bare, says))
}
