//! Repairs: known harmless damage of exports, relays and gateways, undone one kind at a time, by name.
//!
//! Each keeps every word; none removes or adds text a reader sees. Tried only where a signature does not verify as it
//! stands, in the order given here, alone and then together, and accepted only if the signature (or, for the body,
//! its hash) then fits. Line ends are no repair of this list: every line end counts as CR LF while canonicalising,
//! and `line-ends` is named where that made a difference. Line ends after the last line need none either: both
//! canonicalisations ignore them. What encodes parts anew or removes text of the body stands in `salvage`; what removes
//! words of the header, tags of a subject and the `Content-Type` of a list's own multipart, comes last in its list.

mod body;
mod boundary;
mod header;
mod restored;

use super::limits::{HEADER_TRIES_MAX, REPAIR_TRIES_MAX, REPAIRS_TOGETHER_MAX};

pub(crate) use body::{BODY_REPAIRS, BodyRepair};
pub(crate) use boundary::{BOUNDARY, boundaries_beside};
pub(crate) use header::{HeaderRepair, SUBJECT_TAG, repairs_of, subject_tags};

/// The name of reading bare line feeds as CR LF.
pub(crate) const LINE_ENDS: &str = "line-ends";

/// Choices of header repairs that can have happened together, in the order of [`choices`].
pub(crate) fn header_choices(
    possible: &[HeaderRepair],
) -> impl Iterator<Item = Vec<&HeaderRepair>> {
    let all = (1..=REPAIRS_TOGETHER_MAX).flat_map(|size| of_size(possible.len(), size));
    let chosen = all.map(|choice| {
        let chosen = choice.iter().filter_map(|&index| possible.get(index));
        chosen.collect::<Vec<&HeaderRepair>>()
    });
    chosen
        .filter(|chosen| {
            let mut pairs = chosen.iter().enumerate();
            pairs.all(|(at, one)| !chosen.iter().skip(at + 1).any(|other| one.excludes(other)))
        })
        .take(HEADER_TRIES_MAX)
}

/// Choices of `n` repairs: each alone, then in pairs, then in threes, at most [`REPAIR_TRIES_MAX`].
pub(crate) fn choices(n: usize) -> impl Iterator<Item = Vec<usize>> {
    (1..=REPAIRS_TOGETHER_MAX)
        .flat_map(move |size| of_size(n, size))
        .take(REPAIR_TRIES_MAX)
}

fn of_size(n: usize, size: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut next: Option<Vec<usize>> = (size <= n).then(|| (0..size).collect());
    std::iter::from_fn(move || {
        let current = next.take()?;
        let movable = (0..size)
            .rev()
            .find(|&at| current.get(at).is_some_and(|&value| value < n - size + at));
        next = movable.and_then(|at| {
            let value = current.get(at)? + 1;
            let kept = current.iter().copied().take(at);
            Some(
                kept.chain((0..size - at).map(|step| value + step))
                    .collect(),
            )
        });
        Some(current)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_in_order_and_bounded() {
        let found: Vec<Vec<usize>> = choices(3).collect();
        assert_eq!(
            found,
            [
                vec![0],
                vec![1],
                vec![2],
                vec![0, 1],
                vec![0, 2],
                vec![1, 2],
                vec![0, 1, 2]
            ]
        );
        assert_eq!(choices(0).count(), 0);
        assert_eq!(choices(50).count(), REPAIR_TRIES_MAX);
    }
}
