//! How styles hide what is in an element: those in its tag, and those of the page's sheets (`<style>`).
//!
//! Of a sheet, rules are read whose selectors are simple: an element, classes, an id, or several of these on one element
//! (CSS 2.2, section 5, without combinators and pseudo-classes). Importance, specificity and order decide between rules
//! (section 6.4.1). Rules for other media are not applied; what they change is told from what is always so.

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::HiddenBy;
use memchr::{memchr, memmem};

use super::markup::without_entities;
use super::page::attribute;

/// Bytes of the sheets of one page that are read.
const SHEET_BYTES_MAX: usize = 256 << 10;
/// Rules kept of one page.
const RULES_MAX: usize = 2_000;
/// Declarations read of one block, or of one tag.
const DECLARATIONS_MAX: usize = 40;
/// Classes read of one element.
const CLASSES_MAX: usize = 20;
/// Rules that are held against elements of one page; beyond that its sheets are not applied.
const MATCHES_MAX: u32 = 100_000;
/// Moved by so many pixels, a text is out of the window.
const MOVED_PIXELS_MIN: f64 = 300.0;
/// A font of so many pixels or points cannot be read.
const FONT_MAX: f64 = 1.5;

/// The properties that hide.
const PROPERTIES: [&str; 15] = [
    "display",
    "visibility",
    "mso-hide",
    "font-size",
    "opacity",
    "overflow",
    "height",
    "max-height",
    "color",
    "background",
    "background-color",
    "position",
    "text-indent",
    "left",
    "top",
];

/// The sheets of a page.
#[derive(Default)]
pub(super) struct Sheet {
    n_bytes: usize,
    rules: Vec<Rule>,
    /// The numbers of the rules by what their element must have: `p`, `.note`, `#top`, `*`.
    by_key: BTreeMap<String, Vec<usize>>,
    /// The keys of rules that hide by themselves: other elements are not looked at.
    hiding: BTreeSet<String>,
    /// The keys of rules for other media.
    of_other_media: BTreeSet<String>,
    n_matches: u32,
}

/// One selector with its declarations.
struct Rule {
    selector: Selector,
    declarations: Vec<Declaration>,
}

/// What one element must have. All in lower case.
#[derive(Default)]
struct Selector {
    element: String,
    id: String,
    classes: Vec<String>,
}

#[derive(Clone)]
struct Declaration {
    property: &'static str,
    value: String,
    is_important: bool,
}

/// How an element hides what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hiding {
    pub(super) by: HiddenBy,
    /// A rule for other media, such as narrow screens, is about the same element.
    pub(super) depends_on_medium: bool,
}

impl Sheet {
    /// Adds the content of a `<style>` element.
    pub(super) fn add(&mut self, css: &str) {
        let room = SHEET_BYTES_MAX.saturating_sub(self.n_bytes);
        let css = css.get(..css.floor_char_boundary(room)).unwrap_or_default();
        self.n_bytes += css.len();
        let css = without_comments(css).to_ascii_lowercase();
        self.add_rules(&css);
    }

    fn add_rules(&mut self, mut css: &str) {
        while let Some((prelude, after)) = css.split_once('{') {
            // What stands before is a closing brace of a medium, or a statement that ends (`@import`).
            let prelude = prelude.rsplit(['}', ';']).next().unwrap_or_default().trim();
            if let Some(at_rule) = prelude.strip_prefix('@') {
                let medium = at_rule.strip_prefix("media").map(str::trim);
                css = after;
                // Of one for all screens the rules follow as if it were not there, and its closing brace is passed over.
                if !matches!(medium, Some("all" | "screen")) {
                    let (inner, rest) = block(after);
                    self.note_other_medium(inner);
                    css = rest;
                }
                continue;
            }
            let (inner, rest) = after.split_once('}').unwrap_or((after, ""));
            self.add_rule(prelude, inner);
            css = rest;
        }
    }

    fn add_rule(&mut self, selectors: &str, block: &str) {
        let declarations = declarations(block);
        if declarations.is_empty() {
            return;
        }
        let hides = how(&|property| last(&declarations, property)).is_some();
        for selector in selectors.split(',').filter_map(Selector::read) {
            if self.rules.len() >= RULES_MAX {
                return;
            }
            let key = selector.key();
            if hides {
                self.hiding.insert(key.clone());
            }
            self.by_key.entry(key).or_default().push(self.rules.len());
            self.rules.push(Rule {
                selector,
                declarations: declarations.clone(),
            });
        }
    }

    fn note_other_medium(&mut self, css: &str) {
        for rule in css.split('}') {
            let selectors = rule.split('{').next().unwrap_or_default();
            for selector in selectors.split(',').filter_map(Selector::read) {
                if self.of_other_media.len() < RULES_MAX {
                    self.of_other_media.insert(selector.key());
                }
            }
        }
    }

    /// How the style of an element of this name hides what is in it.
    pub(super) fn hiding(&mut self, name: &[u8], tag: &str) -> Option<Hiding> {
        let element = if self.hiding.is_empty() {
            None
        } else {
            self.element(name, tag)
        };
        match element {
            Some(element) => self.by_cascade(&element, tag),
            None => by_tag(tag).map(|by| Hiding {
                by,
                depends_on_medium: false,
            }),
        }
    }

    /// The element, where a rule that hides may be about it.
    fn element(&self, name: &[u8], tag: &str) -> Option<Selector> {
        let has = |what: &[u8]| memmem::find(tag.as_bytes(), what).is_some();
        let value = |name: &str| {
            attribute(tag, name)
                .map(str::to_ascii_lowercase)
                .unwrap_or_default()
        };
        let classes = if has(b"class") || has(b"CLASS") {
            value("class")
        } else {
            String::new()
        };
        let element = Selector {
            element: String::from_utf8_lossy(name).into_owned(),
            id: if has(b"id") || has(b"ID") {
                value("id")
            } else {
                String::new()
            },
            classes: classes
                .split_ascii_whitespace()
                .take(CLASSES_MAX)
                .map(str::to_owned)
                .collect(),
        };
        let may_hide = element.keys().any(|key| self.hiding.contains(&key));
        (may_hide && self.n_matches < MATCHES_MAX).then_some(element)
    }

    fn by_cascade(&mut self, element: &Selector, tag: &str) -> Option<Hiding> {
        let mut set: BTreeMap<&str, (Rank, &str)> = BTreeMap::new();
        let mut n_matches = 0;
        for key in element.keys() {
            for number in self.by_key.get(&key).into_iter().flatten() {
                n_matches += 1;
                let Some(rule) = self.rules.get(*number) else {
                    continue;
                };
                if !rule.selector.is_of(element) {
                    continue;
                }
                for one in &rule.declarations {
                    let rank = (one.is_important, rule.selector.specificity(), *number);
                    declare(&mut set, one, rank);
                }
            }
        }
        let in_tag = attribute(tag, "style").map(declarations_of_tag);
        for one in in_tag.iter().flatten() {
            declare(&mut set, one, (one.is_important, IN_TAG, usize::MAX));
        }
        let by = how(&|property| set.get(property).map(|(_, value)| *value));
        let depends_on_medium = element.keys().any(|key| self.of_other_media.contains(&key));
        self.n_matches = self.n_matches.saturating_add(n_matches);
        by.map(|by| Hiding {
            by,
            depends_on_medium,
        })
    }
}

/// Importance, specificity (ids, classes, elements) and place: what is greatest counts.
type Rank = (bool, (usize, usize, usize), usize);

/// The specificity of what stands in the tag.
const IN_TAG: (usize, usize, usize) = (usize::MAX, 0, 0);

fn declare<'d>(set: &mut BTreeMap<&'d str, (Rank, &'d str)>, one: &'d Declaration, rank: Rank) {
    let slot = set.entry(one.property).or_insert((rank, &one.value));
    if rank >= slot.0 {
        *slot = (rank, &one.value);
    }
}

impl Selector {
    /// Reads a simple selector; nothing of others.
    fn read(written: &str) -> Option<Self> {
        let written = written.trim();
        let mut selector = Self::default();
        let mut rest = written;
        while !rest.is_empty() {
            let mark = rest.get(..1).filter(|mark| matches!(*mark, "." | "#"));
            let name = rest.get(mark.map_or(0, str::len)..)?;
            let end = name.find(['.', '#']).unwrap_or(name.len());
            let (name, after) = name.split_at_checked(end)?;
            let is_name = !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_') || name == "*");
            if !is_name || selector.classes.len() >= CLASSES_MAX {
                return None;
            }
            match mark {
                Some(".") => selector.classes.push(name.to_owned()),
                Some(_) => name.clone_into(&mut selector.id),
                None => name
                    .trim_start_matches('*')
                    .clone_into(&mut selector.element),
            }
            rest = after;
        }
        (!written.is_empty()).then_some(selector)
    }

    /// What is looked up: the rarest thing that an element must have.
    fn key(&self) -> String {
        match (
            self.id.as_str(),
            self.classes.first(),
            self.element.as_str(),
        ) {
            ("", None, "") => "*".to_owned(),
            ("", None, element) => element.to_owned(),
            ("", Some(class), _) => format!(".{class}"),
            (id, ..) => format!("#{id}"),
        }
    }

    /// All keys under which rules for this element may stand.
    fn keys(&self) -> impl Iterator<Item = String> + '_ {
        let id = (!self.id.is_empty()).then(|| format!("#{}", self.id));
        let classes = self.classes.iter().map(|class| format!(".{class}"));
        ["*".to_owned(), self.element.clone()]
            .into_iter()
            .chain(classes)
            .chain(id)
    }

    fn is_of(&self, element: &Self) -> bool {
        (self.element.is_empty() || self.element == element.element)
            && (self.id.is_empty() || self.id == element.id)
            && self
                .classes
                .iter()
                .all(|class| element.classes.contains(class))
    }

    fn specificity(&self) -> (usize, usize, usize) {
        (
            usize::from(!self.id.is_empty()),
            self.classes.len(),
            usize::from(!self.element.is_empty()),
        )
    }
}

/// The text up to the brace that closes a block, with blocks in it, and what follows.
fn block(css: &str) -> (&str, &str) {
    let mut n_open = 1_usize;
    for (at, c) in css.char_indices() {
        match c {
            '{' => n_open += 1,
            '}' => n_open -= 1,
            _ => {}
        }
        if n_open == 0 {
            return (
                css.get(..at).unwrap_or_default(),
                css.get(at + 1..).unwrap_or_default(),
            );
        }
    }
    (css, "")
}

/// A sheet without its comments, and without the marks that hide it from programs of 1996.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = memmem::find(rest.as_bytes(), b"/*") {
        out.push_str(rest.get(..start).unwrap_or_default());
        let inner = rest.get(start + 2..).unwrap_or_default();
        let end = memmem::find(inner.as_bytes(), b"*/").map_or(inner.len(), |end| end + 2);
        rest = inner.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    if memchr(b'<', out.as_bytes()).is_some() || memmem::find(out.as_bytes(), b"-->").is_some() {
        return out.replace("<!--", " ").replace("-->", " ");
    }
    out
}

/// The declarations of a block that bear on hiding; all in lower case.
fn declarations(block: &str) -> Vec<Declaration> {
    block
        .split(';')
        .take(DECLARATIONS_MAX)
        .filter_map(|one| {
            let (written, value) = one.split_once(':')?;
            let property = PROPERTIES.iter().find(|known| **known == written.trim())?;
            let value = value.trim();
            let plain = value.split('!').next().unwrap_or_default().trim();
            Some(Declaration {
                property,
                value: plain.to_owned(),
                is_important: plain.len() < value.len(),
            })
        })
        .collect()
}

fn declarations_of_tag(style: &str) -> Vec<Declaration> {
    declarations(&without_entities(style).to_ascii_lowercase())
}

fn last<'d>(declarations: &'d [Declaration], property: &str) -> Option<&'d str> {
    let mut of_it = declarations.iter().filter(|one| one.property == property);
    of_it.next_back().map(|one| &*one.value)
}

/// How the style in a tag hides what is in its element.
fn by_tag(tag: &str) -> Option<HiddenBy> {
    // Most tags have neither; looking for the letters is cheap.
    let has = |what: &[u8]| memmem::find(tag.as_bytes(), what).is_some();
    if !has(b"style") && !has(b"STYLE") {
        return (has(b"hidden") && attribute(tag, "hidden").is_some())
            .then_some(HiddenBy::NotDisplayed);
    }
    let declarations = declarations_of_tag(attribute(tag, "style")?);
    how(&|property| last(&declarations, property))
}

/// How an element with these values hides what is in it.
fn how<'v>(of: &dyn Fn(&str) -> Option<&'v str>) -> Option<HiddenBy> {
    let is_zero = |name: &str| of(name).and_then(measure).is_some_and(|size| size <= 0.0);
    let moved = |name: &str| {
        of(name)
            .and_then(measure)
            .is_some_and(|by| by <= -MOVED_PIXELS_MIN)
    };
    let is_positioned = matches!(of("position"), Some("absolute" | "fixed"));
    if of("display") == Some("none")
        || of("visibility") == Some("hidden")
        || of("mso-hide") == Some("all")
    {
        Some(HiddenBy::NotDisplayed)
    } else if of("font-size")
        .and_then(measure)
        .is_some_and(|size| size <= FONT_MAX)
        || is_zero("opacity")
        || (of("overflow") == Some("hidden") && (is_zero("height") || is_zero("max-height")))
    {
        Some(HiddenBy::Size)
    } else if of("color").is_some_and(|colour| {
        let background = of("background-color").or(of("background"));
        background.is_some_and(|background| same_colour(colour, background))
    }) {
        Some(HiddenBy::Colour)
    } else if moved("text-indent") || (is_positioned && (moved("left") || moved("top"))) {
        Some(HiddenBy::Moved)
    } else if is_positioned {
        Some(HiddenBy::Overlaid)
    } else {
        None
    }
}

/// Whether two colours are the same, also where one is written with three digits or by name.
fn same_colour(a: &str, b: &str) -> bool {
    !matches!(a, "inherit" | "initial" | "transparent") && in_six_digits(a) == in_six_digits(b)
}

fn in_six_digits(colour: &str) -> String {
    match colour {
        "white" => "#ffffff".to_owned(),
        "black" => "#000000".to_owned(),
        _ => match colour.strip_prefix('#') {
            Some(digits) if digits.len() == 3 => {
                let twice = digits.chars().flat_map(|digit| [digit, digit]);
                std::iter::once('#').chain(twice).collect()
            }
            _ => colour.to_owned(),
        },
    }
}

/// The number of a size in pixels or points (`0`, `1px`, `-999em`, `.5pt`); an em is taken for sixteen pixels.
fn measure(value: &str) -> Option<f64> {
    let end = value
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
        .unwrap_or(value.len());
    let (number, unit) = value.split_at_checked(end)?;
    let number: f64 = number.parse().ok()?;
    match unit.trim() {
        "" | "px" | "pt" => Some(number),
        "em" | "rem" => Some(number * 16.0),
        // A share of something else; only nothing is nothing.
        _ => (number == 0.0).then_some(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hiding(css: &str, tag: &str) -> Option<Hiding> {
        let mut sheet = Sheet::default();
        sheet.add(css);
        let name = tag.trim_start_matches('<');
        let end = name.find([' ', '>']).unwrap();
        sheet.hiding(&name.as_bytes()[..end], tag)
    }

    /// Sheet, tag, and how it hides.
    const SIMPLE: [(&str, &str, Option<HiddenBy>); 15] = [
        (
            ".x{display:none}",
            "<p class=x>",
            Some(HiddenBy::NotDisplayed),
        ),
        (
            "P.x, #y { DISPLAY: none }",
            "<p class=\"a X\">",
            Some(HiddenBy::NotDisplayed),
        ),
        ("p.x{display:none}", "<div class=x>", None),
        (
            "#y{visibility:hidden}",
            "<div id=y>",
            Some(HiddenBy::NotDisplayed),
        ),
        ("span{font-size:1px}", "<span>", Some(HiddenBy::Size)),
        (".a.b{opacity:0}", "<i class='b c a'>", Some(HiddenBy::Size)),
        (".a.b{opacity:0}", "<i class='b'>", None),
        (
            ".x{color:#fff;background:white}",
            "<p class=x>",
            Some(HiddenBy::Colour),
        ),
        (
            ".x{height:0;overflow:hidden}",
            "<p class=x>",
            Some(HiddenBy::Size),
        ),
        (
            ".x{position:absolute;left:-999em}",
            "<p class=x>",
            Some(HiddenBy::Moved),
        ),
        ("div p{display:none}", "<p>", None),
        ("p:hover{display:none}", "<p>", None),
        (
            "<!-- /* note {} */ .x{display:none} -->",
            "<p class=x>",
            Some(HiddenBy::NotDisplayed),
        ),
        (
            "@import 'a.css'; .x{display:none}",
            "<p class=x>",
            Some(HiddenBy::NotDisplayed),
        ),
        (
            "@media all { .x{display:none} } p{color:red}",
            "<p class=x>",
            Some(HiddenBy::NotDisplayed),
        ),
    ];

    #[test]
    fn rules_with_simple_selectors_hide() {
        for (css, tag, by) in SIMPLE {
            assert_eq!(hiding(css, tag).map(|hiding| hiding.by), by, "{css} {tag}");
        }
    }

    #[test]
    fn the_weightier_rule_counts() {
        for (css, tag, hides) in [
            (".x{display:none} .x{display:block}", "<p class=x>", false),
            (".x{display:none} p{display:block}", "<p class=x>", true),
            (
                ".x{display:none}",
                "<p class=x style='display:block'>",
                false,
            ),
            (
                ".x{display:none !important}",
                "<p class=x style='display:block'>",
                true,
            ),
            (
                ".x{display:none!important} .x{display:block}",
                "<p class=x>",
                true,
            ),
            (".x{display:none}", "<p style='opacity:0'>", true),
        ] {
            assert_eq!(hiding(css, tag).is_some(), hides, "{css} {tag}");
        }
    }

    #[test]
    fn rules_for_other_media_are_not_applied_but_noted() {
        let narrow = "@media (max-width:600px) { .x{display:none} } ";
        assert_eq!(hiding(narrow, "<p class=x>"), None);
        let wide = format!(".x{{display:none}} {narrow}");
        assert!(hiding(&wide, "<p class=x>").unwrap().depends_on_medium);
        assert!(
            !hiding(".x{display:none}", "<p class=x>")
                .unwrap()
                .depends_on_medium
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(css in "([.#*@{}:;,/ !-]|x|p|/\\*|\\*/|@media|display|none|é){0,40}") {
            hiding(&css, "<p class=x id=p>");
        }
    }
}
