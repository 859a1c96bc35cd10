//! Invents a message on a machine of his own, three hours to the east, and forgets that `Date` names the zone.
//!
//! Knows: every clock and every trace, as the expert does. Overlooks: the zone of the machine he writes on.

use super::{Chances, Forger, Scene, Skill, expert};
use crate::MakeError;

pub(super) const FORGER: Forger = Forger {
    name: "other-zone",
    skill: Skill::Expert,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let what = "Nobody wrote it; the machine it was written on stood in another zone.";
    expert::invent(scene, FORGER.name, what, |letter| {
        letter.zone = "Europe/Moscow";
    })
}
