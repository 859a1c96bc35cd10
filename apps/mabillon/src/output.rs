//! Where text goes: the terminal or a file, with colours only on a terminal.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anyhow::Context as _;

/// Columns of a summary that does not go to a terminal.
const PLAIN_WIDTH: usize = 100;

/// Prints text on standard output.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Says something beside the result, on standard error.
pub(crate) fn say(text: &str) {
    // Names of files and words of items stand in it: line by line nothing in it moves a cursor.
    let lines: Vec<_> = text.lines().map(mabillon_report::printable).collect();
    // Where nobody listens to standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{}", lines.join("\n"));
}

/// Whether standard output may carry colours: it is a terminal and `NO_COLOR` is not set.
pub(crate) fn colour() -> bool {
    std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns of standard output.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(PLAIN_WIDTH, |(width, _)| usize::from(width.0))
}

/// A writer to a file, or to standard output.
pub(crate) fn writer(path: Option<&Path>) -> anyhow::Result<Box<dyn Write + Send>> {
    Ok(match path {
        None => Box::new(BufWriter::new(std::io::stdout())),
        Some(path) => {
            let file = std::fs::File::create(path)
                .with_context(|| format!("failed to write {}", path.display()))?;
            Box::new(BufWriter::new(file))
        }
    })
}
