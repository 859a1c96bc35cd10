//! All families at once, with every system call that could leave the case watched by `strace`.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::command::command;
use crate::dir::Dir;
use super::families::PARTS;
use crate::letters::letter;

/// Files that every program opens for writing, and that are no files.
const NO_FILES: [&str; 2] = ["/dev/null", "/dev/tty"];

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
    let program = command(&dir, &[]);
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
        ])
        .args([
            "-e",
            "trace=%file,%network,%process,?io_uring_setup,?ptrace,?mount",
        ])
        .arg(program.get_program())
        .args(["examine", "leak", "--case", "case", "--jobs", "2"])
        .current_dir(dir.root())
        .output()
        .unwrap();
    let code = ran.status.code();
    assert_eq!(code, Some(3), "{}", String::from_utf8_lossy(&ran.stderr));

    let trace = String::from_utf8_lossy(&dir.read("trace")).into_owned();
    std::fs::remove_file(dir.path("trace")).unwrap();
    let root = dir.root().canonicalize().unwrap();
    let case = root.join("case");
    let mut outside = BTreeSet::new();
    let mut n_written = 0;
    let mut started = BTreeSet::new();
    for (call, arguments) in calls(&trace) {
        match call {
            "socket" | "connect" | "bind" | "listen" | "accept" | "accept4" | "sendto"
            | "sendmsg" | "io_uring_setup" | "ptrace" | "mount" => {
                outside.insert(format!("{call}({arguments}"));
            }
            "execve" | "execveat" => {
                started.extend(named(arguments, &root));
            }
            call if writes(call, arguments) => {
                let path = named(arguments, &root).unwrap_or_default();
                let is_ours = path.starts_with(&case) || path.starts_with(dir.path("case"));
                if is_ours {
                    n_written += 1;
                } else if !NO_FILES.iter().any(|name| path == Path::new(name)) {
                    outside.insert(format!("{call}({arguments}"));
                }
            }
            _ => {}
        }
    }
    assert_eq!(outside, BTreeSet::new());
    assert!(
        n_written > 10,
        "the trace shows no writing at all: {n_written}"
    );
    let program = PathBuf::from(program.get_program());
    assert_eq!(started, BTreeSet::from([program]), "programs were started");
    assert_eq!(dir.files_beside("case"), before);
}
