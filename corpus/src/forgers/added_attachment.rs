//! Adds a document of his own to one copy of a message that was sent with others or with none.
//!
//! Knows: MIME, so that every program shows the attachment as one of the message. Overlooks: the signature over the body,
//! the copies in other mailboxes, and now and then the day on which he made the document.

use std::rc::Rc;

use super::{Chances, Forger, Scene, Skill, altered, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::delivery::Held;
use crate::documents::{self, DocumentKind, Locale, Properties, Recipe};
use crate::moment::{DAY, HOUR, MINUTE};
use crate::people::Client;

pub(super) const FORGER: Forger = Forger {
    name: "added-attachment",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let by_machine = matches!(scene.letter.client, Client::Bulk | Client::Notice);
    if scene.letter.to_list || by_machine || scene.letter.attachments.len() > 2 {
        return Ok(false);
    }
    let index = scene.any_copy();
    let document = Rc::new(document(scene)?);
    let mut letter = scene.letter.clone();
    letter.attachments.push(Rc::clone(&document));
    let composed = compose(&letter, scene.campaign)?;
    let provable = scene.proved_elsewhere(index);
    let what = format!("The attachment {} was never sent.", document.name);
    if let Some(copy) = scene.copies.get_mut(index) {
        hand::put_content(&mut copy.mail, &composed.mail);
        copy.documents.push(Held {
            part: (letter.attachments.len() + 1).to_string(),
            document,
            verdict: invented(FORGER.name, "Made by the forger.".to_owned()),
        });
    }
    scene.judge(index, altered(FORGER.name, what, provable));
    Ok(true)
}

/// A contract made on the forger's machine, the clock of which he forgets one time in two.
fn document(scene: &mut Scene<'_>) -> Result<documents::Document, MakeError> {
    let sent = scene.letter.at;
    let modified = if scene.random.percent(50) {
        sent.plus(scene.random.between(2, 60) * DAY)
    } else {
        sent.plus(-scene.random.between(20 * MINUTE, 5 * HOUR))
    };
    let author = scene.campaign.people.get(scene.letter.from);
    let name = author.map_or("", |person| person.name).to_owned();
    let recipe = Recipe {
        kind: DocumentKind::Docx,
        seed: scene.random.next(),
        scale: scene.cabinet.scale(),
        edited_amount: None,
    };
    let properties = Properties {
        title: "Convention".to_owned(),
        author: name.clone(),
        last_modified_by: name,
        company: String::new(),
        created: modified.plus(-2 * HOUR).whole_second(),
        modified: modified.whole_second(),
        revision: 3,
        minutes: 70,
        locale: Locale::French,
    };
    let number = scene.random.between(100, 9999);
    documents::make(&format!("Convention_{number}.docx"), &recipe, &properties)
}
