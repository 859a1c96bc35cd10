//! Opens one stolen spreadsheet after the other, saves each, edits one or two, and leaves them in a folder.
//!
//! Knows: Excel, in Russian. Overlooks: that every file now says who saved it, in which language, and that all were
//! saved within four minutes.

use std::rc::Rc;

use super::{Chances, Forger, Loose, Scene, Skill, altered};
use crate::MakeError;
use crate::answers::{Class, Verdict};
use crate::documents::{self, Document, DocumentKind, Locale};
use crate::keys::period_end;
use crate::moment::{DAY, HOUR, Moment, SECOND};

pub(super) const FORGER: Forger = Forger {
    name: "resaved-spreadsheets",
    skill: Skill::Careless,
    chances: Chances::Common,
    forge,
};

/// With fewer there is no burst.
const AT_LEAST: usize = 5;
/// Of these, known from the mail.
const KNOWN_AT_LEAST: usize = 1;
const AT_MOST: usize = 9;
/// An invented name.
const NAME: &str =
    "\u{413}\u{440}\u{43e}\u{43c}\u{43e}\u{432} \u{410}\u{440}\u{43a}\u{430}\u{434}\u{438}\u{439}";

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    if scene.cabinet.sheets.len() < KNOWN_AT_LEAST {
        return Ok(false);
    }
    let owners: Vec<usize> = scene.campaign.owners().collect();
    let owner = scene.random.pick(&owners);
    let Some(author) = scene.campaign.people.get(owner) else {
        return Ok(false);
    };
    // Where the mail of the last weeks holds too few he takes others from the same disk.
    while scene.cabinet.sheets.len() < AT_LEAST {
        scene
            .cabinet
            .create(DocumentKind::Xlsx, author, scene.letter.at, scene.random)?;
    }
    let n_sheets = scene.cabinet.sheets.len().min(AT_MOST);
    let sheets: Vec<_> = scene.cabinet.sheets.drain(..n_sheets).collect();
    let day = scene.random.between(20, 40);
    let mut at = period_end().plus(-day * DAY + 9 * HOUR);
    for (number, sheet) in sheets.iter().enumerate() {
        at = at.plus(scene.random.between(8, 26) * SECOND);
        let document = saved_again(sheet, at, number == 1, scene)?;
        let verdict = if number == 1 {
            altered(
                FORGER.name,
                "An amount was changed before it was saved again.".to_owned(),
                false,
            )
        } else {
            Verdict {
                class: Class::Handled,
                forger: Some(FORGER.name),
                what: format!("Saved again by an Excel in Russian on {}.", at.rfc3339()),
                provable: false,
                circumstance: "",
                intact: false,
            }
        };
        let path = format!("classeurs_{day}/{}", document.name);
        scene.loose.push(Loose {
            path,
            document: Rc::new(document),
            verdict,
        });
    }
    Ok(true)
}

fn saved_again(
    sheet: &Document,
    at: Moment,
    edited: bool,
    scene: &mut Scene<'_>,
) -> Result<Document, MakeError> {
    let mut recipe = sheet.recipe.clone();
    if edited {
        recipe.edited_amount = Some(scene.random.between(100_000, 900_000) as u64);
    }
    let mut properties = sheet.properties.clone();
    properties.modified = at;
    NAME.clone_into(&mut properties.last_modified_by);
    properties.locale = Locale::Russian;
    properties.revision += 1;
    documents::make(&sheet.name, &recipe, &properties)
}
