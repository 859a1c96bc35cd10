//! Copies a real message and makes another of it: new subject, text, recipient and Message-ID.
//!
//! Knows: that two messages must not share a Message-ID. Overlooks: the boundary, the thread index, the ids of the
//! servers and the signature, all of which still belong to the message he copied.

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::moment::SECOND;
use crate::words;

pub(super) const FORGER: Forger = Forger {
    name: "clone-and-edit",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    if scene.letter.to_list || scene.letter.quote.is_some() {
        return Ok(false);
    }
    let index = scene.any_copy();
    let Some(mut copy) = scene.copies.get(index).cloned() else {
        return Ok(false);
    };
    let mut letter = hand::invented_letter(scene.letter, scene.random);
    letter.attachments.clone_from(&scene.letter.attachments);
    // The same seed and time: the program's own inventions, such as the boundary, are those of the real message.
    letter.seed = scene.letter.seed;
    letter.at = scene.letter.at;
    letter.waited = scene.letter.waited;
    letter.subject = words::subject(scene.random, letter.language);
    let composed = compose(&letter, scene.campaign)?;
    let id = hand::other_message_id(&scene.composed.message_id, scene.random);
    hand::put_content(&mut copy.mail, &composed.mail);
    copy.mail.set("Message-ID", format!("<{id}>"));
    copy.mail.set(
        "Subject",
        composed.mail.value("Subject").unwrap_or_default(),
    );
    copy.at = copy.at.plus(SECOND);
    copy.enclosed = None;
    copy.proved = false;
    copy.verdict = invented(
        FORGER.name,
        format!("Made of the real message {}.", scene.composed.message_id),
    );
    scene.copies.push(copy);
    Ok(true)
}
