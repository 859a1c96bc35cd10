//! Archives of Outlook for Mac: packages of XML files, each of which holds a message, with the attachments beside them.
//!
//! A message is put together from its XML and from the entries that it names as attachments; those are no items of their
//! own then. Everything else in the package (contacts, calendars, attachments that no message names) is an entry like any
//! other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::StoreFacts;
use mabillon_mapi::{Content, OlmFile, OlmMessage, Source, assemble, read_olm};

use super::directory::Entry;
use super::entries::Archive;
use super::local::{self, Local};
use super::methods;
use crate::intake::too_large;
use crate::limits::{OLM_ATTACHMENTS_MAX, OLM_FILE_BYTES_MAX};
use crate::mailbox::outlook::tell_message;
use crate::spot::{Spot, Taken, count, ignore};

/// The folder of messages, and that of attachments.
const MESSAGES: &str = "com.microsoft.__Messages/";
const ATTACHMENTS: &str = "com.microsoft.__Attachments/";

/// What owns the bytes of attachments that were read with their messages.
const WITH_MESSAGE: &str = "attachments, read with their messages";

/// What is known of a package.
#[derive(Default)]
pub(super) struct Package {
    /// Entries by their names.
    entries: BTreeMap<String, Entry>,
    /// Names of those that a message carries.
    carried: BTreeSet<String>,
    /// Attachments that wait until it is known whether a message carries them.
    waiting: Vec<(Spot, Entry, Local, u64)>,
}

impl Package {
    /// A package of these entries.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let attachments = entries
            .iter()
            .filter(|entry| entry.name.contains(ATTACHMENTS));
        Self {
            entries: attachments
                .take(OLM_ATTACHMENTS_MAX)
                .map(|entry| (entry.name.clone(), entry.clone()))
                .collect(),
            ..Self::default()
        }
    }
}

fn is_xml(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

impl Archive<'_, '_> {
    /// Takes an entry of a package, and counts it.
    pub(super) fn of_package(
        &mut self,
        member: &Spot,
        entry: &Entry,
        local: &Local,
        n_stored: u64,
    ) -> ControlFlow<()> {
        if let Some(package) = &mut self.package
            && package.entries.contains_key(&entry.name)
        {
            let waiting = (member.clone(), entry.clone(), local.clone(), n_stored);
            package.waiting.push(waiting);
            return ControlFlow::Continue(());
        }
        if entry.name.contains(MESSAGES) && is_xml(&entry.name) {
            if let Some(reason) = self.intake.enter(member) {
                count(&mut self.account, Taken::Failed, n_stored);
                return self.intake.not_read(member, None, reason);
            }
            let taken = self.messages(member, entry, local, n_stored)?;
            self.intake.leave();
            if taken {
                return ControlFlow::Continue(());
            }
        }
        let taken = self.content(member, entry, local, n_stored)?;
        count(&mut self.account, taken, n_stored);
        ControlFlow::Continue(())
    }

    /// Takes the messages of an XML file; `false` where it holds none that can be read.
    fn messages(
        &mut self,
        member: &Spot,
        entry: &Entry,
        local: &Local,
        n_stored: u64,
    ) -> ControlFlow<(), bool> {
        let Ok(xml) = self.bytes_of(entry, local, n_stored, OLM_FILE_BYTES_MAX) else {
            return ControlFlow::Continue(false);
        };
        let OlmFile { messages, lost } = read_olm(&String::from_utf8_lossy(&xml));
        drop(xml);
        if messages.is_empty() {
            return ControlFlow::Continue(false);
        }
        let n_messages = messages.len();
        for (number, message) in (1..).zip(messages) {
            let mut spot = member.clone();
            if number > 1 {
                spot.path = format!("{} (message {number})", member.path);
            }
            let n_bytes = if number == 1 { n_stored } else { 0 };
            let lost = lost.as_ref().filter(|_| number == n_messages);
            let taken = self.message(spot, message, lost.cloned())?;
            count(&mut self.account, taken, n_bytes);
        }
        ControlFlow::Continue(true)
    }

    fn message(
        &mut self,
        spot: Spot,
        mut found: OlmMessage,
        lost: Option<String>,
    ) -> ControlFlow<(), Taken> {
        let max = self.intake.settings.limits.message_bytes_max;
        let mut left = max;
        let paths = std::mem::take(&mut found.attachment_paths);
        for (attachment, path) in found.message.attachments.iter_mut().zip(paths) {
            if path.is_empty() {
                continue;
            }
            attachment.content = match self.attachment(&path, left) {
                Ok(bytes) => {
                    left -= bytes.len() as u64;
                    Content::Bytes(bytes)
                }
                Err(reason) => Content::Missing(reason),
            };
        }
        found.message.lost.extend(lost);
        let folder = spot.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mailbox = Some(Arc::from(folder));
        let facts = StoreFacts::Olm(found.facts);
        let assembled = assemble(found.message, Source::Olm);
        tell_message(self.intake, spot, mailbox, assembled, facts)
    }

    /// The bytes of an attachment that a message names.
    fn attachment(&mut self, path: &str, bytes_max: u64) -> Result<Vec<u8>, String> {
        let package = self.package.as_ref();
        let entry = package
            .and_then(|package| package.entries.get(path))
            .cloned();
        let entry = entry.ok_or_else(|| {
            format!(
                "it is not among the first {OLM_ATTACHMENTS_MAX} attachments that the archive holds"
            )
        })?;
        let local = local::header_at(self.reader, entry.header_offset);
        let local = local.ok().flatten().ok_or("its local header is missing")?;
        let n_stored = entry
            .stored_bytes
            .min(self.data_end.saturating_sub(local.data_offset));
        let bytes = self.bytes_of(&entry, &local, n_stored, bytes_max)?;
        if let Some(package) = &mut self.package {
            package.carried.insert(path.to_owned());
        }
        Ok(bytes)
    }

    /// The content of an entry, whole.
    fn bytes_of(
        &mut self,
        entry: &Entry,
        local: &Local,
        n_stored: u64,
        bytes_max: u64,
    ) -> Result<Vec<u8>, String> {
        let stored = self.unlock(entry, local, n_stored)?;
        if let Some(reason) = methods::refusal(stored.method) {
            return Err(reason);
        }
        let expandable = Rc::clone(&self.intake.expandable);
        let limits = self.intake.settings.limits.clone();
        let content = stored
            .open(self.reader, expandable, limits)
            .map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        let read = content.take(bytes_max + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("it cannot be read to its end: {error}"))?;
        if bytes.len() as u64 > bytes_max {
            return Err(too_large(bytes_max));
        }
        Ok(bytes)
    }

    /// Takes the attachments that no message carries.
    pub(super) fn rest_of_package(&mut self) -> ControlFlow<()> {
        let Some(package) = &mut self.package else {
            return ControlFlow::Continue(());
        };
        let carried = std::mem::take(&mut package.carried);
        for (member, entry, local, n_stored) in std::mem::take(&mut package.waiting) {
            if carried.contains(&entry.name) {
                ignore(&mut self.account, WITH_MESSAGE, n_stored);
                continue;
            }
            let taken = self.content(&member, &entry, &local, n_stored)?;
            count(&mut self.account, taken, n_stored);
        }
        ControlFlow::Continue(())
    }
}
