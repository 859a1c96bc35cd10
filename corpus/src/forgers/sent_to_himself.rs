//! Writes to himself with a web mail account of his own and puts other people's addresses into what arrives.
//!
//! Knows: that a message that really travelled has true clocks, ids and traces; changes every address and name he sees.
//! Overlooks: the ids and hosts of his provider, which the author never used, and which nothing signed for the author.

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::mime::{Charset, Mail, header_words};
use crate::moment::{HOUR, MINUTE};
use crate::people::{Campaign, Client, Person, Server};
use crate::servers::{self, Signing, submit};

pub(super) const FORGER: Forger = Forger {
    name: "sent-to-himself",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let (Some(account), Some(mut copy)) = (own_account(scene.campaign), scene.model()) else {
        return Ok(false);
    };
    let mut letter = hand::invented_letter(scene.letter, scene.random);
    letter.at = letter.at.plus(scene.random.between(5 * MINUTE, HOUR));
    let author = letter.from;
    (letter.from, letter.to, letter.cc) = (account, vec![account], Vec::new());
    (letter.client, letter.zone, letter.clock_error) = (Client::GmailWeb, "Europe/Paris", 0);
    let composed = compose(&letter, scene.campaign)?;
    let sent = submit(&composed, &letter, scene.campaign, Signing::Nobody)?;
    let arrived = servers::deliver(&sent, scene.campaign, account, scene.random)?;
    (copy.mail, copy.at) = (arrived.mail, arrived.at);
    (copy.documents, copy.enclosed, copy.proved) = (Vec::new(), None, false);
    let people = &scene.campaign.people;
    let (Some(own), Some(author), Some(owner)) = (
        people.get(account),
        people.get(author),
        people.get(copy.owner),
    ) else {
        return Ok(false);
    };
    change_addresses(&mut copy.mail, own, author, owner);
    copy.sender.clone_from(&author.address);
    let what = format!(
        "He wrote it to himself at {} and changed the addresses.",
        own.address
    );
    copy.verdict = invented(FORGER.name, what);
    scene.copies.push(copy);
    Ok(true)
}

/// An account with Google that belongs to nobody whose mailbox was stolen.
fn own_account(campaign: &Campaign) -> Option<usize> {
    let is_web = |index: usize| {
        let person = campaign.people.get(index)?;
        let domain = campaign.domains.get(person.domain)?;
        (person.mailbox.is_none() && domain.server == Server::Google).then_some(index)
    };
    (0..campaign.people.len()).rev().find_map(is_web)
}

fn change_addresses(mail: &mut Mail, own: &Person, author: &Person, owner: &Person) {
    for field in &mut mail.head {
        let names_recipient =
            field.is("To") || field.is("Delivered-To") || field.value.contains("for <");
        let shown = if names_recipient { owner } else { author };
        let name = header_words(shown.name, Charset::Utf8, "UTF-8");
        field.value = field
            .value
            .replace(&own.address, &shown.address)
            .replace(own.name, &name);
    }
}
