//! Does the MIME boundary of an Exchange server name the Message-ID?

use mabillon_case::{Finding, Message, Outcome, Span};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The MIME boundary of an Exchange server names the Message-ID.
    ///
    /// ## What it examines
    /// Boundaries of Exchange and Office 365 have the form `_000_X_`, where X is the Message-ID without its signs and cut
    /// to 55 letters and digits. X is compared with the field `Message-ID`.
    /// ## Why it matters
    /// Who makes a new message from an old one gives it a new Message-ID and overlooks the boundary, or the reverse: it
    /// stands in the header and again throughout the body.
    /// ## Innocent explanations
    /// A server on the way that took the message apart and put it together again writes a boundary of its own, and some
    /// gateways give a new Message-ID. Exchange itself makes new boundaries when it builds a message from its store, as
    /// for mail inside one organisation or for an export: then its boundaries often hold several ids, which is reported
    /// apart and held against nothing. A single other id weighs little.
    /// ## References
    /// - Observed in mail of Exchange 2007 and later; no specification is published
    pub(crate) static EXCHANGE_BOUNDARY_MESSAGE_ID = {
        id: "form/exchange-boundary-message-id",
        findings: &[
            "boundary-names-message-id",
            "boundaries-name-several-ids",
            "boundary-names-other-id",
            "boundary-names-other-id-in-exchange",
        ],
        run: Run::Message(exchange_boundary_message_id),
    }
}

/// Letters and digits of the Message-ID that the boundary holds.
const KEPT: usize = 55;
/// Fewer would fit too many ids.
const NAMED_MIN: usize = 20;

fn exchange_boundary_message_id(message: &Message, _world: &World) -> Outcome {
    let named: Vec<(Span, &str)> = message
        .parts
        .iter()
        .filter_map(|part| Some((part.boundary_span, named(part.boundary.as_deref()?)?)))
        .collect();
    let Some((at, first)) = named.first().copied() else {
        return Outcome::NotApplicable("it has no MIME boundary of Exchange's form");
    };
    let Some(id) = &message.message_id else {
        return Outcome::NotApplicable("it has no Message-ID");
    };
    let expected: String = id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(KEPT)
        .collect();
    let finding = if named
        .iter()
        .any(|(_, name)| expected.eq_ignore_ascii_case(name))
    {
        Finding::new(
            "boundary-names-message-id",
            "Exchange's MIME boundary holds the Message-ID, as it should.",
        )
    } else if named.iter().any(|(_, name)| *name != first) {
        Finding::new(
            "boundaries-name-several-ids",
            "Exchange's MIME boundaries hold several ids, none of them the Message-ID: the server put the message together again when it was fetched or exported.",
        )
    } else {
        let code = if is_all_exchange(message) {
            "boundary-names-other-id-in-exchange"
        } else {
            "boundary-names-other-id"
        };
        Finding::new(
            code,
            format!(
                "Exchange's MIME boundary was made for the id {first}…, but the Message-ID is {id}. One of the two comes from another message, or a server replaced it."
            ),
        )
    };
    Outcome::one(finding.at(at))
}

/// The X of `_000_X_`.
fn named(boundary: &str) -> Option<&str> {
    let rest = boundary.strip_prefix('_')?.strip_suffix('_')?;
    let (number, name) = rest.split_once('_')?;
    let is_form = number.len() == 3
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (NAMED_MIN..=KEPT).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_form.then_some(name)
}

/// Whether the first relay took the message from a user of Exchange, and the id is one of Exchange's own.
fn is_all_exchange(message: &Message) -> bool {
    let submitted = message.hops.last().and_then(|hop| hop.with.as_deref());
    submitted.is_some_and(|with| with.eq_ignore_ascii_case("mapi"))
        || message
            .field("X-MS-Exchange-CrossTenant-OriginalArrivalTime")
            .is_some()
}
