//! Volumes of rar that lie in another container: set aside one by one as they come, and read together at its end.

use std::io::{self, Read};
use std::ops::ControlFlow;

use bytes::Bytes;
use mabillon_case::{Form, ItemId};

use crate::archive::store::Store;
use crate::archive::{is_volume_of_rar, open_volumes_of_rar, seekable};
use crate::digest::HashingReader;
use crate::intake::Intake;
use crate::limits::VOLUMES_APART_MAX;
use crate::parts::volume_name;
use crate::spot::{Passed, Spot, Taken};

/// A volume that was set aside.
pub(crate) struct Apart {
    spot: Spot,
    store: Store,
    /// The name of its set, and its number there.
    set: String,
    number: u32,
    is_in_memory: bool,
}

impl Intake<'_> {
    /// Sets a volume of rar aside that lies in another container and in memory; `None` where it is to be opened by
    /// itself.
    pub(crate) fn set_bytes_aside(
        &mut self,
        spot: &Spot,
        bytes: &Bytes,
        item: Option<ItemId>,
    ) -> Option<Passed> {
        let store = Store::of_bytes(bytes.clone());
        let in_memory = self.apart.iter().filter(|apart| apart.is_in_memory);
        let n_bytes: u64 = in_memory.map(|apart| apart.store.len()).sum();
        if n_bytes + store.len() <= self.settings.limits.memory_bytes_max {
            return self.set_aside(spot, store, item, true);
        }
        self.volume(spot, &store)?;
        let file = seekable::spooled(self, &mut store.reader()).ok()?;
        self.set_aside(spot, Store::of_file(file, store.len()), item, false)
    }

    /// The same, of one that lies in a file.
    pub(crate) fn set_aside(
        &mut self,
        spot: &Spot,
        store: Store,
        item: Option<ItemId>,
        is_in_memory: bool,
    ) -> Option<Passed> {
        let (set, number) = self.volume(spot, &store)?;
        let is_first = self.apart.iter().all(|apart| apart.set != set);
        let n_bytes = store.len();
        self.apart.push(Apart {
            spot: spot.clone(),
            store,
            set,
            number,
            is_in_memory,
        });
        let taken = if is_first {
            Taken::Read
        } else {
            Taken::Ignored("parts of split archives, read with the others")
        };
        Some(Passed {
            taken,
            item,
            n_bytes,
        })
    }

    /// The set and number of a volume, if it is one that can be set aside.
    fn volume(&self, spot: &Spot, store: &Store) -> Option<(String, u32)> {
        let is_within = spot.path != self.given && spot.depth > 0;
        if !is_within || self.apart.len() >= VOLUMES_APART_MAX || !is_volume_of_rar(store) {
            return None;
        }
        let (set, number) = volume_name(&spot.path)?;
        let is_there = |apart: &Apart| apart.set == set && apart.number == number;
        (!self.apart.iter().any(is_there)).then_some((set, number))
    }

    /// Reads the volumes that were set aside while a container was read.
    pub(crate) fn read_volumes_of(&mut self, container: &str) -> ControlFlow<()> {
        let is_in = |apart: &Apart| {
            let rest = apart.spot.path.strip_prefix(container);
            rest.is_some_and(|rest| container.is_empty() || rest.starts_with('!'))
        };
        let (of_it, others) = std::mem::take(&mut self.apart)
            .into_iter()
            .partition::<Vec<Apart>, _>(is_in);
        self.apart = others;
        let mut left = of_it;
        while let Some(first) = left.first() {
            let set = first.set.clone();
            let (mut volumes, rest) = left
                .into_iter()
                .partition::<Vec<Apart>, _>(|apart| apart.set == set);
            left = rest;
            volumes.sort_by_key(|volume| volume.number);
            self.read_set(volumes)?;
        }
        ControlFlow::Continue(())
    }

    fn read_set(&mut self, volumes: Vec<Apart>) -> ControlFlow<()> {
        let n_bytes = volumes.iter().map(|volume| volume.store.len()).sum();
        let Some(first) = volumes.first() else {
            return ControlFlow::Continue(());
        };
        let spot = Spot {
            length: n_bytes,
            ..first.spot.clone()
        };
        if let Some(reason) = self.refusal(&spot, Form::Rar) {
            return self.not_read(&spot, Some(Form::Rar), reason);
        }
        let parts: Vec<(u32, Store)> = volumes
            .into_iter()
            .map(|volume| (volume.number, volume.store))
            .collect();
        let account = open_volumes_of_rar(self, &spot, &parts, None)?;
        self.close(&spot, Form::Rar, hash(&parts), n_bytes, account)
    }
}

/// The SHA-256 of all volumes one behind another, where none is missing.
fn hash(parts: &[(u32, Store)]) -> Option<ItemId> {
    let is_whole = (1..).zip(parts).all(|(number, part)| part.0 == number);
    let mut together: Box<dyn Read> = Box::new(io::empty());
    for (_, part) in parts.iter().filter(|_| is_whole) {
        together = Box::new(together.chain(part.reader()));
    }
    let (item, _, end) = HashingReader::new(together).finish();
    (is_whole && end.is_ok()).then_some(item)
}
