//! A real Chromium without a window, driven by the `DevTools` protocol over a pipe: no port, no driver, no package.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64_simd::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long one answer of the browser may take; generous, for machines that build beside the test.
const PATIENCE: Duration = Duration::from_secs(30);

/// The browser.
pub(crate) struct Chromium {
    child: Child,
    wire: RefCell<Wire>,
    _profile: TempDir,
}

struct Wire {
    to: ChildStdin,
    from: Receiver<Value>,
    last: u64,
    events: Vec<Value>,
}

/// One tab with cookies and storage of its own.
pub(crate) struct Page<'c> {
    chromium: &'c Chromium,
    session: String,
    context: Value,
}

/// Where Chromium is, or `None` with a word on standard error: then the test ends here.
pub(crate) fn chromium() -> Option<Chromium> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        skipped();
    }
    found.map(Chromium::start)
}

// Written past the capture of the test harness: a test that did not look must not pass in silence.
fn skipped() {
    let is_gate = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let says = if is_gate {
        "\n!!! NOT TESTED: there is no Chromium, and the review in the browser was not looked at !!!\n\n"
    } else {
        "skipped: no Chromium (on Debian: apt-get install chromium)\n"
    };
    let _ = std::io::stderr().write_all(says.as_bytes());
}

const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --disable-default-apps --disable-extensions --hide-scrollbars --mute-audio \
    --disable-dev-shm-usage --force-color-profile=srgb --remote-debugging-pipe";

impl Chromium {
    fn start(program: PathBuf) -> Self {
        let profile = TempDir::new().unwrap();
        // Chromium reads commands from descriptor 3 and writes answers to 4; the shell puts our pipes there.
        let script = format!(
            "exec \"$0\" {FLAGS} --user-data-dir=\"$1\" about:blank 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null"
        );
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .arg(program)
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while reader.read_until(0, &mut bytes).is_ok_and(|n| n > 0) {
                bytes.pop();
                let message = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
                if sender.send(message).is_err() {
                    break;
                }
                bytes.clear();
            }
        });
        let wire = Wire {
            to,
            from,
            last: 0,
            events: Vec::new(),
        };
        Self {
            child,
            wire: RefCell::new(wire),
            _profile: profile,
        }
    }

    /// Opens a tab that shares nothing with the others.
    pub(crate) fn page(&self) -> Page<'_> {
        let context = self.call("", "Target.createBrowserContext", &json!({}));
        self.tab(&context["browserContextId"])
    }

    fn tab(&self, context: &Value) -> Page<'_> {
        let target = json!({"url": "about:blank", "browserContextId": context});
        let target = self.call("", "Target.createTarget", &target);
        let attached = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.call("", "Target.attachToTarget", &attached);
        let page = Page {
            chromium: self,
            session: attached["sessionId"].as_str().unwrap().to_owned(),
            context: context.clone(),
        };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        // Frames of other origins are targets of their own: their requests must be seen as well.
        page.call(
            "Target.setAutoAttach",
            &json!({"autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true}),
        );
        page
    }

    fn call(&self, session: &str, method: &str, params: &Value) -> Value {
        let mut wire = self.wire.borrow_mut();
        let id = wire.send(session, method, params);
        let until = Instant::now() + PATIENCE;
        loop {
            let message = wire
                .next(until)
                .unwrap_or_else(|| panic!("no answer to {method}"));
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            wire.heard(message);
        }
    }
}

impl Wire {
    /// Sends a command; gives the id that its answer will have.
    fn send(&mut self, session: &str, method: &str, params: &Value) -> u64 {
        self.last += 1;
        let id = self.last;
        let mut command = json!({"id": id, "method": method, "params": params});
        if !session.is_empty() {
            command["sessionId"] = json!(session);
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).unwrap();
        self.to.flush().unwrap();
        id
    }

    fn next(&mut self, until: Instant) -> Option<Value> {
        self.from
            .recv_timeout(until.saturating_duration_since(Instant::now()))
            .ok()
    }

    fn heard(&mut self, message: Value) {
        match message["method"].as_str() {
            Some("Target.attachedToTarget") => {
                let session = message["params"]["sessionId"].as_str().unwrap().to_owned();
                for domain in ["Network", "Runtime", "Log"] {
                    self.send(&session, &format!("{domain}.enable"), &json!({}));
                }
            }
            Some("Page.javascriptDialogOpening") => {
                let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
                self.send(
                    &session,
                    "Page.handleJavaScriptDialog",
                    &json!({"accept": false}),
                );
            }
            _ => {}
        }
        assert!(message["error"].is_null() || is_late(&message), "{message}");
        if message["method"].is_string() {
            self.events.push(message);
        }
    }
}

// A frame may be gone before it is spoken to.
fn is_late(message: &Value) -> bool {
    let says = message["error"]["message"].as_str().unwrap_or_default();
    says.contains("Session with given id not found")
}

impl<'c> Page<'c> {
    /// Another tab of the same browser and person.
    pub(crate) fn another(&self) -> Page<'c> {
        self.chromium.tab(&self.context)
    }

    fn call(&self, method: &str, params: &Value) -> Value {
        self.chromium.call(&self.session, method, params)
    }

    /// Sets the size of the window and the wished colours.
    pub(crate) fn look(&self, width: u32, height: u32, colours: &str) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        self.emulate(&json!({"features": [{"name": "prefers-color-scheme", "value": colours}]}));
    }

    /// What the page is shown on, and what its reader prefers.
    pub(crate) fn emulate(&self, media: &Value) {
        self.call("Emulation.setEmulatedMedia", media);
    }

    /// From now on, requests for these addresses come to nothing.
    pub(crate) fn block(&self, urls: &[&str]) {
        self.call("Network.setBlockedURLs", &json!({"urls": urls}));
    }

    /// Goes to an address.
    pub(crate) fn go(&self, url: &str) {
        let went = self.call("Page.navigate", &json!({"url": url}));
        assert!(went["errorText"].is_null(), "{url}: {}", went["errorText"]);
    }

    /// The value of an expression; promises are awaited.
    pub(crate) fn eval(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let result = self.call("Runtime.evaluate", &params);
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {}",
            result["exceptionDetails"]
        );
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true; navigation may be under way.
    pub(crate) fn wait(&self, expression: &str) {
        let until = Instant::now() + PATIENCE;
        let params = json!({"expression": format!("Boolean({expression})"), "returnByValue": true});
        loop {
            if self.call("Runtime.evaluate", &params)["result"]["value"] == json!(true) {
                return;
            }
            assert!(
                Instant::now() < until,
                "never true: {expression}\n{}",
                self.text("body")
            );
            self.rest(Duration::from_millis(40));
        }
    }

    /// Waits until an element is there, and clicks in its middle, as a person would.
    pub(crate) fn click(&self, selector: &str) {
        self.wait(&format!("document.querySelector({})", json!(selector)));
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &params);
        }
    }

    /// Presses one key: a character, or a name such as `Enter`.
    pub(crate) fn press(&self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            _ => 0,
        };
        let mut params = json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code});
        if key.chars().count() == 1 {
            params["text"] = json!(key);
        } else if key == "Enter" {
            params["text"] = json!("\r");
        }
        self.call("Input.dispatchKeyEvent", &params);
        self.call(
            "Input.dispatchKeyEvent",
            &json!({"type": "keyUp", "key": key}),
        );
    }

    /// Types a text where the focus is.
    pub(crate) fn write(&self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// From now on, what the page saves goes into this folder.
    pub(crate) fn save_into(&self, folder: &Path) {
        let params =
            json!({"behavior": "allow", "browserContextId": self.context, "downloadPath": folder});
        self.chromium
            .call("", "Browser.setDownloadBehavior", &params);
    }

    /// Waits for a file that the page saves.
    pub(crate) fn saved(&self, folder: &Path, name: &str) -> Vec<u8> {
        let until = Instant::now() + PATIENCE;
        loop {
            match std::fs::read(folder.join(name)) {
                Ok(bytes) if !bytes.is_empty() => return bytes,
                _ => assert!(Instant::now() < until, "{name} was never saved"),
            }
            self.rest(Duration::from_millis(40));
        }
    }

    /// What a reader sees of an element.
    pub(crate) fn text(&self, selector: &str) -> String {
        let value = self.eval(&format!(
            "document.querySelector({})?.innerText ?? ''",
            json!(selector)
        ));
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Lets the page go on for a while.
    pub(crate) fn rest(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut wire = self.chromium.wire.borrow_mut();
        while let Some(message) = wire.next(until) {
            wire.heard(message);
        }
    }

    /// A picture of the window as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let taken = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        STANDARD
            .decode_to_vec(taken["data"].as_str().unwrap())
            .unwrap()
    }

    /// Everything the browser has told since it was asked last.
    pub(crate) fn events(&self) -> Vec<Value> {
        std::mem::take(&mut self.chromium.wire.borrow_mut().events)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let mut wire = self.wire.borrow_mut();
        wire.send("", "Browser.close", &json!({}));
        drop(wire);
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
