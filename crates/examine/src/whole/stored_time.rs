//! When a store took a message in, against when it was delivered.

use mabillon_case::{Facts, Place, Stamp, StoreFacts};

use crate::clock::gap;

/// Delivery and storing lie this close together, in seconds.
const AGREE_SECONDS: f64 = 600.0;

/// The two times of one message at one place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredTime {
    /// When the store took it in, as the store states.
    pub(crate) stored: Stamp,
    /// When the last relay delivered it; for a sent copy its own date.
    pub(crate) delivered: Stamp,
}

impl StoredTime {
    /// The times of a message at this place, where both are stated.
    pub(crate) fn of(row: &Facts, place: &Place) -> Option<Self> {
        let message = row.message.as_ref()?;
        let is_delivered = message.n_hops > 0;
        let stored = match place.stored.as_deref()? {
            StoreFacts::Mbox(mbox) => mbox.date?,
            StoreFacts::Maildir(maildir) => maildir.delivered?,
            StoreFacts::Emlx(emlx) => emlx.date_received?,
            StoreFacts::Mapi(mapi) if is_delivered => mapi.delivered?,
            StoreFacts::Mapi(mapi) => mapi.submitted?,
            StoreFacts::Olm(olm) if is_delivered => olm.received?,
            StoreFacts::Olm(olm) => olm.sent?,
            StoreFacts::EmlxPart(_) => return None,
        };
        let delivered = if is_delivered {
            message.delivered?
        } else {
            message.date?
        };
        Some(Self { stored, delivered })
    }

    /// Seconds from delivery to storing.
    pub(crate) fn seconds(&self) -> f64 {
        self.stored.seconds_since(self.delivered)
    }
}

/// Whether the times agree; a wall clock in another zone agrees too, since separator lines state no zone.
pub(crate) fn agree(times: &StoredTime) -> bool {
    let seconds = times.seconds();
    seconds.abs() <= AGREE_SECONDS || gap::is_whole_zones(seconds)
}
