//! Months, and the bars of a timeline made of them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

/// The beginning of a day in universal time, in microseconds since the epoch.
pub(super) fn micros(date: Date) -> i64 {
    jiff::tz::Offset::UTC
        .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
        .map_or(0, jiff::Timestamp::as_microsecond)
}

/// A bar of a timeline: months from the first to before the other.
pub(crate) struct Bucket {
    pub(crate) first: i32,
    pub(crate) after: i32,
}

impl Bucket {
    pub(crate) fn json(&self) -> Value {
        let day = |month: i32| {
            format!(
                "{:04}-{:02}-01",
                month.div_euclid(12),
                month.rem_euclid(12) + 1
            )
        };
        let label = match self.after - self.first {
            12.. => format!("{:04}", self.first.div_euclid(12)),
            _ => format!(
                "{:04}-{:02}",
                self.first.div_euclid(12),
                self.first.rem_euclid(12) + 1
            ),
        };
        json!({"start": day(self.first), "end": day(self.after), "label": label})
    }
}

/// Bars without gaps: of a month, a quarter or a year, so that there are 120 at most.
pub(crate) fn buckets<V>(months: &BTreeMap<i32, V>) -> Vec<Bucket> {
    let (Some(first), Some(last)) = (months.keys().next(), months.keys().next_back()) else {
        return Vec::new();
    };
    let width = [1, 3, 12]
        .into_iter()
        .find(|width| (last - first) / width < 120)
        .unwrap_or(12);
    let start = first.div_euclid(width) * width;
    let starts = (start..=*last).step_by(usize::try_from(width).unwrap_or(1));
    starts
        .map(|first| Bucket {
            first,
            after: first + width,
        })
        .collect()
}

pub(crate) fn unit(buckets: &[Bucket]) -> &'static str {
    match buckets
        .first()
        .map_or(1, |bucket| bucket.after - bucket.first)
    {
        1 => "month",
        3 => "quarter",
        _ => "year",
    }
}
