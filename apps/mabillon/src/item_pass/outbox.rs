//! What workers send to the keeper, bounded in bytes.

use crossbeam_channel::Sender;
use mabillon_keep::Record;

use super::in_flight::InFlight;

/// Bytes of records after which a worker sends what it has of one leaf.
const PARCEL_BYTES: usize = 4 << 20;

/// Records of one leaf, sent whenever there are many. Their order never matters, and what is sent twice, because a run
/// was killed in the middle of a leaf, is kept once.
pub(crate) struct Outbox<'a> {
    to: &'a Sender<Parcel>,
    in_flight: &'a InFlight,
    records: Vec<Record>,
    bytes: usize,
}

/// Records on their way, and their bytes as they were counted.
pub(crate) struct Parcel {
    pub(crate) records: Vec<Record>,
    pub(crate) bytes: usize,
}

impl<'a> Outbox<'a> {
    pub(crate) const fn new(to: &'a Sender<Parcel>, in_flight: &'a InFlight) -> Self {
        Self {
            to,
            in_flight,
            records: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a record.
    pub(crate) fn add(&mut self, record: Record) {
        self.bytes += record.size_bytes();
        self.records.push(record);
    }

    /// Whether it is time to send.
    pub(crate) const fn is_full(&self) -> bool {
        self.bytes >= PARCEL_BYTES
    }

    /// Sends what there is, and waits while much is on its way. `false` where nobody listens any more.
    pub(crate) fn send(&mut self) -> bool {
        let parcel = Parcel {
            records: std::mem::take(&mut self.records),
            bytes: std::mem::take(&mut self.bytes),
        };
        self.in_flight.enter(parcel.bytes);
        self.to.send(parcel).is_ok()
    }
}
