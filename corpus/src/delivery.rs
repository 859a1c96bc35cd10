//! Where the copies of a letter come to lie: in the sender's Sent folder and in the mailboxes of the recipients.

use std::rc::Rc;

use crate::MakeError;
use crate::answers::Verdict;
use crate::clients::Composed;
use crate::documents::Document;
use crate::keys::KeyRing;
use crate::letter::Letter;
use crate::mime::Mail;
use crate::moment::Moment;
use crate::people::{Campaign, Client};
use crate::random::Random;
use crate::servers::{self, Sent, Signing};

/// A folder of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Folder {
    Inbox,
    Sent,
    Newsletters,
}

impl Folder {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "Inbox",
            Self::Sent => "Sent",
            Self::Newsletters => "Newsletters",
        }
    }
}

/// A message as it lies in a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    /// Index of the mailbox's owner.
    pub(crate) owner: usize,
    pub(crate) folder: Folder,
    pub(crate) mail: Mail,
    /// When it came to lie there.
    pub(crate) at: Moment,
    /// The envelope sender.
    pub(crate) sender: String,
    /// Whether a signature on it verifies.
    pub(crate) proved: bool,
    pub(crate) verdict: Verdict,
    pub(crate) documents: Vec<Held>,
    /// Whether its lines end in LF whatever the exporter of the mailbox writes.
    pub(crate) lf: bool,
}

/// A document inside a message.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The number of the part that holds it.
    pub(crate) part: String,
    pub(crate) document: Rc<Document>,
    pub(crate) verdict: Verdict,
}

/// The documents of a letter, each in its part of the message.
pub(crate) fn documents_of(letter: &Letter, through_list: bool) -> Vec<Held> {
    let outer = if through_list { "1." } else { "" };
    let numbered = letter.attachments.iter().zip(2_u32..);
    numbered
        .map(|(document, number)| Held {
            part: format!("{outer}{number}"),
            document: Rc::clone(document),
            verdict: Verdict::genuine(),
        })
        .collect()
}

/// Sends a letter and gives the copies in the stolen mailboxes.
pub(crate) fn deliver(
    letter: &Letter,
    composed: &Composed,
    campaign: &Campaign,
    ring: &mut KeyRing,
) -> Result<Vec<Copy>, MakeError> {
    let mut random = Random::labelled(letter.seed, "delivery");
    let mut copies: Vec<Copy> = sent_copy(letter, composed, campaign).into_iter().collect();
    let sent = servers::submit(composed, letter, campaign, Signing::Real(ring))?;
    let recipients: Vec<usize> = if letter.to_list {
        campaign
            .owners()
            .filter(|owner| *owner != letter.from)
            .collect()
    } else {
        letter.recipients().collect()
    };
    let sent = if letter.to_list {
        servers::through_list(&sent, campaign, &mut random)?
    } else {
        sent
    };
    for recipient in recipients {
        copies.extend(received_copy(
            letter,
            &sent,
            campaign,
            recipient,
            &mut random,
        )?);
    }
    Ok(copies)
}

/// What the sender's program keeps: the message as it left the program.
pub(crate) fn sent_copy(letter: &Letter, composed: &Composed, campaign: &Campaign) -> Option<Copy> {
    let author = campaign.people.get(letter.from)?;
    author.mailbox?;
    Some(Copy {
        owner: letter.from,
        folder: Folder::Sent,
        mail: composed.mail.clone(),
        at: composed.handed,
        sender: author.address.clone(),
        proved: false,
        verdict: Verdict::genuine(),
        documents: documents_of(letter, false),
        lf: false,
    })
}

/// The copy of one recipient, if the mailbox was stolen.
pub(crate) fn received_copy(
    letter: &Letter,
    sent: &Sent,
    campaign: &Campaign,
    recipient: usize,
    random: &mut Random,
) -> Result<Option<Copy>, MakeError> {
    if campaign
        .people
        .get(recipient)
        .is_none_or(|person| person.mailbox.is_none())
    {
        return Ok(None);
    }
    let (mail, at) = servers::deliver(sent, campaign, recipient, random)?;
    Ok(Some(Copy {
        owner: recipient,
        folder: if letter.client == Client::Bulk {
            Folder::Newsletters
        } else {
            Folder::Inbox
        },
        mail,
        at,
        sender: sent.sender.clone(),
        proved: sent.intact && !sent.signatures.is_empty(),
        verdict: Verdict::genuine(),
        documents: documents_of(letter, letter.to_list),
        lf: false,
    }))
}
