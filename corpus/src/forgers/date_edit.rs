//! Moves a message to another day by its `Date` field.
//!
//! Knows: which field mail programs show. Overlooks: every `Received` line, the clocks in ids and boundaries, the
//! signature over `Date`, and often the name of the weekday.

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::moment::DAY;

pub(super) const FORGER: Forger = Forger {
    name: "date-edit",
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
    let n_days = scene.random.between(3, 60);
    let keeps_weekday = scene.random.percent(50);
    let Some(copy) = scene.copies.get_mut(index) else {
        return Ok(false);
    };
    let old = copy.mail.value("Date").unwrap_or_default().to_owned();
    let new = hand::moved_date(&old, -n_days * DAY);
    // A careless hand changes the day and leaves the weekday.
    let new = match (keeps_weekday, old.split_once(','), new.split_once(',')) {
        (true, Some((weekday, _)), Some((_, rest))) => format!("{weekday},{rest}"),
        _ => new,
    };
    copy.mail.set("Date", new.clone());
    let provable = scene.proved_elsewhere(index);
    scene.judge(
        index,
        altered(
            FORGER.name,
            format!("Date was {old} and became {new}."),
            provable,
        ),
    );
    Ok(true)
}
