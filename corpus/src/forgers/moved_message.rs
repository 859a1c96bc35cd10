//! Moves a message into the mailbox of someone who never got it, with that person's address in every header field.
//!
//! Knows: `To`, `Delivered-To` and the recipients in `Received`. Overlooks: the Message-ID, under which the message lies in
//! the mailbox of its true recipient, and the signature over `To`.

use super::{Chances, Forger, Scene, Skill, altered};
use crate::MakeError;

pub(super) const FORGER: Forger = Forger {
    name: "moved-message",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let strangers: Vec<usize> = scene
        .campaign
        .owners()
        .filter(|owner| {
            *owner != scene.letter.from && scene.letter.recipients().all(|other| other != *owner)
        })
        .collect();
    let Some(index) = scene.received() else {
        return Ok(false);
    };
    if scene.letter.to_list || strangers.is_empty() {
        return Ok(false);
    }
    let stranger = scene.random.pick(&strangers);
    let Some(mut copy) = scene.copies.get(index).cloned() else {
        return Ok(false);
    };
    let people = &scene.campaign.people;
    let (Some(old), Some(new)) = (people.get(copy.owner), people.get(stranger)) else {
        return Ok(false);
    };
    for field in &mut copy.mail.head {
        if !field.is("DKIM-Signature") {
            field.value = field
                .value
                .replace(&old.address, &new.address)
                .replace(old.name, new.name);
        }
    }
    let what = format!("It was sent to {}, never to {}.", old.address, new.address);
    copy.owner = stranger;
    copy.verdict = altered(FORGER.name, what, copy.proved);
    copy.proved = false;
    scene.copies.push(copy);
    Ok(true)
}
