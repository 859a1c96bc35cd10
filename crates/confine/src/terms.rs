//! Under which terms a worker works.

use std::fmt;
use std::str::FromStr;

/// How far a worker is kept from the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// A process of its own without file system, network and most system calls, with limits. Linux only.
    Locked,
    /// A process of its own, with limits where the system has them.
    Process,
}

impl Isolation {
    /// The strongest that this system is made for.
    pub const fn strongest() -> Self {
        if cfg!(target_os = "linux") {
            Self::Locked
        } else {
            Self::Process
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Process => "process",
        }
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Isolation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Locked, Self::Process]
            .into_iter()
            .find(|isolation| isolation.name() == name)
            .ok_or_else(|| format!("{name} is no kind of isolation"))
    }
}

/// What a worker may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How it is kept apart.
    pub isolation: Isolation,
    /// Address space in bytes, the program itself included.
    pub memory_bytes: u64,
    /// Processor time of one worker, in seconds. Decoders count their work in units and end long before: this is the
    /// net below them.
    pub processor_seconds: u64,
    /// Seconds on the clock after which a worker that says nothing is ended; the net below the net, for one that waits.
    pub silence_seconds: u64,
}

impl Terms {
    /// As arguments of the worker, read again by [`Terms::parse`].
    pub fn to_argument(self) -> String {
        let Self {
            isolation,
            memory_bytes,
            processor_seconds,
            silence_seconds,
        } = self;
        format!("{isolation},{memory_bytes},{processor_seconds},{silence_seconds}")
    }

    /// Reads what [`Terms::to_argument`] wrote.
    ///
    /// # Errors
    ///
    /// Where it is something else, in words.
    pub fn parse(argument: &str) -> Result<Self, String> {
        let mut parts = argument.split(',');
        let isolation = parts.next().unwrap_or_default().parse()?;
        let mut number = || {
            let part = parts.next().unwrap_or_default();
            part.parse::<u64>()
                .map_err(|error| format!("{part}: {error}"))
        };
        Ok(Self {
            isolation,
            memory_bytes: number()?,
            processor_seconds: number()?,
            silence_seconds: number()?,
        })
    }
}
