//! HTML as it was sent, in a form that can do nothing: rebuilt from an allow-list, never passed through.
//!
//! What goes out is written here, tag by tag, from names that stand in this file; of what came in only text, numbers
//! and plain style values are taken over, escaped. Addresses are not: a picture is named instead of loaded, and where
//! a link would have led stands beside it as text. The browser contains it once more: a sandboxed frame and a policy
//! that forbids everything but inline style.

use std::fmt::Write as _;

use html5gum::{HtmlString, StartTag, Token, Tokenizer};
use mabillon_case::Kind;
use mabillon_report::printable;

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::item::row;
use crate::source::{bytes, message};

/// Bytes of HTML that are rebuilt; what lies beyond is said to be there.
const HTML_BYTES_MAX: usize = 2 << 20;
/// Elements open inside of each other; more are shown as their text.
const DEPTH_MAX: usize = 256;
/// Characters of an address that is shown beside its link.
const ADDRESS_CHARS_MAX: usize = 300;

/// The policy of the frame: nothing loads, nothing runs, nothing is submitted or framed elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self'";

/// Elements that hold others and are taken over by name.
const ELEMENTS: [&str; 59] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "big",
    "blockquote",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "i",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];
/// Elements that hold nothing.
const EMPTY: [&str; 4] = ["br", "hr", "wbr", "col"];
/// Elements that end one of the same name which was left open (WHATWG HTML, section 13.1.2.4).
const ENDS_ITSELF: [&str; 8] = ["dd", "dt", "li", "p", "tbody", "td", "th", "tr"];
/// Elements whose content is no text of the page.
const HIDDEN: [&str; 16] = [
    "script",
    "style",
    "title",
    "template",
    "iframe",
    "object",
    "embed",
    "noscript",
    "noembed",
    "noframes",
    "svg",
    "math",
    "textarea",
    "select",
    "xmp",
    "plaintext",
];
/// Attributes that are taken over, where their value is plain.
const ATTRIBUTES: [&str; 18] = [
    "align",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "color",
    "colspan",
    "dir",
    "face",
    "height",
    "hspace",
    "nowrap",
    "rowspan",
    "size",
    "start",
    "valign",
    "vspace",
    "width",
];
/// Properties of inline style that are taken over, where their value is plain: look, never place or behaviour.
const PROPERTIES: [&str; 30] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
];

/// `GET /api/items/{item}/html`
pub(crate) fn html(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let row = row(desk, call.first())?;
    let none = || Refusal::not_found("HTML in this item");
    if !may_hold_html(row.facts.kind, &row.facts.media_type) {
        return Err(none());
    }
    let bytes = bytes(desk, &row)?;
    let html = match row.facts.kind {
        Kind::Message => {
            let message = message(&row, bytes);
            mabillon_decode::html_body(&message)
        }
        _ => Some(mabillon_decode::html_document(&bytes)),
    };
    let page = rebuilt(&html.ok_or_else(none)?);
    Ok(Reply::bytes("text/html; charset=utf-8", page)
        .with("content-security-policy", POLICY)
        .with("x-frame-options", "SAMEORIGIN"))
}

/// Whether an item of this kind can have HTML; of a message only its bytes tell.
pub(crate) fn may_hold_html(kind: Kind, media_type: &str) -> bool {
    kind == Kind::Message || media_type == "text/html"
}

/// The page that is shown for this HTML.
fn rebuilt(html: &str) -> String {
    let end = html.floor_char_boundary(HTML_BYTES_MAX);
    let mut page = Page::default();
    for token in Tokenizer::new(html.get(..end).unwrap_or_default()) {
        let Ok(token) = token;
        page.take(&token);
    }
    page.finish(end < html.len())
}

/// A page on its way.
#[derive(Default)]
struct Page {
    out: String,
    /// Elements that are open, as names of this file.
    open: Vec<&'static str>,
    /// Where the links that are open lead.
    links: Vec<String>,
    /// The element whose content is left out, and how often it is open.
    hidden: Option<(&'static str, usize)>,
}

impl Page {
    fn take(&mut self, token: &Token<()>) {
        match token {
            Token::StartTag(tag) => self.start(tag),
            Token::EndTag(tag) => self.end(&tag.name),
            Token::String(text) if self.hidden.is_none() => {
                push_text(&String::from_utf8_lossy(&text.value), &mut self.out);
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &StartTag<()>) {
        if let Some((name, n_open)) = &mut self.hidden {
            *n_open += usize::from(tag.name.as_slice() == name.as_bytes() && !tag.self_closing);
            return;
        }
        if let Some(name) = known(&HIDDEN, &tag.name) {
            self.hidden = (!tag.self_closing).then_some((name, 1));
            return;
        }
        if tag.name.as_slice() == b"img" {
            return self.picture(tag);
        }
        if let Some(name) = known(&EMPTY, &tag.name) {
            self.out.push('<');
            self.out.push_str(name);
            return self.attributes(tag);
        }
        let Some(name) = known(&ELEMENTS, &tag.name) else {
            return;
        };
        if self.open.len() >= DEPTH_MAX {
            return;
        }
        // These end the one before them where it was not ended.
        if ENDS_ITSELF.contains(&name) && self.open.last() == Some(&name) {
            self.close();
        }
        if name == "a" {
            self.links.push(attribute(tag, "href").unwrap_or_default());
        }
        self.open.push(name);
        // A link leads nowhere: it becomes a word that looks like one.
        self.out
            .push_str(if name == "a" { "<span class=link" } else { "<" });
        self.out.push_str(if name == "a" { "" } else { name });
        self.attributes(tag);
    }

    fn end(&mut self, name: &HtmlString) {
        if let Some((hidden, n_open)) = &mut self.hidden {
            *n_open -= usize::from(name.as_slice() == hidden.as_bytes());
            if *n_open == 0 {
                self.hidden = None;
            }
            return;
        }
        let Some(name) = known(&ELEMENTS, name) else {
            return;
        };
        if let Some(depth) = self.open.iter().rposition(|open| *open == name) {
            while self.open.len() > depth {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some("a") => {
                self.out.push_str("</span>");
                let leads_to = self.links.pop().unwrap_or_default();
                if !leads_to.is_empty() {
                    self.out.push_str("<small class=to> [");
                    push_text(&shortened(&leads_to), &mut self.out);
                    self.out.push_str("]</small>");
                }
            }
            Some(name) => {
                let _ = write!(self.out, "</{name}>");
            }
            None => {}
        }
    }

    fn picture(&mut self, tag: &StartTag<()>) {
        let says = attribute(tag, "alt").unwrap_or_default();
        let from = attribute(tag, "src").unwrap_or_default();
        self.out.push_str("<span class=picture>picture not loaded");
        for text in [says, from].iter().filter(|text| !text.is_empty()) {
            self.out.push_str(": ");
            push_text(&shortened(text), &mut self.out);
        }
        self.out.push_str("</span>");
    }

    fn attributes(&mut self, tag: &StartTag<()>) {
        for name in ATTRIBUTES {
            if let Some(value) = attribute(tag, name).filter(|value| is_plain(value)) {
                let _ = write!(self.out, " {name}=\"{value}\"");
            }
        }
        let style = attribute(tag, "style").map(|style| plain_style(&style));
        if let Some(style) = style.filter(|style| !style.is_empty()) {
            let _ = write!(self.out, " style=\"{style}\"");
        }
        self.out.push('>');
    }

    fn finish(mut self, is_cut: bool) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        let more = if is_cut {
            "<p class=to>The HTML goes on; what is shown ends here. The source holds all of it.</p>"
        } else {
            ""
        };
        format!("{HEAD}{}{more}\n", self.out)
    }
}

/// Nothing in it comes from the item. Light always: mail is written for white paper.
const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"\"><meta charset=utf-8><title>The body as sent</title><style>\
    :root{color-scheme:light;background:#fff;color:#1d1c1a;font:15px/1.45 system-ui,sans-serif}\
    body{margin:1rem;overflow-wrap:anywhere}\
    .link{color:#1b4d7a;text-decoration:underline}\
    .to{color:#5c584f;font:12px/1.4 ui-monospace,monospace}\
    .picture{display:inline-block;border:1px dashed #8a8477;color:#5c584f;background:#f5f2ec;font:12px/1.4 system-ui,sans-serif;padding:.2em .5em}\
    </style><body>";

/// The same name as it stands in a list of ours.
fn known(names: &[&'static str], name: &HtmlString) -> Option<&'static str> {
    let found = names
        .iter()
        .find(|known| known.as_bytes() == name.as_slice());
    found.copied()
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).trim().to_owned())
}

/// Letters, digits and signs that mean nothing to HTML, style or addresses.
fn is_plain(value: &str) -> bool {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '#' | '%' | '.' | ',' | '-' | '+');
    value.len() <= 100 && value.chars().all(is_plain)
}

/// The declarations of a style that are taken over. A value with a function, an address or an escape is left out.
fn plain_style(style: &str) -> String {
    let mut out = String::new();
    for declaration in style.split(';').take(60) {
        let Some((name, value)) = declaration.split_once(':') else {
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let value = value.trim_end_matches("!important").trim_end();
        // Quoted names of fonts may stand without their quotes; a colour by its numbers is harmless.
        let value = value.replace(['"', '\''], "");
        let bare = value
            .strip_prefix("rgb(")
            .and_then(|rest| rest.strip_suffix(')'));
        if PROPERTIES.contains(&name.as_str())
            && is_plain(bare.unwrap_or(&value))
            && !value.is_empty()
        {
            let _ = write!(out, "{name}:{value};");
        }
    }
    out
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(ADDRESS_CHARS_MAX).collect();
    if short.len() < text.len() {
        return format!("{short} …");
    }
    short
}

/// Text with its line ends; control characters and characters that turn the line round are shown.
pub(crate) fn push_text(text: &str, out: &mut String) {
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push('\n');
        }
        for character in printable(line.trim_end_matches('\r')).chars() {
            match character {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                other => out.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What a browser reads in a page: names of elements, and pairs of attributes with their values.
    fn read(page: &str) -> (BTreeSet<String>, BTreeSet<(String, String)>) {
        let (mut names, mut attributes) = (BTreeSet::new(), BTreeSet::new());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for Ok(token) in Tokenizer::new(page) {
            if let Token::StartTag(tag) = token {
                names.insert(text(&tag.name));
                let pairs = tag.attributes.iter();
                attributes.extend(pairs.map(|(name, value)| (text(name), text(value))));
            }
        }
        (names, attributes)
    }

    /// Only what stands in this file comes out, whatever went in.
    fn assert_harmless(html: &str) {
        let page = rebuilt(html);
        let body = page.strip_prefix(HEAD).expect("our head comes first");
        let (names, attributes) = read(body);
        for name in names {
            let is_ours = ELEMENTS.contains(&&*name) || EMPTY.contains(&&*name);
            assert!(is_ours && name != "a", "<{name}> from {html}");
        }
        for (name, value) in attributes {
            let is_ours = match name.as_str() {
                "class" => ["link", "to", "picture"].contains(&&*value),
                "style" => {
                    !value.contains(['\\', '@', '/', '<']) && !value.contains("url")
                        || is_style(&value)
                }
                name => ATTRIBUTES.contains(&name) && is_plain(&value),
            };
            assert!(is_ours, "{name}={value:?} from {html}");
        }
    }

    fn is_style(style: &str) -> bool {
        plain_style(style) == style
    }

    #[test]
    fn a_newsletter_keeps_its_look_and_loses_its_reach() {
        let html = "<html><head><title>x</title><style>p{background:url(//evil.example)}</style></head><body bgcolor=red onload=go()>\
            <table width=600 background='//evil.example/b'><tr><td style=\"color: #333; background-image:url(//evil.example/i); font-family: 'Open Sans', Arial; position:fixed\">\
            Hello &amp; <b>welcome</b> <a href='https://shop.example/?a=1&b=2' onclick=x>to the shop</a>\
            <img src=//evil.example/pixel.gif alt='our logo'></td></tr></table><script>top.canary=1</script><p>Bye</html>";
        let page = rebuilt(html);
        let body = page.strip_prefix(HEAD).unwrap().trim_end();
        assert_eq!(
            body,
            "<table width=\"600\"><tr><td style=\"color:#333;font-family:Open Sans, Arial;\">Hello &amp; <b>welcome</b> \
            <span class=link>to the shop</span><small class=to> [https://shop.example/?a=1&amp;b=2]</small>\
            <span class=picture>picture not loaded: our logo: //evil.example/pixel.gif</span></td></tr></table><p>Bye</p>"
        );
        assert_harmless(html);
    }

    #[test]
    fn what_is_too_long_or_too_deep_ends_and_says_so() {
        let deep = "<div>".repeat(DEPTH_MAX * 4) + "text";
        let page = rebuilt(&deep);
        assert_eq!(page.matches("<div>").count(), DEPTH_MAX);
        assert_eq!(page.matches("</div>").count(), DEPTH_MAX);
        let long = "word ".repeat(HTML_BYTES_MAX / 4);
        assert!(rebuilt(&long).contains("The HTML goes on"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_comes_through_that_is_not_ours(html in "(<p |<a |<img |<svg>|</svg>|<math>|<style>|</style>|<script>|</script>|<table>|<td |<!--|-->|<x |</|>|<|on\\w{1,6}=|style=|href=|src=|\"|'|`|=|/|url\\(|\\)|javascript:|//evil.example|expression\\(|;|:|color|red|&lt;|&#60;|\u{0}|\u{202e}|\\\\| |\n|[a-z]{1,4}){0,40}") {
            assert_harmless(&html);
        }
    }
}
