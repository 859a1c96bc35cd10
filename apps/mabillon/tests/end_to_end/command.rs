//! Runs the program and keeps what it said.

use std::process::{Command, Output, Stdio};

use crate::dir::Dir;

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, where it ended with this code.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "exit code\n{}\n--- standard error\n{}",
            self.out, self.err
        );
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

/// The program, to be run in the folder of the test.
pub(crate) fn command(dir: &Dir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mabillon"));
    // Long exponents take minutes without optimisation: only the tests of keys ask for them.
    if args.first() == Some(&"examine") && !args.contains(&"--recover-seconds") {
        command
            .args(["examine", "--recover-seconds", "0"])
            .args(args.get(1..).unwrap_or_default());
    } else {
        command.args(args);
    }
    command
        .current_dir(dir.root())
        .env("USER", "tester")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program in the folder of the test.
pub(crate) fn run(dir: &Dir, args: &[&str]) -> Ran {
    Ran::of(&command(dir, args).output().unwrap())
}

/// Runs a prepared command.
pub(crate) fn run_as(mut command: Command) -> std::io::Result<Ran> {
    command.output().map(|output| Ran::of(&output))
}

/// Examines exhibits into the case folder `case`.
pub(crate) fn examine(dir: &Dir, exhibits: &[&str]) -> Ran {
    examine_into(dir, "case", exhibits)
}

/// Examines exhibits into another case folder; options may stand among the exhibits.
pub(crate) fn examine_into(dir: &Dir, case: &str, exhibits: &[&str]) -> Ran {
    run(dir, &[&["examine", "--case", case], exhibits].concat())
}
