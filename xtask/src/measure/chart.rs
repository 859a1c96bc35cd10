//! Stated against measured likelihood ratios, as a picture.

use std::fmt::Write as _;

use mabillon_case::Opinion;

use super::calibration::{Point, points};
use super::labelled::Labelled;

/// Width of a band of stated ratios, log10.
const BAND: f64 = 0.5;
/// The picture shows ratios up to this, log10, in both directions.
const SHOWN: f64 = 4.0;
/// Size of the plot and its margin, in pixels.
const SIDE: f64 = 480.0;
const MARGIN: f64 = 60.0;

/// Items of one band of stated ratios.
#[derive(Default, Clone, Copy)]
struct Band {
    stated: f64,
    n: u32,
    n_genuine: u32,
    genuine: f64,
    forged: f64,
}

/// A reliability diagram: one circle for each band of stated ratios, at the ratio that the items in it show.
pub(super) fn of(items: &[Labelled], judged: &[Opinion]) -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Stated against measured likelihood ratios (log10) of collections of the corpus</title>\n\
         <rect width=\"{0}\" height=\"{0}\" fill=\"#fff\"/>\n",
        SIDE + 2.0 * MARGIN
    );
    let (low, high) = (at(-SHOWN), at(SHOWN));
    for tick in [-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0] {
        let (x, y) = (at(tick), across(tick));
        let _ = writeln!(
            text,
            "<path d=\"M{x:.0} {low:.0}V{high:.0}M{low:.0} {y:.0}H{high:.0}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{tick:+}</text>\
             <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{tick:+}</text>",
            high + 18.0,
            low - 8.0,
            y + 4.0
        );
    }
    let _ = writeln!(
        text,
        "<path d=\"M{low:.0} {high:.0}L{high:.0} {low:.0}\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>\n\
         <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">stated log10 LR</text>\n\
         <text transform=\"translate(16 {:.0}) rotate(-90)\" text-anchor=\"middle\">measured log10 LR</text>",
        SIDE / 2.0 + MARGIN,
        high + 40.0,
        SIDE / 2.0 + MARGIN
    );
    for band in bands(&points(items, judged)) {
        circle(&mut text, band);
    }
    text.push_str("</svg>\n");
    text
}

fn circle(text: &mut String, band: Band) {
    // Half an item on either side: a band without genuine or without false items has a bounded ratio.
    let half = |n: u32, share: f64| {
        if n == 0 {
            0.5 / f64::from(band.n)
        } else {
            share
        }
    };
    let n_false = band.n - band.n_genuine;
    let least = band.genuine.max(band.forged);
    let genuine = half(band.n_genuine, band.genuine / least) * least;
    let forged = half(n_false, band.forged / least) * least;
    let measured = (genuine / forged).log10().clamp(-SHOWN, SHOWN);
    let radius = 3.0 + 2.0 * f64::from(band.n).log10();
    let _ = writeln!(
        text,
        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"#2a6f97\" fill-opacity=\"0.7\">\
         <title>stated {:+.2}, measured {measured:+.2}: {} genuine, {n_false} false</title></circle>",
        at(band.stated),
        across(measured),
        band.stated,
        band.n_genuine
    );
}

fn bands(points: &[Point]) -> Vec<Band> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.log10_lr.total_cmp(&b.log10_lr));
    let number = |point: &Point| (point.log10_lr / BAND).round();
    sorted
        .chunk_by(|a, b| number(a).total_cmp(&number(b)).is_eq())
        .map(|same| {
            let stated = same.first().map_or(0.0, |point| number(point) * BAND);
            let mut band = Band {
                stated,
                ..Band::default()
            };
            for point in same {
                band.n += 1;
                if point.is_genuine {
                    band.n_genuine += 1;
                    band.genuine += point.share;
                } else {
                    band.forged += point.share;
                }
            }
            band
        })
        .collect()
}

/// Pixels from the left.
fn at(log10_lr: f64) -> f64 {
    MARGIN + (log10_lr + SHOWN) / (2.0 * SHOWN) * SIDE
}

/// Pixels from the top.
fn across(log10_lr: f64) -> f64 {
    2.0 * MARGIN + SIDE - at(log10_lr)
}
