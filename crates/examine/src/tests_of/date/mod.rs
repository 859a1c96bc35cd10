//! Tests of the shelf `date`: the clocks of the sender.

pub(crate) mod date_vs_received;
pub(crate) mod date_weekday;
pub(crate) mod dated_message_id;
pub(crate) mod document_times;
pub(crate) mod gmail_boundary_time;
pub(crate) mod gmail_internal_id_time;
pub(crate) mod java_mail_time;
pub(crate) mod legacy_gmail_id_time;
pub(crate) mod linked_id_time;
pub(crate) mod outlook_boundary_local_time;
pub(crate) mod outlook_message_id_time;
pub(crate) mod thread_index_time;

use mabillon_case::{Message, Part, Stamp};

/// Why a test of the sender's clocks has nothing to compare with.
const NO_DATE: &str = "it has no readable Date";

/// Years below are years since 1900, as programs wrote that were not ready for the year 2000.
const YEAR_SINCE_1900_MAX: i16 = 199;

/// The date of a message, with the year it means: 2002 where a program wrote 102 or 0102.
fn date_of(message: &Message) -> Option<Stamp> {
    let date = message.date?;
    let civil = date.civil();
    if civil.year() > YEAR_SINCE_1900_MAX {
        return Some(date);
    }
    let day = (civil.year() + 1900, civil.month(), civil.day());
    Stamp::from_civil(
        day,
        (civil.hour(), civil.minute(), civil.second()),
        date.offset_minutes,
    )
}

/// The multiparts of a message from the outside in, with their boundaries.
///
/// A mailing list or a gateway may put its own multipart around the sender's, so all of them are looked at.
fn boundaries(message: &Message) -> impl Iterator<Item = (&Part, &str)> {
    message
        .parts
        .iter()
        .filter_map(|part| Some((part, part.boundary.as_deref()?)))
}
