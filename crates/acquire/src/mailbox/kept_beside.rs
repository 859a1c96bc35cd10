//! Attachments that Apple Mail took out of a message (`Messages/123.partial.emlx`) and keeps in files beside it
//! (`Attachments/123/2/flour.pdf`, the 2 being the number of the part): each is tied to its message.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use mabillon_case::{EmlxPartFacts, ItemId, StoreFacts};

use super::message_in;
use crate::limits::WHOLE_BYTES_MAX;
use crate::spot::Spot;

/// The folder that Apple Mail keeps attachments in, and the one of the messages beside it.
const ATTACHMENTS: &str = "Attachments";
const MESSAGES: &str = "Messages";

/// Ties files to their messages. The files of one message come one behind another: the last message is kept.
#[derive(Default)]
pub(crate) struct KeptBeside {
    last: Option<(PathBuf, Option<ItemId>)>,
}

impl KeptBeside {
    /// The place of a file of an exhibit, with the message that Apple Mail took it out of, where there is one.
    pub(crate) fn tied(&mut self, path: &Path, spot: Spot) -> Spot {
        match self.message_of(path, &spot.path) {
            Some((message, facts)) => Spot {
                parent: Some(message),
                stored: Some(Arc::new(StoreFacts::EmlxPart(facts))),
                ..spot
            },
            None => spot,
        }
    }

    fn message_of(&mut self, path: &Path, name: &str) -> Option<(ItemId, EmlxPartFacts)> {
        let (rest, _) = name.rsplit_once('/')?;
        let (rest, part) = rest.rsplit_once('/')?;
        let (rest, number) = rest.rsplit_once('/')?;
        let before = rest.strip_suffix(ATTACHMENTS)?;
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(number) || !part.split('.').all(is_number) {
            return None;
        }
        let around = path.ancestors().nth(4)?;
        let file = format!("{number}.partial.emlx");
        [format!("{MESSAGES}/{file}"), file]
            .into_iter()
            .find_map(|file| {
                let message = self.partial(around.join(&file))?;
                let facts = EmlxPartFacts {
                    message: format!("{before}{file}"),
                    part: part.to_owned(),
                };
                Some((message, facts))
            })
    }

    /// The identity of the message in a file, if it is one from which attachments were taken out.
    fn partial(&mut self, path: PathBuf) -> Option<ItemId> {
        if let Some((_, known)) = self.last.as_ref().filter(|(last, _)| *last == path) {
            return *known;
        }
        let message = partial_message(&path);
        self.last = Some((path, message));
        message
    }
}

fn partial_message(path: &Path) -> Option<ItemId> {
    // A link may lead out of the exhibit.
    let is_folder = fs::symlink_metadata(path.parent()?).is_ok_and(|folder| folder.is_dir());
    let metadata = fs::symlink_metadata(path).ok()?;
    if !is_folder || !metadata.is_file() || metadata.len() > WHOLE_BYTES_MAX {
        return None;
    }
    let message = message_in(&Bytes::from(fs::read(path).ok()?));
    match message.stored? {
        StoreFacts::Emlx(frame) if frame.is_partial => Some(ItemId::of(&message.bytes)),
        _ => None,
    }
}
