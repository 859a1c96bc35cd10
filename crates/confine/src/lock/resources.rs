//! Limits on resources (POSIX `setrlimit`).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::Terms;

/// Files that may be open at once: those of an archive in 999 files, the standard three, and spool files where they are
/// allowed.
const OPEN_FILES_MAX: u64 = 1_064;

/// The largest spool file, in bytes.
const SPOOL_FILE_BYTES_MAX: u64 = 1 << 40;

/// Limits what this process may use.
pub(super) fn limit(terms: &Terms, may_spool: bool) -> Result<(), String> {
    // The first look at the clock asks the system where the clock is, which later is not allowed.
    processor_micros();
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .map_err(|error| format!("it cannot be tied to the process that asks it ({error})"))?;
    // Of macOS and the BSDs some do not know a limit on address space: there the others must do.
    #[cfg(target_os = "linux")]
    set(Resource::As, terms.memory_bytes, "memory")?;
    #[cfg(not(target_os = "linux"))]
    let _ = set(Resource::As, terms.memory_bytes, "memory");
    set(Resource::Cpu, terms.processor_seconds, "processor time")?;
    set(Resource::Core, 0, "core files")?;
    set(Resource::Nofile, OPEN_FILES_MAX, "open files")?;
    let file_bytes = if may_spool { SPOOL_FILE_BYTES_MAX } else { 0 };
    set(Resource::Fsize, file_bytes, "the size of files")
}

/// Lowers a limit, never raises it.
fn set(resource: Resource, value: u64, name: &str) -> Result<(), String> {
    let old = getrlimit(resource);
    let lower = |limit: Option<u64>| limit.map_or(value, |limit| limit.min(value));
    // Processor time: at the soft limit comes SIGXCPU, which tells the reason; at the hard one comes SIGKILL.
    let spare = u64::from(resource == Resource::Cpu) * 5;
    let new = Rlimit {
        current: Some(lower(old.current).min(lower(old.maximum))),
        maximum: Some(
            old.maximum
                .map_or(value + spare, |limit| limit.min(value + spare)),
        ),
    };
    setrlimit(resource, new).map_err(|error| format!("{name} cannot be limited ({error})"))
}

pub(super) fn processor_micros() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
    seconds
        .saturating_mul(1_000_000)
        .saturating_add(nanos / 1000)
}
