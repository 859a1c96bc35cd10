//! The program under measurement, and how it is run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Time between two looks at the memory of a running process.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder for collections and cases, which Git does not see.
pub(crate) fn scratch(name: &str) -> anyhow::Result<PathBuf> {
    let path = root().join("target").join(name);
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// Builds the program as it is released and gives its path.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--package", "mabillon"])
        .current_dir(root())
        .status()?;
    if !status.success() {
        bail!("the program does not build");
    }
    Ok(root().join("target/release/mabillon"))
}

/// How a process went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// Processor time of all its threads, and of the processes it started.
    pub(crate) cpu: Duration,
    /// The most memory it held at once, where the system tells.
    pub(crate) peak_kib: Option<u64>,
}

/// Runs processes side by side to their end; a code of 0 or 3 (some items not examined) is success.
pub(crate) fn run(commands: &mut [Command]) -> anyhow::Result<Run> {
    let (start, cpu_before) = (Instant::now(), cpu_of_ended());
    let mut children = Vec::new();
    for command in commands {
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("failed to start {}", command.get_program().display()))?;
        children.push(child);
    }
    let mut peak_kib = None;
    loop {
        let mut all_ended = true;
        for child in &mut children {
            match child.try_wait()? {
                None => {
                    all_ended = false;
                    peak_kib = peak_kib.max(peak_of(child.id()));
                }
                Some(status) if matches!(status.code(), Some(0 | 3)) => {}
                Some(status) => bail!("a measured process ended with {status}"),
            }
        }
        if all_ended {
            let cpu = cpu_of_ended().saturating_sub(cpu_before);
            return Ok(Run {
                wall: start.elapsed(),
                cpu,
                peak_kib,
            });
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The high-water mark of a process's memory, which Linux keeps.
pub(crate) fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Linux counts processor time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of all processes that this one started and that have ended, where the system tells.
fn cpu_of_ended() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold spaces, stand the state and the fields from the fourth on; 16 and 17 are wanted.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u32 = fields
        .split_ascii_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    TICK * ticks
}

/// Processor time that the threads of a running process took, where the system tells. It says what a question costs
/// where the machine has other work.
pub(crate) fn cpu_of(process: u32) -> Option<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let of_thread = |path: PathBuf| {
        let told = std::fs::read_to_string(path.join("schedstat")).ok()?;
        told.split(' ').next()?.parse::<u64>().ok()
    };
    let nanos = threads.filter_map(|thread| of_thread(thread.ok()?.path()));
    Some(Duration::from_nanos(nanos.sum()))
}

/// All files below a folder, with their sizes, in order.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push((entry.path(), entry.metadata()?.len()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Puts a section, which begins with the first of the marks, into docs/measurements.md; the rest is left as it is.
pub(crate) fn write_down((begin, end): (&str, &str), section: &str) -> anyhow::Result<()> {
    let path = root().join("docs/measurements.md");
    let old = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    let before = old
        .split_once(begin)
        .map_or_else(|| format!("{old}\n"), |(before, _)| before.to_owned());
    let after = old.split_once(end).map_or("\n", |(_, after)| after);
    let (before, section) = (before.trim_start(), section.trim_end());
    Ok(std::fs::write(
        &path,
        format!("{before}{section}\n{end}{after}"),
    )?)
}
