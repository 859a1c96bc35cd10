//! Puts a reply nobody wrote into a real thread.
//!
//! Knows: Message-IDs, `In-Reply-To`, `References`, quotations, and every date a reader sees, `Received` lines too.
//! Overlooks: that the message he took for a model keeps its time in ids, boundaries and thread index.

use std::rc::Rc;

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::delivery::received_copy;
use crate::letter::{Parent, Turn, base_subject};
use crate::moment::{DAY, HOUR, MINUTE};
use crate::servers::{Signing, submit};

pub(super) const FORGER: Forger = Forger {
    name: "invented-in-thread",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let real = scene.letter;
    let is_owner = |index: usize| {
        scene
            .campaign
            .people
            .get(index)
            .is_some_and(|person| person.mailbox.is_some())
    };
    let Some(replier) = real.recipients().next() else {
        return Ok(false);
    };
    let Some(author) = scene.campaign.people.get(replier) else {
        return Ok(false);
    };
    if !is_owner(real.from) {
        return Ok(false);
    }
    // The model is a message of the same person from some weeks before.
    let back = scene.random.between(20, 120) * DAY;
    let later = scene.random.between(30 * MINUTE, 5 * HOUR);
    let mut letter = hand::invented_letter(real, scene.random);
    letter.from = replier;
    letter.client = author.client;
    letter.zone = "Europe/Paris";
    letter.clock_error = author.clock_error;
    letter.to = vec![real.from];
    letter.cc = Vec::new();
    letter.to_list = false;
    letter.at = real.at.plus(-back);
    letter.subject = format!("Re: {}", base_subject(&real.subject));
    letter.turn = Turn::Answers;
    letter.quote = Some(Rc::new(parent_of(scene)));
    let composed = compose(&letter, scene.campaign)?;
    let sent = submit(&composed, &letter, scene.campaign, Signing::Nobody)?;
    let Some(mut copy) = received_copy(&letter, &sent, scene.campaign, real.from, scene.random)?
    else {
        return Ok(false);
    };
    hand::move_readable_dates(&mut copy.mail, back + later);
    copy.at = copy.at.plus(back + later);
    let parent = &scene.composed.message_id;
    copy.verdict = invented(
        FORGER.name,
        format!("A reply to {parent} that nobody wrote."),
    );
    scene.copies.push(copy);
    Ok(true)
}

fn parent_of(scene: &Scene<'_>) -> Parent {
    let letter = scene.letter;
    Parent {
        message_id: scene.composed.message_id.clone(),
        references: Vec::new(),
        from: letter.from,
        to: letter.to.clone(),
        subject: letter.subject.clone(),
        date: letter.device_time(),
        text: letter.text.clone(),
        thread_index: None,
        attachments: Vec::new(),
        received: Vec::new(),
    }
}
