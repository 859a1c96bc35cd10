//! The charts, drawn as SVG. Everything a colour says is also said by a pattern, a mark or a number.

use std::io::{self, Write};

use mabillon_case::Class;

use super::escape::Esc;
use crate::model::{ClassCounts, TimeBin, Timeline};
use crate::words::{counted, number};

/// The patterns of the two classes that must not be missed in black and white.
pub(super) fn patterns(out: &mut impl Write) -> io::Result<()> {
    out.write_all(
        b"<svg class=\"defs\" aria-hidden=\"true\" focusable=\"false\"><defs>\
        <pattern id=\"hatch-contradicted\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
        <rect width=\"5\" height=\"5\" class=\"m-contradicted\"/><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\" class=\"hatch\"/></pattern>\
        <pattern id=\"hatch-questioned\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">\
        <rect width=\"5\" height=\"5\" class=\"m-questioned\"/><circle cx=\"2.5\" cy=\"2.5\" r=\".5\" class=\"hatch\"/></pattern>\
        </defs></svg>\n",
    )
}

/// The square that stands for a class beside its name.
pub(super) fn swatch(out: &mut impl Write, name: &str) -> io::Result<()> {
    write!(
        out,
        "<svg class=\"swatch\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><rect x=\".5\" y=\".5\" width=\"11\" height=\"11\" class=\"f-{name}\"/></svg>"
    )
}

/// The opinions as one bar over the whole width; items not examined stand apart at its end.
pub(super) fn opinions_bar(
    out: &mut impl Write,
    counts: &ClassCounts,
    n_not_examined: u64,
) -> io::Result<()> {
    const WIDTH: f64 = 1000.0;
    let mut parts: Vec<(&str, u64)> = counts.iter().map(|(class, n)| (class.word(), n)).collect();
    parts.push(("unread", n_not_examined));
    parts.retain(|(_, n)| *n > 0);
    let label: Vec<String> = parts
        .iter()
        .map(|(name, n)| format!("{} {}", number(*n), spoken(name)))
        .collect();
    write!(
        out,
        "<svg class=\"wide\" viewBox=\"0 0 1000 62\" role=\"img\" aria-label=\"{}\">",
        Esc(label.join(", "))
    )?;
    let mut x = 0.0;
    for ((name, n), width) in parts.iter().zip(widths(&parts, WIDTH)) {
        let spoken = spoken(name);
        write!(
            out,
            "<rect x=\"{x:.1}\" y=\"0\" width=\"{:.1}\" height=\"40\" class=\"f-{name}\"><title>{} {spoken}</title></rect>",
            (width - 1.5).max(1.0),
            number(*n)
        )?;
        let text = format!("{} {spoken}", number(*n));
        if width > 8.0 * count(text.len() as u64) {
            write!(
                out,
                "<text x=\"{x:.1}\" y=\"57\" font-size=\"13\">{text}</text>"
            )?;
        }
        x += width;
    }
    out.write_all(b"</svg>\n")
}

/// A small stacked bar for one row of a table, as long as its share of the longest row.
pub(super) fn small_bar(
    out: &mut impl Write,
    counts: &ClassCounts,
    longest: u64,
) -> io::Result<()> {
    const WIDTH: f64 = 260.0;
    let parts: Vec<(&str, u64)> = counts
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(class, n)| (class.word(), n))
        .collect();
    let full = (WIDTH * count(counts.total()) / count(longest.max(1))).max(3.0);
    write!(
        out,
        "<svg viewBox=\"0 0 260 10\" width=\"260\" height=\"10\" role=\"img\" aria-label=\"{}\">",
        spoken_counts(counts)
    )?;
    let mut x = 0.0;
    for ((name, _), width) in parts.iter().zip(widths(&parts, full)) {
        write!(
            out,
            "<rect x=\"{x:.1}\" y=\"0\" width=\"{width:.1}\" height=\"10\" class=\"f-{name}\"/>"
        )?;
        x += width;
    }
    out.write_all(b"</svg>")
}

/// Opinions over time, stacked, with marks below the axis where something is contradicted or questioned.
pub(super) fn timeline(out: &mut impl Write, timeline: &Timeline) -> io::Result<()> {
    let frame = Frame::of(timeline);
    write!(
        out,
        "<svg class=\"wide\" viewBox=\"0 0 1000 286\" role=\"img\" aria-label=\"Opinions over time, stacked, {}; the numbers are in the table below\">",
        counted(timeline.bins.len() as u64, "bar", "bars")
    )?;
    frame.grid(out)?;
    for (index, bin) in timeline.bins.iter().enumerate() {
        let x = frame.x(index);
        write!(
            out,
            "<g><title>{}: {}</title>",
            bin.label(timeline.months_per_bin),
            spoken_counts(&bin.counts)
        )?;
        frame.stack(out, x, bin)?;
        frame.marks(out, x, bin)?;
        out.write_all(b"</g>")?;
        if index % frame.label_every == 0 {
            write!(
                out,
                "<text x=\"{x:.1}\" y=\"234\" font-size=\"12\">{}</text>",
                bin.label(timeline.months_per_bin)
            )?;
        }
    }
    for (class, y) in [(Class::Contradicted, 260), (Class::Questioned, 278)] {
        write!(
            out,
            "<text x=\"0\" y=\"{y}\" font-size=\"12\">{}</text>",
            class.word()
        )?;
    }
    out.write_all(b"</svg>\n")
}

/// Where things lie in the timeline.
struct Frame {
    bar: f64,
    step: u64,
    top: u64,
    label_every: usize,
}

impl Frame {
    const LEFT: f64 = 88.0;
    const RIGHT: f64 = 1000.0;
    const TOP: f64 = 10.0;
    const BASE: f64 = 216.0;

    fn of(timeline: &Timeline) -> Self {
        let n_bins = timeline.bins.len().max(1);
        let most = timeline
            .bins
            .iter()
            .map(|bin| bin.counts.total())
            .max()
            .unwrap_or(0)
            .max(1);
        let step = tick_step(most);
        let bar = (Self::RIGHT - Self::LEFT) / count(n_bins as u64);
        Self {
            bar: bar.min(60.0),
            step,
            top: most.div_ceil(step).saturating_mul(step),
            label_every: n_bins.div_ceil(12),
        }
    }

    fn x(&self, index: usize) -> f64 {
        Self::LEFT + self.bar * count(index as u64)
    }

    fn height(&self, n: u64) -> f64 {
        (Self::BASE - Self::TOP) * count(n) / count(self.top)
    }

    fn grid(&self, out: &mut impl Write) -> io::Result<()> {
        for tick in 0..=self.top / self.step {
            let n = tick * self.step;
            let y = Self::BASE - self.height(n);
            let class = if n == 0 { "axis" } else { "grid" };
            write!(
                out,
                "<line x1=\"{:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\" class=\"{class}\"/><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" text-anchor=\"end\">{}</text>",
                Self::LEFT,
                Self::RIGHT,
                Self::LEFT - 8.0,
                y + 4.0,
                number(n)
            )?;
        }
        Ok(())
    }

    fn stack(&self, out: &mut impl Write, x: f64, bin: &TimeBin) -> io::Result<()> {
        let mut y = Self::BASE;
        for (class, n) in bin.counts.iter().filter(|(_, n)| *n > 0) {
            let height = self.height(n);
            y -= height;
            write!(
                out,
                "<rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" class=\"f-{}\"/>",
                x + 0.5,
                (self.bar - 1.0).max(1.0),
                class.word()
            )?;
        }
        Ok(())
    }

    fn marks(&self, out: &mut impl Write, x: f64, bin: &TimeBin) -> io::Result<()> {
        let middle = x + self.bar / 2.0;
        if bin.counts.of(Class::Contradicted) > 0 {
            write!(
                out,
                "<path d=\"M{middle:.1} 251.5l4 4-4 4-4-4z\" class=\"m-contradicted\"/>"
            )?;
        }
        if bin.counts.of(Class::Questioned) > 0 {
            write!(
                out,
                "<circle cx=\"{middle:.1}\" cy=\"274\" r=\"3.2\" class=\"m-questioned\"/>"
            )?;
        }
        Ok(())
    }
}

/// A round step that gives at most five lines above the axis.
fn tick_step(most: u64) -> u64 {
    let mut step = 1u64;
    loop {
        for factor in [1, 2, 5] {
            let candidate = step.saturating_mul(factor);
            if most.div_ceil(candidate) <= 5 {
                return candidate;
            }
        }
        step = step.saturating_mul(10);
    }
}

/// The widths of the parts of a bar. What is not nothing is at least two units wide; the widest part pays for it.
fn widths(parts: &[(&str, u64)], full: f64) -> Vec<f64> {
    let total: u64 = parts.iter().map(|(_, n)| *n).sum();
    let mut widths: Vec<f64> = parts
        .iter()
        .map(|(_, n)| (full * count(*n) / count(total.max(1))).max(2.0))
        .collect();
    let excess = widths.iter().sum::<f64>() - full;
    if let Some(widest) = widths.iter_mut().max_by(|a, b| a.total_cmp(b)) {
        *widest = (*widest - excess).max(2.0);
    }
    widths
}

fn spoken(name: &str) -> &str {
    if name == "unread" {
        "not examined"
    } else {
        name
    }
}

fn spoken_counts(counts: &ClassCounts) -> String {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(class, n)| format!("{} {}", number(n), class.word()))
        .collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a picture shows three digits, a count has fewer than fifteen"
)]
fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_has_round_steps() {
        assert_eq!(tick_step(1), 1);
        assert_eq!(tick_step(23), 5);
        assert_eq!(tick_step(512), 200);
        assert!(tick_step(u64::MAX) > 1);
    }

    #[test]
    fn small_parts_stay_visible_and_the_bar_keeps_its_length() {
        let widths = widths(&[("a", 100_000), ("b", 1)], 1000.0);
        assert_eq!(widths, [998.0, 2.0]);
    }
}
