//! Puts a second `From` above the signed one, so that many programs show another author.
//!
//! Knows: that a signature takes the lowest field of a name. Overlooks: that no message has two.

use super::{Chances, Forger, Scene, Skill, altered};
use crate::MakeError;
use crate::mime::Field;

pub(super) const FORGER: Forger = Forger {
    name: "second-from",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let Some(index) = scene.received() else {
        return Ok(false);
    };
    let owners: Vec<usize> = scene
        .campaign
        .owners()
        .filter(|owner| *owner != scene.letter.from)
        .collect();
    let shown = scene.random.pick(&owners);
    let Some(person) = scene.campaign.people.get(shown) else {
        return Ok(false);
    };
    let Some(copy) = scene.copies.get_mut(index).filter(|copy| copy.proved) else {
        return Ok(false);
    };
    // Where `From` is signed twice the trick does not work, and he knows it.
    let signed_twice = copy
        .mail
        .head
        .iter()
        .any(|field| field.is("DKIM-Signature") && field.value.contains(":from;"));
    let place = copy.mail.head.iter().position(|field| field.is("From"));
    let Some(place) = place.filter(|_| !signed_twice) else {
        return Ok(false);
    };
    let name = crate::mime::header_words(person.name, crate::mime::Charset::Utf8, "UTF-8");
    copy.mail.head.insert(
        place,
        Field::new("From", format!("{name} <{}>", person.address)),
    );
    let what = format!("A second From shows {} as the author.", person.address);
    scene.judge(index, altered(FORGER.name, what, true));
    Ok(true)
}
