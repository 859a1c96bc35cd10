//! Are the two times of a Microsoft server's arrival stamp one time?

use mabillon_case::{Finding, Message, Outcome};

use crate::clock::filetime_text;
use crate::clock::gap;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The arrival time of a Microsoft server is the same in words and in its binary form.
    ///
    /// ## What it examines
    /// `X-OriginalArrivalTime`, which Windows and Exchange servers write on arrival: date and time in words and, in
    /// brackets, the same moment as a FILETIME, sixteen hexadecimal digits.
    /// ## Why it matters
    /// The server writes one moment twice. Who changes the date changes the words; few people can read the digits.
    /// ## Innocent explanations
    /// None is known for a difference of more than a second. Mail that met no such server has no such field.
    /// A careful forger can compute the digits.
    /// ## References
    /// - MS-DTYP, section 2.3.3 (FILETIME)
    pub(crate) static EXCHANGE_ARRIVAL_TIME = {
        id: "transmission/exchange-arrival-time",
        findings: &["words-and-digits-agree", "words-and-digits-disagree"],
        run: Run::Message(exchange_arrival_time),
    }
}

/// The words have milliseconds; a second allows for other roundings.
const APART_SECONDS_MAX: f64 = 1.0;

fn exchange_arrival_time(message: &Message, _world: &World) -> Outcome {
    let Some(field) = message.field("X-OriginalArrivalTime") else {
        return Outcome::NotApplicable("it has no field X-OriginalArrivalTime");
    };
    let Some(told) = filetime_text::decode(&message.unfold(field.value)) else {
        return Outcome::NotApplicable("its field X-OriginalArrivalTime is not of the known form");
    };
    let seconds = told.words.seconds_since(told.filetime);
    let finding = if seconds.abs() <= APART_SECONDS_MAX {
        Finding::new(
            "words-and-digits-agree",
            format!(
                "X-OriginalArrivalTime states {} in words and in digits alike.",
                told.words
            ),
        )
    } else {
        Finding::new(
            "words-and-digits-disagree",
            format!(
                "X-OriginalArrivalTime states {} in words and {} in digits, {} apart. A server writes one moment twice; who edits the words leaves the digits.",
                told.words,
                told.filetime,
                gap::in_words(seconds)
            ),
        )
    };
    Outcome::one(finding.at(field.value))
}
