//! Did the victim plant it?

use mabillon_case::{Facts, Finding, Outcome, Text};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The item is, or holds a marker of, a decoy that the victim planted.
    ///
    /// ## What it examines
    /// The hash of every item, and its text, against the list that the victim handed over with `--decoys`.
    /// ## Why it matters
    /// Teams under attack have filled accounts with false documents to slow the attacker down.
    /// Such an item really was in the mailbox, and what it says is false by the victim's own statement.
    /// ## Innocent explanations
    /// A marker may stand in a genuine message that speaks about the decoys.
    /// The list is the word of an interested party; without a list nothing is ever called a decoy.
    /// ## References
    /// - Reports on "cyber-blurring" in the French presidential campaign of 2017
    pub(crate) static DECOY_REGISTRY = {
        id: "collection/decoy-registry",
        findings: &["registered-decoy", "holds-decoy-marker"],
        run: Run::Item(decoy_registry),
    }
}

fn decoy_registry(facts: &Facts, text: &Text, world: &World) -> Outcome {
    if world.decoys.is_empty() {
        return Outcome::NotApplicable("no list of decoys was handed over");
    }
    if world.decoys.has_item(&facts.item) {
        return Outcome::one(Finding::new(
            "registered-decoy",
            "The victim lists exactly these bytes as a planted decoy: really in the mailbox, false by design.",
        ));
    }
    let quoted = text
        .quotations
        .iter()
        .map(|quotation| quotation.text.as_str());
    let fields = facts
        .message
        .iter()
        .flat_map(|message| [&*message.subject, &*message.message_id]);
    let marker = std::iter::once(text.own.as_str())
        .chain(quoted)
        .chain(fields)
        .find_map(|text| world.decoys.marker_in(text));
    marker.map_or(
        Outcome::NotApplicable("it is not on the list of decoys"),
        |marker| {
            Outcome::one(Finding::new(
                "holds-decoy-marker",
                format!(
                    "It holds the marker \"{marker}\" that the victim put into planted decoys."
                ),
            ))
        },
    )
}
