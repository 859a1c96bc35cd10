//! Writes a new message on the model of an old one: everything looks right.
//!
//! Knows: the formats of programs and servers, and sets every date a reader sees. Overlooks: that ids, boundaries and
//! thread index hold times; his are months old.

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::delivery::received_copy;
use crate::moment::DAY;
use crate::servers::{Signing, submit};

pub(super) const FORGER: Forger = Forger {
    name: "template",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let Some(recipient) = scene.model().map(|copy| copy.owner) else {
        return Ok(false);
    };
    let back = scene.random.between(60, 300) * DAY;
    let mut letter = hand::invented_letter(scene.letter, scene.random);
    letter.at = letter.at.plus(-back);
    let composed = compose(&letter, scene.campaign)?;
    let sent = submit(&composed, &letter, scene.campaign, Signing::Nobody)?;
    let Some(mut copy) = received_copy(&letter, &sent, scene.campaign, recipient, scene.random)?
    else {
        return Ok(false);
    };
    hand::move_readable_dates(&mut copy.mail, back);
    copy.at = copy.at.plus(back);
    let what = format!(
        "Written on the model of a message that is {} days older.",
        back / DAY
    );
    copy.verdict = invented(FORGER.name, what);
    scene.copies.push(copy);
    Ok(true)
}
