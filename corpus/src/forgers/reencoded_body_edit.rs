//! Decodes the text parts of a stored message, changes an amount in all of them, and encodes them again as base64.
//!
//! Knows: transfer encodings, that text and HTML must agree, and that boundaries must still fit. Overlooks: that the
//! sender's program encodes otherwise, the body hash of the signature, and the other copies.

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::parts;

pub(super) const FORGER: Forger = Forger {
    name: "reencoded-body-edit",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let index = scene.any_copy();
    let Some(copy) = scene.copies.get_mut(index) else {
        return Ok(false);
    };
    let leaves = parts::leaves(&copy.mail);
    let texts = leaves
        .into_iter()
        .filter(|leaf| leaf.is("text/plain") || leaf.is("text/html"));
    let texts: Vec<_> = texts.map(|leaf| (leaf.decoded(&copy.mail), leaf)).collect();
    let first = texts.first();
    let Some((_, old, new)) = first.and_then(|(text, _)| hand::change_amount(text, scene.random))
    else {
        return Ok(false);
    };
    let (wrong, right) = (format!("{new} euros"), format!("{old} euros"));
    let changed: Vec<_> = texts
        .into_iter()
        .map(|(text, leaf)| (leaf, hand::replaced_once(&text, &right, &wrong)))
        .collect();
    copy.mail = parts::with_base64_contents(&copy.mail, &changed);
    let provable = scene.proved_elsewhere(index);
    let what =
        format!("The amount {old} became {new} in all text parts, which were encoded again.");
    scene.judge(index, altered(FORGER.name, what, provable));
    Ok(true)
}
