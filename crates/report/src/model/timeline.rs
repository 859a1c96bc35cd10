//! Opinions over time, in bars of a month, or wider where the collection spans many years.

use std::collections::BTreeMap;
use std::ops::Range;

use mabillon_case::{Class, Stamp};

use super::ClassCounts;
use crate::limits::MAX_TIME_BINS;

/// Opinions over time, without gaps between the first bar and the last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// The bars, in order.
    pub bins: Vec<TimeBin>,
    /// Months one bar stands for: 1, 3, 12 or more.
    pub months_per_bin: u32,
    /// Items whose date lies far outside the others and outside the bars.
    pub outside: ClassCounts,
    /// Items without a date.
    pub undated: ClassCounts,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeBin {
    /// Year the bar begins in.
    pub year: i32,
    /// Month it begins in, 1 to 12.
    pub month: u32,
    /// The counts.
    pub counts: ClassCounts,
}

impl TimeBin {
    /// `2017-04`, or `2017` for a bar of a year and more.
    pub fn label(&self, months_per_bin: u32) -> String {
        if months_per_bin >= 12 {
            format!("{:04}", self.year)
        } else {
            format!("{:04}-{:02}", self.year, self.month)
        }
    }
}

/// Of every thousand dated items, this many at either end may be left outside the bars.
const OUTSIDE_PER_MILLE: u64 = 5;

/// Widths of a bar to choose from, in months.
const WIDTHS: [i32; 4] = [1, 3, 12, 60];

/// Years that are drawn. Before the first there was no mail; a date beyond the last is a clock that was never set.
const YEARS: Range<i16> = 1970..2100;

/// Counts by month while the rows stream by. Months are counted from year 0.
#[derive(Debug, Default)]
pub(super) struct Months {
    counts: BTreeMap<i32, ClassCounts>,
    outside: ClassCounts,
    undated: ClassCounts,
}

impl Months {
    pub(super) fn count(&mut self, time: Option<Stamp>, class: Class) {
        let Some(civil) = time.map(Stamp::civil) else {
            self.undated.count(class);
            return;
        };
        if YEARS.contains(&civil.year()) {
            let month = i32::from(civil.year()) * 12 + i32::from(civil.month()) - 1;
            self.counts.entry(month).or_default().count(class);
        } else {
            self.outside.count(class);
        }
    }

    pub(super) fn finish(mut self) -> Timeline {
        if self.span() > i32::try_from(MAX_TIME_BINS).unwrap_or(i32::MAX) {
            self.trim();
        }
        let span = self.span();
        let fits = |width: &&i32| {
            usize::try_from(span / **width + 2).is_ok_and(|bins| bins <= MAX_TIME_BINS + 2)
        };
        let width = WIDTHS.iter().find(fits).copied().unwrap_or(60);
        Timeline {
            bins: self.bins(width),
            months_per_bin: width.unsigned_abs(),
            outside: self.outside,
            undated: self.undated,
        }
    }

    /// Number of months from the first to the last.
    fn span(&self) -> i32 {
        let first = self.counts.keys().next();
        let last = self.counts.keys().next_back();
        first.zip(last).map_or(0, |(first, last)| last - first + 1)
    }

    /// Takes away the months at both ends that hold hardly anything: clocks that were wrong.
    fn trim(&mut self) {
        let dated: u64 = self.counts.values().map(ClassCounts::total).sum();
        let allowed = dated * OUTSIDE_PER_MILLE / 1000;
        let sparse = |months: &mut dyn Iterator<Item = (&i32, &ClassCounts)>| {
            let mut taken = 0;
            let few = months.take_while(|(_, counts)| {
                taken += counts.total();
                taken <= allowed
            });
            few.map(|(month, _)| *month).collect::<Vec<i32>>()
        };
        let mut months = sparse(&mut self.counts.iter());
        months.extend(sparse(&mut self.counts.iter().rev()));
        for month in months {
            if let Some(counts) = self.counts.remove(&month) {
                self.outside.add(&counts);
            }
        }
    }

    fn bins(&self, width: i32) -> Vec<TimeBin> {
        let first = self.counts.keys().next().map(|month| month / width);
        let last = self.counts.keys().next_back().map(|month| month / width);
        let Some((first, last)) = first.zip(last) else {
            return Vec::new();
        };
        (first..=last)
            .map(|bin| {
                let start = bin * width;
                let mut counts = ClassCounts::default();
                for (_, more) in self.counts.range(start..start + width) {
                    counts.add(more);
                }
                TimeBin {
                    year: start / 12,
                    month: (start % 12).unsigned_abs() + 1,
                    counts,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i16, month: i8) -> Option<Stamp> {
        Stamp::from_civil((year, month, 15), (12, 0, 0), None)
    }

    #[test]
    fn no_gaps_and_nothing_lost() {
        let mut months = Months::default();
        months.count(at(2016, 11), Class::Unresolved);
        months.count(at(2017, 2), Class::Authenticated);
        months.count(None, Class::Questioned);
        let timeline = months.finish();
        let labels: Vec<String> = timeline.bins.iter().map(|bin| bin.label(1)).collect();
        assert_eq!(labels, ["2016-11", "2016-12", "2017-01", "2017-02"]);
        assert_eq!(timeline.undated.of(Class::Questioned), 1);
        assert_eq!(timeline.outside.total(), 0);
    }

    #[test]
    fn one_wrong_clock_does_not_flatten_the_picture() {
        let mut months = Months::default();
        months.count(at(1970, 1), Class::Unresolved);
        for _ in 0..300 {
            months.count(at(2016, 5), Class::Unresolved);
            months.count(at(2017, 5), Class::Unresolved);
        }
        let timeline = months.finish();
        assert_eq!(timeline.months_per_bin, 1);
        assert_eq!(timeline.bins.len(), 13);
        assert_eq!(timeline.outside.total(), 1);
    }

    proptest::proptest! {
        #[test]
        fn every_item_is_counted_once(years in proptest::collection::vec(0i16..9999, 0..60)) {
            let mut months = Months::default();
            for year in &years {
                months.count(at(*year, 7), Class::Consistent);
            }
            let timeline = months.finish();
            let shown: u64 = timeline.bins.iter().map(|bin| bin.counts.total()).sum();
            proptest::prop_assert_eq!(shown + timeline.outside.total(), years.len() as u64);
            proptest::prop_assert!(timeline.bins.len() <= MAX_TIME_BINS + 2);
        }
    }
}
