//! Was the encryption that a relay notes there to be used by then?

use std::sync::LazyLock;

use mabillon_case::{Finding, Message, Outcome, Stamp};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The encryption that relays note was there to be used at the date of the message.
    ///
    /// ## What it examines
    /// Names of protocols and ciphers in `Received` (`version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384`), against a table of
    /// the days before which nobody can have written them. The latest time in the message is taken: its date, or that of a
    /// relay.
    /// ## Why it matters
    /// Who makes a message of 2014 by sending one to himself today, and changes the dates, leaves the ciphers of today.
    /// ## Innocent explanations
    /// A wrong clock of every relay on the way. The table holds the days of first drafts and test versions, years before
    /// most servers had them, so that early users are not held against anybody.
    /// Ciphers of the time say nothing, and old ones were in use for many years.
    /// ## References
    /// - The column `source` of the table `cipher_release_date.tsv`
    pub(crate) static CIPHER_RELEASE_DATE = {
        id: "transmission/cipher-release-date",
        findings: &["cipher-of-later-time"],
        run: Run::Message(cipher_release_date),
    }
}

/// Name as it stands in the field, day before which it cannot, source.
const TABLE: &str = include_str!("cipher_release_date.tsv");
/// Two days, for time zones and clocks.
const SLACK_SECONDS: f64 = 2.0 * 86_400.0;
/// Fields examined at most.
const HOPS_MAX: usize = 200;

struct Row {
    name: &'static str,
    first: Stamp,
    day: &'static str,
    source: &'static str,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(row).collect()
});

fn row(line: &'static str) -> Option<Row> {
    let mut columns = line.split('\t');
    let (name, day, source) = (columns.next()?, columns.next()?, columns.next()?);
    let mut numbers = day.split('-').map(str::parse::<i16>);
    let mut next = || numbers.next()?.ok();
    let (year, month, day_of_month) = (next()?, next()?, next()?);
    let date = (
        year,
        i8::try_from(month).ok()?,
        i8::try_from(day_of_month).ok()?,
    );
    Some(Row {
        name,
        first: Stamp::from_civil(date, (0, 0, 0), None)?,
        day,
        source,
    })
}

fn cipher_release_date(message: &Message, _world: &World) -> Outcome {
    let hops = || message.hops.iter().take(HOPS_MAX);
    let Some(latest) = hops().filter_map(|hop| hop.date).chain(message.date).max() else {
        return Outcome::NotApplicable("it has no readable time");
    };
    let newest = hops()
        .filter_map(|hop| {
            let field = String::from_utf8_lossy(hop.span.of(&message.raw));
            let rows = ROWS.iter().filter(|row| field.contains(row.name));
            Some((rows.max_by_key(|row| row.first)?, hop.span))
        })
        .max_by_key(|(row, _)| row.first);
    let Some((row, span)) = newest else {
        return Outcome::NotApplicable("no relay notes an encryption that the table holds");
    };
    let (name, day, source) = (row.name, row.day, row.source);
    if row.first.seconds_since(latest) <= SLACK_SECONDS {
        return Outcome::NotApplicable(
            "the encryption that relays note was there to be used by then",
        );
    }
    let says = format!(
        "A relay notes {name}, which nobody can have used before {day} ({source}). The latest time in the message is \
         {latest}: it passed this relay later than it says."
    );
    Outcome::one(Finding::new("cipher-of-later-time", says).at(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        let n_lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(ROWS.len(), n_lines);
        assert!(ROWS.iter().all(|row| !row.source.is_empty()));
    }
}
