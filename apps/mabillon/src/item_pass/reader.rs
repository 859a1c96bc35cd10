//! The reader: takes leaves out of exhibits and hands them to the workers.

use std::ops::ControlFlow;

use crossbeam_channel::Sender;
use mabillon_acquire::{Event, Leaf, Receiver, Settings};
use mabillon_case::ExhibitRecord;
use mabillon_keep::Record;

use super::in_flight::InFlight;
use super::outbox::{Outbox, Parcel};
use super::progress::Progress;
use super::scope::Scope;
use super::worker::{container_record, no_spool};
use crate::exhibits::Exhibit;
use crate::isolation::ExhibitOpener;

/// Reads exhibits one after another.
pub(crate) struct Reader<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) opener: ExhibitOpener<'a>,
    pub(crate) scope: Scope<'a>,
    pub(crate) in_flight: &'a InFlight,
    pub(crate) progress: &'a Progress,
    pub(crate) leaves: Sender<Leaf>,
    pub(crate) records: Sender<Parcel>,
    pub(crate) records_in_flight: &'a InFlight,
}

impl Reader<'_> {
    /// Reads all exhibits.
    pub(crate) fn read(self, exhibits: &[Exhibit]) -> anyhow::Result<Vec<ExhibitRecord>> {
        exhibits
            .iter()
            .filter(|exhibit| self.scope.reaches(&exhibit.name))
            .map(|exhibit| {
                let mut receiver = &self;
                let record = mabillon_acquire::acquire_with(
                    Some(&self.opener),
                    &exhibit.path,
                    (exhibit.origin, &exhibit.name, exhibit.number),
                    self.settings,
                    &mut receiver,
                );
                record.map_err(|error| anyhow::anyhow!("failed to {error}"))
            })
            .collect()
    }

    /// Hands a leaf to a worker, unless an earlier run has dealt with it.
    fn hand_over(&self, leaf: Leaf) -> ControlFlow<()> {
        if self.scope.is_done(&leaf) {
            return ControlFlow::Continue(());
        }
        self.in_flight.enter(leaf.bytes.len());
        if self.leaves.send(leaf).is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

impl Receiver for &Reader<'_> {
    fn receive(&mut self, event: Event) -> ControlFlow<()> {
        let records = match event {
            Event::Progress { bytes } => {
                self.progress.bytes(bytes);
                return ControlFlow::Continue(());
            }
            Event::Leaf(leaf) => return self.hand_over(leaf),
            Event::Container {
                place,
                form,
                item,
                size_bytes,
            } => container_record(place, form, item, size_bytes),
            Event::NotRead {
                place,
                form,
                reason,
            } => vec![Record::NotRead {
                place,
                form,
                reason,
            }],
            Event::Account(account) => vec![Record::Accounting(account)],
        };
        let mut out = Outbox::new(&self.records, self.records_in_flight);
        for record in records {
            out.add(record);
        }
        if out.send() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// Nothing else is in memory while something large is read and worked on.
    fn make_room(&mut self, _bytes: u64) {
        self.in_flight.drain();
    }

    fn no_space(&mut self, reason: &str) -> ControlFlow<()> {
        self.opener.give_up(&no_spool(&reason));
        ControlFlow::Break(())
    }
}
