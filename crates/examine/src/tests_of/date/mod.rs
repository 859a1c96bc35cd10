//! Tests of the shelf `date`: the clocks of the sender.

pub(crate) mod date_vs_received;
pub(crate) mod date_weekday;
pub(crate) mod document_times;
pub(crate) mod gmail_boundary_time;
pub(crate) mod java_mail_time;
pub(crate) mod legacy_gmail_id_time;
pub(crate) mod outlook_boundary_local_time;
pub(crate) mod outlook_message_id_time;
pub(crate) mod thread_index_time;

use mabillon_case::{Message, Part};

/// Why a test of the sender's clocks has nothing to compare with.
const NO_DATE: &str = "it has no readable Date";

/// The multiparts of a message from the outside in, with their boundaries.
///
/// A mailing list or a gateway may put its own multipart around the sender's, so all of them are looked at.
fn boundaries(message: &Message) -> impl Iterator<Item = (&Part, &str)> {
    message.parts.iter().filter_map(|part| Some((part, part.boundary.as_deref()?)))
}
