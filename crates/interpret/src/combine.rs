//! How weights add up: within a group, between groups, in all.
//!
//! Naive addition is wrong: three readings of one clock are one reading, and one careless edit of a date breaks
//! every clock at once.

use std::collections::BTreeMap;

use mabillon_case::{Effect, Evidence};

use crate::Weights;

/// What each further finding of a group with the same sign adds at most to its most extreme one (log10).
pub const GROUP_EXTRA_MAX: f64 = 0.3;
/// What each further group of the same surface is multiplied by.
pub const SURFACE_SHRINK: f64 = 0.8;
/// A group that doubts this much, or more, limits what agreement elsewhere can say against it.
pub const DOUBT_LIMITS_AGREEMENT: f64 = -1.0;
/// The most that the agreement of all groups can say beside such a doubt (log10): a forger who alters one thing leaves
/// everything else as it was, so that elsewhere genuine and altered items agree alike.
pub const AGREEMENT_BESIDE_DOUBT_MAX: f64 = 0.3;
/// The most that findings other than signatures and demonstrations can add up to, in either direction (log10).
pub const TOTAL_SHOWN_MAX: f64 = 4.0;

/// The combined weight of each group that spoke, in order of name. Proofs by signature do not take part.
pub(crate) fn groups(weights: &Weights, evidence: &[Evidence]) -> Vec<(String, f64)> {
    let mut by_group: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in evidence
        .iter()
        .filter(|row| row.effect != Effect::Authenticates)
    {
        // A finding without weight says where to look; it does not speak for or against.
        if !row.group.is_empty() && row.log10_lr != 0.0 {
            by_group.entry(&row.group).or_default().push(row.log10_lr);
        }
    }
    by_group
        .into_iter()
        .map(|(name, values)| {
            let group = weights.group(name);
            let cap = group.map_or(TOTAL_SHOWN_MAX, |group| group.cap);
            let agreement = group
                .and_then(|group| group.cap_agreement)
                .map_or(cap, |agreement| agreement.min(cap));
            (name.to_owned(), one_group(&values).max(-cap).min(agreement))
        })
        .collect()
}

/// The most extreme weight, and a little for each further one of the same sign.
/// Of two equally extreme ones of opposite sign the doubting one is taken.
fn one_group(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.abs().total_cmp(&a.abs()).then(a.total_cmp(b)));
    let Some((extreme, rest)) = sorted.split_first() else {
        return 0.0;
    };
    let extras: f64 = rest
        .iter()
        .filter(|value| value.signum() == extreme.signum())
        .map(|value| value.clamp(-GROUP_EXTRA_MAX, GROUP_EXTRA_MAX))
        .sum();
    extreme + extras
}

/// The sum over groups, each further group of one surface and sign counting less, and agreement beside a doubt little.
pub(crate) fn total(weights: &Weights, groups: &[(String, f64)]) -> f64 {
    let mut sorted: Vec<(&str, f64)> = groups
        .iter()
        .map(|(name, value)| {
            let surface = weights
                .group(name)
                .map_or(name.as_str(), |group| group.surface.as_str());
            (surface, *value)
        })
        .collect();
    sorted.sort_by(|a, b| {
        a.0.cmp(b.0)
            .then(b.1.abs().total_cmp(&a.1.abs()))
            .then(a.1.total_cmp(&b.1))
    });
    let mut seen: BTreeMap<(&str, bool), i32> = BTreeMap::new();
    let (mut doubt, mut agreement) = (0.0, 0.0);
    for (surface, value) in sorted {
        let n_before = seen.entry((surface, value < 0.0)).or_insert(0);
        let part = value * SURFACE_SHRINK.powi(*n_before);
        *n_before += 1;
        if part < 0.0 {
            doubt += part;
        } else {
            agreement += part;
        }
    }
    if groups
        .iter()
        .any(|(_, value)| *value <= DOUBT_LIMITS_AGREEMENT)
    {
        agreement = f64::min(agreement, AGREEMENT_BESIDE_DOUBT_MAX);
    }
    doubt + agreement
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn readings_of_one_clock_count_once() {
        let sum = one_group(&[-3.0, -3.0, -2.5, 0.8]);
        assert!((sum + 3.6).abs() < 1e-9, "{sum}");
        assert!((one_group(&[1.2, -1.2]) + 1.2).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn order_of_findings_does_not_matter(mut values in prop::collection::vec(-4.0..4.0_f64, 1..8)) {
            let before = one_group(&values);
            values.reverse();
            prop_assert!((before - one_group(&values)).abs() < 1e-9);
        }
    }
}
