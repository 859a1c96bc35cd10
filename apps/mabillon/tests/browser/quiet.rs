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
