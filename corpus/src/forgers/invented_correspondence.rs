//! Invents a whole exchange between two people: questions, answers, quotations, each message in both mailboxes.
//!
//! Knows: threads, quotations, Sent folders, and how to set the clock of his machine before he writes. Overlooks: that both
//! people now write with one program, his own, and that the ids of the servers he copied keep their day.

use std::rc::Rc;

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::delivery::{received_copy, sent_copy};
use crate::letter::{Letter, Parent, Turn, base_subject};
use crate::moment::{DAY, HOUR, MINUTE};
use crate::people::Client;
use crate::servers::{Signing, submit};

pub(super) const FORGER: Forger = Forger {
    name: "invented-correspondence",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let is_owner = |index: usize| {
        let person = scene.campaign.people.get(index);
        person.is_some_and(|person| person.mailbox.is_some())
    };
    let from = scene.letter.from;
    let Some(to) = scene.letter.recipients().find(|other| is_owner(*other)) else {
        return Ok(false);
    };
    if !is_owner(from) || scene.letter.to_list {
        return Ok(false);
    }
    let back = scene.random.between(15, 90) * DAY;
    let mut letter = hand::invented_letter(scene.letter, scene.random);
    for _ in 0..scene.random.between(2, 4) {
        letter.client = Client::Thunderbird;
        letter.zone = "Europe/Paris";
        letter.clock_error = 0;
        (letter.to, letter.cc) = (
            vec![if letter.from == from { to } else { from }],
            Vec::new(),
        );
        let parent = place(scene, &letter, back)?;
        letter = reply(scene, &letter, parent);
    }
    Ok(true)
}

/// Puts a message into the mailboxes of both; what the next one quotes.
fn place(scene: &mut Scene<'_>, letter: &Letter, back: i64) -> Result<Parent, MakeError> {
    let mut composed = compose(letter, scene.campaign)?;
    let sent = sent_copy(letter, &composed, scene.campaign);
    // His own clock is set; the traces of the servers he takes from an older message and writes new dates into them.
    composed.handed = composed.handed.plus(-back);
    let submitted = submit(&composed, letter, scene.campaign, Signing::Nobody)?;
    let recipient = letter.to.first().copied().unwrap_or_default();
    let mut received = received_copy(letter, &submitted, scene.campaign, recipient, scene.random)?;
    if let Some(copy) = &mut received {
        hand::move_trace_dates(&mut copy.mail, back);
        copy.at = copy.at.plus(back);
    }
    for mut copy in sent.into_iter().chain(received) {
        copy.verdict = invented(FORGER.name, "Neither of the two wrote it.".to_owned());
        scene.copies.push(copy);
    }
    Ok(Parent {
        message_id: composed.message_id,
        references: letter
            .quote
            .iter()
            .map(|parent| parent.message_id.clone())
            .collect(),
        from: letter.from,
        to: letter.to.clone(),
        subject: letter.subject.clone(),
        date: letter.device_time(),
        text: composed.text,
        thread_index: None,
        attachments: Vec::new(),
        received: Vec::new(),
    })
}

fn reply(scene: &mut Scene<'_>, letter: &Letter, parent: Parent) -> Letter {
    let mut answer = hand::invented_letter(letter, scene.random);
    answer.from = letter.to.first().copied().unwrap_or_default();
    answer.at = letter.at.plus(scene.random.between(20 * MINUTE, 6 * HOUR));
    answer.subject = format!("Re: {}", base_subject(&letter.subject));
    answer.turn = Turn::Answers;
    answer.quote = Some(Rc::new(parent));
    answer
}
