//! A case that the real program examined and serves.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::{command, examine};
use crate::desk::http::Client;
use crate::dir::Dir;

/// The program with a case, served on a port that was free.
pub(crate) struct Served {
    dir: Dir,
    running: Option<Running>,
}

struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    entry: String,
}

impl Served {
    /// Serves a copy of the case of the sample collection, which is examined once for all tests.
    pub(crate) fn of_the_sample() -> Self {
        Self::of(case_of_the_sample(), &[])
    }

    /// Serves the case in this folder, with these options.
    pub(crate) fn of(dir: Dir, options: &[&str]) -> Self {
        let mut served = Self { dir, running: None };
        served.start(options);
        served
    }

    /// Serves over TLS, with these options; gives the fingerprint of the certificate, too.
    pub(crate) fn told(dir: Dir, options: &[&str]) -> (Self, String) {
        let served = Self::of(dir, options);
        let until = Instant::now() + PATIENCE;
        loop {
            let said = served.said();
            // The line after its announcement, once it is whole.
            let after = said.split_once("fingerprint of the certificate:\n  ");
            if let Some((fingerprint, _)) = after.and_then(|(_, after)| after.split_once('\n')) {
                return (served, fingerprint.to_owned());
            }
            assert!(Instant::now() < until, "no fingerprint: {said}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the program said on standard error so far.
    fn said(&self) -> String {
        let running = self.running.as_ref();
        running.map_or_else(String::new, |running| locked(&running.said).clone())
    }

    /// Starts the program.
    pub(crate) fn start(&mut self, options: &[&str]) {
        let local = ["--listen", "127.0.0.1:0"];
        let listen = if options.contains(&"--listen") {
            &[][..]
        } else {
            &local[..]
        };
        let args = [&["serve", "case"], listen, options].concat();
        let mut child = command(&self.dir, &args)
            .env("USER", "anna")
            .spawn()
            .unwrap();
        let said: Arc<Mutex<String>> = Arc::default();
        let (heard, errors) = (Arc::clone(&said), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                locked(&heard).push_str(&(line + "\n"));
            }
        });
        let mut entry = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut entry)
            .unwrap();
        let entry = entry.trim().to_owned();
        if !entry.contains("/#token=") {
            let _ = child.wait();
            std::thread::sleep(Duration::from_millis(100));
            panic!("it does not serve: {}", locked(&said));
        }
        self.running = Some(Running { child, said, entry });
    }

    /// Kills the program, as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }

    /// The link that lets one browser in, once.
    pub(crate) fn entry(&self) -> &str {
        self.running.as_ref().map_or("", |running| &running.entry)
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        self.entry()
            .split('#')
            .next()
            .unwrap()
            .trim_end_matches('/')
    }

    /// A client that came in by the link of the lead.
    pub(crate) fn lead(&self) -> Client {
        Client::enter(self.entry()).unwrap()
    }

    /// The folder that holds the case.
    pub(crate) fn dir(&self) -> &Dir {
        &self.dir
    }

    /// The export of every item.
    pub(crate) fn export(&self) -> Vec<Value> {
        let out = command(&self.dir, &["export", "case", "--format", "jsonl"])
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Items of the collection whose field has this value.
    pub(crate) fn items_with(&self, field: &str, value: &str) -> Vec<String> {
        let export = self.export();
        let found = export.iter().filter(|item| item[field] == value);
        found
            .map(|item| item["item"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How long the program may take to say something.
const PATIENCE: Duration = Duration::from_mins(1);

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The link for another person.
pub(crate) fn invited(lead: &mut Client, name: &str, role: &str) -> String {
    let answer = lead
        .send(
            "POST",
            "/api/invitations",
            &json!({"name": name, "role": role}),
        )
        .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()["url"].as_str().unwrap().to_owned()
}

/// A folder with the case of an exhibit.
pub(crate) fn examined(exhibit: &Path) -> Dir {
    let dir = Dir::new();
    let ran = examine(&dir, &[exhibit.to_str().unwrap()]);
    assert!(matches!(ran.code, 0 | 3), "{}", ran.err);
    dir
}

/// A folder with a copy of the case of the sample.
pub(crate) fn case_of_the_sample() -> Dir {
    static EXAMINED: Mutex<Weak<Dir>> = Mutex::new(Weak::new());
    let shared = {
        let mut known = locked(&EXAMINED);
        known.upgrade().unwrap_or_else(|| {
            let made = Arc::new(examined(&workspace().join("samples/onwards")));
            *known = Arc::downgrade(&made);
            made
        })
    };
    let dir = Dir::new();
    copy(&shared.path("case"), &dir.path("case"));
    dir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.unwrap().to_path_buf()
}
