//! Puts another document of the same name in place of an attachment.
//!
//! Knows: MIME, and the properties of the document, which he keeps. Overlooks: the signature over the body, the other
//! copies of the message, and the same attachment in other messages.

use std::rc::Rc;

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::clients::compose;
use crate::documents::{self, DocumentKind};

pub(super) const FORGER: Forger = Forger {
    name: "swapped-attachment",
    skill: Skill::Careless,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let index = scene.any_copy();
    let at = scene.random.index(scene.letter.attachments.len());
    let Some(real) = scene
        .letter
        .attachments
        .get(at)
        .filter(|_| !scene.letter.to_list)
    else {
        return Ok(false);
    };
    let mut recipe = real.recipe.clone();
    if matches!(recipe.kind, DocumentKind::Photo | DocumentKind::ScannedPdf) {
        recipe.seed = scene.random.next();
    } else {
        recipe.edited_amount = Some(scene.random.between(100_000, 900_000) as u64);
    }
    let document = Rc::new(documents::make(&real.name, &recipe, &real.properties)?);
    let mut letter = scene.letter.clone();
    if let Some(place) = letter.attachments.get_mut(at) {
        *place = Rc::clone(&document);
    }
    let composed = compose(&letter, scene.campaign)?;
    let provable = scene.proved_elsewhere(index);
    let verdict = altered(
        FORGER.name,
        format!("The attachment {} is not the one that was sent.", real.name),
        provable,
    );
    if let Some(copy) = scene.copies.get_mut(index) {
        hand::put_content(&mut copy.mail, &composed.mail);
        hand::replace_document(&mut copy.documents, at, &document, &verdict)?;
    }
    scene.judge(index, verdict);
    Ok(true)
}
