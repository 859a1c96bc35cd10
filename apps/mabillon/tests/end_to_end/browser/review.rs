//! The work of a reviewer: come in, filter, search, open, look at the evidence, compare, decide, beside a colleague.

use serde_json::{Value, json};

use crate::browser::chromium::{Chromium, Page, chromium};
use crate::browser::quiet::nothing_happened;
use crate::command::run;
use crate::desk::http::Client;
use crate::desk::served::Served;

/// A browser whose user came in by this link.
pub(super) fn come_in<'c>(chromium: &'c Chromium, link: &str) -> Page<'c> {
    let page = chromium.page();
    page.look(1280, 900, "light");
    page.go(link);
    page.wait("document.querySelector('.bar .wordmark')");
    page
}

/// Follows a link of the page, as the page itself does.
pub(super) fn follow(page: &Page<'_>, path: &str) {
    page.eval(&format!(
        "history.pushState({{}}, '', {}); dispatchEvent(new PopStateEvent('popstate'))",
        json!(path)
    ));
}

/// A link for a colleague, from the form that a lead fills in.
fn invited(page: &Page<'_>, name: &str) -> String {
    page.click(".menu summary");
    page.click(".menu-item[data-act=invite]");
    page.click("dialog input[name=name]");
    page.write(name);
    page.click("dialog button[type=submit]");
    page.wait("document.querySelector('dialog .invitation-link')");
    let link = page.eval("document.querySelector('dialog .invitation-link').value");
    page.press("Escape");
    page.wait("!document.querySelector('dialog')");
    link.as_str().unwrap().to_owned()
}

/// Asks the server from the page.
pub(super) fn asked(page: &Page<'_>, path: &str) -> Value {
    page.eval(&format!(
        "fetch({}).then((answer) => answer.json())",
        json!(path)
    ))
}

#[test]
fn a_link_lets_one_browser_in_once() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let page = come_in(&chromium, served.entry());
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

    let other = chromium.page();
    other.go(served.entry());
    other.wait("document.querySelector('.login .notice.bad')");
    assert_eq!(other.eval("document.querySelector('.bar')"), json!(null));
}

#[test]
fn filter_search_and_open() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let page = come_in(&chromium, served.entry());
    page.press("g");
    page.press("l");
    page.wait("document.querySelectorAll('.item-row .about').length > 5");

    page.press("6");
    page.wait("location.search === '?opinion=contradicted'");
    let n = served.items_with("opinion", "contradicted").len();
    page.wait(&format!(
        "document.querySelectorAll('.item-row .about').length === {n}"
    ));
    assert!(page.text(".list-total").starts_with(&format!("{n} of ")));
    assert!(page.text(".chips").contains("contradicted"));

    page.press("/");
    page.write("affiches");
    page.press("Enter");
    page.wait("new URLSearchParams(location.search).get('q') === 'affiches' && document.querySelector('.item-row mark')");
    assert_eq!(page.text(".item-row mark").to_lowercase(), "affiches");

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
    nothing_happened(&page.events(), served.origin());
}

#[test]
fn a_period_of_the_overview_is_a_filter_of_the_list() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let page = come_in(&chromium, served.entry());
    page.wait("document.querySelector('.timeline-picture svg')");
    let overview = asked(&page, "/api/overview");
    let bucket = &overview["timeline"]["buckets"][0];
    page.eval("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })");
    page.click("table th a[href*=date_from]");
    page.wait("location.pathname === '/view/items' && document.querySelector('.item-row .about')");
    let n: u64 = bucket["opinions"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    let total = page.text(".list-total");
    let shown: u64 = total.split(' ').next().unwrap().parse().unwrap();
    assert!(shown >= n && shown > 0, "{total}, bar of {n}");
    nothing_happened(&page.events(), served.origin());
}

#[test]
fn a_finding_shows_its_place() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "contradicted")[0].clone();
    let page = come_in(&chromium, served.entry());
    follow(&page, &format!("/view/item/{item}"));
    page.wait("document.querySelector('.finding .place-button')");
    page.eval(
        "document.querySelectorAll('.item-evidence details').forEach(fold => fold.open = true)",
    );
    let n = page.eval("document.querySelector('.finding:has(.place-button)').dataset.finding");
    page.click(".finding .place-button");
    page.wait("document.querySelector('#panel-source mark.found')");
    let found = page.eval("document.querySelector('#panel-source mark.found').dataset.findings");
    let numbers = found.as_str().unwrap().split(' ');
    assert!(numbers.map(Value::from).any(|one| one == n));
    page.wait("(() => { const r = document.querySelector('#panel-source mark.found').getBoundingClientRect(); return r.top > 0 && r.bottom < innerHeight; })()");

    // The words that are marked are those of the exhibit at the place that the finding names.
    let shown = asked(&page, &format!("/api/items/{item}"));
    let place = &shown["findings"][n.as_str().unwrap().parse::<usize>().unwrap()]["at"];
    let raw = page.eval(&format!(
        "fetch('/api/items/{item}/raw').then((answer) => answer.text())"
    ));
    let (start, end) = (
        place["start"].as_u64().unwrap(),
        place["end"].as_u64().unwrap(),
    );
    let bytes = raw.as_str().unwrap().as_bytes();
    let exact = String::from_utf8_lossy(
        &bytes[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()],
    );
    let marked = page.eval(&format!(
        "[...document.querySelectorAll('#panel-source mark')].filter((mark) => mark.dataset.findings.split(' ').includes({n})).map((mark) => mark.textContent).join('')"
    ));
    assert_eq!(
        marked.as_str().unwrap().trim(),
        exact.replace('\r', "").trim()
    );
    nothing_happened(&page.events(), served.origin());
}

#[test]
fn two_copies_stand_side_by_side() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "contradicted")[0].clone();
    let page = come_in(&chromium, served.entry());
    follow(&page, &format!("/view/item/{item}"));
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
    nothing_happened(&page.events(), served.origin());
}

#[test]
fn a_colleague_is_seen_and_never_overwritten() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "questioned")[0].clone();
    let anna = come_in(&chromium, served.entry());
    let ben = come_in(&chromium, &invited(&anna, "ben"));
    assert!(ben.text(".menu summary").contains("ben"));
    for page in [&anna, &ben] {
        follow(page, &format!("/view/item/{item}"));
        page.wait("document.querySelector('.verdict.use')");
    }
    anna.wait("document.querySelector('.looking').innerText.includes('ben')");

    anna.press("u");
    for page in [&anna, &ben] {
        page.wait("document.querySelector('.verdict.use[aria-pressed=true]')");
    }
    ben.press("w");
    anna.wait("document.querySelector('.verdict.needs-work[aria-pressed=true]')");
    anna.wait("document.querySelector('.toast')?.innerText.includes('ben')");
    assert!(anna.text(".standing").contains("ben"));
    nothing_happened(&anna.events(), served.origin());

    is_told_who_was_first(&anna, &served, &item);

    anna.press("n");
    anna.write("Ask the sender.");
    anna.click(".note-send .button");
    anna.wait("document.querySelector('.note-text')?.innerText === 'Ask the sender.'");
    ben.wait("document.querySelector('.note-text')?.innerText === 'Ask the sender.'");

    let history = asked(&anna, &format!("/api/items/{item}/history"));
    let acts = history["acts"].as_array().unwrap();
    let told: Vec<String> = acts
        .iter()
        .map(|act| format!("{} {} {}", act["version"], act["by"], act["changes"]))
        .collect();
    assert_eq!(
        told,
        [
            r#"1 "anna" {"decision":"use"}"#,
            r#"2 "ben" {"decision":"needs-work"}"#,
            r#"3 "carla" {"decision":"do-not-use"}"#,
            r#"4 "anna" {"note":"Ask the sender."}"#,
        ]
    );
}

/// One who hears nothing of the others decides on what is no longer so, and sees both.
fn is_told_who_was_first(anna: &Page<'_>, served: &Served, item: &str) {
    let mut carla = Client::enter(&invited(anna, "carla")).unwrap();
    anna.block(&["*/api/events*"]);
    anna.go(&format!("{}/view/item/{item}", served.origin()));
    anna.wait("document.querySelector('.verdict.needs-work[aria-pressed=true]')");
    let act = json!({"act": "carla-decides-first", "version": 2, "decision": "do-not-use"});
    let done = carla
        .send("POST", &format!("/api/items/{item}/review"), &act)
        .unwrap();
    assert_eq!(done.status, 200, "{}", done.json());
    anna.press("u");
    anna.wait("document.querySelector('.conflict-sheet')");
    assert!(anna.text(".conflict-sides").contains("Do not use"));
    anna.click(".conflict-sheet .button.primary");
    anna.wait("document.querySelector('.verdict.do-not-use[aria-pressed=true]')");
}

/// Browsers hold six connections to one server: more tabs than that must work, and all of them hear of what is done.
#[test]
fn ten_tabs_of_one_reviewer_work_and_hear_of_everything() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "questioned")[0].clone();
    let anna = come_in(&chromium, served.entry());
    let mut ben = Client::enter(&invited(&anna, "ben")).unwrap();
    let tabs: Vec<Page<'_>> = (0..10)
        .map(|_| {
            let tab = anna.another();
            tab.go(&format!("{}/view/item/{item}", served.origin()));
            tab.wait("document.querySelector('.verdict.use')");
            tab
        })
        .collect();
    let act = json!({"act": "ben-decides-for-all", "version": 0, "decision": "use"});
    let done = ben
        .send("POST", &format!("/api/items/{item}/review"), &act)
        .unwrap();
    assert_eq!(done.status, 200);
    for tab in &tabs {
        tab.wait("document.querySelector('.verdict.use[aria-pressed=true]')");
    }
}

#[test]
fn keys_and_help() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "questioned")[0].clone();
    let page = come_in(&chromium, served.entry());
    page.wait("document.querySelector('.opinions')");
    page.press("?");
    page.wait("document.querySelector('dialog[open] .keys')");
    page.press("Escape");
    page.wait("!document.querySelector('dialog[open]')");
    page.press("g");
    page.press("l");
    page.wait("location.pathname === '/view/items' && document.querySelector('.item-row .about')");
    follow(&page, &format!("/view/item/{item}"));
    page.wait("document.querySelector('.verdict.use')");
    page.press("x");
    page.wait("document.querySelector('.verdict.do-not-use[aria-pressed=true]')");
    page.press("g");
    page.press("o");
    page.wait("location.pathname === '/view/overview' && document.querySelector('.progress')");
    assert!(page.text(".progress .big").starts_with("1 of "));
    nothing_happened(&page.events(), served.origin());
}

#[test]
fn what_is_saved_is_what_the_custody_log_says_was_given_out() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "questioned")[0].clone();
    let page = come_in(&chromium, served.entry());
    page.wait("document.querySelector('.opinions')");
    follow(&page, &format!("/view/item/{item}"));
    page.wait("document.querySelector('.verdict.use')");
    page.press("x");
    page.wait("document.querySelector('.verdict.do-not-use[aria-pressed=true]')");
    let folder = served.dir().path("saved");
    std::fs::create_dir_all(&folder).unwrap();
    page.save_into(&folder);
    for (what, name) in [
        ("decisions-csv", "decisions.csv"),
        ("decisions-jsonl", "decisions.jsonl"),
        ("report", "report.zip"),
    ] {
        page.click(".menu summary");
        page.click(".menu-item[data-act=export]");
        page.click(&format!("dialog [data-what={what}]"));
        page.wait("document.querySelector('.toast')?.innerText.includes('Saved')");
        page.press("Escape");
        let saved = page.saved(&folder, name);
        assert!(String::from_utf8_lossy(&saved).contains(&item), "{name}");
        let log = asked(&page, "/api/custody?limit=1000");
        let digest = mabillon_case::ItemId::of(&saved).to_string();
        let lines = log["lines"].as_array().unwrap();
        let told = lines.iter().any(|line| {
            line["act"] == "decisions exported"
                && line["detail"].as_str().unwrap().contains(&digest)
        });
        assert!(told, "{name} of digest {digest} stands in the log");
    }
    let log = asked(&page, "/api/custody?limit=1000");
    let lines = log["lines"].as_array().unwrap();
    let made = lines
        .iter()
        .find(|line| line["act"] == "review key made")
        .unwrap();
    let detail = made["detail"].as_str().unwrap();
    let verified = run(served.dir(), &["verify", "saved/report.zip"]).ended(0);
    let fingerprint = detail.rsplit(' ').next().unwrap();
    assert!(verified.out.contains(fingerprint), "{}", verified.out);
    page.press("g");
    page.press("a");
    page.wait("location.pathname === '/view/activity' && document.querySelector('.log').innerText.includes('decisions exported')");
    nothing_happened(&page.events(), served.origin());
}
