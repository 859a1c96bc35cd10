//! Those who alter and invent. One file each; its first lines say what he does, knows and overlooks.

mod added_attachment;
mod altered_copy;
mod altered_forward;
mod appended_after_length;
mod careless_body_edit;
mod clock_set_back;
mod clone;
mod clone_and_edit;
mod date_edit;
mod edited_document;
mod edited_export;
mod edited_quotation;
mod every_copy_edit;
mod expert;
mod hand;
mod html_beside_text;
mod invented_correspondence;
mod invented_in_thread;
mod moved_in_time;
mod moved_message;
mod other_zone;
mod own_key;
mod reencoded_body_edit;
mod resaved_spreadsheets;
mod scripted;
mod second_from;
mod sent_to_himself;
mod swapped_attachment;
mod template;

use std::rc::Rc;

use crate::MakeError;
use crate::answers::{Class, Verdict};
use crate::clients::Composed;
use crate::delivery::{Copy, Folder};
use crate::documents::{Cabinet, Document};
use crate::keys::OwnKey;
use crate::letter::Letter;
use crate::people::{Campaign, Client};
use crate::plan::Forgers;
use crate::random::Random;

/// A forger: a name, and what he does with a letter that comes into his hands.
pub struct Forger {
    /// The name that the answers give.
    pub name: &'static str,
    /// How much he knows.
    pub skill: Skill,
    /// How often a letter suits him.
    chances: Chances,
    forge: fn(&mut Scene<'_>) -> Result<bool, MakeError>,
}

/// How much a forger knows of what he forges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skill {
    /// What a reader sees.
    Careless,
    /// A format or two, and what most tests look at.
    Skilled,
    /// All that this corpus knows, but for one thing or nothing.
    Expert,
}

/// How often a letter suits a forger.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chances {
    Common,
    /// He takes every chance, also before his turn.
    Rare,
}

/// All forgers, in the order in which they are asked.
const FORGERS: &[Forger] = &[
    careless_body_edit::FORGER,
    date_edit::FORGER,
    altered_copy::FORGER,
    clone::FORGER,
    scripted::FORGER,
    swapped_attachment::FORGER,
    edited_document::FORGER,
    resaved_spreadsheets::FORGER,
    clone_and_edit::FORGER,
    template::FORGER,
    invented_in_thread::FORGER,
    reencoded_body_edit::FORGER,
    edited_quotation::FORGER,
    altered_forward::FORGER,
    added_attachment::FORGER,
    html_beside_text::FORGER,
    moved_in_time::FORGER,
    moved_message::FORGER,
    edited_export::FORGER,
    sent_to_himself::FORGER,
    invented_correspondence::FORGER,
    own_key::FORGER,
    appended_after_length::FORGER,
    second_from::FORGER,
    clock_set_back::FORGER,
    every_copy_edit::FORGER,
    other_zone::FORGER,
    expert::FORGER,
];

/// All forgers.
pub fn forgers() -> &'static [Forger] {
    FORGERS
}

/// What a forger has before him: one letter, its copies, and the documents of the last weeks.
pub(crate) struct Scene<'a> {
    pub(crate) campaign: &'a Campaign,
    pub(crate) letter: &'a Letter,
    pub(crate) composed: &'a Composed,
    pub(crate) copies: &'a mut Vec<Copy>,
    pub(crate) loose: &'a mut Vec<Loose>,
    pub(crate) cabinet: &'a mut Cabinet,
    pub(crate) random: &'a mut Random,
    /// A key of the forgers' own.
    pub(crate) own_key: &'a mut OwnKey,
}

/// A document that lies in a folder by itself.
pub(crate) struct Loose {
    /// The path below the folder of loose documents.
    pub(crate) path: String,
    pub(crate) document: Rc<Document>,
    pub(crate) verdict: Verdict,
}

impl Scene<'_> {
    /// A copy at random, by its index; drafts do not interest forgers.
    fn any_copy(&mut self) -> usize {
        let sent: Vec<usize> = (0..self.copies.len())
            .filter(|index| !self.is_draft(*index))
            .collect();
        self.random.pick(&sent)
    }

    fn is_draft(&self, index: usize) -> bool {
        let copy = self.copies.get(index);
        copy.is_some_and(|copy| copy.folder == Folder::Drafts)
    }

    /// A received copy, by its index.
    fn received(&self) -> Option<usize> {
        self.copies
            .iter()
            .position(|copy| copy.mail.has("Received") && copy.owner != self.letter.from)
    }

    /// A received copy of a letter that a person wrote to people by name: a model for one that nobody wrote.
    fn model(&self) -> Option<Copy> {
        let by_machine = matches!(self.letter.client, Client::Bulk | Client::Notice);
        let index = self.received()?;
        let copy = self.copies.get(index)?;
        (!self.letter.to_list && !by_machine).then(|| copy.clone())
    }

    /// A copy without a valid signature if there is one: where nothing breaks, he thinks, nothing shows.
    fn unsigned_copy(&mut self) -> usize {
        let unsigned = self
            .copies
            .iter()
            .position(|copy| !copy.proved && copy.folder != Folder::Drafts);
        unsigned.unwrap_or_else(|| self.any_copy())
    }

    /// Whether another copy than this one is proved by its signature.
    fn proved_elsewhere(&self, index: usize) -> bool {
        self.copies
            .iter()
            .enumerate()
            .any(|(other, copy)| other != index && copy.proved)
    }

    /// Marks a copy with what was done to it.
    fn judge(&mut self, index: usize, verdict: Verdict) {
        if let Some(copy) = self.copies.get_mut(index) {
            copy.verdict = verdict;
            copy.proved = false;
        }
    }
}

fn altered(forger: &'static str, what: String, provable: bool) -> Verdict {
    Verdict {
        class: Class::Altered,
        forger: Some(forger),
        what,
        provable,
        circumstance: "",
        intact: false,
    }
}

fn invented(forger: &'static str, what: String) -> Verdict {
    Verdict {
        class: Class::Invented,
        forger: Some(forger),
        what,
        provable: false,
        circumstance: "",
        intact: false,
    }
}

/// The forgers at work on one collection.
pub(crate) struct Workshop {
    /// Each forger and the number of his forgeries.
    at_work: Vec<(&'static Forger, u64)>,
    random: Random,
}

impl Workshop {
    pub(crate) fn new(chosen: &Forgers, seed: u64) -> Result<Self, MakeError> {
        let at_work = match chosen {
            Forgers::All => FORGERS.iter().map(|forger| (forger, 0)).collect(),
            Forgers::None => Vec::new(),
            Forgers::Named(names) => names
                .iter()
                .map(|name| named(name))
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            at_work,
            random: Random::labelled(seed, "forgers"),
        })
    }

    pub(crate) fn random(&self) -> Random {
        self.random.clone()
    }

    /// Lets whoever did least so far, and can do something with this letter, do it, so that `n_due` forgeries are
    /// made by now. Those whose chances are rare may work ahead, up to their equal share of all that are planned.
    pub(crate) fn visit(
        &mut self,
        scene: &mut Scene<'_>,
        n_due: u64,
        n_planned: u64,
    ) -> Result<(), MakeError> {
        self.random.next();
        let n_made: u64 = self.at_work.iter().map(|(_, n_done)| n_done).sum();
        let equal_share = n_planned / (self.at_work.len() as u64).max(1);
        let mut order: Vec<usize> = (0..self.at_work.len()).collect();
        order.sort_by_key(|index| self.at_work.get(*index).map(|(_, n_done)| *n_done));
        for index in order {
            let Some((forger, n_done)) = self.at_work.get_mut(index) else {
                continue;
            };
            let may_work_ahead = forger.chances == Chances::Rare && *n_done < equal_share;
            if (n_made < n_due || may_work_ahead) && (forger.forge)(scene)? {
                *n_done += 1;
                break;
            }
        }
        Ok(())
    }

    /// How many forgeries each made.
    pub(crate) fn counts(&self) -> Vec<(&'static str, u64)> {
        self.at_work
            .iter()
            .map(|(forger, n_done)| (forger.name, *n_done))
            .collect()
    }
}

fn named(name: &str) -> Result<(&'static Forger, u64), MakeError> {
    let found = FORGERS.iter().find(|forger| forger.name == name);
    found.map_or_else(
        || Err(MakeError::NoSuchForger(name.to_owned())),
        |forger| Ok((forger, 0)),
    )
}
