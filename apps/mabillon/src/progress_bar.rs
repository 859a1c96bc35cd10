//! Progress on a terminal, on standard error; nothing where that is none.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over so many bytes of exhibits.
pub(crate) fn bytes_bar(total_bytes: u64) -> ProgressBar {
    styled(
        total_bytes,
        "{bar:30} {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {msg}, {eta} left",
    )
}

/// A bar over work of which a reader knows no unit.
pub(crate) fn steps_bar(total: u64, what: &str) -> ProgressBar {
    let bar = styled(total, "{bar:30} {spinner} {msg}, {elapsed}, {eta} left");
    bar.set_message(what.to_owned());
    bar
}

fn styled(total: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), target());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(8)
    } else {
        ProgressDrawTarget::hidden()
    }
}
