//! Decisions of reviewers. They are lines of the custody log and nothing else: who, when, on which item, what.
//!
//! The act is `review`, the detail one JSON object: `{"act": "…", "item": "…", "version": 4, "changes": {…}}`.
//! How an item stands is what its lines add up to, and its version is their number, so no line can be lost, doubled or
//! put over another without breaking the count or the chain of hashes: [`crate::verify`] checks both.

use std::collections::BTreeMap;

use mabillon_case::{ItemId, sha256};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Case, CustodyEntry, KeepError};

/// What stands as the act of a line that is a decision.
pub const ACT: &str = "review";
/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 10_000;
/// Characters of a tag.
pub const TAG_CHARS_MAX: usize = 40;
/// Tags of one item.
pub const TAGS_MAX: usize = 20;
/// Notes of one item.
pub const NOTES_MAX: usize = 1_000;

/// What is to be done with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It can be used.
    Use,
    /// It must not be used.
    DoNotUse,
    /// It needs more work before this can be said.
    NeedsWork,
}

impl Decision {
    /// All decisions.
    pub const ALL: [Self; 3] = [Self::Use, Self::DoNotUse, Self::NeedsWork];

    /// The word for it, as exported.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::DoNotUse => "do-not-use",
            Self::NeedsWork => "needs-work",
        }
    }
}

/// A remark; it is added and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Its number on this item, from 1.
    pub n: usize,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
}

/// How an item stands in the review.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// Number of acts on it; 0 where nobody touched it.
    pub version: u64,
    /// The decision that holds.
    pub decision: Option<Decision>,
    /// Who decided, or took the decision back.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// Who is to look at it.
    pub assigned: Option<String>,
    /// Notes, in order.
    pub notes: Vec<Note>,
    /// Line of the custody log that made it so; 0 for none.
    pub seq: u64,
}

/// What an act changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The decision; `Some(None)` takes it back.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub decision: Option<Option<Decision>>,
    /// Tags.
    #[serde(default, skip_serializing_if = "TagChanges::is_empty")]
    pub tags: TagChanges,
    /// To whom it is given; `Some(None)` gives it to nobody.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub assigned: Option<Option<String>>,
    /// A note that is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Tags that are put on and taken off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagChanges {
    /// Put on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<String>,
    /// Taken off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

impl TagChanges {
    fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// A field that is there, with `null` told from absence.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Changes {
    /// Whether nothing but a note is added, which can stand beside whatever others do.
    pub fn is_note_only(&self) -> bool {
        self.note.is_some()
            && self.decision.is_none()
            && self.assigned.is_none()
            && self.tags.is_empty()
    }

    /// What is wrong with it, in plain words.
    fn wrong(&self) -> Option<String> {
        let tags = self.tags.add.iter().chain(&self.tags.remove);
        let is_tag = |tag: &str| {
            let length = tag.chars().count();
            (1..=TAG_CHARS_MAX).contains(&length)
                && tag.trim() == tag
                && !tag.chars().any(char::is_control)
        };
        if *self == Self::default() {
            Some("an act must change something".to_owned())
        } else if self
            .note
            .as_ref()
            .is_some_and(|note| note.chars().count() > NOTE_CHARS_MAX || note.trim().is_empty())
        {
            Some(format!("a note has 1 to {NOTE_CHARS_MAX} characters"))
        } else if tags.clone().count() > 2 * TAGS_MAX || !tags.into_iter().all(|tag| is_tag(tag)) {
            Some(format!(
                "a tag has 1 to {TAG_CHARS_MAX} characters on one line; there are {TAGS_MAX} at most"
            ))
        } else {
            None
        }
    }
}

/// An act as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Chosen by whoever asks: the same act asked for twice is done once.
    pub id: String,
    /// The item.
    pub item: ItemId,
    /// The version it was decided on; not needed for a note.
    pub version: Option<u64>,
    /// What changes.
    pub changes: Changes,
}

/// An act that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDone {
    /// It was done before; this is how the item stands now.
    Before(Box<Review>),
    /// Somebody else was first; this is how the item stands now.
    Conflict(Box<Review>),
    /// Another act was done under this id.
    OtherAct,
    /// It cannot be done, for this reason.
    Wrong(String),
}

/// A line of the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    act: String,
    item: String,
    version: u64,
    changes: Changes,
}

/// An act as it stands in the custody log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Id of the act.
    pub act: String,
    /// The item.
    pub item: ItemId,
    /// The version of the item after it.
    pub version: u64,
    /// What it changed.
    pub changes: Changes,
}

impl Done {
    /// The act in a line of the custody log; `None` where the line is about something else.
    ///
    /// # Errors
    /// Where the line cannot be understood: what is wrong, in plain words.
    pub fn of(entry: &CustodyEntry) -> Result<Option<Self>, String> {
        if entry.act != ACT {
            return Ok(None);
        }
        let line: Line = serde_json::from_str(&entry.detail)
            .map_err(|error| format!("holds a decision that cannot be read: {error}"))?;
        let item = line
            .item
            .parse()
            .map_err(|_| "holds a decision on no item".to_owned())?;
        Ok(Some(Self {
            act: line.act,
            item,
            version: line.version,
            changes: line.changes,
        }))
    }
}

/// How all items stand, added up from the custody log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviews {
    by_item: BTreeMap<ItemId, Review>,
    /// What was done under which id: the line, and a digest of what was asked for.
    acts: BTreeMap<(String, ItemId), [u8; 32]>,
    seq: u64,
}

impl Reviews {
    /// Adds up the custody log of a case.
    ///
    /// # Errors
    /// `Damaged` where a line cannot be understood; errors of the disk.
    pub fn read(case: &Case) -> Result<Self, KeepError> {
        let mut reviews = Self::default();
        for entry in case.custody()? {
            reviews.apply(&entry).map_err(|says| {
                KeepError::damaged(format!("line {} of the custody log {says}", entry.seq))
            })?;
        }
        Ok(reviews)
    }

    /// How an item stands; `None` where nobody touched it.
    pub fn of(&self, item: &ItemId) -> Option<&Review> {
        self.by_item.get(item)
    }

    /// All items that somebody touched, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&ItemId, &Review)> {
        self.by_item.iter()
    }

    /// The last line that was added up, of whatever kind.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The detail of the line that does this act, or why it is not done.
    ///
    /// # Errors
    /// See [`NotDone`].
    pub fn plan(&self, act: &Act) -> Result<String, NotDone> {
        if let Some(says) = act.changes.wrong() {
            return Err(NotDone::Wrong(says));
        }
        let now = self.by_item.get(&act.item).cloned().unwrap_or_default();
        match self.acts.get(&(act.id.clone(), act.item)) {
            Some(done) if *done == digest(&act.changes) => {
                return Err(NotDone::Before(Box::new(now)));
            }
            Some(_) => return Err(NotDone::OtherAct),
            None => {}
        }
        match act.version {
            Some(version) if version == now.version => {}
            None if act.changes.is_note_only() => {}
            None => {
                return Err(NotDone::Wrong(
                    "the version it was decided on is missing".to_owned(),
                ));
            }
            Some(_) => return Err(NotDone::Conflict(Box::new(now))),
        }
        if now.notes.len() >= NOTES_MAX && act.changes.note.is_some() {
            return Err(NotDone::Wrong(format!(
                "an item has {NOTES_MAX} notes at most"
            )));
        }
        if tags_after(&now.tags, &act.changes.tags).len() > TAGS_MAX {
            return Err(NotDone::Wrong(format!(
                "an item has {TAGS_MAX} tags at most"
            )));
        }
        let line = Line {
            act: act.id.clone(),
            item: act.item.to_string(),
            version: now.version + 1,
            changes: act.changes.clone(),
        };
        serde_json::to_string(&line).map_err(|error| NotDone::Wrong(error.to_string()))
    }

    /// Adds one line of the log. Returns the item where the line is a decision.
    ///
    /// # Errors
    /// Where it cannot follow what was added before: what is wrong, in plain words.
    pub fn apply(&mut self, entry: &CustodyEntry) -> Result<Option<ItemId>, String> {
        self.seq = entry.seq;
        let Some(done) = Done::of(entry)? else {
            return Ok(None);
        };
        let review = self.by_item.entry(done.item).or_default();
        if done.version != review.version + 1 {
            return Err(format!(
                "is act {} on item {}, which had {} before it",
                done.version, done.item, review.version
            ));
        }
        let key = (done.act, done.item);
        if self.acts.insert(key, digest(&done.changes)).is_some() {
            return Err("holds an act that was done before".to_owned());
        }
        review.version = done.version;
        review.seq = entry.seq;
        if let Some(decision) = done.changes.decision {
            review.decision = decision;
            review.decided_by = Some(entry.who.clone());
            review.decided_at = Some(entry.time.clone());
        }
        if let Some(assigned) = done.changes.assigned {
            review.assigned = assigned;
        }
        review.tags = tags_after(&review.tags, &done.changes.tags);
        if let Some(text) = done.changes.note {
            let note = Note {
                n: review.notes.len() + 1,
                text,
                by: entry.who.clone(),
                at: entry.time.clone(),
            };
            review.notes.push(note);
        }
        Ok(Some(done.item))
    }
}

fn tags_after(tags: &[String], changes: &TagChanges) -> Vec<String> {
    let kept = tags.iter().filter(|tag| !changes.remove.contains(tag));
    let mut after: Vec<String> = kept.chain(&changes.add).cloned().collect();
    after.sort_unstable();
    after.dedup();
    after
}

fn digest(changes: &Changes) -> [u8; 32] {
    sha256(
        serde_json::to_string(changes)
            .unwrap_or_default()
            .as_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, who: &str, detail: String) -> CustodyEntry {
        let time = format!("2026-01-01T00:00:{seq:02}Z");
        CustodyEntry {
            seq,
            time,
            who: who.to_owned(),
            act: ACT.to_owned(),
            detail,
            previous: [0; 32],
            hash: [0; 32],
        }
    }

    fn act(id: &str, version: u64, json: &str) -> Act {
        let changes = serde_json::from_str(json).unwrap();
        Act {
            id: id.to_owned(),
            item: ItemId([7; 32]),
            version: Some(version),
            changes,
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one story")]
    fn acts_add_up_and_the_second_on_a_version_is_a_conflict() {
        let mut reviews = Reviews::default();
        let first = act(
            "a",
            0,
            r#"{"decision": "use", "tags": {"add": ["b", "a"]}}"#,
        );
        let line = reviews.plan(&first).unwrap();
        reviews.apply(&entry(1, "anna", line)).unwrap();
        let review = reviews.of(&first.item).unwrap().clone();
        assert_eq!((review.version, review.decision), (1, Some(Decision::Use)));
        assert_eq!(review.tags, ["a", "b"]);
        assert_eq!(review.decided_by.as_deref(), Some("anna"));

        let late = act("b", 0, r#"{"decision": "do-not-use"}"#);
        assert_eq!(
            reviews.plan(&late),
            Err(NotDone::Conflict(Box::new(review.clone())))
        );
        assert_eq!(
            reviews.plan(&first),
            Err(NotDone::Before(Box::new(review))),
            "asked for again"
        );
        let other = act("a", 1, r#"{"decision": null}"#);
        assert_eq!(reviews.plan(&other), Err(NotDone::OtherAct));

        let back = act(
            "c",
            1,
            r#"{"decision": null, "tags": {"remove": ["a"]}, "note": "why"}"#,
        );
        let line = reviews.plan(&back).unwrap();
        reviews.apply(&entry(2, "ben", line)).unwrap();
        let review = reviews.of(&first.item).unwrap();
        assert_eq!(
            (review.version, review.decision, review.notes.len()),
            (2, None, 1)
        );
        assert_eq!(review.tags, ["b"]);

        let note = Act {
            version: None,
            ..act("d", 0, r#"{"note": "more"}"#)
        };
        assert!(
            reviews.plan(&note).is_ok(),
            "a note can stand beside whatever others do"
        );
        for wrong in ["{}", r#"{"note": " "}"#, r#"{"tags": {"add": ["a\nb"]}}"#] {
            assert!(
                matches!(reviews.plan(&act("e", 2, wrong)), Err(NotDone::Wrong(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_line_that_does_not_follow_is_named() {
        let mut reviews = Reviews::default();
        let line = reviews
            .plan(&act("a", 0, r#"{"decision": "use"}"#))
            .unwrap();
        reviews.apply(&entry(1, "anna", line.clone())).unwrap();
        assert!(
            reviews
                .apply(&entry(2, "anna", line))
                .unwrap_err()
                .contains("act 1")
        );
        assert!(reviews.apply(&entry(3, "anna", "{}".to_owned())).is_err());
    }
}
