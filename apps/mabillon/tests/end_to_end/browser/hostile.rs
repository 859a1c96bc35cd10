//! Hundreds of hostile items, examined and served by the real program and opened one by one in a real browser: nothing
//! runs, nothing leaves.

use serde_json::json;

use crate::browser::chromium::{Page, chromium};
use crate::browser::payloads::{mailbox, payloads};
use crate::browser::quiet::nothing_happened;
use crate::browser::review::{come_in, follow};
use crate::desk::served::{Served, examined};
use crate::dir::Dir;

/// Each payload stands in every place that an item has: text, HTML, subject, names, file names, header values.
#[test]
fn hostile_text_never_runs_and_nothing_leaves() {
    let Some(chromium) = chromium() else { return };
    assert!(payloads().len() >= 300, "{} payloads", payloads().len());
    let exhibits = Dir::new();
    let served = Served::of(examined(&exhibits.write("hostile.mbox", mailbox())), &[]);
    let mut items = served.items_with("kind", "message");
    assert_eq!(
        items.len(),
        payloads().len(),
        "one message for each payload"
    );
    // The attachments show nothing that the messages do not; some are enough.
    items.extend(
        served
            .items_with("kind", "document")
            .into_iter()
            .step_by(10),
    );

    let page = come_in(&chromium, served.entry());
    page.look(1600, 1000, "light");
    follow(&page, "/view/overview");
    page.wait("document.querySelector('.ranking tbody tr')");
    follow(&page, "/view/items");
    page.wait("document.querySelectorAll('.item-row .about').length > 5");
    let n_frames: u64 = items.iter().map(|item| open(&page, item)).sum();
    assert!(
        n_frames >= payloads().len() as u64,
        "HTML was shown as sent {n_frames} times"
    );
    assert_eq!(page.eval("top.canary ?? null"), json!(null));
    assert_eq!(page.eval("Object.keys({}.__proto__).length"), json!(0));
    nothing_happened(&page.events(), served.origin());
}

/// Shows every tab of the item, then says what stands on the page that no text may bring there, and how many frames
/// show HTML.
const LOOK: &str = r"(async () => {
  const until = async (holds, what) => {
    for (let tries = 0; !holds(); tries += 1) {
      if (tries > 4000) throw new Error(what);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await until(() => document.querySelector('#tab-text'), 'tabs');
  for (const tab of ['text', 'html', 'source', 'way', 'related', 'places']) {
    if (!document.querySelector(`#tab-${tab}`)) continue;
    document.querySelector(`#tab-${tab}`).click();
    await until(() => document.querySelector(`#panel-${tab} > :not(.loading)`), tab);
  }
  const frame = document.querySelector('iframe.as-sent');
  if (frame && !frame.dataset.loaded) {
    await until(() => frame.dataset.loaded, 'frame');
  }
  if (frame?.contentDocument) throw new Error('the frame is not closed');
  const foreign = 'script, style, link, meta, base, object, embed, video, audio, math, template, iframe:not([sandbox=\'\'])';
  const handlers = [...document.querySelectorAll('#desk *')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on')));
  return [document.querySelectorAll(`#desk :is(${foreign})`).length + handlers.length, frame ? 1 : 0];
})()";

fn open(page: &Page<'_>, item: &str) -> u64 {
    // What an earlier item left on the page must not be taken for this one.
    page.eval("document.querySelector('.item')?.remove()");
    follow(page, &format!("/view/item/{item}"));
    let seen = page.eval(LOOK);
    assert_eq!(seen[0], json!(0), "{item}");
    seen[1].as_u64().unwrap()
}
