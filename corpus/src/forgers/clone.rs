//! Copies a message as a file and changes what a reader sees: subject, day and amount.
//!
//! Knows: the fields that mail programs show. Overlooks: everything else, the Message-ID first of all.

use bytes::Bytes;

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::mime::{Charset, header_words};
use crate::moment::{DAY, SECOND};
use crate::words;

pub(super) const FORGER: Forger = Forger {
    name: "clone",
    skill: Skill::Careless,
    chances: Chances::Common,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let index = scene.any_copy();
    let Some(mut copy) = scene.copies.get(index).cloned() else {
        return Ok(false);
    };
    let Some((body, old, new)) = hand::change_amount(&copy.mail.body, scene.random) else {
        return Ok(false);
    };
    let subject = words::subject(scene.random, scene.letter.language);
    let date = copy.mail.value("Date").unwrap_or_default();
    let date = hand::moved_date(date, scene.random.between(1, 20) * DAY);
    copy.mail.body = Bytes::from(body);
    copy.mail.set("Date", date);
    copy.mail
        .set("Subject", header_words(&subject, Charset::Utf8, "UTF-8"));
    copy.at = copy.at.plus(SECOND);
    copy.proved = false;
    let id = &scene.composed.message_id;
    copy.verdict = invented(
        FORGER.name,
        format!("A copy of {id} with another subject and day, and {new} for {old}."),
    );
    scene.copies.push(copy);
    Ok(true)
}
