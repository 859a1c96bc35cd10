//! Does a message have what the messages of its folder have: a trace of delivery, or none?

use mabillon_case::{CollectionRecord, Facts, Finding, MailboxRecord, Outcome};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// A message has a trace of delivery where the messages of its folder have one, and none where they have none.
    ///
    /// ## What it examines
    /// Folders of fifty messages or more of which at most one in fifty differs from the rest: folders of sent mail, whose
    /// messages passed no relay (`Received`), and folders of received mail, whose messages all did. A message that lies
    /// in several folders is compared with all of them, and fits if it fits one.
    /// ## Why it matters
    /// Programs keep what is sent as it left, and servers write into everything they deliver. A message that was copied
    /// from another folder, or written into a mailbox file by hand, often has what does not belong there.
    /// ## Innocent explanations
    /// People move mail, keep drafts and notes among received mail, and file what they got beside what they answered.
    /// Copies to oneself come back with a trace and are filed by rules. An export that drops fields drops them from all.
    /// ## References
    /// - RFC 5321, section 4.4 (trace fields); RFC 6154 (folders by their use)
    pub(crate) static FOLDER_AGREEMENT = {
        id: "collection/folder-agreement",
        findings: &["delivered-among-sent", "not-delivered-among-delivered"],
        run: Run::InCollection(folder_agreement),
    }
}

/// Messages of a folder that must tell what is usual in it.
const MESSAGES_MIN: u64 = 50;
/// Of this many one may differ.
const DIFFERS_ONE_IN: u64 = 50;

/// What is usual in a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usual {
    Delivered,
    NotDelivered,
}

fn folder_agreement(facts: &Facts, record: &CollectionRecord, _world: &World) -> Outcome {
    let Some(message) = &facts.message else {
        return Outcome::NotApplicable("it is no message");
    };
    if facts.is_proved() {
        return Outcome::NotApplicable("it is proved");
    }
    if message.is_draft {
        return Outcome::NotApplicable("it bears the mark of a draft");
    }
    let folders = facts
        .mailboxes()
        .into_iter()
        .filter_map(|(exhibit, mailbox)| record.mailbox(exhibit, mailbox));
    let told: Vec<(&MailboxRecord, Usual)> = folders
        .filter_map(|folder| Some((folder, usual(folder)?)))
        .collect();
    let own = if message.n_hops > 0 {
        Usual::Delivered
    } else {
        Usual::NotDelivered
    };
    match told.as_slice() {
        [] => Outcome::NotApplicable("its folder has too few messages, or holds both kinds"),
        told if told.iter().any(|(_, usual)| *usual == own) => {
            Outcome::NotApplicable("it is like the messages of its folder")
        }
        [(folder, usual), ..] => Outcome::one(odd(folder, *usual)),
    }
}

/// What nearly all messages of a folder have in common.
fn usual(folder: &MailboxRecord) -> Option<Usual> {
    if folder.n_messages < MESSAGES_MIN {
        return None;
    }
    let few = folder.n_messages / DIFFERS_ONE_IN;
    let n_others = folder.n_messages - folder.n_delivered;
    if n_others <= few {
        Some(Usual::Delivered)
    } else if folder.n_delivered <= few {
        Some(Usual::NotDelivered)
    } else {
        None
    }
}

fn odd(folder: &MailboxRecord, usual: Usual) -> Finding {
    let (name, n) = (&folder.mailbox, folder.n_messages);
    match usual {
        Usual::NotDelivered => Finding::new(
            "delivered-among-sent",
            format!(
                "It passed a relay, and lies in \"{name}\", where {} of {n} messages did not: sent mail. It was put there from elsewhere.",
                n - folder.n_delivered
            ),
        ),
        Usual::Delivered => Finding::new(
            "not-delivered-among-delivered",
            format!(
                "It bears no trace of a relay, and lies in \"{name}\", where {} of {n} messages do: received mail. It was put there from elsewhere.",
                folder.n_delivered
            ),
        ),
    }
}
