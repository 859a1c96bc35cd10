//! The trees of Apache James Mime4j: events of its parser, as XML.

use std::fs;

use mabillon_case::{HeaderField, Message};

use super::ours::{Shape, lines};
use super::{Comparison, Explained, Lines, files, name_of, shared};

const EXPLAINED: &[Explained] = &[
    (
        "testmsgs/ending-boundaries.msg",
        "text behind a boundary makes the line no boundary line here, as in mail programs, and a warning is given",
    ),
    (
        "testmsgs/malformedHeader-nocrlfcrlf.msg",
        "a line that is no field ends the header here; that reader passes over it",
    ),
    (
        "testmsgs/obsolete.msg",
        "a field name with bytes outside ASCII is a field here; that reader drops the line",
    ),
    (
        "testmsgs/very-long-boundary.msg",
        "white space at the end of a boundary line never counts here (RFC 2046, section 5.1.1: transport padding)",
    ),
    (
        "testmsgs/very-very-long-boundary.msg",
        "a boundary longer than the limit is not obeyed here, and a warning is given",
    ),
    (
        "testmsgs/weird-boundary.msg",
        "white space at the end of a boundary line never counts here (RFC 2046, section 5.1.1: transport padding)",
    ),
];

/// A part with the text of its fields.
struct WithText;

impl Shape for WithText {
    fn line(&self, message: &Message, kind: &str, _body: usize, fields: &[&HeaderField]) -> String {
        let texts = fields.iter().map(|field| {
            let text = field.whole.of(&message.raw);
            one_line(&String::from_utf8_lossy(text))
        });
        format!("{kind} {:?}", texts.collect::<Vec<_>>())
    }
}

/// A text with one space for each run of white space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// The lines in the XML: of each header, once it is known what kind of body follows.
fn lines_of_xml(xml: &str) -> Lines {
    let mut lines = Vec::new();
    // Entities that are open: messages, and parts of their bodies.
    let mut n_open = 0_usize;
    let mut fields = Vec::new();
    let mut add = |kind: &str, n_open: usize, fields: &mut Vec<String>| {
        let indent = "  ".repeat(n_open - 1);
        lines.push(format!("{indent}{kind} {fields:?}"));
        fields.clear();
    };
    let mut is_in_header = false;
    let mut has_header = false;
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        match tag {
            "header" => (is_in_header, has_header) = (true, true),
            "/header" => is_in_header = false,
            "field" if is_in_header => fields.push(one_line(&unescaped(text))),
            "message" | "body-part" => {
                if std::mem::take(&mut has_header) {
                    add("message", n_open, &mut fields);
                }
                n_open += 1;
            }
            "/message" | "/body-part" => n_open -= 1,
            "multipart" | "body" if std::mem::take(&mut has_header) => {
                let kind = if tag == "body" { "leaf" } else { tag };
                add(kind, n_open, &mut fields);
            }
            _ => {}
        }
    }
    lines
}

#[test]
fn trees_are_those_of_mime4j() {
    let Some(folder) = shared("mime4j") else {
        return;
    };
    let mut comparison = Comparison::new(EXPLAINED);
    for path in files(&folder, "msg") {
        let Ok(xml) = fs::read(path.with_extension("xml")) else {
            continue;
        };
        let theirs = lines_of_xml(&String::from_utf8_lossy(&xml));
        let ours = lines(fs::read(&path).unwrap(), &WithText);
        comparison.compare(&name_of(&path), &ours, &theirs);
    }
    comparison.finish("mime4j");
}
