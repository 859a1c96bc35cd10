//! All families at once, with every system call that could leave the case watched by `strace`.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use super::families::PARTS;
use crate::command::command;
use crate::dir::Dir;
use crate::letters::letter;

/// Files that every program opens for writing, and that are no files.
const NO_FILES: [&str; 2] = ["/dev/null", "/dev/tty"];

/// What is looked at: files, networks, processes, and ways around them.
const TRACED: &str = "trace=%file,%network,%process,?io_uring_setup,?ptrace,?mount";

fn has_strace() -> bool {
    let traced = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output();
    traced.is_ok_and(|output| output.status.success())
}

/// One call of a trace: its name, and its arguments as strace writes them.
fn calls(trace: &str) -> impl Iterator<Item = (&str, &str)> {
    trace.lines().filter_map(|line| {
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        call.split_once('(')
    })
}

/// What an argument names, relative to the folder that strace shows before it (`-y`).
fn named(arguments: &str, working_folder: &Path) -> Option<PathBuf> {
    let (before, rest) = arguments.split_once('"')?;
    let (name, _) = rest.split_once('"')?;
    let folder = before
        .rsplit_once('<')
        .and_then(|(_, folder)| folder.split_once('>'));
    let folder = folder.map_or(working_folder, |(folder, _)| Path::new(folder));
    let mut path = PathBuf::new();
    for part in folder.join(name).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    Some(path)
}

fn writes(call: &str, arguments: &str) -> bool {
    match call {
        "open" | "openat" | "openat2" => ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TMPFILE", "O_TRUNC"]
            .iter()
            .any(|flag| arguments.contains(flag)),
        "creat" | "rename" | "renameat" | "renameat2" | "unlink" | "unlinkat" | "mkdir"
        | "mkdirat" | "rmdir" | "link" | "linkat" | "symlink" | "symlinkat" | "truncate"
        | "chmod" | "fchmodat" | "chown" | "fchownat" | "lchown" | "utimensat" | "mknod"
        | "mknodat" | "setxattr" | "lsetxattr" => true,
        _ => false,
    }
}

/// What a trace shows.
#[derive(Default)]
struct Seen {
    /// Calls that write outside of the case, or ask a network.
    outside: BTreeSet<String>,
    /// Calls that write in the case.
    n_inside: usize,
    /// Programs that were started.
    started: BTreeSet<PathBuf>,
}

impl Seen {
    fn call(&mut self, call: &str, arguments: &str, dir: &Dir) {
        let named = named(arguments, dir.root());
        match call {
            "socket" | "connect" | "bind" | "listen" | "accept" | "accept4" | "sendto"
            | "sendmsg" | "io_uring_setup" | "ptrace" | "mount" => {
                self.outside.insert(format!("{call}({arguments}"));
            }
            "execve" | "execveat" => self.started.extend(named),
            call if writes(call, arguments) => {
                let path = named.unwrap_or_default();
                if path.starts_with(dir.path("case")) {
                    self.n_inside += 1;
                } else if !NO_FILES.iter().any(|name| path == Path::new(name)) {
                    self.outside.insert(format!("{call}({arguments}"));
                }
            }
            _ => {}
        }
    }
}

/// Nothing is written outside of the case folder, nothing is asked of a network, and no program is started but workers.
#[test]
fn nothing_leaves_the_case() {
    if !has_strace() {
        println!("skips: strace is not here, or may not trace");
        return;
    }
    let dir = Dir::new();
    for family in PARTS.iter().copied().flatten() {
        dir.write(&format!("leak/{}", family.name), (family.bytes)());
    }
    dir.write("leak/zz_good.eml", letter(99));
    let before = dir.files_beside("case");
    let program = PathBuf::from(command(&dir, &[]).get_program());
    let ran = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-qq",
            "--seccomp-bpf",
            "-s",
            "4096",
            "-o",
            "trace",
            "-e",
            TRACED,
        ])
        .arg(&program)
        .args(["examine", "leak", "--case", "case", "--jobs", "2"])
        .current_dir(dir.root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{errors}");

    let trace = dir.read("trace");
    std::fs::remove_file(dir.path("trace")).unwrap();
    let mut seen = Seen::default();
    for (call, arguments) in calls(&String::from_utf8_lossy(&trace)) {
        seen.call(call, arguments, &dir);
    }
    assert_eq!(seen.outside, BTreeSet::new());
    assert!(seen.n_inside > 10, "no writing is seen: {}", seen.n_inside);
    assert_eq!(seen.started, BTreeSet::from([program]));
    assert_eq!(dir.files_beside("case"), before);
}
