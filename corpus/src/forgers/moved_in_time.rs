//! Moves a message to another week in every date that a reader sees: `Date` and all `Received` lines, weekdays too.
//!
//! Knows: the header. Overlooks: the ids of servers and programs, which hold their own time, the signature, and the copy
//! that the sender kept.

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::moment::DAY;

pub(super) const FORGER: Forger = Forger {
    name: "moved-in-time",
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
    let n_days = scene.random.between(2, 45);
    if let Some(copy) = scene.copies.get_mut(index) {
        hand::move_readable_dates(&mut copy.mail, -n_days * DAY);
    }
    let provable = scene.proved_elsewhere(index);
    let what = format!("It was moved {n_days} days back, Received lines too.");
    scene.judge(index, altered(FORGER.name, what, provable));
    Ok(true)
}
