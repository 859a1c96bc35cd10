//! Changes an amount in every copy of an unsigned message that the collection holds, in text and HTML alike.
//!
//! Knows: the whole collection, and that a signature would give him away. Overlooks: what later answers quote.

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::clients::compose;
use crate::people::Client;
use crate::words;

pub(super) const FORGER: Forger = Forger {
    name: "every-copy-edit",
    skill: Skill::Expert,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let is_signed = scene.copies.iter().any(|copy| copy.proved);
    let by_machine = matches!(scene.letter.client, Client::Bulk | Client::Notice);
    if is_signed || by_machine || scene.letter.to_list || scene.copies.is_empty() {
        return Ok(false);
    }
    let mut letter = scene.letter.clone();
    let Some((text, old, new)) = words::change_amount(&letter.text, scene.random) else {
        return Ok(false);
    };
    letter.text = text;
    let composed = compose(&letter, scene.campaign)?;
    for index in 0..scene.copies.len() {
        if scene.is_draft(index) {
            continue;
        }
        if let Some(copy) = scene.copies.get_mut(index) {
            hand::put_content(&mut copy.mail, &composed.mail);
        }
        let what = format!("The amount {old} became {new} in every copy.");
        scene.judge(index, altered(FORGER.name, what, false));
    }
    Ok(true)
}
