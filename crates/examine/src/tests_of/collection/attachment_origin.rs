//! Which messages carry this document, and what do they prove of it?

use mabillon_case::{EmlxPartFacts, Facts, Finding, ItemId, Kind, StoreFacts};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Member, Run, World};

declare_test! {
    /// The messages that carry a document say where it comes from.
    ///
    /// ## What it examines
    /// Documents, pictures and other files against the attachments of all messages: by the hash of their exact bytes.
    /// ## Why it matters
    /// A valid signature over the whole body of a message also covers what is attached: a file with the same bytes,
    /// wherever else it lies, is what was sent, and is as old as that message.
    /// A file that no message carries has no such bond; that says nothing against it.
    /// ## Innocent explanations
    /// Most files of a genuine collection come from disks and shares, and were never sent.
    /// That a file was sent says that its sender sent it, not that the author it names wrote it.
    /// ## References
    /// - RFC 6376, section 3.7 (what a body hash covers)
    pub(crate) static ATTACHMENT_ORIGIN = {
        id: "collection/attachment-origin",
        findings: &["carried-by-proved-message", "carried-in-several-mailboxes", "carried-by-message", "carried-by-none"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it is no file that could be read, and carries none",
            needs_text: false,
            members_min: 1,
            examine: attachment_origin,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    let of = |item: &ItemId| Key::of(&[b"attachment", &item.0]);
    match &facts.message {
        Some(message) => message
            .attachments
            .iter()
            .map(|attachment| of(&attachment.item))
            .collect(),
        // Of what could not be read only the place is known; it says nothing of who carries it.
        None if facts.media_type.is_empty() => Vec::new(),
        None if matches!(facts.kind, Kind::Document | Kind::Image | Kind::Other) => {
            vec![of(&facts.item)]
        }
        None => Vec::new(),
    }
}

fn attachment_origin(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let members = group.members;
    members
        .iter()
        .filter(|file| file.facts.message.is_none() && file.facts.in_collection())
        .map(|file| (file.facts.item, finding(file.facts, members)))
        .collect()
}

fn finding(file: &Facts, members: &[Member<'_>]) -> Finding {
    let carriers: Vec<&Facts> = members
        .iter()
        .map(|member| member.facts)
        .filter(|facts| facts.message.is_some() && facts.in_collection())
        .collect();
    if let Some(proved) = carriers.iter().find(|carrier| carrier.is_proved()) {
        let signer = proved
            .signatures
            .iter()
            .find(|signature| signature.proves_all())
            .map_or("", |signature| signature.by.as_str());
        let says = format!(
            "A message whose whole body is covered by a valid signature of {signer} carries exactly these bytes."
        );
        return Finding::new("carried-by-proved-message", says).compared_with(proved.item);
    }
    let Some(first) = carriers.first() else {
        let says = if let Some(kept) = kept_beside(file) {
            format!(
                "Apple Mail keeps it beside the message {}, as its part {}; no message of the collection carries it directly.",
                kept.message, kept.part
            )
        } else if file.places.iter().any(|place| place.parent.is_some()) {
            "It comes out of a container; no message of the collection carries it directly."
                .to_owned()
        } else {
            "No message of the collection carries it.".to_owned()
        };
        return Finding::new("carried-by-none", says);
    };
    let mut mailboxes: Vec<_> = carriers
        .iter()
        .flat_map(|carrier| carrier.mailboxes())
        .collect();
    mailboxes.sort_unstable();
    mailboxes.dedup();
    if mailboxes.len() > 1 {
        let says = format!(
            "Messages in {} mailboxes carry exactly these bytes.",
            mailboxes.len()
        );
        return Finding::new("carried-in-several-mailboxes", says).compared_with(first.item);
    }
    Finding::new(
        "carried-by-message",
        "A message of the collection carries it; no signature proves that message.",
    )
    .compared_with(first.item)
}

/// Where Apple Mail keeps it, if it took it out of a message.
fn kept_beside(file: &Facts) -> Option<&EmlxPartFacts> {
    let mut stored = file
        .places
        .iter()
        .filter_map(|place| place.stored.as_deref());
    stored.find_map(|stored| match stored {
        StoreFacts::EmlxPart(kept) => Some(kept),
        _ => None,
    })
}
