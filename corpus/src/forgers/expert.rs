//! Invents a message in which every clock, id and trace agrees.
//!
//! Knows: everything that this corpus knows. Has not: the key of any domain, so that the message is unsigned, as most
//! genuine mail is.

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::delivery::received_copy;
use crate::letter::Letter;
use crate::servers::{Signing, submit};

pub(super) const FORGER: Forger = Forger {
    name: "expert",
    skill: Skill::Expert,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let what = "Nobody wrote it; every trace agrees, and there is no signature.";
    invent(scene, FORGER.name, what, |_| ())
}

/// Puts an invented message, with what the forger overlooks, beside a received one.
pub(super) fn invent(
    scene: &mut Scene<'_>,
    name: &'static str,
    what: &str,
    overlook: impl Fn(&mut Letter),
) -> Result<bool, MakeError> {
    let Some(recipient) = scene.model().map(|copy| copy.owner) else {
        return Ok(false);
    };
    let mut letter = hand::invented_letter(scene.letter, scene.random);
    overlook(&mut letter);
    let composed = compose(&letter, scene.campaign)?;
    let sent = submit(&composed, &letter, scene.campaign, Signing::Nobody)?;
    let Some(mut copy) = received_copy(&letter, &sent, scene.campaign, recipient, scene.random)?
    else {
        return Ok(false);
    };
    copy.verdict = invented(name, what.to_owned());
    scene.copies.push(copy);
    Ok(true)
}
