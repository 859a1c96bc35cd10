//! Writes to himself with a web mail account of his own and puts other people's addresses into what arrives.
//!
//! Knows: that a message that really travelled has true clocks, ids and traces; changes every address and name he sees.
//! Overlooks: the signature of his provider, which he breaks or which names a provider that the author never used.

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::mime::{Charset, header_words};
use crate::moment::{HOUR, MINUTE};
use crate::people::{Client, Server};
use crate::servers::{self, Signing, submit};

pub(super) const FORGER: Forger = Forger {
    name: "sent-to-himself",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let people = &scene.campaign.people;
    let is_web = |index: usize| {
        let person = people.get(index)?;
        let domain = scene.campaign.domains.get(person.domain)?;
        (person.mailbox.is_none() && domain.server == Server::Google).then_some(index)
    };
    let Some(account) = (0..people.len()).rev().find_map(is_web) else {
        return Ok(false);
    };
    let Some(model) = scene
        .received()
        .and_then(|index| scene.copies.get(index))
        .cloned()
    else {
        return Ok(false);
    };
    if scene.letter.to_list || matches!(scene.letter.client, Client::Bulk | Client::Notice) {
        return Ok(false);
    }
    let mut letter = hand::invented_letter(scene.letter, scene.random);
    letter.at = letter.at.plus(scene.random.between(5 * MINUTE, HOUR));
    let author = letter.from;
    (letter.from, letter.to, letter.cc) = (account, vec![account], Vec::new());
    (letter.client, letter.zone, letter.clock_error) = (Client::GmailWeb, "Europe/Paris", 0);
    let composed = compose(&letter, scene.campaign)?;
    let sent = submit(&composed, &letter, scene.campaign, Signing::Nobody)?;
    let (mail, at) = servers::deliver(&sent, scene.campaign, account, scene.random)?;
    let mut copy = model;
    (copy.mail, copy.at, copy.documents, copy.proved) = (mail, at, Vec::new(), false);
    let (Some(own), Some(author), Some(owner)) = (
        people.get(account),
        people.get(author),
        people.get(copy.owner),
    ) else {
        return Ok(false);
    };
    let encoded = |name: &str| header_words(name, Charset::Utf8, "UTF-8");
    for field in &mut copy.mail.head {
        let shown = if field.is("To") || field.is("Delivered-To") || field.value.contains("for <") {
            owner
        } else {
            author
        };
        field.value = field
            .value
            .replace(&own.address, &shown.address)
            .replace(own.name, &encoded(shown.name));
    }
    copy.sender.clone_from(&author.address);
    let what = format!(
        "He wrote it to himself at {} and changed the addresses.",
        own.address
    );
    copy.verdict = invented(FORGER.name, what);
    scene.copies.push(copy);
    Ok(true)
}
