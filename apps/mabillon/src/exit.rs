//! How a command ends.

use std::process::ExitCode;

use crate::output;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything was done.
    Complete,
    /// Everything was done, but some items could not be examined, or only in part.
    SomeNotExamined,
    /// What was to be checked is not as it should be.
    Failed,
}

/// The command was typed wrongly in a way that only the command itself can see.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The exit code of a command; an error is printed with its causes.
pub(crate) fn code(result: anyhow::Result<Ended>) -> ExitCode {
    match result {
        Ok(Ended::Complete) => ExitCode::SUCCESS,
        Ok(Ended::SomeNotExamined) => ExitCode::from(3),
        Ok(Ended::Failed) => ExitCode::FAILURE,
        Err(error) => {
            // A closed pipe (`mabillon export ... | head`) is how its reader says "enough".
            if is_broken_pipe(&error) {
                return ExitCode::SUCCESS;
            }
            output::say(&format!("mabillon: {}", with_causes(&error)));
            if error.is::<UsageError>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// An error and its causes, without those whose words stand in it already.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
