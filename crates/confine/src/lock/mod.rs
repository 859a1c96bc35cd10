//! Gives up what a decoder has no need of.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod resources;

use std::path::Path;

use crate::{Isolation, Terms};

/// What can be given up before there is a second thread: resources, then file system and network.
///
/// # Errors
///
/// Where this system cannot do what the terms demand, in words that say what to do.
pub(crate) fn before_threads(terms: &Terms, spool_dir: Option<&Path>) -> Result<(), String> {
    #[cfg(unix)]
    resources::limit(terms, spool_dir.is_some())?;
    match terms.isolation {
        Isolation::Process => Ok(()),
        #[cfg(target_os = "linux")]
        Isolation::Locked => linux::landlock(spool_dir).map_err(|reason| advice(&reason)),
        #[cfg(not(target_os = "linux"))]
        Isolation::Locked => Err(advice(&format!(
            "this system has no Landlock{}",
            spool_dir.map_or("", |_| "")
        ))),
    }
}

/// What binds all threads there are: the system calls.
///
/// # Errors
///
/// As [`before_threads`].
pub(crate) fn all_threads(terms: &Terms, may_spool: bool) -> Result<(), String> {
    match terms.isolation {
        Isolation::Process => Ok(()),
        #[cfg(target_os = "linux")]
        Isolation::Locked => linux::seccomp(may_spool).map_err(|reason| advice(&reason)),
        #[cfg(not(target_os = "linux"))]
        Isolation::Locked => Err(advice(&format!("this system has no seccomp ({may_spool})"))),
    }
}

/// Processor time of this process so far, in microseconds; 0 where the system does not tell.
pub(crate) fn processor_micros() -> u64 {
    #[cfg(unix)]
    return resources::processor_micros();
    #[cfg(not(unix))]
    0
}

fn advice(reason: &str) -> String {
    format!(
        "{reason}. Decoders of hostile files are kept from the file system and the network by Landlock and seccomp \
         (Linux 5.13 or later, x86-64, ARM or RISC-V of 64 bits). Where the system lacks them, --isolation process keeps them in a process of their \
         own with limits on memory and time; do that only on a machine that holds nothing else"
    )
}
