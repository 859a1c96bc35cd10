//! Edits accounts with the program they were made with, on a machine whose clock he has set back, under the right name.
//!
//! Knows: what a spreadsheet says of itself, and has his say the right things. Overlooks: that the same workbook went out
//! by mail with other amounts.

use std::rc::Rc;

use super::{Chances, Forger, Loose, Scene, Skill, altered};
use crate::MakeError;
use crate::documents::{self, DocumentKind};
use crate::moment::MINUTE;

pub(super) const FORGER: Forger = Forger {
    name: "clock-set-back",
    skill: Skill::Expert,
    chances: Chances::Rare,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let found = scene
        .letter
        .attachments
        .iter()
        .find(|real| real.recipe.kind == DocumentKind::Xlsx);
    let Some(real) = found else {
        return Ok(false);
    };
    let mut recipe = real.recipe.clone();
    recipe.edited_amount = Some(scene.random.between(100_000, 900_000) as u64);
    let mut properties = real.properties.clone();
    properties.modified = properties
        .modified
        .plus(scene.random.between(1, 9) * MINUTE);
    let document = Rc::new(documents::make(&real.name, &recipe, &properties)?);
    let what = format!(
        "An amount in {} was changed on a machine whose clock was set back.",
        real.name
    );
    scene.loose.push(Loose {
        path: format!("comptes_{}/{}", scene.random.between(1, 9), document.name),
        document,
        verdict: altered(FORGER.name, what, false),
    });
    Ok(true)
}
