//! Where the copies of a letter come to lie: in the sender's Sent folder and in the mailboxes of the recipients.

use std::rc::Rc;

use bytes::Bytes;

use crate::MakeError;
use crate::answers::Verdict;
use crate::clients::{Composed, compose, enclosed_bytes};
use crate::documents::Document;
use crate::keys::KeyRing;
use crate::letter::{Letter, Occasion};
use crate::mime::{Field, Mail};
use crate::moment::{MINUTE, Moment};
use crate::people::{Campaign, Client, Server};
use crate::random::Random;
use crate::servers::{self, Sent, Signing};

/// A folder of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Folder {
    Inbox,
    Sent,
    Newsletters,
    Drafts,
    Archive,
    AllMail,
}

impl Folder {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "Inbox",
            Self::Sent => "Sent",
            Self::Newsletters => "Newsletters",
            Self::Drafts => "Drafts",
            Self::Archive => "Archive",
            Self::AllMail => "All Mail",
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
    /// The bytes of the message it encloses as a file.
    pub(crate) enclosed: Option<Bytes>,
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

fn enclosed(letter: &Letter) -> Option<Bytes> {
    match &letter.occasion {
        Occasion::Encloses(original) => Some(Bytes::from(enclosed_bytes(original))),
        _ => None,
    }
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
        letter
            .recipients()
            .chain(letter.bcc.iter().copied())
            .collect()
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
    let circumstance = circumstance(letter);
    for copy in &mut copies {
        let is_hidden = letter.bcc.contains(&copy.owner);
        let own = if is_hidden {
            "hidden copy"
        } else {
            circumstance
        };
        copy.verdict = copy.verdict.clone().with_circumstance(own);
    }
    copies.extend(draft(letter, campaign, &mut random)?);
    let again: Vec<Copy> = copies
        .iter()
        .filter_map(|copy| kept_again(copy, campaign, &mut random))
        .collect();
    copies.extend(again);
    Ok(copies)
}

/// What befell a genuine letter that leaves traces like a forger's.
fn circumstance(letter: &Letter) -> &'static str {
    match (&letter.occasion, letter.client) {
        (Occasion::Absence, _) => "answered by a program",
        (Occasion::Meeting(_), _) => "invitation",
        (Occasion::Encloses(_), _) => "encloses a message",
        _ if letter.to_list => "through a list",
        _ if letter.clock_error != 0 => "wrong clock",
        _ if letter.waited != 0 => "waited on the device",
        (_, Client::Bulk | Client::Notice) => "by a machine",
        _ if !matches!(letter.zone, "Europe/Paris" | "UTC") => "written abroad",
        (_, Client::IPhone | Client::GmailApp | Client::AndroidMail) => "by telephone",
        _ => "",
    }
}

/// Some letters lie half written among the drafts, under the Message-ID that they were sent with later.
fn draft(
    letter: &Letter,
    campaign: &Campaign,
    random: &mut Random,
) -> Result<Option<Copy>, MakeError> {
    let mark = match letter.client {
        Client::Thunderbird => Field::new(
            "X-Mozilla-Draft-Info",
            "internal/draft; vcard=0; receipt=0; DSN=0; uuencode=0",
        ),
        Client::AppleMail => Field::new("X-Uniform-Type-Identifier", "com.apple.mail-draft"),
        Client::Outlook => Field::new("X-Unsent", "1"),
        _ => return Ok(None),
    };
    if !random.percent(5) || !matches!(letter.occasion, Occasion::None) {
        return Ok(None);
    }
    let mut begun = letter.clone();
    begun.at = letter.at.plus(-random.between(1, 40) * MINUTE);
    begun.waited = 0;
    begun.attachments = Vec::new();
    let half = begun.text.len() / 2;
    let end = begun
        .text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= half);
    begun.text.truncate(end.unwrap_or(half));
    let mut composed = compose(&begun, campaign)?;
    composed.mail.head.push(mark);
    let kept = sent_copy(&begun, &composed, campaign);
    Ok(kept.map(|copy| Copy {
        folder: Folder::Drafts,
        verdict: Verdict::genuine().with_circumstance("draft"),
        ..copy
    }))
}

/// Some messages lie in a second folder: moved to an archive, byte for byte, or in Gmail's store of everything.
fn kept_again(copy: &Copy, campaign: &Campaign, random: &mut Random) -> Option<Copy> {
    let server = campaign
        .people
        .get(copy.owner)
        .and_then(|person| campaign.domains.get(person.domain))?
        .server;
    if copy.folder == Folder::Drafts || !random.percent(4) {
        return None;
    }
    let mut again = copy.clone();
    if server == Server::Google {
        again.folder = Folder::AllMail;
        let thread = (copy.at.milliseconds() as u64) << 20 | random.below(1 << 20);
        let label = copy.folder.name();
        again.mail.prepend(vec![
            Field::new("X-GM-THRID", thread.to_string()),
            Field::new("X-Gmail-Labels", format!("{label},Archived")),
        ]);
        again.verdict.circumstance = "second copy of the store";
    } else {
        again.folder = Folder::Archive;
    }
    Some(again)
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
        enclosed: enclosed(letter),
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
    let arrived = servers::deliver(sent, campaign, recipient, random)?;
    let circumstance = if arrived.warned {
        "with a gateway's warning"
    } else {
        ""
    };
    let proved = arrived.intact && !sent.signatures.is_empty();
    let verdict = Verdict {
        intact: proved,
        ..Verdict::genuine()
    };
    Ok(Some(Copy {
        owner: recipient,
        folder: if letter.client == Client::Bulk {
            Folder::Newsletters
        } else {
            Folder::Inbox
        },
        mail: arrived.mail,
        at: arrived.at,
        sender: sent.sender.clone(),
        proved,
        verdict: verdict.with_circumstance(circumstance),
        documents: documents_of(letter, letter.to_list),
        enclosed: enclosed(letter),
        lf: false,
    }))
}
