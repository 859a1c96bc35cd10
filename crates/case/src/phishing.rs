//! Messages that try to obtain credentials: what of a message tells, and the campaigns of a collection.
//!
//! This is a dimension of its own. Such messages are usually genuine: they were sent, by somebody who is not who he seems
//! to be. Nothing here speaks for or against the authenticity of an item.

use serde::{Deserialize, Serialize};

use crate::{ItemId, Stamp};

/// What of one message tells whether it tries to obtain credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LureFacts {
    /// Hosts that its links lead to, lower case, each once, up to a limit.
    pub hosts: Vec<String>,
    /// Signs that the message shows by itself.
    pub signs: Vec<LureSign>,
    /// Hash of the names of its elements in order; 0 where there are too few to tell.
    pub elements: u64,
}

/// One sign that a message shows by itself, with what was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LureSign {
    /// Which.
    pub kind: LureKind,
    /// What was seen: a host, a phrase, a name.
    pub seen: String,
}

/// Signs of credential phishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LureKind {
    /// A host that looks like a known one and is not.
    LookalikeHost,
    /// A host with letters of other scripts that look like those of a known one.
    ConfusableHost,
    /// The sender's name is that of a house or an address, and the address is another's.
    NameOfAnother,
    /// A link shows one host and leads to another.
    ShownHostDiffers,
    /// A link leads to a service that shortens addresses.
    Shortener,
    /// Answers go to another house than that of the sender.
    AnswersElsewhere,
    /// It asks for a password or an account to be confirmed, and presses.
    Presses,
    /// The receiving server could not confirm the sender.
    NotConfirmed,
    /// The receiving server confirmed the sender's domain.
    Confirmed,
    /// A form asks for a password, or a page that the message carries asks for data.
    AsksInForm,
    /// A form in the message asks for something else, as newsletters did.
    HasForm,
    /// A link holds the recipient's address.
    AddressInLink,
    /// The first message from this house.
    FirstContact,
}

impl LureKind {
    /// In words, as a reason: "a link shows one host and leads to another".
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::LookalikeHost => "a host that looks like a known one and is not",
            Self::ConfusableHost => {
                "a host with letters of other scripts in place of those of a known one"
            }
            Self::NameOfAnother => "a sender's name that is not that of the address",
            Self::ShownHostDiffers => "a link that shows one host and leads to another",
            Self::Shortener => "a shortened link in the name of a large house",
            Self::AnswersElsewhere => "answers go elsewhere",
            Self::Presses => "it presses for a password or an account",
            Self::NotConfirmed => "the receiving server could not confirm the sender",
            Self::Confirmed => "the receiving server confirmed the sender's domain",
            Self::AsksInForm => "a form asks for credentials",
            Self::HasForm => "it holds a form",
            Self::AddressInLink => "a link holds the recipient's address",
            Self::FirstContact => "the first message from there",
        }
    }

    /// A short name for other programs: `lookalike-host`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LookalikeHost => "lookalike-host",
            Self::ConfusableHost => "confusable-host",
            Self::NameOfAnother => "name-of-another",
            Self::ShownHostDiffers => "shown-host-differs",
            Self::Shortener => "shortener",
            Self::AnswersElsewhere => "answers-elsewhere",
            Self::Presses => "presses",
            Self::NotConfirmed => "not-confirmed",
            Self::Confirmed => "confirmed",
            Self::AsksInForm => "asks-in-form",
            Self::HasForm => "has-form",
            Self::AddressInLink => "address-in-link",
            Self::FirstContact => "first-contact",
        }
    }
}

/// Attempts to obtain credentials in the collection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhishingRecord {
    /// The messages, in order of item id, each once.
    pub candidates: Vec<PhishingCandidate>,
    /// Candidates beyond the limit, which are not named.
    pub n_left_out: u64,
    /// The campaigns, in order of their first message; a candidate alone is a campaign of one.
    pub campaigns: Vec<PhishingCampaign>,
}

impl PhishingRecord {
    /// The candidate of this id.
    pub fn candidate(&self, item: ItemId) -> Option<&PhishingCandidate> {
        let found = self
            .candidates
            .binary_search_by_key(&item, |candidate| candidate.item);
        self.candidates.get(found.ok()?)
    }

    /// The campaign after which this item came as a warning or a change of an account.
    pub fn followed(&self, item: ItemId) -> Option<&PhishingCampaign> {
        self.campaigns
            .iter()
            .find(|campaign| campaign.followed_by.contains(&item))
    }
}

/// A message that tries to obtain credentials, as far as its signs tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhishingCandidate {
    /// The item.
    pub item: ItemId,
    /// Number of its campaign, from 1.
    pub campaign: u64,
    /// What it rests on.
    pub signs: Vec<LureSign>,
    /// The sum of the weights of the signs, a judgement, in tenths of log10.
    pub tenths: i32,
}

/// Messages made by the same hand, as far as their hosts, senders, subjects and pages tell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhishingCampaign {
    /// Its number, from 1.
    pub number: u64,
    /// The house in whose name it speaks, where it can be told; else empty.
    pub imitates: String,
    /// Hosts that its links lead to, each once, up to a limit.
    pub hosts: Vec<String>,
    /// Senders, each once, up to a limit.
    pub senders: Vec<String>,
    /// Subjects, each once, up to a limit.
    pub subjects: Vec<String>,
    /// Messages.
    pub n_messages: u64,
    /// The addresses it was sent to, as far as the mailboxes and the recipients tell, each once, up to a limit.
    pub targets: Vec<String>,
    /// The first and the last of its messages.
    pub first: Option<Stamp>,
    /// The last.
    pub last: Option<Stamp>,
    /// Messages about sign-ins, changed passwords, forwarding and the like, which came to the same mailboxes in the two weeks
    /// after it; up to a limit. That they came after does not say that they came of it.
    pub followed_by: Vec<ItemId>,
}
