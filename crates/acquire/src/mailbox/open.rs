//! Takes the messages of an mbox.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use mabillon_case::{Accounting, ContainerKind, Form, ItemId};

use super::hashed::{Hashed, WindowHasher};
use super::split::{Loss, Piece, SplitEnd, SplitLimits, split_stream};
use super::stored;
use crate::event::{Event, Leaf};
use crate::intake::{Intake, too_large};
use crate::limits::WINDOW_BYTES;
use crate::spot::{Passed, Spot, Taken, count, ignore};

impl Intake<'_> {
    /// Takes an mbox that is read as a stream.
    pub(crate) fn open_mbox_stream(
        &mut self,
        spot: &Spot,
        reader: &mut dyn Read,
    ) -> ControlFlow<(), Passed> {
        // Where containers are opened elsewhere, this is the process whose word counts; elsewhere it would be in vain.
        let hashed = if self.opener.is_some() {
            Hashed::MailboxAndMessages
        } else {
            Hashed::Mailbox
        };
        let mut hasher = WindowHasher::new(hashed);
        let mut windows = std::mem::take(&mut self.windows);
        let (account, end) = self.mbox(spot, None, |item_bytes_max, sink| {
            let limits = SplitLimits {
                window_bytes: WINDOW_BYTES,
                item_bytes_max,
            };
            split_stream(reader, limits, &mut windows, &mut hasher, sink)
        })?;
        self.windows = windows;
        let item = end.error.is_none().then(|| hasher.finish());
        self.close(spot, Form::Mbox, item, end.n_bytes, account)?;
        ControlFlow::Continue(Passed {
            taken: Taken::Read,
            item,
            n_bytes: end.n_bytes,
        })
    }

    /// Takes an mbox that `split` splits; gives its account.
    pub(crate) fn mbox(
        &mut self,
        spot: &Spot,
        parent: Option<ItemId>,
        split: impl FnOnce(u64, &mut dyn FnMut(Piece) -> ControlFlow<()>) -> ControlFlow<(), SplitEnd>,
    ) -> ControlFlow<(), (Accounting, SplitEnd)> {
        let item_bytes_max = self.settings.limits.bytes_max_of(Form::Message);
        let mut account = self.account(spot, ContainerKind::Mbox);
        let mailbox = Arc::from(if spot.path.is_empty() {
            &*self.exhibit
        } else {
            spot.path.as_str()
        });
        let end = split(item_bytes_max, &mut |piece| {
            if let Piece::Window { n_bytes } = piece {
                self.make_room(n_bytes);
                return ControlFlow::Continue(());
            }
            let number = account.n_expected + 1;
            let mut message = spot.member(&format!("message {number}"), parent);
            if let Piece::Message { separator, .. } = &piece {
                message.stored = Some(Arc::new(stored::of_mbox(separator, number)));
            }
            let (taken, length) = piece.taken();
            count(&mut account, taken, length);
            self.piece(message, Arc::clone(&mailbox), piece)
        })?;
        let n_ignored = end
            .n_bytes
            .saturating_sub(account.bytes_decoded + account.bytes_failed);
        ignore(&mut account, "mbox separator lines", n_ignored);
        ControlFlow::Continue((account, end))
    }

    /// Tells of one message of an mbox.
    fn piece(&mut self, mut spot: Spot, mailbox: Arc<str>, piece: Piece) -> ControlFlow<()> {
        match piece {
            Piece::Window { .. } => ControlFlow::Continue(()),
            Piece::Message {
                separator,
                bytes,
                offset,
                item,
            } => {
                (spot.offset, spot.length) = (offset, bytes.len() as u64);
                let place = self.place(&spot, Some(mailbox));
                let (form, separator, depth) = (Form::Message, Some(separator), spot.depth);
                self.tell(Event::Leaf(Leaf {
                    place,
                    bytes,
                    form,
                    separator,
                    depth,
                    item,
                }))
            }
            Piece::Lost {
                offset,
                length,
                loss,
            } => {
                (spot.offset, spot.length) = (offset, length);
                let reason = match loss {
                    Loss::TooLarge => too_large(self.settings.limits.bytes_max_of(Form::Message)),
                    Loss::CutOff => {
                        "the mailbox cannot be read on from within this message".to_owned()
                    }
                };
                self.not_read(&spot, Some(Form::Message), reason)
            }
        }
    }
}
