//! Does the item agree with the victim's originals?

use mabillon_case::{Facts, Finding, ItemId, Kind};

use crate::copies::{Comparison, compare};
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Member, Run, World};

/// Originals with one Message-ID that an item is compared with at most.
const ORIGINALS_MAX: usize = 64;

declare_test! {
    /// The item agrees with the originals that the victim handed over.
    ///
    /// ## What it examines
    /// Every message against the messages of `--reference` with the same `Message-ID` (or, without one, the same
    /// sender and second), by the rules for copies; every other item by the hash of its exact bytes.
    /// ## Why it matters
    /// The originals settle what no signature reaches: an item is identical, altered with the difference shown, or not
    /// among them.
    /// ## Innocent explanations
    /// An item may be absent because the originals are incomplete: deleted mail, another account, a later backup.
    /// The victim is an interested party; how the originals were kept and handed over has to be judged by people.
    /// A document of another version is not an altered document, so documents are only compared by their bytes.
    /// ## References
    /// - ISO/IEC 27037 (acquisition and preservation of originals)
    pub(crate) static REFERENCE_COMPARISON = {
        id: "collection/reference-comparison",
        findings: &["identical-to-original", "same-words-as-original", "differs-from-original", "absent-from-originals"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "containers are not compared, their contents are",
            needs_text: true,
            members_min: 1,
            examine: reference_comparison,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    match (&facts.message, facts.kind) {
        (Some(message), _) if !message.message_id.is_empty() => {
            vec![Key::of(&[b"original", message.message_id.as_bytes()])]
        }
        (Some(message), _) if message.date.is_some() && !message.from.is_empty() => {
            let seconds = message.date.map_or(0, mabillon_case::Stamp::unix_seconds);
            vec![Key::of(&[
                b"original",
                message.from.as_bytes(),
                &seconds.to_le_bytes(),
            ])]
        }
        (_, Kind::Mailbox | Kind::Archive) => Vec::new(),
        _ => vec![Key::of(&[b"original", &facts.item.0])],
    }
}

fn reference_comparison(group: &Group<'_>, world: &World) -> Vec<(ItemId, Finding)> {
    if !world.has_reference {
        return Vec::new();
    }
    let originals: Vec<&Member<'_>> = group
        .members
        .iter()
        .filter(|member| member.facts.in_reference())
        .take(ORIGINALS_MAX)
        .collect();
    group
        .members
        .iter()
        .filter(|member| member.facts.in_collection())
        .filter_map(|member| Some((member.facts.item, finding(member, &originals)?)))
        .collect()
}

fn finding(item: &Member<'_>, originals: &[&Member<'_>]) -> Option<Finding> {
    if item.facts.in_reference() {
        return Some(Finding::new(
            "identical-to-original",
            "The originals hold exactly these bytes.",
        ));
    }
    if originals.is_empty() {
        return Some(Finding::new(
            "absent-from-originals",
            "The originals that were handed over do not hold it.",
        ));
    }
    let mut differs = None;
    for original in originals {
        match compare(item, original) {
            Comparison::Same | Comparison::Footer => {
                let says = "The originals hold a copy that says the same, word for word.";
                return Some(
                    Finding::new("same-words-as-original", says).compared_with(original.facts.item),
                );
            }
            Comparison::Differs(differing) => {
                differs.get_or_insert((differing.what, differing.difference, original.facts.item));
            }
            Comparison::Unrelated => {}
        }
    }
    let (what, difference, original) = differs?;
    let says =
        format!("The original of this message, handed over by its owner, has another {what}.");
    Some(
        Finding::new("differs-from-original", says)
            .compared_with(original)
            .differing(difference),
    )
}
