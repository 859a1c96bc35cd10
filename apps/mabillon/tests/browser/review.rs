//! The work of a reviewer: come in, filter, search, open, look at the evidence, compare, decide, beside a colleague.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::json;

use crate::chromium::{Chromium, Page, chromium};
use crate::quiet::nothing_happened;
use crate::served::{Served, workspace};
use crate::stand_in::StandIn;

/// The sample, served, with answers that stand in for the server.
pub(crate) struct Desk {
    pub(crate) served: Served,
    pub(crate) stand_in: Rc<RefCell<StandIn>>,
}

impl Desk {
    pub(crate) fn of_the_sample() -> Self {
        let sample = workspace().join("samples/onwards");
        let served = Served::examined(&sample);
        let stand_in = StandIn::of(served.export(), sample);
        Self { served, stand_in }
    }

    pub(crate) fn page<'c>(&self, chromium: &'c Chromium, path: &str) -> Page<'c> {
        let page = chromium.page(Some(StandIn::answers(&self.stand_in)));
        page.look(1280, 900, "light");
        page.go(&format!("{}{path}", self.served.origin()));
        page
    }
}

#[test]
fn a_link_lets_one_browser_in_once() {
    let Some(chromium) = chromium() else { return };
    let served = Served::examined(&workspace().join("samples/onwards/lang"));
    let page = chromium.page(None);
    page.go(&served.entry);
    page.wait("document.querySelector('.bar .wordmark')");
    assert_eq!(
        page.eval("location.hash"),
        json!(""),
        "the token is gone from the address"
    );
    assert!(page.text(".menu summary").contains("anna"));
    assert_eq!(
        page.eval("document.querySelectorAll('a[href^=\"/view\"]').length >= 3"),
        json!(true)
    );

    let other = chromium.page(None);
    other.go(&served.entry);
    other.wait("document.querySelector('.login .notice.bad')");
    assert_eq!(other.eval("document.querySelector('.bar')"), json!(null));
}

#[test]
fn filter_search_and_open() {
    let Some(chromium) = chromium() else { return };
    let desk = Desk::of_the_sample();
    let page = desk.page(&chromium, "/view/items");
    page.wait("document.querySelectorAll('.item-row .about').length > 5");

    page.press("6");
    page.wait("location.search === '?opinion=contradicted'");
    let n = desk.stand_in.borrow().of_opinion("contradicted").len();
    page.wait(&format!(
        "document.querySelectorAll('.item-row .about').length === {n}"
    ));
    assert!(page.text(".list-total").starts_with(&format!("{n} of ")));
    assert!(page.text(".chips").contains("contradicted"));

    page.press("/");
    page.write("affiches");
    page.press("Enter");
    page.wait("new URLSearchParams(location.search).get('q') === 'affiches' && document.querySelector('.item-row mark')");

    // The address alone brings a colleague to the same view.
    let address = page.eval("location.href");
    page.go(address.as_str().unwrap());
    page.wait("document.querySelector('.item-row mark')");
    assert_eq!(
        page.eval("document.querySelector('input[name=opinion][value=contradicted]').checked"),
        json!(true)
    );

    page.press("Enter");
    page.wait("location.pathname.startsWith('/view/item/') && document.querySelector('.finding')");
    assert!(page.text(".item-opinion").contains("contradicted"));
    page.press("Escape");
    page.wait("location.pathname === '/view/items'");
    nothing_happened(&page.events(), desk.served.origin());
}

#[test]
fn a_finding_shows_its_place() {
    let Some(chromium) = chromium() else { return };
    let desk = Desk::of_the_sample();
    let item = desk.stand_in.borrow().of_opinion("contradicted")[0].clone();
    let page = desk.page(&chromium, &format!("/view/item/{item}"));
    page.wait("document.querySelector('.finding .place-button')");
    page.eval("document.querySelectorAll('details').forEach(fold => fold.open = true)");
    let n = page.eval("document.querySelector('.finding:has(.place-button)').dataset.finding");
    page.click(".finding .place-button");
    page.wait("document.querySelector('.source mark.found')");
    let found = page.eval("document.querySelector('.source mark.found').dataset.findings");
    assert!(
        found
            .as_str()
            .unwrap()
            .split(' ')
            .any(|one| json!(one) == n)
    );
    page.wait("(() => { const r = document.querySelector('.source mark.found').getBoundingClientRect(); return r.top > 0 && r.bottom < innerHeight; })()");
    nothing_happened(&page.events(), desk.served.origin());
}

#[test]
fn two_copies_stand_side_by_side() {
    let Some(chromium) = chromium() else { return };
    let desk = Desk::of_the_sample();
    let item = desk.stand_in.borrow().of_opinion("contradicted")[0].clone();
    let page = desk.page(&chromium, &format!("/view/item/{item}"));
    page.wait("document.querySelector('.finding')");
    page.press("c");
    page.wait(
        "location.pathname.startsWith('/view/compare/') && document.querySelector('mark.change')",
    );
    assert_eq!(
        page.eval("document.querySelectorAll('.sides-head .side').length"),
        json!(2)
    );
    page.press("j");
    page.wait("document.querySelector('mark.change.found')");
    page.press("Escape");
    page.wait(&format!("location.pathname === '/view/item/{item}'"));
    nothing_happened(&page.events(), desk.served.origin());
}

#[test]
fn a_colleague_is_seen_and_never_overwritten() {
    let Some(chromium) = chromium() else { return };
    let desk = Desk::of_the_sample();
    let item = desk.stand_in.borrow().of_opinion("questioned")[0].clone();
    let page = desk.page(&chromium, &format!("/view/item/{item}"));
    page.wait("document.querySelector('.verdict.use')");

    page.press("u");
    page.wait("document.querySelector('.verdict.use[aria-pressed=true]')");
    desk.stand_in.borrow_mut().colleague(&item, "needs-work");
    page.wait("document.querySelector('.verdict.needs-work[aria-pressed=true]')");
    page.wait("document.querySelector('.toast')?.innerText.includes('ben')");
    assert!(page.text(".standing").contains("ben"));

    desk.stand_in
        .borrow_mut()
        .colleague_unheard(&item, "do-not-use");
    page.press("u");
    page.wait("document.querySelector('.conflict-sheet')");
    assert!(page.text(".conflict-sides").contains("Do not use"));
    page.click(".conflict-sheet .button.primary");
    page.wait("document.querySelector('.verdict.do-not-use[aria-pressed=true]')");

    page.press("n");
    page.write("Ask the sender.");
    page.click(".note-send .button");
    page.wait("document.querySelector('.note-text')?.innerText === 'Ask the sender.'");
    let acts = desk.stand_in.borrow().acts.clone();
    let versions: Vec<_> = acts
        .iter()
        .filter(|(_, path, _)| path.ends_with("/review"))
        .map(|(_, _, body)| body["version"].clone())
        .collect();
    assert_eq!(versions, [json!(0), json!(2), json!(3)]);
    assert!(
        acts.iter()
            .all(|(_, _, body)| body["act"].is_null() || body["act"].as_str().unwrap().len() >= 16)
    );
}

#[test]
fn keys_help_and_export() {
    let Some(chromium) = chromium() else { return };
    let desk = Desk::of_the_sample();
    let page = desk.page(&chromium, "/view/overview");
    page.wait("document.querySelector('.opinions')");
    page.press("?");
    page.wait("document.querySelector('dialog[open] .keys')");
    page.press("Escape");
    page.wait("!document.querySelector('dialog[open]')");
    page.press("g");
    page.press("l");
    page.wait("location.pathname === '/view/items' && document.querySelector('.item-row .about')");
    page.press("g");
    page.press("o");
    page.wait("location.pathname === '/view/overview'");

    page.click(".menu summary");
    page.click(".menu-item");
    page.click("dialog [data-what=report]");
    page.wait("document.querySelector('.toast')?.innerText.includes('Saved')");
    let acts = desk.stand_in.borrow().acts.clone();
    assert!(
        acts.iter()
            .any(|(_, path, body)| path.ends_with("exports") && body["what"] == "report")
    );
}
