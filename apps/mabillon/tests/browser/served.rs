//! A case that the real program examined and serves.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The program with a case, served on a port that was free.
pub(crate) struct Served {
    child: Child,
    folder: TempDir,
    /// The link that lets one browser in, once.
    pub(crate) entry: String,
}

impl Served {
    /// Examines an exhibit and serves the case.
    pub(crate) fn examined(exhibit: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        let case = folder.path().join("case");
        let examined = program()
            .arg("examine")
            .arg(exhibit)
            .arg("--case")
            .arg(&case)
            .output()
            .unwrap();
        let code = examined.status.code();
        let says = String::from_utf8_lossy(&examined.stderr).into_owned();
        assert!(matches!(code, Some(0 | 3)), "{says}");
        let mut child = program()
            .arg("serve")
            .arg(&case)
            .args(["--listen", "127.0.0.1:0"])
            .env("USER", "anna")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut entry = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut entry)
            .unwrap();
        let entry = entry.trim().to_owned();
        assert!(entry.starts_with("http://127.0.0.1:"), "{entry}");
        Self {
            child,
            folder,
            entry,
        }
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        self.entry.split('#').next().unwrap().trim_end_matches('/')
    }

    /// The export of every item.
    pub(crate) fn export(&self) -> Vec<serde_json::Value> {
        let case = self.folder.path().join("case");
        let out = program()
            .arg("export")
            .arg(case)
            .args(["--format", "jsonl"])
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mabillon"))
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}
