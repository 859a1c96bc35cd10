//! One item as the report sees it: its facts, its opinion and everything found or not found on it.

use std::sync::Arc;

use mabillon_case::{
    Effect, Facts, Finding, ItemId, Kind, NotRun, Opinion, Origin, Place, Stamp, StoreFacts,
    Warning,
};

use crate::LostKeys;

/// One item with all that was learnt of it. Borrowed: the report never holds more than one at a time.
#[derive(Debug, Clone, Copy)]
pub struct ItemRow<'a> {
    /// Facts, with the places filled in.
    pub facts: &'a Facts,
    /// The opinion.
    pub opinion: &'a Opinion,
    /// All findings, weighed or not.
    pub findings: &'a [Arc<Finding>],
    /// Tests that gave no finding, and why.
    pub not_run: &'a [Arc<NotRun>],
    /// Warnings about our own reading.
    pub warnings: &'a [Warning],
    /// Why it was not examined at all, if it was not.
    pub not_examined: Option<&'a str>,
    /// What part of it was not examined, if it was examined in part.
    pub partial: Option<&'a str>,
    /// What came of the search for lost keys; `None` where a face does not tell.
    pub lost_keys: Option<&'a LostKeys>,
}

/// A finding with its weight; weight 0 and no group where no weight is known for it.
#[derive(Debug, Clone, Copy)]
pub struct Weighed<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Dependence group.
    pub group: &'a str,
    /// log10 of the likelihood ratio.
    pub log10_lr: f64,
    /// What it does beyond its weight.
    pub effect: Effect,
}

impl<'a> ItemRow<'a> {
    /// Whether it is reported on: it lies in the collection, or its places are not known.
    /// Items that lie only among the originals are compared with, never reported on.
    pub fn is_reported(&self) -> bool {
        self.facts.places.is_empty() || self.facts.in_collection()
    }

    /// Whether it holds other items and so carries no opinion of its own.
    pub fn is_container(&self) -> bool {
        matches!(self.facts.kind, Kind::Mailbox | Kind::Archive)
    }

    /// Its places in the collection, in order.
    pub fn places(&self) -> impl Iterator<Item = &'a Place> {
        self.facts
            .places
            .iter()
            .filter(|place| place.origin == Origin::Collection)
    }

    /// All findings: the weighed ones in the order of the evidence, then those without a weight.
    pub fn weighed(&self) -> Vec<Weighed<'a>> {
        let evidence = &self.opinion.evidence;
        let weighed = evidence.iter().map(|evidence| Weighed {
            finding: &evidence.finding,
            group: &evidence.group,
            log10_lr: evidence.log10_lr,
            effect: evidence.effect,
        });
        let rest = self
            .findings
            .iter()
            .filter(|finding| evidence.iter().all(|weighed| weighed.finding != **finding))
            .map(|finding| Weighed {
                finding,
                group: "",
                log10_lr: 0.0,
                effect: Effect::Weighs,
            });
        weighed.chain(rest).collect()
    }

    /// What a reader would call it: the subject, the title or the file name.
    pub fn title(&self) -> &'a str {
        let facts = self.facts;
        let subject = facts
            .message
            .as_ref()
            .map(|message| message.subject.as_str());
        let title = facts
            .document
            .as_ref()
            .map(|document| document.title.as_str());
        match (subject, title) {
            (Some(""), _) => "(no subject)",
            (Some(subject), _) => subject,
            (None, Some(title)) if !title.is_empty() => title,
            _ => self.file_name(),
        }
    }

    /// The message that carries it, where it has no other name than that of a part.
    pub(crate) fn nameless_part_of(&self) -> Option<ItemId> {
        let place = self.places().next()?;
        let is_part = place.path.rsplit('!').next()?.starts_with("part ");
        place
            .parent
            .filter(|_| is_part && self.title() == self.file_name())
    }

    /// The time it states for itself: `Date` of a message, last save or creation of a document.
    pub fn stated_time(&self) -> Option<Stamp> {
        let of_message = self.facts.message.as_ref().and_then(|message| message.date);
        let document = self.facts.document.as_ref();
        of_message
            .or_else(|| document.and_then(|document| document.modified))
            .or_else(|| document.and_then(|document| document.created))
    }

    /// The last step of its first place; the exhibit where that is the item.
    fn file_name(&self) -> &'a str {
        let Some(place) = self.places().next() else {
            return "(no name)";
        };
        let name = place.path.rsplit(['!', '/']).next().unwrap_or_default();
        if name.is_empty() {
            &place.exhibit
        } else {
            name
        }
    }
}

/// A place as people write it and, of an attachment that Apple Mail keeps beside its message, that message.
pub(crate) fn place_with_message(place: &Place) -> String {
    let text = place_text(place);
    match place.stored.as_deref() {
        Some(StoreFacts::EmlxPart(kept)) => format!(
            "{text}, kept beside {} as its part {}",
            kept.message, kept.part
        ),
        _ => text,
    }
}

/// A place as people write it: `dump.zip!mail/lang.mbox!message 123`.
pub fn place_text(place: &Place) -> String {
    if place.path.is_empty() {
        place.exhibit.to_string()
    } else {
        format!("{}!{}", place.exhibit, place.path)
    }
}
