//! Outlook: stores (PST, OST), message files (MSG) and TNEF. Their messages are put together from properties, since
//! they have no bytes of their own.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{self, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use mabillon_case::{Accounting, ContainerKind, Form, ItemId, MapiFacts, StoreFacts};
use mabillon_mapi::pst::{Entry, Folder, Found, OpenError, ReadAt, Store};
use mabillon_mapi::{Assembled, Budget, Source, assemble, facts_of, read_msg, read_tnef};

use crate::archive::zip::ReadSeek;
use crate::event::{Event, Leaf};
use crate::intake::{Intake, too_large};
use crate::printable::printable;
use crate::spot::{Passed, Spot, Taken, count, ignore};

/// What of a store is no message.
const STRUCTURE: &str = "tables, folders, settings and free space of the store";

/// A file that is read at any place.
pub(crate) struct FileSource<'a> {
    pub(crate) file: RefCell<&'a mut dyn ReadSeek>,
    pub(crate) n_bytes: u64,
}

impl ReadAt for FileSource<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(offset))?;
        let mut n_read = 0;
        while let Some(free) = buffer.get_mut(n_read..).filter(|free| !free.is_empty()) {
            match file.read(free) {
                Ok(0) => break,
                Ok(n) => n_read += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(n_read)
    }

    fn n_bytes(&self) -> u64 {
        self.n_bytes
    }
}

/// Takes an Outlook store that lies in a file. `hash` gives the SHA-256 of the file when it is asked for.
pub(crate) fn take_store_file(
    intake: &mut Intake<'_>,
    spot: &Spot,
    file: &mut dyn ReadSeek,
    n_bytes: u64,
    hash: impl FnOnce() -> Option<ItemId>,
) -> ControlFlow<(), Passed> {
    let form = Form::Pst;
    if let Some(reason) = intake.refusal(spot, form) {
        intake.not_read(spot, Some(form), reason)?;
        return ControlFlow::Continue(Passed {
            taken: Taken::Failed,
            item: hash(),
            n_bytes,
        });
    }
    let source = FileSource {
        file: RefCell::new(file),
        n_bytes,
    };
    let opened = open_store(intake, spot, &source, None)?;
    let item = hash();
    end(intake, spot, form, item, n_bytes, opened)
}

/// Takes what is an Outlook store, a message file or TNEF and lies in memory.
pub(crate) fn take_bytes(
    intake: &mut Intake<'_>,
    spot: &Spot,
    bytes: &Bytes,
    form: Form,
    item: ItemId,
) -> ControlFlow<(), Passed> {
    let opened = if form == Form::Pst {
        open_store(intake, spot, &bytes.as_ref(), Some(item))?
    } else {
        open_message(intake, spot, bytes, form, item)?
    };
    end(intake, spot, form, Some(item), bytes.len() as u64, opened)
}

/// Closes a container that was opened; one that was not is told with its reason.
fn end(
    intake: &mut Intake<'_>,
    spot: &Spot,
    form: Form,
    item: Option<ItemId>,
    n_bytes: u64,
    opened: Result<Accounting, String>,
) -> ControlFlow<(), Passed> {
    let taken = match opened {
        Ok(account) => {
            intake.close(spot, form, item, n_bytes, account)?;
            Taken::Read
        }
        Err(reason) => {
            intake.not_read(spot, Some(form), reason)?;
            Taken::Failed
        }
    };
    ControlFlow::Continue(Passed {
        taken,
        item,
        n_bytes,
    })
}

/// A message file or TNEF: a container of one message.
fn open_message(
    intake: &mut Intake<'_>,
    spot: &Spot,
    bytes: &Bytes,
    form: Form,
    item: ItemId,
) -> ControlFlow<(), Result<Accounting, String>> {
    let mut budget = Budget::new(intake.expandable.get());
    let read = match form {
        Form::Tnef => read_tnef(bytes, &mut budget),
        _ => read_msg(bytes, &mut budget),
    };
    intake.expandable.set(budget.left());
    let Some(message) = read else {
        let reason = "its structure is damaged: no message can be read from it";
        return ControlFlow::Continue(Err(reason.to_owned()));
    };
    let n_bytes = bytes.len() as u64;
    let mut account = intake.account(spot, ContainerKind::MapiMessage);
    let inner = Spot {
        length: n_bytes,
        ..spot.member("message", Some(item))
    };
    let facts = facts_of(&message);
    let facts = StoreFacts::Mapi(Box::new(facts));
    let taken = tell_message(intake, inner, None, assemble(message, Source::Mapi), facts)?;
    count(&mut account, taken, n_bytes);
    ControlFlow::Continue(Ok(account))
}

/// Takes the messages of a store; gives its account, or why it does not open.
fn open_store(
    intake: &mut Intake<'_>,
    spot: &Spot,
    source: &dyn ReadAt,
    parent: Option<ItemId>,
) -> ControlFlow<(), Result<Accounting, String>> {
    let budget = Budget::new(intake.expandable.get());
    let mut store = match Store::open(source, budget) {
        Ok(store) => store,
        Err(error) => return ControlFlow::Continue(Err(reason_of(&error))),
    };
    let mut account = intake.account(spot, ContainerKind::MailStore);
    let folders = store.folders().to_vec();
    let n_messages: u64 = folders
        .iter()
        .map(|folder| folder.messages.len() as u64)
        .sum();
    let mut progress = Progress {
        n_bytes: source.n_bytes(),
        n_messages,
        n_done: 0,
        bytes_decoded: 0,
    };
    let mut names = HashSet::new();
    for folder in &folders {
        let name = printable(folder.path.as_bytes());
        let name = if names.insert(name.clone()) {
            name
        } else {
            format!("{name} (folder {})", folder.node)
        };
        let folder_spot = spot.member(&name, parent);
        open_folder(
            intake,
            &folder_spot,
            &mut store,
            folder,
            parent,
            &mut progress,
        )?;
        count(&mut account, Taken::Read, 0);
    }
    for (number, lost) in (1..).zip(store.lost().to_vec()) {
        let lost_spot = spot.member(&format!("[damaged table {number}]"), parent);
        intake.not_read(&lost_spot, None, lost)?;
        count(&mut account, Taken::Failed, 0);
    }
    intake.expandable.set(store.budget().left());
    account.bytes_decoded = progress.bytes_decoded;
    ignore(
        &mut account,
        STRUCTURE,
        source.n_bytes() - progress.bytes_decoded,
    );
    ControlFlow::Continue(Ok(account))
}

/// Why a store does not open, as a reason.
fn reason_of(error: &OpenError) -> String {
    format!("the Outlook store does not open: {error}")
}

/// How far the messages of a store are taken.
struct Progress {
    n_bytes: u64,
    n_messages: u64,
    n_done: u64,
    /// Bytes of blocks of messages; several may share one, so no more than the file has.
    bytes_decoded: u64,
}

fn open_folder(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &mut Store<'_>,
    folder: &Folder,
    parent: Option<ItemId>,
    progress: &mut Progress,
) -> ControlFlow<()> {
    let mut account = intake.account(spot, ContainerKind::MailFolder);
    let mailbox: Arc<str> = Arc::from(spot.path.as_str());
    for &entry in &folder.messages {
        let (taken, n_bytes) = open_entry(intake, spot, &mailbox, store, entry, parent)?;
        count(&mut account, taken, n_bytes);
        let bytes = progress.bytes_decoded + n_bytes;
        progress.bytes_decoded = bytes.min(progress.n_bytes);
        progress.n_done += 1;
        let share = u128::from(progress.n_bytes) * u128::from(progress.n_done)
            / u128::from(progress.n_messages.max(1));
        intake.done_to(u64::try_from(share).unwrap_or(0));
    }
    let n_listed = folder
        .messages
        .iter()
        .filter(|entry| entry.is_listed)
        .count();
    let stated = folder.stated.map_or(0, |stated| stated as usize);
    let missing = (stated > n_listed).then(|| {
        format!("the folder states {stated} messages and its table of contents lists {n_listed}")
    });
    for (number, reason) in (1..).zip(folder.lost.iter().cloned().chain(missing)) {
        let lost = spot.member(&format!("[not listed {number}]"), parent);
        intake.not_read(&lost, Some(Form::Message), reason)?;
        count(&mut account, Taken::Failed, 0);
    }
    intake.tell(Event::Account(account))
}

fn open_entry(
    intake: &mut Intake<'_>,
    folder: &Spot,
    mailbox: &Arc<str>,
    store: &mut Store<'_>,
    entry: Entry,
    parent: Option<ItemId>,
) -> ControlFlow<(), (Taken, u64)> {
    let word = if entry.is_listed {
        "message"
    } else {
        "recovered message"
    };
    let mut spot = folder.member(&format!("{word} {}", entry.node), parent);
    // The folder is a part of the store, not one more container.
    spot.depth = folder.depth;
    let Found {
        message,
        block,
        offset,
    } = match store.message(entry) {
        Ok(found) => found,
        Err(reason) => {
            intake.not_read(&spot, Some(Form::Message), reason)?;
            return ControlFlow::Continue((Taken::Failed, 0));
        }
    };
    let n_bytes = message.stored_bytes;
    (spot.offset, spot.length) = (offset, n_bytes);
    let facts = MapiFacts {
        node: entry.node,
        block,
        is_recovered: !entry.is_listed,
        ..facts_of(&message)
    };
    let facts = StoreFacts::Mapi(Box::new(facts));
    let assembled = assemble(message, Source::Mapi);
    let mailbox = Some(Arc::clone(mailbox));
    let taken = tell_message(intake, spot, mailbox, assembled, facts)?;
    ControlFlow::Continue((taken, n_bytes))
}

/// Tells of one message that was put together.
pub(crate) fn tell_message(
    intake: &mut Intake<'_>,
    mut spot: Spot,
    mailbox: Option<Arc<str>>,
    assembled: Assembled,
    facts: StoreFacts,
) -> ControlFlow<(), Taken> {
    let bytes = assembled.bytes;
    let max = intake.settings.limits.bytes_max_of(Form::Message);
    if bytes.len() as u64 > max {
        intake.not_read(&spot, Some(Form::Message), too_large(max))?;
        return ControlFlow::Continue(Taken::Failed);
    }
    spot.stored = Some(Arc::new(facts));
    let place = intake.place(&spot, mailbox);
    intake.tell(Event::Leaf(Leaf {
        place,
        bytes: Bytes::from(bytes),
        form: Form::Message,
        separator: None,
        depth: spot.depth,
        item: None,
    }))?;
    ControlFlow::Continue(Taken::Read)
}
