//! What the browser has told: nothing ran, nothing left, nothing was refused.

use serde_json::Value;

/// Fails where a request went anywhere but to `origin`, a dialog opened, a window opened, a script failed, or the
/// content security policy had to step in.
pub(crate) fn nothing_happened(events: &[Value], origin: &str) {
    for event in events {
        let params = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => is_ours(
                params["request"]["url"].as_str().unwrap_or_default(),
                origin,
            ),
            "Network.webSocketCreated" | "Network.webTransportCreated" => {
                panic!("a connection was opened: {params}")
            }
            "Page.javascriptDialogOpening" => panic!("a dialog opened: {params}"),
            "Page.windowOpen" => panic!("a window opened: {params}"),
            "Runtime.exceptionThrown" => panic!("a script failed: {params}"),
            "Runtime.consoleAPICalled" => panic!("something spoke on the console: {params}"),
            "Log.entryAdded" => is_harmless(&params["entry"]),
            _ => {}
        }
    }
}

fn is_ours(url: &str, origin: &str) {
    let is_ours = url.starts_with(&format!("{origin}/"))
        || url == "about:blank"
        || url.starts_with(&format!("blob:{origin}/"));
    assert!(is_ours, "a request left: {url}");
}

// Refusals that a test provokes are logged as such; everything else is news.
fn is_harmless(entry: &Value) {
    let text = entry["text"].as_str().unwrap_or_default();
    assert!(
        text.starts_with("Failed to load resource: the server responded with a status of"),
        "{entry}"
    );
}

/// The watch itself: each thing that must not happen is made to happen, and is seen.
#[test]
fn whatever_happens_is_seen() {
    let Some(chromium) = crate::browser::chromium::chromium() else {
        return;
    };
    let page = chromium.page();
    page.go("about:blank");
    page.rest(std::time::Duration::from_millis(200));
    let quiet = page.events();
    nothing_happened(&quiet, "http://127.0.0.1:1");
    for act in [
        "new Image().src = 'http://127.0.0.1:9/p.png'",
        "document.body.appendChild(document.createElement('iframe')).src = 'http://127.0.0.1:9/f'",
        "fetch('http://127.0.0.1:9/').catch(() => 0)",
        "new WebSocket('ws://127.0.0.1:9/')",
        "setTimeout(() => alert(1))",
        "setTimeout(() => { throw new Error('x') })",
        "console.log('x')",
    ] {
        page.eval(&format!("(() => {{ {act}; }})()"));
        page.rest(std::time::Duration::from_millis(300));
        let events = page.events();
        let seen = std::panic::catch_unwind(|| nothing_happened(&events, "http://127.0.0.1:1"));
        assert!(seen.is_err(), "not seen: {act}");
    }
}
