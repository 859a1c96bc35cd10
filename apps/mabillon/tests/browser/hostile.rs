//! Hundreds of hostile items, examined by the real program and opened one by one in a real browser: nothing runs,
//! nothing leaves.

use serde_json::json;
use tempfile::TempDir;

use crate::chromium::{Page, chromium};
use crate::payloads::{mailbox, payloads};
use crate::quiet::nothing_happened;
use crate::served::Served;
use crate::stand_in::StandIn;

/// Each payload stands in every place that an item has: text, subject, names, file names, header values. What the
/// page gets here is the worst a server could hand it: no text was made safe.
#[test]
fn hostile_text_never_runs_and_nothing_leaves() {
    let Some(chromium) = chromium() else { return };
    assert!(payloads().len() >= 300, "{} payloads", payloads().len());
    let folder = TempDir::new().unwrap();
    let exhibit = folder.path().join("hostile.mbox");
    std::fs::write(&exhibit, mailbox()).unwrap();
    let served = Served::examined(&exhibit);
    let stand_in = StandIn::of(served.export(), exhibit);
    let mut items = stand_in.borrow().of_kind("message");
    assert_eq!(
        items.len(),
        payloads().len(),
        "one message for each payload"
    );
    // The attachments show nothing that the messages do not; some are enough.
    items.extend(
        stand_in
            .borrow()
            .of_kind("document")
            .into_iter()
            .step_by(10),
    );

    let page = chromium.page(Some(StandIn::answers(&stand_in)));
    page.look(1600, 1000, "light");
    page.go(&format!("{}/view/overview", served.origin()));
    page.wait("document.querySelector('.ranking tbody tr')");
    go(&page, "/view/items");
    page.wait("document.querySelectorAll('.item-row .about').length > 5");
    for item in &items {
        open(&page, item);
    }
    assert_eq!(page.eval("top.canary ?? null"), json!(null));
    assert_eq!(page.eval("Object.keys({}.__proto__).length"), json!(0));
    nothing_happened(&page.events(), served.origin());
}

/// Shows every tab of the item, then says what stands on the page that no text may bring there.
const LOOK: &str = r"(async () => {
  const until = async (selector) => {
    for (let tries = 0; !document.querySelector(selector); tries += 1) {
      if (tries > 4000) throw new Error(selector);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  for (const tab of ['text', 'html', 'source', 'way', 'related', 'places']) {
    if (tab !== 'text' && !document.querySelector(`#tab-${tab}`)) continue;
    await until(`#tab-${tab}`);
    document.querySelector(`#tab-${tab}`).click();
    await until(`#panel-${tab} > :not(.loading)`);
  }
  const foreign = 'script, style, link, meta, base, object, embed, video, audio, math, template, iframe:not([sandbox=\'\'])';
  const handlers = [...document.querySelectorAll('#desk *')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on')));
  return document.querySelectorAll(`#desk :is(${foreign})`).length + handlers.length;
})()";

fn open(page: &Page<'_>, item: &str) {
    go(page, &format!("/view/item/{item}"));
    assert_eq!(page.eval(LOOK), json!(0), "{item}");
}

fn go(page: &Page<'_>, path: &str) {
    let path = json!(path);
    page.eval(&format!(
        "history.pushState({{}}, '', {path}); dispatchEvent(new PopStateEvent('popstate'))"
    ));
}
