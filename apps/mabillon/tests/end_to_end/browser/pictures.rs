//! Pictures of the four main views, light and dark, at 1280 and 1920 pixels, for people to look at: they are written
//! to `target/pictures/` by each run. What a program can judge of them is judged: nothing scrolls sideways, every
//! control has a name, the keyboard reaches it, and text stands out from what is behind it.

use std::time::Duration;

use serde_json::json;

use crate::browser::chromium::{Page, chromium};
use crate::browser::review::come_in;
use crate::desk::served::{Served, workspace};

/// What is wrong with the page as it stands: a list of words. After WCAG 2.2: 1.4.3 (contrast), 2.4.3 and 2.1.1 (order
/// of focus), 4.1.2 (names).
const AUDIT: &str = include_str!("audit.js");

#[test]
fn the_views_are_drawn_whole_and_can_be_used_by_everyone() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "contradicted")[0].clone();
    let page = come_in(&chromium, served.entry());
    let folder = workspace().join("target/pictures");
    std::fs::create_dir_all(&folder).unwrap();
    let views = [
        ("overview", "/view/overview".to_owned(), ".opinions"),
        (
            "items",
            "/view/items?sort=opinion".to_owned(),
            ".item-row .about",
        ),
        (
            "item",
            format!("/view/item/{item}?sort=opinion"),
            ".finding",
        ),
        ("compare", String::new(), "mark.change"),
    ];
    let mut wrong = Vec::new();
    for (width, height) in [(1280, 900), (1920, 1080)] {
        for colours in ["light", "dark"] {
            page.look(width, height, colours);
            for (name, path, sign) in &views {
                if path.is_empty() {
                    page.press("c");
                } else {
                    page.go(&format!("{}{path}", served.origin()));
                }
                page.wait(&format!("document.querySelector({})", json!(sign)));
                page.rest(Duration::from_millis(400));
                let view = format!("{name}-{width}-{colours}");
                std::fs::write(folder.join(format!("{view}.png")), page.picture()).unwrap();
                wrong.extend(
                    audit(&page)
                        .into_iter()
                        .map(|says| format!("{view}: {says}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is behind a tab, in a dialog or on another page is held to the same.
#[test]
fn every_tab_and_dialog_can_be_used_by_everyone() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let item = served.items_with("opinion", "authenticated")[0].clone();
    let page = come_in(&chromium, served.entry());
    let mut wrong = Vec::new();
    for colours in ["light", "dark"] {
        page.look(1280, 900, colours);
        page.go(&format!("{}/view/item/{item}", served.origin()));
        page.wait("document.querySelector('.header-table')");
        let steps = [
            ("h", "document.querySelector('#panel-html')"),
            ("s", "document.querySelector('#panel-source .source')"),
            ("t", "document.querySelector('.clocks')"),
            ("r", "document.querySelector('#panel-related').innerText"),
            ("?", "document.querySelector('dialog[open] .keys')"),
        ];
        for (key, sign) in steps {
            page.press(key);
            page.wait(sign);
            page.rest(Duration::from_millis(200));
            wrong.extend(
                audit(&page)
                    .into_iter()
                    .map(|says| format!("{key} {colours}: {says}")),
            );
        }
        page.press("Escape");
        page.wait("!document.querySelector('dialog')");
        page.press("g");
        page.press("a");
        page.wait("location.pathname === '/view/activity' && document.querySelector('.log')");
        wrong.extend(
            audit(&page)
                .into_iter()
                .map(|says| format!("activity {colours}: {says}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn audit(page: &Page<'_>) -> Vec<String> {
    let found = page.eval(AUDIT);
    let found = found.as_array().unwrap();
    found
        .iter()
        .map(|says| says.as_str().unwrap().to_owned())
        .collect()
}

/// The keyboard alone goes through the page in the order in which it is read, and the focus can be seen.
#[test]
fn the_tab_key_reaches_every_control_in_order() {
    let Some(chromium) = chromium() else { return };
    let served = Served::of_the_sample();
    let page = come_in(&chromium, served.entry());
    page.wait("document.querySelector('.opinions')");
    let expected = page.eval(
        "[...document.querySelectorAll('.bar a, .bar button, .bar input, .bar summary')].filter((e) => e.checkVisibility() && !e.disabled).length",
    );
    let mut places: Vec<(f64, f64)> = Vec::new();
    page.eval("document.activeElement?.blur()");
    while places.len() < usize::try_from(expected.as_u64().unwrap()).unwrap() + 1 {
        page.press("Tab");
        let seen = page.eval(
            "(() => { const e = document.activeElement; const r = e.getBoundingClientRect(); const s = getComputedStyle(e); \
             return [r.x, r.y, parseFloat(s.outlineWidth) > 0 && s.outlineStyle !== 'none', e.outerHTML.slice(0, 120)]; })()",
        );
        assert_eq!(seen[2], json!(true), "the focus is not seen: {}", seen[3]);
        places.push((seen[0].as_f64().unwrap(), seen[1].as_f64().unwrap()));
    }
    // The link over the bar comes first, then the bar from left to right.
    assert!(
        places[1..].windows(2).all(|two| two[0].0 <= two[1].0),
        "{places:?}"
    );
}
