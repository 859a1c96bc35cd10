//! Whether stated likelihood ratios are what they say: Cllr, the best Cllr that the same order allows, and stated
//! against measured ratios.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mabillon_case::{Basis, Opinion};

use super::labelled::Labelled;

/// One item: its stated log10 likelihood ratio, whether it is genuine, and what it counts.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) log10_lr: f64,
    pub(super) is_genuine: bool,
    /// The weights of all genuine points add up to 1, and so do those of all false ones, each forger counting alike.
    pub(super) share: f64,
}

/// The items that no proof decides, genuine ones and false ones.
pub(super) fn points(items: &[Labelled], judged: &[Opinion]) -> Vec<Point> {
    let chosen: Vec<(&Labelled, &Opinion)> = items
        .iter()
        .zip(judged)
        .filter(|(item, opinion)| {
            let is_demonstrated = matches!(opinion.basis, Basis::Signature | Basis::Demonstrated);
            !is_demonstrated && (item.is_genuine() || item.is_false())
        })
        .collect();
    let mut by_forger: BTreeMap<&str, u32> = BTreeMap::new();
    let mut n_genuine = 0_u32;
    for (item, _) in &chosen {
        if item.is_genuine() {
            n_genuine += 1;
        } else {
            *by_forger.entry(&item.name).or_default() += 1;
        }
    }
    let n_forgers = f64::from(u32::try_from(by_forger.len()).unwrap_or(u32::MAX));
    let share = |item: &Labelled| match by_forger.get(item.name.as_str()) {
        Some(n) if !item.is_genuine() => 1.0 / (f64::from(*n) * n_forgers),
        _ => 1.0 / f64::from(n_genuine.max(1)),
    };
    chosen
        .into_iter()
        .map(|(item, opinion)| Point {
            log10_lr: opinion.log10_lr,
            is_genuine: item.is_genuine(),
            share: share(item),
        })
        .collect()
}

/// The cost of stated likelihood ratios (log10) in bits: 0 for perfect ones, 1 for none at all
/// (Brümmer and du Preez, Application-independent evaluation of speaker detection, 2006).
fn cllr(points: impl Iterator<Item = Point>) -> f64 {
    let cost = |point: &Point| {
        let doubting = if point.is_genuine {
            -point.log10_lr
        } else {
            point.log10_lr
        };
        point.share * (1.0 + 10_f64.powf(doubting)).log2()
    };
    points.map(|point| cost(&point)).sum::<f64>() / 2.0
}

/// The points with the ratios that pool-adjacent-violators gives them: the best that keep their order.
fn pooled(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.log10_lr.total_cmp(&b.log10_lr));
    // Blocks of points of one ratio: genuine share, false share, number of points.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for same in sorted.chunk_by(|a, b| a.log10_lr.total_cmp(&b.log10_lr).is_eq()) {
        let sum = |genuine: bool| -> f64 {
            let of_kind = same.iter().filter(|point| point.is_genuine == genuine);
            // Not `sum`, which makes -0 of nothing, and a ratio of the wrong sign.
            of_kind.fold(0.0, |sum, point| sum + point.share)
        };
        let mut block = (sum(true), sum(false), same.len());
        while let Some(before) = blocks.pop_if(|before| before.0 * block.1 >= block.0 * before.1) {
            block = (before.0 + block.0, before.1 + block.1, before.2 + block.2);
        }
        blocks.push(block);
    }
    let ratios = blocks
        .into_iter()
        .flat_map(|(genuine, forged, n)| std::iter::repeat_n((genuine / forged).log10(), n));
    sorted
        .into_iter()
        .zip(ratios)
        .map(|(point, log10_lr)| Point { log10_lr, ..point })
        .collect()
}

pub(super) fn write(text: &mut String, items: &[Labelled], judged: &[Opinion]) {
    let points = points(items, judged);
    let stated = cllr(points.iter().copied());
    let best = cllr(pooled(&points).into_iter());
    let n_genuine = points.iter().filter(|point| point.is_genuine).count();
    let _ = writeln!(
        text,
        "\n### Calibration\n\n\
         Of the items that neither a signature nor a demonstration decides ({n_genuine} genuine, {} false, each forger counting alike): \
         Cllr {stated:.3}, Cllr_min {best:.3} (1 is no information, 0 perfect; the difference is what better weights could gain, \
         Cllr_min what only better tests could). Stated against measured ratios: [calibration.svg](calibration.svg).",
        points.len() - n_genuine
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(log10_lr: f64, is_genuine: bool) -> Point {
        Point {
            log10_lr,
            is_genuine,
            share: 0.5,
        }
    }

    #[test]
    fn no_information_costs_one_bit_and_order_is_what_counts() {
        let nothing = [
            point(0.0, true),
            point(0.0, true),
            point(0.0, false),
            point(0.0, false),
        ];
        assert!((cllr(nothing.into_iter()) - 1.0).abs() < 1e-9);
        let apart = [
            point(0.1, true),
            point(0.2, true),
            point(-0.1, false),
            point(0.05, false),
        ];
        assert!(cllr(apart.into_iter()) > 0.8);
        let best = cllr(pooled(&apart).into_iter());
        assert!(best < 1e-9, "{best}");
        let mixed = [
            point(0.1, false),
            point(0.2, true),
            point(-0.1, true),
            point(0.05, false),
        ];
        let best = cllr(pooled(&mixed).into_iter());
        assert!(best > 0.0 && best <= 1.0 + 1e-9, "{best}");
    }
}
