//! What is done with one thing: told its form, given as a leaf, or opened.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::ops::{ControlFlow, Range};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use mabillon_case::{Accounting, ContainerKind, Form, ItemId, Origin, Place};
use serde::{Deserialize, Serialize};

use crate::apart::Apart;
use crate::archive::store::Store;
use crate::archive::{compressed, seekable, tar};
use crate::digest::HashingReader;
use crate::event::{Content, Event, Leaf, Opener, Packed, Receiver, Settings};
use crate::form::{Extent, form_of, form_of_head, is_mork};
use crate::limits::{LARGE_BYTES, SIGNATURE_BYTES_MAX, WHOLE_BYTES_MAX};
use crate::mailbox::maildir::mailbox_of;
use crate::mailbox::message_in;
use crate::mailbox::outlook;
use crate::mailbox::split::{Windows, split_bytes};
use crate::mailbox::stored::of_maildir;
use crate::spot::{Passed, Spot, Taken, count};

/// Bytes of progress that are worth an event.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Whether messages that are files of their own lie in mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Surroundings {
    /// Files of an exhibit: their folders are mailboxes.
    Exhibit,
    /// Attachments.
    Attachment,
}

/// One acquisition.
pub(crate) struct Intake<'a> {
    pub(crate) settings: &'a Settings,
    receiver: &'a mut dyn Receiver,
    origin: Origin,
    pub(crate) exhibit: Arc<str>,
    surroundings: Surroundings,
    /// Who opens the containers that are files of the exhibit; `None` where they are opened here.
    pub(crate) opener: Option<&'a dyn Opener>,
    /// Bytes that the containers of the current file may still expand to.
    pub(crate) expandable: Rc<Cell<u64>>,
    /// Bytes of the exhibit worked through.
    pub(crate) n_done: Rc<Cell<u64>>,
    n_reported: u64,
    /// Where the current file begins in the bytes worked through, and where it ends.
    file: Range<u64>,
    /// The path of what was given to be opened, where it is no exhibit.
    pub(crate) given: String,
    /// Parts of archives in containers that are not yet at their end.
    pub(crate) apart: Vec<Apart>,
    /// The path of something that is not set aside again.
    pub(crate) alone: Option<String>,
    /// Memory that mailboxes are read into.
    pub(crate) windows: Windows,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(
        settings: &'a Settings,
        receiver: &'a mut dyn Receiver,
        origin: Origin,
        exhibit: Arc<str>,
        surroundings: Surroundings,
    ) -> Self {
        Self {
            settings,
            receiver,
            origin,
            exhibit,
            surroundings,
            opener: None,
            expandable: Rc::default(),
            n_done: Rc::default(),
            n_reported: 0,
            file: 0..0,
            given: String::new(),
            apart: Vec::new(),
            alone: None,
            windows: Windows::default(),
        }
    }

    /// Starts a file of this size: its containers get what they may expand to.
    pub(crate) fn begin_file(&mut self, size_bytes: u64) {
        let start = self.n_done.get();
        self.file = start..start.saturating_add(size_bytes);
        let limits = &self.settings.limits;
        let by_ratio = size_bytes.saturating_mul(limits.expanded_ratio_max);
        self.expandable
            .set(limits.expanded_free_bytes.saturating_add(by_ratio));
    }

    /// The current file is worked through up to this place, if not further.
    pub(crate) fn done_to(&self, offset: u64) {
        let place = self.file.start.saturating_add(offset);
        self.n_done
            .set(self.n_done.get().max(place.min(self.file.end)));
    }

    /// Takes something that lies in memory whole.
    pub(crate) fn take_bytes(
        &mut self,
        spot: &Spot,
        bytes: Bytes,
        item: Option<ItemId>,
    ) -> ControlFlow<(), Passed> {
        let n_bytes = bytes.len() as u64;
        if let Some(taken) = not_an_item(spot, &bytes) {
            return ControlFlow::Continue(Passed {
                taken,
                item,
                n_bytes,
            });
        }
        let form = form_of(&bytes);
        if let Some(passed) = self.set_bytes_aside(spot, &bytes, form, item) {
            return ControlFlow::Continue(passed);
        }
        if form.is_container() {
            return self.open_bytes(spot, &bytes, form, item);
        }
        self.leaf(spot, bytes, form, item)?;
        ControlFlow::Continue(Passed {
            taken: Taken::Read,
            item,
            n_bytes,
        })
    }

    /// Takes something that is read as a stream. Errors of the reader are left to whoever made it.
    pub(crate) fn take_stream(
        &mut self,
        spot: &Spot,
        reader: &mut dyn Read,
    ) -> ControlFlow<(), Passed> {
        if let Some(reason) = self.receiver.enter(&spot.path) {
            self.not_read(spot, None, reason)?;
            return ControlFlow::Continue(Passed::UNREAD);
        }
        let passed = self.take_entered(spot, reader)?;
        self.receiver.leave();
        ControlFlow::Continue(passed)
    }

    /// Waits for room in memory, if it takes much.
    pub(crate) fn make_room(&mut self, bytes: u64) {
        if bytes > LARGE_BYTES {
            self.receiver.make_room(bytes);
        }
    }

    /// Tells that a temporary file could not be written, where there was no space for it.
    pub(crate) fn no_space(&mut self, error: &io::Error) -> ControlFlow<()> {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            return self.receiver.no_space(&error.to_string());
        }
        ControlFlow::Continue(())
    }

    /// Says that an entry is being decoded; the reason, where that is not to be tried again.
    pub(crate) fn enter(&mut self, spot: &Spot) -> Option<String> {
        self.receiver.enter(&spot.path)
    }

    /// The entry that was entered last is decoded.
    pub(crate) fn leave(&mut self) {
        self.receiver.leave();
    }

    fn take_entered(&mut self, spot: &Spot, reader: &mut dyn Read) -> ControlFlow<(), Passed> {
        let mut head = Vec::with_capacity(room(spot.size_hint, SIGNATURE_BYTES_MAX));
        let mut end = reader.take(SIGNATURE_BYTES_MAX).read_to_end(&mut head);
        let is_large_file = spot.depth == 0 && spot.size_hint > WHOLE_BYTES_MAX;
        if end.is_ok() && is_large_file && form_of_head(&head, Extent::Head) == Form::Mbox {
            // A large mailbox shows itself at once, and goes into its windows without a detour.
            return self.open_stream(spot, &mut Cursor::new(head).chain(reader), Form::Mbox);
        }
        if end.is_ok() && head.len() as u64 == SIGNATURE_BYTES_MAX {
            head.reserve_exact(room(spot.size_hint, WHOLE_BYTES_MAX).saturating_sub(head.len()));
            let n_wanted = WHOLE_BYTES_MAX + 1 - SIGNATURE_BYTES_MAX;
            end = reader.take(n_wanted).read_to_end(&mut head);
        }
        if let Err(error) = end {
            return self.take_what_came(spot, Cursor::new(head).chain(reader), &error);
        }
        if head.len() as u64 <= WHOLE_BYTES_MAX {
            let item = (spot.depth == 0).then(|| ItemId::of(&head));
            return self.take_bytes(spot, Bytes::from(head), item);
        }
        if let Some(taken) = not_an_item(spot, &head) {
            let (item, n_bytes, end) = HashingReader::new(Cursor::new(head).chain(reader)).finish();
            return ControlFlow::Continue(Passed {
                taken,
                item: end.is_ok().then_some(item),
                n_bytes,
            });
        }
        let form = form_of_head(&head, Extent::Head);
        let mut reader = Cursor::new(head).chain(reader);
        match form {
            form if seekable::is_read_at_places(form) || self.may_be_part(spot, form) => {
                seekable::take_spooled(self, spot, &mut reader, form)
            }
            form if form.is_container() => self.open_stream(spot, &mut reader, form),
            form => self.large_leaf(spot, &mut reader, form),
        }
    }

    /// Takes what came before a fault. Entries of a tar archive and messages of a mailbox are whole each on its own.
    fn take_what_came(
        &mut self,
        spot: &Spot,
        mut reader: io::Chain<Cursor<Vec<u8>>, &mut dyn Read>,
        error: &io::Error,
    ) -> ControlFlow<(), Passed> {
        match form_of_head(reader.get_ref().0.get_ref(), Extent::Head) {
            form @ (Form::Tar | Form::Mbox) => self.open_stream(spot, &mut reader, form),
            form => self.unread(spot, form, error),
        }
    }

    /// Something of which not all bytes came. That there was no memory for them is told here: whoever made the reader
    /// knows nothing of it.
    pub(crate) fn unread(
        &mut self,
        spot: &Spot,
        form: Form,
        error: &io::Error,
    ) -> ControlFlow<(), Passed> {
        if error.kind() == io::ErrorKind::OutOfMemory {
            let reason = "there is not enough memory to read it".to_owned();
            self.not_read(spot, Some(form), reason)?;
        }
        ControlFlow::Continue(Passed::UNREAD)
    }

    /// Takes a file or member larger than [`WHOLE_BYTES_MAX`] that is no container.
    pub(crate) fn large_leaf(
        &mut self,
        spot: &Spot,
        reader: &mut dyn Read,
        form: Form,
    ) -> ControlFlow<(), Passed> {
        let max = self.settings.limits.bytes_max_of(form);
        self.make_room(spot.size_hint.min(max));
        let mut bytes = Vec::with_capacity(room(spot.size_hint, max));
        if let Err(error) = reader.take(max + 1).read_to_end(&mut bytes) {
            return self.unread(spot, form, &error);
        }
        let is_file = spot.depth == 0;
        if bytes.len() as u64 <= max {
            let n_bytes = bytes.len() as u64;
            let item = is_file.then(|| ItemId::of(&bytes));
            // Only the whole of a compound file tells whether it is a message.
            if form == Form::Ole2 && mabillon_mapi::is_msg(&bytes) {
                return self.open_bytes(spot, &Bytes::from(bytes), Form::Msg, item);
            }
            self.leaf(spot, Bytes::from(bytes), form, item)?;
            return ControlFlow::Continue(Passed {
                taken: Taken::Read,
                item,
                n_bytes,
            });
        }
        self.not_read(spot, Some(form), too_large(max))?;
        Self::pass_over(is_file, Cursor::new(bytes).chain(reader))
    }

    /// Reads what is left of a file that was not taken, for its hash. A member is left where it is.
    fn pass_over(is_file: bool, reader: impl Read) -> ControlFlow<(), Passed> {
        if !is_file {
            return ControlFlow::Continue(Passed::UNREAD);
        }
        let (item, n_bytes, end) = HashingReader::new(reader).finish();
        let item = end.is_ok().then_some(item);
        ControlFlow::Continue(Passed {
            taken: Taken::Failed,
            item,
            n_bytes,
        })
    }

    fn open_bytes(
        &mut self,
        spot: &Spot,
        bytes: &Bytes,
        form: Form,
        item: Option<ItemId>,
    ) -> ControlFlow<(), Passed> {
        let n_bytes = bytes.len() as u64;
        if let Some(reason) = self.refusal(spot, form) {
            self.not_read(spot, Some(form), reason)?;
            return ControlFlow::Continue(Passed {
                taken: Taken::Failed,
                item,
                n_bytes,
            });
        }
        let item = item.unwrap_or_else(|| ItemId::of(bytes));
        if let Some(opener) = self.opener.filter(|_| form != Form::Mbox) {
            self.open_elsewhere(opener, spot, Content::Bytes(bytes), form, || Some(item))?;
            return ControlFlow::Continue(Passed {
                taken: Taken::Read,
                item: Some(item),
                n_bytes,
            });
        }
        if matches!(form, Form::Pst | Form::Msg | Form::Tnef) {
            return outlook::take_bytes(self, spot, bytes, form, item);
        }
        let account = match form {
            Form::Mbox => {
                self.mbox(spot, Some(item), |max, sink| split_bytes(bytes, max, sink))?
                    .0
            }
            form if seekable::is_seekable(form) => {
                let store = Store::of_bytes(bytes.clone());
                seekable::open(self, spot, &store, form, Some(item))?
            }
            Form::Tar => tar::open(self, spot, &mut Cursor::new(bytes), Some(item))?,
            _ => {
                let mut reader = HashingReader::new(Cursor::new(bytes));
                let content = compressed::open(self, spot, &mut reader, form, Some(item))?;
                content.account(n_bytes)
            }
        };
        self.close(spot, form, Some(item), n_bytes, account)?;
        ControlFlow::Continue(Passed {
            taken: Taken::Read,
            item: Some(item),
            n_bytes,
        })
    }

    /// Lets somebody else open a container of the exhibit. Its identity is our own word, never theirs.
    pub(crate) fn open_elsewhere(
        &mut self,
        opener: &dyn Opener,
        spot: &Spot,
        content: Content<'_>,
        form: Form,
        hash: impl FnOnce() -> Option<ItemId>,
    ) -> ControlFlow<(), Option<ItemId>> {
        let mut hash = Some(hash);
        let mut known = None;
        if matches!(content, Content::Bytes(_)) {
            known = hash.take().and_then(|hash| hash());
        }
        let packed = Packed {
            content,
            place: self.place(spot, None),
            form,
            item: known,
        };
        let mut elsewhere = Elsewhere {
            intake: self,
            path: &spot.path,
            own_account: None,
        };
        opener.open(&packed, &mut elsewhere)?;
        let own_account = elsewhere.own_account;
        let item = known.or_else(|| hash.and_then(|hash| hash()));
        if let Some(account) = own_account {
            self.close(spot, form, item, spot.size_hint, account)?;
        }
        ControlFlow::Continue(item)
    }

    /// Opens a container that can be read from its start on: an mbox, a tar archive, a compressed file.
    fn open_stream(
        &mut self,
        spot: &Spot,
        reader: &mut dyn Read,
        form: Form,
    ) -> ControlFlow<(), Passed> {
        if let Some(reason) = self.refusal(spot, form) {
            self.not_read(spot, Some(form), reason)?;
            return Self::pass_over(spot.depth == 0, reader);
        }
        if form == Form::Mbox {
            return self.open_mbox_stream(spot, reader);
        }
        let mut reader = HashingReader::new(reader);
        let (item, n_bytes, end, account) = if form == Form::Tar {
            let account = tar::open(self, spot, &mut reader, None)?;
            let (item, n_bytes, end) = reader.finish();
            (item, n_bytes, end, account)
        } else {
            let content = compressed::open(self, spot, &mut reader, form, None)?;
            let (item, n_bytes, end) = reader.finish();
            (item, n_bytes, end, content.account(n_bytes))
        };
        let item = end.is_ok().then_some(item);
        self.close(spot, form, item, n_bytes, account)?;
        ControlFlow::Continue(Passed {
            taken: Taken::Read,
            item,
            n_bytes,
        })
    }

    /// The account of a container of which nothing can be taken out, once that is told.
    pub(crate) fn unopened(
        &mut self,
        spot: &Spot,
        form: Form,
        mut account: Accounting,
        n_bytes: u64,
        reason: String,
    ) -> ControlFlow<(), Accounting> {
        count(&mut account, Taken::Failed, n_bytes);
        self.not_read(spot, Some(form), reason)?;
        ControlFlow::Continue(account)
    }

    /// Why a container is not opened.
    pub(crate) fn refusal(&self, spot: &Spot, form: Form) -> Option<String> {
        let max = self.settings.limits.nesting_max;
        if let Form::UnsupportedContainer(name) = form {
            let noun = match name {
                "DBX" | "NSF" => "mailboxes",
                "EWF" => "disk images",
                _ => "archives",
            };
            return Some(format!("{name} {noun} are not opened by this version"));
        }
        (spot.depth >= max)
            .then(|| format!("it lies in {max} containers: deeper ones are not opened"))
    }

    /// Gives something as a leaf: a message without what wraps it, anything else as it is.
    fn leaf(
        &mut self,
        spot: &Spot,
        bytes: Bytes,
        form: Form,
        item: Option<ItemId>,
    ) -> ControlFlow<()> {
        let is_message = form == Form::Message;
        let is_in_mailbox =
            is_message && self.surroundings == Surroundings::Exhibit && !spot.path.is_empty();
        let mailbox = is_in_mailbox.then(|| mailbox_of(&spot.path, &self.exhibit));
        let mut place = self.place(spot, mailbox);
        if is_in_mailbox && place.stored.is_none() {
            place.stored = of_maildir(&spot.path).map(Arc::new);
        }
        let mut leaf = Leaf {
            place: place.clone(),
            bytes,
            form,
            separator: None,
            depth: spot.depth,
            item,
        };
        if is_message {
            let message = message_in(&leaf.bytes);
            if message.bytes.len() != leaf.bytes.len() {
                (place.offset, place.length) = (message.offset, message.bytes.len() as u64);
                place.stored = message.stored.map(Arc::new);
                let (bytes, separator) = (message.bytes, message.separator);
                leaf = Leaf {
                    place,
                    bytes,
                    separator,
                    item: None,
                    ..leaf
                };
            }
        }
        self.tell(Event::Leaf(leaf))
    }

    /// Says what was not read.
    pub(crate) fn not_read(
        &mut self,
        spot: &Spot,
        form: Option<Form>,
        reason: String,
    ) -> ControlFlow<()> {
        self.told_of(spot);
        let place = self.place(spot, None);
        self.tell(Event::NotRead {
            place,
            form,
            reason,
        })
    }

    /// Ends a container: its identity, where it was read to its end, then its account.
    pub(crate) fn close(
        &mut self,
        spot: &Spot,
        form: Form,
        item: Option<ItemId>,
        size_bytes: u64,
        mut account: Accounting,
    ) -> ControlFlow<()> {
        self.read_apart(&spot.path, &mut account)?;
        if let Some(item) = item {
            let place = self.place(spot, None);
            self.tell(Event::Container {
                place,
                form,
                item,
                size_bytes,
            })?;
        }
        self.tell(Event::Account(account))
    }

    /// An empty account.
    pub(crate) fn account(&self, spot: &Spot, kind: ContainerKind) -> Accounting {
        Accounting {
            exhibit: Arc::clone(&self.exhibit),
            path: spot.path.clone(),
            kind,
            n_expected: 0,
            n_decoded: 0,
            n_failed: 0,
            bytes_decoded: 0,
            bytes_failed: 0,
            bytes_ignored: Vec::new(),
        }
    }

    pub(crate) fn place(&self, spot: &Spot, mailbox: Option<Arc<str>>) -> Place {
        Place {
            origin: self.origin,
            exhibit: Arc::clone(&self.exhibit),
            path: spot.path.clone(),
            offset: spot.offset,
            length: spot.length,
            parent: spot.parent,
            mailbox,
            entry: spot.entry.clone(),
            stored: spot.stored.clone(),
        }
    }

    /// Passes an event on, and the progress where there is enough of it.
    pub(crate) fn tell(&mut self, event: Event) -> ControlFlow<()> {
        self.receiver.receive(event)?;
        if self.n_done.get().saturating_sub(self.n_reported) >= PROGRESS_BYTES {
            self.tell_progress()?;
        }
        ControlFlow::Continue(())
    }

    /// Passes on the progress that was not told yet.
    pub(crate) fn tell_progress(&mut self) -> ControlFlow<()> {
        let bytes = self.n_done.get().saturating_sub(self.n_reported);
        if bytes > 0 {
            self.n_reported += bytes;
            self.receiver.receive(Event::Progress { bytes })?;
        }
        ControlFlow::Continue(())
    }
}

/// Takes what somebody else tells of a container.
struct Elsewhere<'a, 'b> {
    intake: &'a mut Intake<'b>,
    path: &'a str,
    own_account: Option<Accounting>,
}

impl Receiver for Elsewhere<'_, '_> {
    fn receive(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Progress { bytes } => {
                let n_done = &self.intake.n_done;
                n_done.set(n_done.get() + bytes);
                ControlFlow::Continue(())
            }
            Event::Container { place, .. } if place.path == self.path => ControlFlow::Continue(()),
            Event::Account(account) if account.path == self.path => {
                self.own_account = Some(account);
                ControlFlow::Continue(())
            }
            event => self.intake.tell(event),
        }
    }

    fn make_room(&mut self, bytes: u64) {
        self.intake.make_room(bytes);
    }

    fn no_space(&mut self, reason: &str) -> ControlFlow<()> {
        self.intake.receiver.no_space(reason)
    }
}

/// Why something in a container is no item, if it is none.
fn not_an_item(spot: &Spot, head: &[u8]) -> Option<Taken> {
    let is_index = is_mork(head) && !spot.path.is_empty();
    is_index.then_some(Taken::Ignored("indexes of Thunderbird mailboxes (.msf)"))
}

/// Room for something that claims to have so many bytes, and one more to see its end.
fn room(claimed: u64, max: u64) -> usize {
    usize::try_from(claimed.min(max)).map_or(0, |n| n + 1)
}

/// The reason of something larger than one item may be.
pub(crate) fn too_large(max: u64) -> String {
    format!("it is larger than one item may be ({max} bytes)")
}
