//! Archives in several files that lie in another container: what may be one of the files is set aside as it comes, and at
//! the end of the container those that belong together are read as the one archive that they are, the others by
//! themselves.
//!
//! Names tell what may belong together, and the first or last file, by what is in it, that there is an archive at all. In
//! memory lie no more bytes than of any container; what is beyond is in temporary files without a name.

mod sets;

use std::io::{self, Read};
use std::ops::ControlFlow;

use bytes::Bytes;
use mabillon_case::{Accounting, Form, ItemId};

use self::sets::{Joined, joined};
use crate::archive::store::Store;
use crate::archive::{cab_links, is_volume_of_rar, n_files_of_zip, open_volumes_of_rar, seekable};
use crate::digest::HashingReader;
use crate::intake::Intake;
use crate::limits::PARTS_APART_MAX;
use crate::parts::{Membership, PARTS_MAX, READ_WITH_OTHERS, Scheme, missing_reason, taken_apart};
use crate::spot::{Passed, Spot, Taken, count};

/// Something that was set aside.
pub(crate) struct Apart {
    spot: Spot,
    store: Store,
    form: Form,
    membership: Membership,
    is_in_memory: bool,
    /// Whether its container found it damaged, and said so.
    is_told: bool,
}

impl Intake<'_> {
    /// Sets aside what lies in another container and in memory; `None` where it is to be taken by itself.
    pub(crate) fn set_bytes_aside(
        &mut self,
        spot: &Spot,
        bytes: &Bytes,
        form: Form,
        item: Option<ItemId>,
    ) -> Option<Passed> {
        let store = Store::of_bytes(bytes.clone());
        let in_memory = self.apart.iter().filter(|apart| apart.is_in_memory);
        let n_bytes: u64 = in_memory.map(|apart| apart.store.len()).sum();
        if n_bytes + store.len() <= self.settings.limits.memory_bytes_max {
            return self.set_aside(spot, store, form, item, true);
        }
        self.membership(spot, &store, form)?;
        let file = seekable::spooled(self, &mut store.reader()).ok()?;
        let store = Store::of_file(file, store.len());
        self.set_aside(spot, store, form, item, false)
    }

    /// The same, of what lies in a file.
    pub(crate) fn set_aside(
        &mut self,
        spot: &Spot,
        store: Store,
        form: Form,
        item: Option<ItemId>,
        is_in_memory: bool,
    ) -> Option<Passed> {
        let membership = self.membership(spot, &store, form)?;
        let n_bytes = store.len();
        self.apart.push(Apart {
            spot: spot.clone(),
            store,
            form,
            membership,
            is_in_memory,
            is_told: false,
        });
        Some(Passed {
            taken: Taken::Ignored(READ_WITH_OTHERS),
            item,
            n_bytes,
        })
    }

    /// Whether something of this name and form may be a part of an archive, whatever else is in it.
    pub(crate) fn may_be_part(&self, spot: &Spot, form: Form) -> bool {
        let has_files = !self.settings.spool_dir.as_os_str().is_empty();
        let mut all = self.memberships(spot).into_iter();
        has_files && all.any(|membership| is_plain_part(&membership, form))
    }

    /// The sets that something may belong to by its name, if it can be set aside.
    fn memberships(&self, spot: &Spot) -> Vec<Membership> {
        let is_within = spot.path != self.given && spot.depth > 0;
        let is_alone = self.alone.as_ref() == Some(&spot.path);
        if !is_within || is_alone || self.apart.len() >= PARTS_APART_MAX {
            return Vec::new();
        }
        let mut all = Membership::all(&spot.path);
        all.retain(|membership| {
            self.apart
                .iter()
                .all(|apart| !apart.is_in_place_of(spot, membership))
        });
        all
    }

    /// The set that something belongs to, as far as it tells by itself.
    fn membership(&self, spot: &Spot, store: &Store, form: Form) -> Option<Membership> {
        let all = self.memberships(spot);
        let of = |scheme| move |membership: &&Membership| membership.scheme == scheme;
        if form == Form::Rar
            && let Some(volume) = all.iter().find(of(Scheme::Volumes))
            && is_volume_of_rar(store)
        {
            return Some(volume.clone());
        }
        let is_one = |membership: &&Membership| match (membership.scheme, membership.number) {
            (Scheme::Cut, Some(1)) => seekable::is_read_at_places(form),
            (Scheme::Zip, None) => n_files_of_zip(store).is_some(),
            (Scheme::Cabinets, _) => cab_links(store)
                .is_some_and(|links| links.previous.is_some() || links.next.is_some()),
            _ => is_plain_part(membership, form),
        };
        all.iter().find(is_one).cloned()
    }

    /// Keeps that something was told as not read, where it was set aside.
    pub(crate) fn told_of(&mut self, spot: &Spot) {
        let same = self
            .apart
            .iter_mut()
            .filter(|apart| apart.spot.path == spot.path);
        same.for_each(|apart| apart.is_told = true);
    }

    /// Reads what was set aside while a container was read, and counts it in its account.
    pub(crate) fn read_apart(
        &mut self,
        container: &str,
        account: &mut Accounting,
    ) -> ControlFlow<()> {
        let is_in = |apart: &Apart| {
            let rest = apart.spot.path.strip_prefix(container);
            rest.is_some_and(|rest| container.is_empty() || rest.starts_with('!'))
        };
        let (mut left, others) = std::mem::take(&mut self.apart)
            .into_iter()
            .partition::<Vec<Apart>, _>(is_in);
        self.apart = others;
        while let Some(first) = left.first() {
            let (scheme, set) = (first.membership.scheme, first.membership.set.clone());
            let (of_set, rest) = left.into_iter().partition::<Vec<Apart>, _>(|apart| {
                apart.membership.scheme == scheme && apart.membership.set == set
            });
            left = rest;
            let (sets, alone) = joined(scheme, of_set);
            for set in sets {
                self.read_joined(&set, account)?;
            }
            for apart in alone {
                self.read_alone(&apart, account)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn read_joined(&mut self, joined: &Joined, account: &mut Accounting) -> ControlFlow<()> {
        let Some((_, own)) = joined.parts.get(joined.own) else {
            return ControlFlow::Continue(());
        };
        let (_, name) = taken_apart(&own.spot.path);
        let n_missing = joined.missing.len();
        for (n, path) in (1..).zip(&joined.missing) {
            let n_more = if n == n_missing {
                joined.n_more_missing
            } else {
                0
            };
            let spot = Spot {
                path: path.clone(),
                offset: 0,
                length: 0,
                size_hint: 0,
                entry: None,
                ..own.spot.clone()
            };
            count(account, Taken::Failed, 0);
            self.not_read(&spot, None, missing_reason(name, n_more))?;
        }
        let n_bytes = joined
            .parts
            .iter()
            .map(|(_, apart)| apart.store.len())
            .sum();
        let spot = Spot {
            length: n_bytes,
            size_hint: n_bytes,
            ..own.spot.clone()
        };
        let stores: Vec<(u32, Store)> = joined
            .parts
            .iter()
            .map(|(number, apart)| (*number, apart.store.clone()))
            .collect();
        let taken = if let Some(reason) = self.enter(&spot) {
            self.not_read(&spot, Some(joined.form), reason)?;
            Taken::Failed
        } else {
            let taken = self.open_joined(&spot, stores, joined.form)?;
            self.leave();
            taken
        };
        own.count(taken, account);
        ControlFlow::Continue(())
    }

    fn open_joined(
        &mut self,
        spot: &Spot,
        stores: Vec<(u32, Store)>,
        form: Form,
    ) -> ControlFlow<(), Taken> {
        let hash = hash(&stores);
        if form != Form::Rar {
            self.alone = Some(spot.path.clone());
            let store = Store::of_parts(stores);
            let passed = seekable::take(self, spot, &store, form, || hash)?;
            self.alone = None;
            return ControlFlow::Continue(passed.taken);
        }
        if let Some(reason) = self.refusal(spot, form) {
            self.not_read(spot, Some(form), reason)?;
            return ControlFlow::Continue(Taken::Failed);
        }
        let account = open_volumes_of_rar(self, spot, &stores, None)?;
        self.close(spot, form, hash, spot.length, account)?;
        ControlFlow::Continue(Taken::Read)
    }

    /// Takes what was set aside and belongs to nothing.
    fn read_alone(&mut self, apart: &Apart, account: &mut Accounting) -> ControlFlow<()> {
        self.alone = Some(apart.spot.path.clone());
        let passed = self.take_stream(&apart.spot, &mut apart.store.reader())?;
        self.alone = None;
        apart.count(passed.taken, account);
        ControlFlow::Continue(())
    }
}

/// Whether something is set aside for its name alone. What begins as a container of its own goes on in no other.
fn is_plain_part(membership: &Membership, form: Form) -> bool {
    let number = membership
        .number
        .and_then(|number| usize::try_from(number).ok());
    let is_later = |first| number.is_some_and(|number| (first..=PARTS_MAX).contains(&number));
    match membership.scheme {
        Scheme::Cut => is_later(2) && form != Form::Mbox && !seekable::is_read_at_places(form),
        Scheme::Zip => is_later(1),
        Scheme::Volumes | Scheme::Cabinets => false,
    }
}

impl Apart {
    /// Whether it has the place in its set that something would have.
    fn is_in_place_of(&self, spot: &Spot, membership: &Membership) -> bool {
        let is_same = self.membership == *membership;
        match membership.scheme {
            Scheme::Cabinets => is_same && self.spot.path == spot.path,
            _ => is_same,
        }
    }

    /// Counts it as the entry that it is, in place of bytes that are none.
    fn count(&self, taken: Taken, account: &mut Accounting) {
        if self.is_told || matches!(taken, Taken::Ignored(_)) {
            return;
        }
        let mut left = self.spot.length;
        for (reason, n_bytes) in &mut account.bytes_ignored {
            if reason == READ_WITH_OTHERS {
                let n_own = left.min(*n_bytes);
                *n_bytes -= n_own;
                left -= n_own;
            }
        }
        account.bytes_ignored.retain(|(_, n_bytes)| *n_bytes > 0);
        count(account, taken, self.spot.length - left);
    }
}

/// The SHA-256 of all parts one behind another, where none is missing.
fn hash(parts: &[(u32, Store)]) -> Option<ItemId> {
    let is_whole = (1..).zip(parts).all(|(number, part)| part.0 == number);
    let mut together: Box<dyn Read> = Box::new(io::empty());
    for (_, part) in parts.iter().filter(|_| is_whole) {
        together = Box::new(together.chain(part.reader()));
    }
    let (item, _, end) = HashingReader::new(together).finish();
    (is_whole && end.is_ok()).then_some(item)
}
