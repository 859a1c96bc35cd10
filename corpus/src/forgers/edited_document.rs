//! Takes a Word or Excel attachment out of a message, edits and saves it, and puts it back.
//!
//! Knows: MIME. Overlooks: that the document now says it was saved, by him, after the message was sent.

use std::rc::Rc;

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::clients::compose;
use crate::documents::{self, DocumentKind, Locale};
use crate::moment::{DAY, HOUR};

pub(super) const FORGER: Forger = Forger {
    name: "edited-document",
    skill: Skill::Careless,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let is_office = |kind| matches!(kind, DocumentKind::Docx | DocumentKind::Xlsx);
    let found = scene
        .letter
        .attachments
        .iter()
        .enumerate()
        .find(|(_, document)| is_office(document.recipe.kind));
    let Some((at, real)) = found.filter(|_| !scene.letter.to_list) else {
        return Ok(false);
    };
    let mut recipe = real.recipe.clone();
    recipe.edited_amount = Some(scene.random.between(100_000, 900_000) as u64);
    let mut properties = real.properties.clone();
    properties.modified = scene
        .letter
        .at
        .plus(scene.random.between(3, 40) * DAY + scene.random.between(0, HOUR));
    properties.revision += 1;
    properties.minutes += 6;
    "Utilisateur Windows".clone_into(&mut properties.last_modified_by);
    properties.locale = Locale::English;
    let document = Rc::new(documents::make(&real.name, &recipe, &properties)?);
    let mut letter = scene.letter.clone();
    if let Some(place) = letter.attachments.get_mut(at) {
        *place = Rc::clone(&document);
    }
    let composed = compose(&letter, scene.campaign)?;
    let index = scene.any_copy();
    let what = format!(
        "The attachment {} was edited and saved on {}.",
        real.name,
        properties.modified.rfc3339()
    );
    let verdict = altered(FORGER.name, what, true);
    if let Some(copy) = scene.copies.get_mut(index) {
        hand::put_content(&mut copy.mail, &composed.mail);
        hand::replace_document(&mut copy.documents, at, &document, &verdict)?;
    }
    scene.judge(index, verdict);
    Ok(true)
}
