//! The servers a message passes: each writes its trace on top, signs where its domain signs, and notes what it checked.

mod gateway;
mod google;
mod list;
mod relays;

use crate::MakeError;
use crate::clients::Composed;
use crate::dkim;
use crate::keys::{KeyRing, OwnKey, Policy};
use crate::letter::{Letter, Occasion};
use crate::mime::{Field, Mail};
use crate::moment::{MINUTE, Moment, SECOND};
use crate::people::{Campaign, Client, Domain, Person, Server};
use crate::random::Random;

pub(crate) use list::through_list;

/// From this day on the parliament warns of what comes from outside (2016-09-05).
const WARNINGS_FROM: Moment = Moment(1_473_033_600_000_000);

/// A message on its way between two servers.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) mail: Mail,
    /// When it left.
    pub(crate) at: Moment,
    /// Index of the domain whose server sends it.
    pub(crate) domain: usize,
    /// The envelope sender.
    pub(crate) sender: String,
    pub(crate) signatures: Vec<Signature>,
    /// Whether nothing that was signed has changed since.
    pub(crate) intact: bool,
}

/// What a receiver notes of a signature.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) domain: String,
    pub(crate) tag_start: String,
}

/// Who signs a message.
pub(crate) enum Signing<'a> {
    /// The domains that own the keys.
    Real(&'a mut KeyRing),
    /// Nobody: a forger has no key.
    Nobody,
    /// A forger with a key of his own.
    OwnKey(&'a mut OwnKey),
}

/// Hands a composed message to the author's server, which signs it and sends it on.
pub(crate) fn submit(
    composed: &Composed,
    letter: &Letter,
    campaign: &Campaign,
    signing: Signing<'_>,
) -> Result<Sent, MakeError> {
    let author = campaign
        .people
        .get(letter.from)
        .ok_or(MakeError::Plan("an author is not of the campaign"))?;
    let domain = domain_of(campaign, author.domain)?;
    let mut random = Random::labelled(letter.seed, "submission");
    let mut mail = composed.mail.clone();
    // Who is hidden is not named in what goes out.
    mail.head.retain(|field| !field.is("Bcc"));
    let sender = envelope_sender(letter, author);
    let mut hop = Hop {
        domain,
        peer: domain,
        sender: &author.address,
        recipient: "",
        at: composed.handed,
        random: &mut random,
    };
    let at = match (domain.server, letter.client) {
        (Server::Google, client) => google::submit(&mut mail, client, &mut hop),
        (_, Client::Bulk) => relays::submit_from_program(&mut mail, &mut hop),
        _ => relays::submit(&mut mail, &mut hop),
    };
    let policies = if leaves_domain(letter, campaign, author.domain) {
        domain.signing.as_slice()
    } else {
        &[]
    };
    // Exchange's own rule: all that leaves the house gets a disclaimer, and is signed with it.
    if domain.server == Server::Exchange
        && domain.signing.is_empty()
        && leaves_domain(letter, campaign, author.domain)
    {
        gateway::disclaim(&mut mail);
    }
    let signatures = sign_all(&mut mail, policies, at, signing)?;
    let at = at.plus(random.between(0, 2) * SECOND + random.between(0, 900_000));
    Ok(Sent {
        mail,
        at,
        domain: author.domain,
        sender,
        signatures,
        intact: true,
    })
}

/// What a program sends by itself has no sender to send anything back to (RFC 3834, section 3.3).
fn envelope_sender(letter: &Letter, author: &Person) -> String {
    if matches!(letter.occasion, Occasion::Absence) {
        String::new()
    } else {
        author.address.clone()
    }
}

/// Mail inside one domain is not signed.
fn leaves_domain(letter: &Letter, campaign: &Campaign, domain: usize) -> bool {
    letter.to_list
        || letter.recipients().any(|index| {
            campaign
                .people
                .get(index)
                .is_some_and(|person| person.domain != domain)
        })
}

fn sign_all(
    mail: &mut Mail,
    policies: &[Policy],
    at: Moment,
    mut signing: Signing<'_>,
) -> Result<Vec<Signature>, MakeError> {
    let unsigned = mail.clone();
    let mut signatures = Vec::new();
    for policy in policies {
        let made = match &mut signing {
            Signing::Real(ring) => dkim::sign(&unsigned, policy, at, ring)?,
            Signing::Nobody => None,
            Signing::OwnKey(key) => dkim::sign_with(&unsigned, policy, at, |data| key.sign(data))?,
        };
        if let Some(made) = made {
            mail.prepend(vec![made.field]);
            signatures.push(Signature {
                domain: policy.domain.clone(),
                tag_start: made.tag_start,
            });
        }
    }
    Ok(signatures)
}

/// A message as it lies in the mailbox of a recipient.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) mail: Mail,
    pub(crate) at: Moment,
    /// Whether nothing that was signed has changed.
    pub(crate) intact: bool,
    /// Whether a gateway wrote a warning into it.
    pub(crate) warned: bool,
}

/// The message as it lies in the mailbox of a recipient, and when it arrived.
pub(crate) fn deliver(
    sent: &Sent,
    campaign: &Campaign,
    recipient: usize,
    random: &mut Random,
) -> Result<Arrived, MakeError> {
    let person = campaign
        .people
        .get(recipient)
        .ok_or(MakeError::Plan("a recipient is not of the campaign"))?;
    let to = domain_of(campaign, person.domain)?;
    let from = domain_of(campaign, sent.domain)?;
    let mut mail = sent.mail.clone();
    let inside = person.domain == sent.domain;
    let warns = !inside && to.server == Server::Exchange && sent.at >= WARNINGS_FROM;
    if warns {
        gateway::warn(&mut mail);
    }
    // Some servers turn strangers away at first; the sender tries again after some minutes.
    let turned_away = !inside && to.server != Server::Google && random.percent(4);
    let wait = if turned_away {
        random.between(5 * MINUTE, 40 * MINUTE)
    } else {
        0
    };
    let at = sent.at.plus(wait + random.between(200_000, 3_000_000));
    let mut hop = Hop {
        domain: to,
        peer: from,
        sender: &sent.sender,
        recipient: &person.address,
        at,
        random,
    };
    let arrived = match to.server {
        Server::Google => google::receive(&mut mail, sent, &mut hop),
        _ if inside => relays::receive_inside(&mut mail, &mut hop),
        _ => relays::receive(&mut mail, sent, &mut hop),
    };
    Ok(Arrived {
        mail,
        at: arrived,
        intact: sent.intact && !warns,
        warned: warns,
    })
}

/// One passage from client to server or from server to server.
struct Hop<'a> {
    /// Whose server takes the message.
    domain: &'a Domain,
    /// Whose server hands it over.
    peer: &'a Domain,
    sender: &'a str,
    recipient: &'a str,
    at: Moment,
    random: &'a mut Random,
}

fn domain_of(campaign: &Campaign, index: usize) -> Result<&Domain, MakeError> {
    campaign
        .domains
        .get(index)
        .ok_or(MakeError::Plan("a person's domain is not of the campaign"))
}

/// The address of a home or office line (RFC 5737, section 3).
fn line_address(random: &mut Random) -> String {
    format!("198.51.100.{}", random.between(2, 250))
}

fn field(name: &str, value: String) -> Field {
    Field::new(name, value)
}
