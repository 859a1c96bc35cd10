//! What a page of HTML holds beside its words: links, forms, the sequence of its elements, text that is not seen.
//!
//! Styles are read where they stand in the tag, and from sheets in the page (`style`).

use mabillon_case::{AskedFor, HiddenText, Link, Page};
use memchr::memchr;

use super::markup::{Markup, markup, without_entities};
use super::style::Sheet;

/// Bytes of one page that are read.
const PAGE_BYTES_MAX: usize = 2 << 20;
/// Links kept of one message.
const LINKS_MAX: usize = 200;
/// Bytes kept of an address.
const ADDRESS_BYTES_MAX: usize = 2_000;
/// Bytes kept of what a link shows.
const SHOWN_BYTES_MAX: usize = 300;
/// Bytes kept of the names of elements.
const ELEMENTS_BYTES_MAX: usize = 1_000;
/// Pieces of hidden text kept.
const HIDDEN_MAX: usize = 20;
/// Bytes kept of each.
const HIDDEN_BYTES_MAX: usize = 1_000;
/// Attributes read of one tag.
const ATTRIBUTES_MAX: usize = 40;

/// Elements without content: nothing can be hidden in them.
const VOID: [&[u8]; 10] = [
    b"area", b"base", b"br", b"col", b"hr", b"img", b"input", b"link", b"meta", b"wbr",
];

/// Adds what a page holds.
pub(crate) fn read(page: &str, out: &mut Page) {
    let end = page.floor_char_boundary(PAGE_BYTES_MAX);
    let mut rest = page.get(..end).unwrap_or_default();
    let mut reader = Reader::default();
    while !rest.is_empty() {
        let at = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        let (text, from_markup) = rest.split_at_checked(at).unwrap_or_default();
        reader.words(text, out);
        let (markup, length) = markup(from_markup);
        let tag = from_markup.get(..length).unwrap_or_default();
        match markup {
            Markup::Start(name) => reader.start(name.as_bytes(), tag, out),
            Markup::End(name) => reader.end(name.as_bytes()),
            Markup::Text(text) => reader.words(text, out),
            Markup::NotShown => reader.not_shown(tag),
        }
        rest = from_markup.get(length..).unwrap_or_default();
    }
}

/// Where in a page we are.
#[derive(Default)]
struct Reader {
    in_link: bool,
    /// A form that sends somewhere has begun.
    in_form: bool,
    /// The element that hides: its name, and how many of that name are open within it.
    hides: Option<(Vec<u8>, u32)>,
    /// Words that a reader sees have come.
    has_shown: bool,
    sheet: Sheet,
}

impl Reader {
    fn words(&mut self, text: &str, out: &mut Page) {
        let is_plain = !self.in_link && self.hides.is_none();
        if (is_plain && self.has_shown) || text.trim().is_empty() {
            return;
        }
        self.has_shown |= self.hides.is_none();
        let text = without_entities(text);
        if self.in_link
            && let Some(link) = out.links.last_mut()
        {
            append(&mut link.shows, &text, SHOWN_BYTES_MAX);
        }
        if self.hides.is_some()
            && let Some(hidden) = out.hidden.last_mut()
        {
            append(&mut hidden.text, &text, HIDDEN_BYTES_MAX);
        }
    }

    fn start(&mut self, name: &[u8], tag: &str, out: &mut Page) {
        if out.elements.len() < ELEMENTS_BYTES_MAX && !name.is_empty() {
            out.elements.push_str(&String::from_utf8_lossy(name));
            out.elements.push(' ');
        }
        match name {
            b"a" | b"area" => self.link(tag, out),
            b"form" => self.in_form = attribute(tag, "action").is_some_and(is_web),
            b"input" => self.input(tag, out),
            b"meta" => refresh(tag, out),
            _ => {}
        }
        if let Some((hiding, n_open)) = &mut self.hides {
            *n_open += u32::from(hiding == name);
        } else if !name.is_empty()
            && !VOID.contains(&name)
            && out.hidden.len() < HIDDEN_MAX
            && let Some(hiding) = self.sheet.hiding(name, tag)
        {
            self.hides = Some((name.to_vec(), 1));
            out.hidden.push(HiddenText {
                text: String::new(),
                by: hiding.by,
                is_customary: !self.has_shown || hiding.depends_on_medium,
            });
        }
    }

    /// An element whose content is not shown: a sheet of styles is read.
    fn not_shown(&mut self, element: &str) {
        let is_style = element
            .get(1..6)
            .is_some_and(|name| name.eq_ignore_ascii_case("style"));
        if let (true, Some((_, content))) = (is_style, element.split_once('>')) {
            let end = content.rfind("</").unwrap_or(content.len());
            self.sheet.add(content.get(..end).unwrap_or_default());
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"a" => self.in_link = false,
            b"form" => self.in_form = false,
            _ => {}
        }
        if let Some((hiding, n_open)) = &mut self.hides
            && hiding == name
        {
            *n_open -= 1;
            if *n_open == 0 {
                self.hides = None;
            }
        }
    }

    fn link(&mut self, tag: &str, out: &mut Page) {
        let Some(href) = attribute(tag, "href") else {
            return;
        };
        self.in_link = out.links.len() < LINKS_MAX;
        if self.in_link {
            let mut leads_to = String::new();
            append(&mut leads_to, &without_entities(href), ADDRESS_BYTES_MAX);
            out.links.push(Link {
                leads_to,
                shows: String::new(),
            });
        }
    }

    fn input(&self, tag: &str, out: &mut Page) {
        let kind = attribute(tag, "type")
            .unwrap_or("text")
            .to_ascii_lowercase();
        let asks = match &*kind {
            "password" => AskedFor::Password,
            "hidden" | "submit" | "button" | "image" | "reset" => AskedFor::None,
            _ if self.in_form => AskedFor::Fields,
            _ => AskedFor::None,
        };
        out.form = out.form.max(asks);
    }
}

/// A page that leads on by itself counts as a link without words.
fn refresh(tag: &str, out: &mut Page) {
    let is_refresh =
        attribute(tag, "http-equiv").is_some_and(|value| value.eq_ignore_ascii_case("refresh"));
    let target = attribute(tag, "content")
        .and_then(|content| content.split_once('='))
        .map(|(_, target)| target.trim_matches([' ', '\'', '"']));
    if let (true, Some(target)) = (is_refresh && out.links.len() < LINKS_MAX, target) {
        let mut leads_to = String::new();
        append(&mut leads_to, &without_entities(target), ADDRESS_BYTES_MAX);
        out.links.push(Link {
            leads_to,
            shows: String::new(),
        });
    }
}

fn is_web(address: &str) -> bool {
    let start: String = address.trim_start().chars().take(8).collect();
    start.to_ascii_lowercase().starts_with("http")
}

/// Appends words with one space between, up to `bytes_max` in all.
fn append(out: &mut String, text: &str, bytes_max: usize) {
    for word in text.split_whitespace() {
        let room = bytes_max.saturating_sub(out.len() + 1);
        let word = word
            .get(..word.floor_char_boundary(room))
            .unwrap_or_default();
        if word.is_empty() {
            return;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// The value of an attribute of a tag, as it is written; the first of its name counts.
pub(super) fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(|c: char| c.is_ascii_whitespace() || c == '/')?;
    let mut rest = tag.get(start..)?;
    for _ in 0..ATTRIBUTES_MAX {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'))
            .unwrap_or(rest.len());
        let (written, after) = rest.split_at_checked(end)?;
        if written.is_empty() {
            return None;
        }
        let (value, after) = value(after);
        if written.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
    None
}

/// The value that follows the name of an attribute, and what follows it.
fn value(after_name: &str) -> (&str, &str) {
    let Some(written) = after_name.trim_start().strip_prefix('=') else {
        return ("", after_name);
    };
    let written = written.trim_start();
    for quote in ['"', '\''] {
        if let Some(inner) = written.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    let end = written
        .find(|c: char| c.is_ascii_whitespace() || c == '>')
        .unwrap_or(written.len());
    written.split_at_checked(end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mabillon_case::HiddenBy;

    use super::*;

    fn page(html: &str) -> Page {
        let mut page = Page::default();
        read(html, &mut page);
        page
    }

    #[test]
    fn links_are_read_with_what_they_show() {
        let read = page(
            "<p><a class=x HREF='http://a.example/?x=1&amp;y=2'>https://<b>bank.example</b></a> <a name=top>t</a><a href=http://b.example><img src=x></a>",
        );
        let links: Vec<(&str, &str)> = read
            .links
            .iter()
            .map(|link| (&*link.leads_to, &*link.shows))
            .collect();
        assert_eq!(
            links,
            [
                ("http://a.example/?x=1&y=2", "https:// bank.example"),
                ("http://b.example", "")
            ]
        );
        assert_eq!(read.elements, "p a b a a img ");
    }

    #[test]
    fn forms_are_told_by_what_they_ask() {
        for (html, asks) in [
            (
                "<form action='https://x.example/in'><input name=q></form>",
                AskedFor::Fields,
            ),
            ("<form action=/search><input name=q></form>", AskedFor::None),
            ("<input type=password>", AskedFor::Password),
            (
                "<form action=http://x.example><input type=submit></form>",
                AskedFor::None,
            ),
        ] {
            assert_eq!(page(html).form, asks, "{html}");
        }
    }

    #[test]
    fn hidden_text_is_told_by_its_style() {
        for (style, by) in [
            ("display:none", Some(HiddenBy::NotDisplayed)),
            (
                "color:#fff; DISPLAY : none !important",
                Some(HiddenBy::NotDisplayed),
            ),
            ("font-size:0px", Some(HiddenBy::Size)),
            ("font-size:12px;line-height:0", None),
            ("max-height:0;overflow:hidden", Some(HiddenBy::Size)),
            (
                "color:#ffffff;background-color:#ffffff",
                Some(HiddenBy::Colour),
            ),
            ("color:#ffffff", None),
            ("position:absolute;left:-9999px", Some(HiddenBy::Moved)),
            ("position:absolute;top:20px", Some(HiddenBy::Overlaid)),
            ("opacity:0.9", None),
        ] {
            let read = page(&format!("a<div style=\"{style}\">b <div>c</div> d</div> e"));
            let hidden = read.hidden.first();
            assert_eq!(hidden.map(|hidden| hidden.by), by, "{style}");
            if let Some(hidden) = hidden {
                assert_eq!(hidden.text, "b c d", "{style}");
            }
        }
    }

    #[test]
    fn sheets_hide_too_and_what_stands_before_all_words_is_customary() {
        let read = page(
            "<head><STYLE type='text/css'>.pre{display:none} .old{font-size:0}</style></head><body>\
             <div class=pre>See it all</div><p>The sum is <span class=old>90 000</span>97 000</p>",
        );
        let hidden: Vec<(&str, HiddenBy, bool)> = read
            .hidden
            .iter()
            .map(|hidden| (&*hidden.text, hidden.by, hidden.is_customary))
            .collect();
        assert_eq!(
            hidden,
            [
                ("See it all", HiddenBy::NotDisplayed, true),
                ("90 000", HiddenBy::Size, false)
            ]
        );
    }

    #[test]
    fn broken_tags_end() {
        for html in [
            "<a href",
            "<a href=",
            "<a href=\"x",
            "<div style=\"display:none",
            "<input type",
            "<a/////>",
        ] {
            page(html);
        }
    }
}
