//! Tests of the shelf `form`: the habits of the programs that wrote a record.

pub(crate) mod alternative_agreement;
pub(crate) mod apple_mail_shape;
pub(crate) mod exchange_boundary_message_id;
pub(crate) mod hidden_text;
pub(crate) mod mailer_release_date;
pub(crate) mod mailer_self_consistency;
pub(crate) mod multipart_reading;
pub(crate) mod pdf_metadata_agreement;
pub(crate) mod repeated_fields;
pub(crate) mod thunderbird_shape;

use mabillon_case::{HeaderField, Message};

/// The field in which the sender's program names itself, with its value.
fn mailer(message: &Message) -> Option<(&HeaderField, String)> {
    let field = message
        .field("X-Mailer")
        .or_else(|| message.field("User-Agent"))?;
    Some((field, message.unfold(field.value)))
}

/// The boundaries of all multiparts, from the outside in.
fn boundaries(message: &Message) -> impl Iterator<Item = &str> {
    message
        .parts
        .iter()
        .filter_map(|part| part.boundary.as_deref())
}

/// The part of the Message-ID before the `@`.
fn id_local(message: &Message) -> Option<&str> {
    message
        .message_id
        .as_deref()?
        .rsplit_once('@')
        .map(|(local, _)| local)
}
