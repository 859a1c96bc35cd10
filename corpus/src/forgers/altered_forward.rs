//! Changes an amount in a message that someone forwarded, in the forwarded text.
//!
//! Knows: that a forwarded message proves nothing to most readers and convinces them all the same. Overlooks: the message
//! that was forwarded, and the other copies of the forward.

use super::edited_quotation::forge_quotation;
use super::{Chances, Forger, Scene, Skill};
use crate::MakeError;
use crate::letter::Turn;

pub(super) const FORGER: Forger = Forger {
    name: "altered-forward",
    skill: Skill::Skilled,
    chances: Chances::Rare,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    forge_quotation(scene, Turn::Forwards, FORGER.name)
}
