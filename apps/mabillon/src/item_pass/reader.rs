//! The reader: takes leaves out of exhibits and hands them to the workers.

use std::ops::ControlFlow;

use crossbeam_channel::Sender;
use mabillon_acquire::{Event, Leaf, Settings};
use mabillon_case::ExhibitRecord;
use mabillon_keep::{Record, Resume};

use super::in_flight::InFlight;
use super::progress::Progress;
use super::worker::container_record;
use crate::exhibits::Exhibit;
use crate::isolation::ExhibitOpener;

/// Reads exhibits one after another.
pub(crate) struct Reader<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) opener: ExhibitOpener<'a>,
    pub(crate) resume: &'a Resume,
    pub(crate) in_flight: &'a InFlight,
    pub(crate) progress: &'a Progress,
    pub(crate) leaves: Sender<Leaf>,
    pub(crate) records: Sender<Vec<Record>>,
}

impl Reader<'_> {
    /// Reads all exhibits.
    pub(crate) fn read(self, exhibits: &[Exhibit]) -> anyhow::Result<Vec<ExhibitRecord>> {
        exhibits
            .iter()
            .map(|exhibit| {
                let mut take = |event| self.take(event);
                let record = mabillon_acquire::acquire_with(
                    Some(&self.opener),
                    &exhibit.path,
                    (exhibit.origin, &exhibit.name, exhibit.number),
                    self.settings,
                    &mut take,
                );
                record.map_err(|error| anyhow::anyhow!("failed to {error}"))
            })
            .collect()
    }

    fn take(&self, event: Event) -> ControlFlow<()> {
        let sent = match event {
            Event::Progress { bytes } => {
                self.progress.bytes(bytes);
                Ok(())
            }
            Event::Leaf(leaf) => return self.hand_over(leaf),
            Event::Container {
                place,
                form,
                item,
                size_bytes,
            } => self
                .records
                .send(container_record(place, form, item, size_bytes)),
            Event::NotRead {
                place,
                form,
                reason,
            } => self.records.send(vec![Record::NotRead {
                place,
                form,
                reason,
            }]),
            Event::Account(account) => self.records.send(vec![Record::Accounting(account)]),
        };
        if sent.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// Hands a leaf to a worker, unless an earlier run has dealt with it.
    fn hand_over(&self, leaf: Leaf) -> ControlFlow<()> {
        let place = &leaf.place;
        if self
            .resume
            .is_done(&place.exhibit, &place.path, place.offset, place.length)
        {
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
