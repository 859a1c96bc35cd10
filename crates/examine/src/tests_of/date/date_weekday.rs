//! Is the day of the week that `Date` states the one of that date?

use mabillon_case::{Finding, Message, Outcome};

use super::{NO_DATE, date_of};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The day of the week in `Date` is the one of that date.
    ///
    /// ## What it examines
    /// The name of the day and the day, month and year in the field `Date` (`Mon, 27 Mar 2017`).
    /// ## Why it matters
    /// Programs compute the name of the day. Who changes the day by hand has to change its name too, and a day changed
    /// at random keeps a right name once in seven times.
    /// ## Innocent explanations
    /// A faulty program gets it wrong in all its messages: look at other mail of the same sender.
    /// Programs that wrote 2002 as 102 or 0102 are taken for what they meant.
    /// Of three thousand real messages of 2002, none of the ordinary ones has a wrong day, and a few pieces of junk mail do.
    /// ## References
    /// - RFC 5322, sections 3.3 and 4.3
    pub(crate) static DATE_WEEKDAY = {
        id: "date/date-weekday",
        findings: &["weekday-agrees", "weekday-disagrees"],
        run: Run::Message(date_weekday),
    }
}

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

fn date_weekday(message: &Message, _world: &World) -> Outcome {
    let Some(date) = date_of(message) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    let Some(stated) = message.date_weekday else {
        return Outcome::NotApplicable("Date states no day of the week");
    };
    let civil = date.civil().date();
    let real = civil.weekday().to_monday_zero_offset();
    let name = |day: usize| DAYS.get(day).copied().unwrap_or("another day");
    let (stated_name, real_name) = (
        name(usize::from(stated)),
        name(usize::from(real.unsigned_abs())),
    );
    let finding = if stated_name == real_name {
        Finding::new(
            "weekday-agrees",
            format!("{civil} was a {real_name}, as Date says."),
        )
    } else {
        Finding::new(
            "weekday-disagrees",
            format!(
                "Date says {stated_name}, but {civil} was a {real_name}. Mail programs compute the day; a day changed by hand often keeps the old name."
            ),
        )
    };
    Outcome::one(finding.at(message.date_span))
}
