//! The ways to see one item: its header as it stands, its way and clocks, what is signed, what it hangs together with,
//! masked, on paper and without motion.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::chromium::{Page, chromium};
use crate::browser::quiet::nothing_happened;
use crate::browser::review::{asked, come_in, follow};
use crate::desk::served::Served;

fn open(page: &Page<'_>, item: &str) {
    follow(page, &format!("/view/item/{item}"));
    page.wait(&format!(
        "location.pathname.endsWith('{item}') && document.querySelector('.item-evidence section')"
    ));
}

fn count(page: &Page<'_>, selector: &str) -> usize {
    let n = page.eval(&format!(
        "document.querySelectorAll({}).length",
        json!(selector)
    ));
    usize::try_from(n.as_u64().unwrap()).unwrap()
}

#[test]
fn a_signed_message_shows_what_is_signed_its_clocks_and_its_raw_fields() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "authenticated")[0].clone();
    let page = come_in(&chromium, served.entry());
    open(&page, &item);
    let headers = asked(&page, &format!("/api/items/{item}/headers"));

    page.wait("document.querySelector('.header-table .sign-cell.signed')");
    let fields = headers["fields"].as_array().unwrap();
    let n_signed = fields
        .iter()
        .filter(|field| !field["signed_by"].as_array().unwrap().is_empty())
        .count();
    assert!(n_signed > 0 && n_signed < fields.len());
    assert_eq!(count(&page, ".sign-cell.signed"), n_signed);
    assert_eq!(count(&page, ".sign-cell.unsigned"), fields.len() - n_signed);

    a_raw_field_covers_nothing(&page, fields);

    page.press("t");
    page.wait("document.querySelector('.clocks tbody tr')");
    let clocks = headers["clocks"].as_array().unwrap();
    assert!(clocks.iter().any(|clock| clock["kind"] == "received"));
    assert_eq!(count(&page, ".clocks tbody tr"), clocks.len());
    page.wait("document.querySelector('.way-picture .clock')");
    assert_eq!(count(&page, ".way-picture .clock"), clocks.len());
    assert_eq!(
        count(&page, ".hops li"),
        headers["hops"].as_array().unwrap().len()
    );

    page.press("s");
    page.wait("document.querySelector('#panel-source .source .signed')");
    let signed = page.eval(
        "[...document.querySelectorAll('#panel-source .source .signed')].map((e) => e.textContent).join('').includes('From:')",
    );
    assert_eq!(signed, json!(true));
    let colours = page.eval(
        "['.source .signed', '.source .unsigned'].map((s) => getComputedStyle(document.querySelector('#panel-source ' + s)).backgroundColor)",
    );
    assert_ne!(colours[0], colours[1]);
    nothing_happened(&page.events(), served.origin());
}

/// A field as it stands opens below itself.
fn a_raw_field_covers_nothing(page: &Page<'_>, fields: &[Value]) {
    page.click(".raw-toggle");
    page.wait("document.querySelector('.raw-row pre')");
    let shown = page.text(".raw-row pre");
    assert!(
        fields
            .iter()
            .any(|field| field["raw"].as_str().unwrap().trim() == shown.trim()),
        "{shown}"
    );
    assert_eq!(
        page.eval(
            "(() => { const a = document.querySelector('.raw-row pre').getBoundingClientRect(); \
             const covers = (e) => { const b = e.getBoundingClientRect(); return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom; }; \
             return [...document.querySelectorAll('.item-evidence, .item-desk, .header-table tr:not(.raw-row)')].filter(covers).length; })()"
        ),
        json!(0)
    );
    page.click(".raw-toggle");
    page.wait("!document.querySelector('.raw-row')");
}

/// Every list of related items that the server knows of is shown, and what can be compared leads there.
#[test]
fn threads_copies_attachments_and_versions_are_listed() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let page = come_in(&chromium, served.entry());
    let found = page.eval(
        "(async () => { const rows = []; for (let at = 0; ; at += 200) { const list = await (await fetch(`/api/items?limit=200&at=${at}`)).json(); \
         rows.push(...list.items); if (!list.next) break; } const found = {}; for (const row of rows) { \
         const related = await (await fetch(`/api/items/${row.item}/related`)).json(); \
         if (related.thread.length > 1) found.thread ??= row.item; if (related.same_attachment.length) found.same_attachment ??= row.item; \
         if (related.versions.length) found.versions ??= row.item; if (related.copies.length) found.copies ??= row.item; } return found; })()",
    );
    for (kind, heading) in [
        ("thread", "The thread"),
        ("copies", "Copies of the same message"),
        ("same_attachment", "Also carry"),
        ("versions", "Earlier and later versions"),
    ] {
        let item = found[kind].as_str();
        let item = item.unwrap_or_else(|| panic!("the sample has {kind}"));
        open(&page, item);
        page.press("r");
        page.wait(&format!(
            "[...document.querySelectorAll('.related h3')].some((e) => e.innerText.startsWith({}))",
            json!(heading)
        ));
        assert!(count(&page, ".related-line a") > 0);
    }
    page.click(".related .compare-link");
    page.wait("location.pathname.startsWith('/view/compare/') && document.querySelector('.sides-head .side')");
    nothing_happened(&page.events(), served.origin());
}

#[test]
fn a_masked_item_shows_no_address_and_no_known_name() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "contradicted")[0].clone();
    let page = come_in(&chromium, served.entry());
    open(&page, &item);
    let shown = asked(&page, &format!("/api/items/{item}"));
    let name = shown["message"]["from_name"].as_str().unwrap();
    let words: Vec<&str> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 2)
        .collect();
    page.click("[data-act=mask]");
    page.wait("document.querySelector('.item-content')?.innerText.includes('[name]')");
    let text = page.text("main");
    assert!(!words.is_empty() && text.contains("[address]"));
    for word in words.iter().chain(&["@onwards", "@poste"]) {
        assert!(!text.contains(word), "{word} stands in: {text}");
    }
    let masked = asked(&page, &format!("/api/items/{item}")).to_string();
    for word in words {
        assert!(!masked.contains(word), "{word} stands in: {masked}");
    }
    nothing_happened(&page.events(), served.origin());
}

/// On paper everything flows; who wants no motion sees none.
#[test]
fn paper_and_rest() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "contradicted")[0].clone();
    let page = come_in(&chromium, served.entry());
    open(&page, &item);
    page.emulate(&json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}));
    page.press("?");
    page.wait("document.querySelector('dialog.sheet[open]')");
    let motion = page.eval(
        "[...document.querySelectorAll('*')].map((e) => getComputedStyle(e)).filter((s) => s.animationName !== 'none' || (parseFloat(s.transitionDuration) || 0) > 0).length",
    );
    assert_eq!(motion, json!(0));
    page.press("Escape");
    page.wait("!document.querySelector('dialog')");

    page.emulate(&json!({"media": "print"}));
    page.rest(Duration::from_millis(200));
    let hidden: Vec<Value> = [".bar", ".tabs", ".neighbours"]
        .iter()
        .map(|part| {
            page.eval(&format!(
                "document.querySelector('{part}').checkVisibility()"
            ))
        })
        .collect();
    assert_eq!(hidden, [json!(false), json!(false), json!(false)]);
    let cut = page.eval(
        "[...document.querySelectorAll('.main, .column')].filter((e) => e.checkVisibility() && e.scrollHeight > e.clientHeight + 1 && getComputedStyle(e).overflowY !== 'visible').map((e) => e.className)",
    );
    assert_eq!(cut, json!([]));
}
