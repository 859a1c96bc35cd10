//! Is the person who saved a document last known from the collection?

use mabillon_case::{Facts, Finding, ItemId};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// The person who saved a document last is known from elsewhere in the collection.
    ///
    /// ## What it examines
    /// The name in "last modified by" against the names of authors of other documents and of people who write mail.
    /// ## Why it matters
    /// A document that was opened and saved after it was taken carries the name set up in that person's program.
    /// A name that appears nowhere else in a large collection is worth a question.
    /// ## Innocent explanations
    /// Partners, suppliers and printers send documents of their own; programs are set up with nicknames and company
    /// names; a new computer has a default name. It weighs little alone.
    /// ## References
    /// - ISO/IEC 29500-2, `cp:lastModifiedBy`; MS-OLEPS, `PIDSI_LASTAUTHOR`
    pub(crate) static LAST_SAVER = {
        id: "collection/last-saver",
        findings: &["saver-is-author", "saver-known", "saver-unknown"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it names no last saver",
            needs_text: false,
            members_min: 1,
            examine: last_saver,
        }),
    }
}

/// A name as it is compared: lower case, single spaces.
fn name(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn names(facts: &Facts) -> Vec<String> {
    let document = facts
        .document
        .iter()
        .flat_map(|document| [name(&document.last_modified_by), name(&document.author)]);
    let message = facts.message.iter().map(|message| name(&message.from_name));
    document
        .chain(message)
        .filter(|name| !name.is_empty())
        .collect()
}

fn keys(facts: &Facts) -> Vec<Key> {
    names(facts).iter().map(|name| key_of(name)).collect()
}

fn key_of(name: &str) -> Key {
    Key::of(&[b"name", name.as_bytes()])
}

fn last_saver(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let members = group.members;
    let Some(shared) = shared_name(group) else {
        return Vec::new();
    };
    // Asked only of documents by another author, so no document vouches for itself.
    let is_known = members.iter().any(|member| vouches(member.facts, &shared));
    members
        .iter()
        .filter_map(|member| {
            let document = member.facts.document.as_ref().filter(|_| member.facts.in_collection())?;
            if name(&document.last_modified_by) != shared {
                return None;
            }
            let saver = &document.last_modified_by;
            let finding = if name(&document.author) == shared {
                Finding::new("saver-is-author", format!("\"{saver}\" is named as author and as last saver."))
            } else if is_known {
                Finding::new("saver-known", format!("\"{saver}\", who saved it last, is known from other items."))
            } else {
                Finding::new("saver-unknown", format!("\"{saver}\", who saved it last, appears as author or sender nowhere in the collection."))
            };
            Some((member.facts.item, finding))
        })
        .collect()
}

/// Whether an item names this person as its author or sender.
fn vouches(facts: &Facts, person: &str) -> bool {
    let wrote = facts
        .message
        .as_ref()
        .is_some_and(|message| name(&message.from_name) == person);
    let authored = facts
        .document
        .as_ref()
        .is_some_and(|document| name(&document.author) == person);
    wrote || authored
}

/// The name that this group is about.
fn shared_name(group: &Group<'_>) -> Option<String> {
    let first = group.members.first()?;
    names(first.facts)
        .into_iter()
        .find(|name| key_of(name) == group.key)
}
