//! A worker: one leaf in, the records of everything in it out.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mabillon_acquire::{Event, Leaf, Receiver, Settings, form_of};
use mabillon_case::{
    Accounting, Attached, ContainerKind, Form, ItemId, Layer, Message, Place, StoreFacts, Text,
    Warning,
};
use mabillon_examine::{Examined, World, examine_document, examine_message, examine_other};
use mabillon_keep::{ItemRecord, Record};

use super::Shared;
use super::outbox::Outbox;
use super::scope::Scope;
use super::unpacking::Unpacking;
use crate::isolation::Decoders;

/// Messages in messages, and archives in them, are followed this deep.
const DEPTH_MAX: u32 = 24;

/// Decodes and examines leaves. Holds nothing of its own but its decoders.
pub(crate) struct Worker<'a> {
    pub(crate) world: &'a World,
    pub(crate) settings: &'a Settings,
    pub(crate) shared: &'a Shared,
    pub(crate) decoders: Decoders,
    pub(crate) scope: Scope<'a>,
}

/// The records of a container that was opened.
pub(crate) fn container_record(
    place: Place,
    form: Form,
    item: ItemId,
    size_bytes: u64,
) -> Vec<Record> {
    let facts = mabillon_examine::bare_facts(item, form.kind(), media_type(form), size_bytes);
    vec![
        Record::Item(Box::new(ItemRecord::new(facts))),
        Record::Place { item, place },
    ]
}

impl Worker<'_> {
    /// Everything that comes of one leaf: itself, what it carries, and what that carries, without recursion. `false`
    /// where the run cannot go on; then the leaf does not count as done.
    pub(crate) fn work(&self, leaf: Leaf, out: Outbox<'_>) -> bool {
        let place = leaf.place.clone();
        let top = identity(&leaf);
        let turn = self.shared.turns.turn();
        turn.take(leaf.bytes.len() as u64);
        let mut unpacking = Unpacking::of(&leaf, self.settings, out, turn);
        let mut next = Some(Leaf {
            item: Some(top),
            ..leaf
        });
        while let Some(leaf) = next {
            self.one(leaf, &mut unpacking);
            next = self.next(&mut unpacking);
            if !self.decoders.work() || (unpacking.out.is_full() && !unpacking.out.send()) {
                return false;
            }
        }
        unpacking.out.add(Record::LeafDone {
            exhibit: place.exhibit.to_string(),
            path: place.path,
            offset: place.offset,
            length: place.length,
            item: top,
        });
        unpacking.out.send()
    }

    /// What is to be worked on next.
    fn next(&self, unpacking: &mut Unpacking<'_>) -> Option<Leaf> {
        unpacking.turn.take(unpacking.backlog.next_bytes()?);
        let next = unpacking.backlog.pop();
        next.map_err(|error| self.give_up(&error)).ok().flatten()
    }

    /// Without temporary files nothing can be said of what needs them: the run stops, and goes on later.
    fn give_up(&self, error: &std::io::Error) {
        self.decoders.give_up(&no_spool(error));
    }

    fn one(&self, leaf: Leaf, unpacking: &mut Unpacking<'_>) {
        if !self.scope.concerns(&leaf) {
            return;
        }
        if leaf.depth > DEPTH_MAX {
            let reason = format!("nested more than {DEPTH_MAX} levels deep");
            unpacking.out.add(Record::NotRead {
                place: leaf.place,
                form: Some(leaf.form),
                reason,
            });
            return;
        }
        let item = identity(&leaf);
        // A container is recorded with its place once it is opened; one that cannot be opened is known by its place.
        if !leaf.form.is_container() {
            unpacking.out.add(Record::Place {
                item,
                place: leaf.place.clone(),
            });
        }
        let is_stored = is_stored(&leaf);
        let is_new = self.scope.wants(&item, leaf.form, is_stored)
            && self.shared.claimed.claim(item, leaf.form, is_stored);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.decode(&leaf, item, is_new, unpacking)
        }));
        match outcome {
            Ok(Some(record)) => unpacking.out.add(Record::Item(Box::new(record))),
            Ok(None) => {}
            Err(_) => unpacking.out.add(Record::Item(Box::new(not_examined(
                &leaf,
                item,
                "the decoder stopped with an internal error".to_owned(),
            )))),
        }
    }

    /// Decodes a leaf. What it carries becomes pending for every place it lies in; it is examined only when it is new.
    fn decode(
        &self,
        leaf: &Leaf,
        item: ItemId,
        is_new: bool,
        unpacking: &mut Unpacking<'_>,
    ) -> Option<ItemRecord> {
        match leaf.form {
            Form::Message => self.message(leaf, item, is_new, unpacking),
            form if form.is_container() => {
                self.container(leaf, item, unpacking);
                None
            }
            Form::Other => is_new.then(|| self.other(leaf, item)),
            _ => is_new.then(|| self.document(leaf, item)),
        }
    }

    fn message(
        &self,
        leaf: &Leaf,
        item: ItemId,
        is_new: bool,
        unpacking: &mut Unpacking<'_>,
    ) -> Option<ItemRecord> {
        let decoded = if is_stored(leaf) {
            mabillon_decode::stored_message(leaf.bytes.clone())
        } else {
            mabillon_decode::message(leaf.bytes.clone(), None)
        };
        let (message, attached) = (decoded.message, decoded.attached);
        let examine = || examine_message(item, &message, &attached, self.world);
        let examined = is_new.then(|| catch_unwind(AssertUnwindSafe(examine)));
        let ids = if let Some(Ok(examined)) = &examined {
            examined.attached.clone()
        } else {
            // What an item carries is not lost with it.
            let bytes: Vec<&[u8]> = attached.iter().map(|part| &*part.bytes).collect();
            ItemId::of_all(&bytes)
        };
        let n_before = unpacking.backlog.len();
        let mut account = account_of_message(leaf);
        for (part, id) in attached.iter().zip(ids) {
            let carried = carried(leaf, item, &message, part, id);
            let n_bytes = match part.layer {
                Layer::Content => carried.place.length,
                // Its bytes are those of the object it lies in, and are counted with that.
                Layer::SignedEntity => 0,
            };
            match unpacking.carry(carried) {
                Ok(is_carried) => count(&mut account, is_carried, n_bytes),
                Err(error) => self.give_up(&error),
            }
        }
        unpacking.backlog.turn_round_from(n_before);
        if !attached.is_empty() {
            unpacking.out.add(Record::Accounting(account));
        }
        let mut examined = examined?.unwrap_or_else(|panic| resume_unwind(panic));
        let left_out = std::mem::take(&mut examined.left_out);
        let mut warnings = decoded.warnings;
        let partial = decoded.partial.or_else(|| left_out.first().cloned());
        let warn = |says: String| Warning::new("signature-limit", says);
        warnings.extend(left_out.into_iter().map(warn));
        Some(ItemRecord {
            warnings,
            partial,
            ..record(examined, message.text)
        })
    }

    /// Opens a container that lies in memory. Its contents become pending; what could not be read is recorded.
    fn container(&self, leaf: &Leaf, item: ItemId, unpacking: &mut Unpacking<'_>) {
        let settings = unpacking.settings(self.settings);
        let n_before = unpacking.backlog.len();
        let mut contents = Contents {
            worker: self,
            unpacking,
        };
        if let Err(reason) = self.decoders.expand(leaf, item, &settings, &mut contents) {
            unpacking.out.add(Record::NotRead {
                place: leaf.place.clone(),
                form: Some(leaf.form),
                reason,
            });
        }
        unpacking.backlog.turn_round_from(n_before);
    }

    fn document(&self, leaf: &Leaf, item: ItemId) -> ItemRecord {
        let decoded = match self
            .decoders
            .document(&leaf.bytes, leaf.form, &self.settings.passwords)
        {
            Ok(decoded) => decoded,
            Err(reason) => return not_examined(leaf, item, reason),
        };
        if let Some(reason) = decoded.not_examined {
            return not_examined(leaf, item, reason);
        }
        let document = decoded.document;
        let language = mabillon_decode::ui_language(&document);
        let examined = examine_document(
            item,
            leaf.form.kind(),
            leaf.bytes.len(),
            &document,
            &language,
            self.world,
        );
        ItemRecord {
            warnings: decoded.warnings,
            partial: decoded.partial,
            ..record(examined, document.text)
        }
    }

    fn other(&self, leaf: &Leaf, item: ItemId) -> ItemRecord {
        let examined = examine_other(
            item,
            leaf.form.kind(),
            media_type(leaf.form),
            leaf.bytes.len(),
            self.world,
        );
        record(examined, Text::default())
    }
}

/// Whether it came out of a store of properties, itself or what carries it.
fn is_stored(leaf: &Leaf) -> bool {
    matches!(
        leaf.place.stored.as_deref(),
        Some(StoreFacts::Mapi(_) | StoreFacts::Olm(_))
    )
}

/// Takes what a container holds, as it comes.
struct Contents<'a, 'b> {
    worker: &'a Worker<'a>,
    unpacking: &'a mut Unpacking<'b>,
}

impl Receiver for Contents<'_, '_> {
    fn receive(&mut self, event: Event) -> ControlFlow<()> {
        let out = &mut self.unpacking.out;
        match event {
            Event::Leaf(leaf) => {
                if let Err(error) = self.unpacking.carry(leaf) {
                    self.worker.give_up(&error);
                    return ControlFlow::Break(());
                }
            }
            Event::Container {
                place,
                form,
                item,
                size_bytes,
            } => {
                for record in container_record(place, form, item, size_bytes) {
                    out.add(record);
                }
            }
            Event::NotRead {
                place,
                form,
                reason,
            } => out.add(Record::NotRead {
                place,
                form,
                reason,
            }),
            Event::Account(account) => out.add(Record::Accounting(account)),
            Event::Progress { .. } => {}
        }
        let out = &mut self.unpacking.out;
        if out.is_full() && !out.send() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn make_room(&mut self, bytes: u64) {
        self.unpacking.turn.take(bytes);
    }

    fn no_space(&mut self, reason: &str) -> ControlFlow<()> {
        self.worker.decoders.give_up(&no_spool(&reason));
        ControlFlow::Break(())
    }
}

/// Why the run stops where there is no room for temporary files.
pub(super) fn no_spool(reason: &dyn std::fmt::Display) -> String {
    format!("write a temporary file to the case folder: {reason}")
}

fn identity(leaf: &Leaf) -> ItemId {
    leaf.item.unwrap_or_else(|| ItemId::of(&leaf.bytes))
}

fn record(examined: Examined, text: Text) -> ItemRecord {
    ItemRecord {
        findings: examined.findings,
        not_run: examined.not_run,
        text: (text != Text::default()).then_some(text),
        ..ItemRecord::new(examined.facts)
    }
}

/// What the bytes of a message are that are no attachment.
const REST_OF_MESSAGE: &str = "header and text of messages";

/// The account of a message before anything it carries is counted.
fn account_of_message(leaf: &Leaf) -> Accounting {
    Accounting {
        exhibit: leaf.place.exhibit.clone(),
        path: leaf.place.path.clone(),
        kind: ContainerKind::Message,
        n_expected: 0,
        n_decoded: 0,
        n_failed: 0,
        bytes_decoded: 0,
        bytes_failed: 0,
        bytes_ignored: vec![(REST_OF_MESSAGE.to_owned(), leaf.bytes.len() as u64)],
    }
}

/// Counts one thing that a message carries, of so many bytes as they are stored in it.
fn count(account: &mut Accounting, is_carried: bool, n_bytes: u64) {
    account.n_expected += 1;
    if is_carried {
        account.n_decoded += 1;
        account.bytes_decoded += n_bytes;
    } else {
        account.n_failed += 1;
        account.bytes_failed += n_bytes;
    }
    for (_, rest) in &mut account.bytes_ignored {
        *rest = rest.saturating_sub(n_bytes);
    }
}

/// The name of what a message carries, as a step of a path.
pub(crate) fn step(number: &str, layer: Layer) -> String {
    let part = match number {
        "" => "body".to_owned(),
        number => format!("part {number}"),
    };
    match layer {
        Layer::Content => part,
        Layer::SignedEntity => format!("{part}!content"),
    }
}

/// Whether what a message carries is a message, whatever its bytes look like.
pub(crate) fn is_message(message: &Message, attached: &Attached) -> bool {
    let part = message.parts.get(attached.part);
    attached.layer == Layer::SignedEntity
        || part.is_some_and(|part| part.media_type == "message/rfc822")
}

/// What a message carries, as a leaf of its own.
fn carried(leaf: &Leaf, item: ItemId, message: &Message, attached: &Attached, id: ItemId) -> Leaf {
    let part = message.parts.get(attached.part);
    let number = part.map_or("", |part| part.number.as_str());
    let body = part.map(|part| part.body).unwrap_or_default();
    let is_message = is_message(message, attached);
    let step = step(number, attached.layer);
    let path = if leaf.place.path.is_empty() {
        step
    } else {
        format!("{}!{step}", leaf.place.path)
    };
    Leaf {
        place: Place {
            path,
            offset: body.start as u64,
            length: body.len() as u64,
            parent: Some(item),
            mailbox: None,
            entry: None,
            ..leaf.place.clone()
        },
        form: if is_message {
            Form::Message
        } else {
            form_of(&attached.bytes)
        },
        bytes: attached.bytes.clone(),
        separator: None,
        depth: leaf.depth + 1,
        item: Some(id),
    }
}

/// What stands for an item whose decoder stopped: it costs this item only.
fn not_examined(leaf: &Leaf, item: ItemId, reason: String) -> ItemRecord {
    let size_bytes = leaf.bytes.len() as u64;
    let facts =
        mabillon_examine::bare_facts(item, leaf.form.kind(), media_type(leaf.form), size_bytes);
    ItemRecord {
        not_examined: Some(reason),
        ..ItemRecord::new(facts)
    }
}

/// The media type of a form, where it has one name.
const fn media_type(form: Form) -> &'static str {
    match form {
        Form::Message => "message/rfc822",
        Form::Mbox => "application/mbox",
        Form::Pst => "application/vnd.ms-outlook-pst",
        Form::Msg => "application/vnd.ms-outlook",
        Form::Tnef => "application/vnd.ms-tnef",
        Form::Zip => "application/zip",
        Form::Tar => "application/x-tar",
        Form::Gzip => "application/gzip",
        Form::Bzip2 => "application/x-bzip2",
        Form::Xz => "application/x-xz",
        Form::Zstd => "application/zstd",
        Form::SevenZip => "application/x-7z-compressed",
        Form::Rar => "application/vnd.rar",
        Form::Cabinet => "application/vnd.ms-cab-compressed",
        Form::Iso => "application/x-iso9660-image",
        Form::Pdf => "application/pdf",
        Form::Rtf => "application/rtf",
        Form::Image(media_type) => media_type,
        Form::Text => "text/plain",
        Form::Html => "text/html",
        _ => "application/octet-stream",
    }
}
