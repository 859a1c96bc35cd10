//! Makes a collection: letter by letter, from the first day to the last, nothing kept in memory longer than needed.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::answers::{AnswerSheet, Class, ItemKind, Verdict};
use crate::clients::{Composed, compose};
use crate::correspondence::{Correspondence, Written};
use crate::damage::{Dialect, Harm, in_mbox};
use crate::delivery::{Copy, Folder, deliver};
use crate::documents::Cabinet;
use crate::forgers::{Loose, Scene, Workshop};
use crate::keys::{KeyRing, OwnKey};
use crate::layout::{Dump, Entry};
use crate::letter::Parent;
use crate::people::Campaign;
use crate::plan::{Extent, Plan};
use crate::random::Random;
use crate::visitors;
use crate::{MakeError, moment::Moment};

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Messages stored, each copy counted.
    pub n_messages: u64,
    /// Of these, received ones.
    pub n_received: u64,
    /// Of the received ones, those with a signature that verifies.
    pub n_signed: u64,
    /// Distinct documents.
    pub n_documents: u64,
    /// Bytes of messages and loose documents, before they are packed.
    pub n_bytes: u64,
    /// Messages that are not genuine.
    pub n_forged: u64,
    /// The forgeries of each forger.
    pub forgeries: Vec<(String, u64)>,
    /// The answers file.
    pub answers: PathBuf,
    /// The keys file.
    pub keys: PathBuf,
}

/// Makes the collection of a plan, with its answers and keys beside it.
///
/// # Errors
///
/// Where files cannot be written, the folder is not empty, or a forger's name is not known.
pub fn make(plan: &Plan) -> Result<Summary, MakeError> {
    let mut maker = Maker::new(plan)?;
    while maker.progress() < MILLION {
        maker.next_letter()?;
    }
    maker.finish()
}

/// What a message weighs on average with its attachments, to plan by.
const MESSAGE_BYTES: u64 = 128_000;
const MILLION: i64 = 1_000_000;
/// Share of new documents that also lie in a folder by themselves, in hundredths.
const LOOSE_PERCENT: u64 = 9;

struct Maker<'a> {
    plan: &'a Plan,
    campaign: Campaign,
    correspondence: Correspondence,
    cabinet: Cabinet,
    ring: KeyRing,
    workshop: Workshop,
    own_key: OwnKey,
    dump: Dump,
    answers: AnswerSheet,
    random: Random,
    /// Mail from outside that did not come yet, in order of time.
    visitors: VecDeque<Copy>,
    summary: Summary,
}

/// The bytes of an enclosed message as the exporter wrote them inside the outer one.
fn enclosed_as_stored(enclosed: &[u8], outer: &[u8], harm: Harm, lf: bool) -> Vec<u8> {
    let written = harm.written(enclosed.to_vec(), lf);
    let quoted = match harm.dialect {
        Dialect::Cl2 => written.clone(),
        dialect => in_mbox(&written, dialect),
    };
    let is_there = |bytes: &[u8]| outer.windows(bytes.len()).any(|window| window == bytes);
    if is_there(&quoted) { quoted } else { written }
}

/// A file beside the collection.
fn beside(out: &Path, ending: &str) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    out.with_file_name(name)
}

impl<'a> Maker<'a> {
    fn new(plan: &'a Plan) -> Result<Self, MakeError> {
        let workshop = Workshop::new(&plan.forgers, plan.seed)?;
        let dump = Dump::create(plan)?;
        let answers = beside(&plan.out, ".answers.jsonl");
        let campaign = Campaign::new(plan.theme, plan.signers);
        let mut ring = KeyRing::new(plan.seed, plan.key_sizes);
        let visitors = if plan.phishing {
            visitors::copies(&campaign, &mut ring, plan.seed)?.into()
        } else {
            VecDeque::new()
        };
        Ok(Self {
            plan,
            campaign,
            visitors,
            correspondence: Correspondence::new(plan.seed),
            cabinet: Cabinet::new(plan.scale),
            ring,
            workshop,
            own_key: OwnKey::new(plan.seed, plan.key_sizes),
            dump,
            answers: AnswerSheet::create(&answers)?,
            random: Random::labelled(plan.seed, "loose documents"),
            summary: Summary {
                answers,
                keys: beside(&plan.out, ".keys.tsv"),
                ..Summary::default()
            },
        })
    }

    /// How much is made, in millionths.
    fn progress(&self) -> i64 {
        let (made, wanted) = match self.plan.extent {
            Extent::Messages(wanted) => (self.summary.n_messages, wanted),
            Extent::Bytes(wanted) => (self.summary.n_bytes, wanted),
        };
        let millionths = u128::from(made) * 1_000_000 / u128::from(wanted.max(1));
        i64::try_from(millionths).unwrap_or(MILLION)
    }

    fn next_letter(&mut self) -> Result<(), MakeError> {
        let progress = self.progress();
        let written = self
            .correspondence
            .next(&self.campaign, &mut self.cabinet, progress)?;
        let composed = compose(&written.letter, &self.campaign)?;
        let mut copies = deliver(&written.letter, &composed, &self.campaign, &mut self.ring)?;
        let arrived = copies
            .iter()
            .map(|copy| copy.at)
            .max()
            .unwrap_or(composed.handed);
        for copy in &mut copies {
            copy.proved &= !self.harm(copy.owner).breaks_signatures();
        }
        self.let_in(arrived)?;
        self.go_on(&written, &composed, &copies, arrived);
        let mut loose = self.genuine_loose();
        self.forge(&written, &composed, &mut copies, &mut loose)?;
        for copy in copies {
            self.store(copy)?;
        }
        for document in loose {
            self.store_loose(&document)?;
        }
        Ok(())
    }

    /// Stores the mail from outside that came by now.
    fn let_in(&mut self, now: Moment) -> Result<(), MakeError> {
        while self.visitors.front().is_some_and(|copy| copy.at <= now) {
            if let Some(copy) = self.visitors.pop_front() {
                self.store(copy)?;
            }
        }
        Ok(())
    }

    /// What the exporter does to the mailbox of this owner.
    fn harm(&self, owner: usize) -> Harm {
        let number = self.campaign.owners().position(|other| other == owner);
        Harm::drawn(self.plan.damage, number.unwrap_or(0), self.plan.seed)
    }

    fn go_on(&mut self, written: &Written, composed: &Composed, copies: &[Copy], arrived: Moment) {
        let letter = &written.letter;
        let references = letter.quote.as_ref().map_or_else(Vec::new, |parent| {
            parent
                .references
                .iter()
                .chain([&parent.message_id])
                .cloned()
                .collect()
        });
        let parent = Parent {
            message_id: composed.message_id.clone(),
            references,
            from: letter.from,
            to: letter.recipients().collect(),
            subject: letter.subject.clone(),
            date: letter.device_time(),
            text: composed.text.clone(),
            thread_index: composed.thread_index.clone(),
            attachments: letter.attachments.clone(),
            received: copies
                .iter()
                .filter(|copy| copy.folder == Folder::Inbox)
                .map(|copy| (copy.owner, copy.mail.clone()))
                .collect(),
        };
        self.correspondence
            .answer(&self.campaign, written, parent, arrived);
    }

    /// Some of the new documents also lie in a folder by themselves.
    fn genuine_loose(&mut self) -> Vec<Loose> {
        let mut loose = Vec::new();
        for document in self.cabinet.fresh.drain(..) {
            if self.random.percent(LOOSE_PERCENT) {
                let path = format!("dossier_{}/{}", self.random.between(1, 9), document.name);
                loose.push(Loose {
                    path,
                    document: Rc::clone(&document),
                    verdict: Verdict::genuine(),
                });
            }
        }
        loose
    }

    fn forge(
        &mut self,
        written: &Written,
        composed: &Composed,
        copies: &mut Vec<Copy>,
        loose: &mut Vec<Loose>,
    ) -> Result<(), MakeError> {
        let due =
            (self.summary.n_messages + copies.len() as u64) * self.plan.forged_per_thousand / 1000;
        let planned = match self.plan.extent {
            Extent::Messages(wanted) => wanted,
            Extent::Bytes(wanted) => wanted / MESSAGE_BYTES,
        } * self.plan.forged_per_thousand
            / 1000;
        if copies.is_empty() {
            return Ok(());
        }
        let mut random = self.workshop.random();
        let mut scene = Scene {
            campaign: &self.campaign,
            letter: &written.letter,
            composed,
            copies,
            loose,
            cabinet: &mut self.cabinet,
            random: &mut random,
            own_key: &mut self.own_key,
        };
        self.workshop.visit(&mut scene, due, planned)
    }

    fn store(&mut self, copy: Copy) -> Result<(), MakeError> {
        let Some(mailbox) = self
            .campaign
            .people
            .get(copy.owner)
            .and_then(|person| person.mailbox)
        else {
            return Err(MakeError::Plan("a copy lies in no stolen mailbox"));
        };
        self.count(&copy);
        let harm = self.harm(copy.owner);
        let number = self
            .campaign
            .owners()
            .position(|owner| owner == copy.owner)
            .unwrap_or(0);
        let entry = Entry {
            mailbox,
            number,
            folder: copy.folder,
            at: copy.at,
            sender: &copy.sender,
            dialect: harm.dialect,
        };
        let verdict = copy.verdict.with_circumstance(harm.name(copy.at));
        let bytes = harm.export(copy.mail, copy.lf, copy.at);
        let stored = self.dump.store(&entry, bytes)?;
        self.summary.n_bytes += stored.bytes.len() as u64;
        let item = crate::documents::item_of(&stored.bytes);
        self.answers
            .note(&item, &stored.place, ItemKind::Message, &verdict)?;
        if let Some(enclosed) = &copy.enclosed {
            let place = format!("{}!part 2", stored.place);
            let bytes = enclosed_as_stored(enclosed, &stored.bytes, harm, copy.lf);
            let verdict = Verdict::genuine().with_circumstance("enclosed in another");
            let item = crate::documents::item_of(&bytes);
            self.answers
                .note(&item, &place, ItemKind::Message, &verdict)?;
        }
        for held in &copy.documents {
            let place = format!("{}!part {}", stored.place, held.part);
            if self.answers.note(
                &held.document.item,
                &place,
                ItemKind::Document,
                &held.verdict,
            )? {
                self.summary.n_documents += 1;
            }
        }
        Ok(())
    }

    fn count(&mut self, copy: &Copy) {
        self.summary.n_messages += 1;
        self.summary.n_received += u64::from(!matches!(copy.folder, Folder::Sent | Folder::Drafts));
        self.summary.n_signed += u64::from(copy.proved);
        self.summary.n_forged += u64::from(copy.verdict.class != Class::Genuine);
    }

    fn store_loose(&mut self, loose: &Loose) -> Result<(), MakeError> {
        let place = self.dump.store_loose(&loose.path, &loose.document.bytes)?;
        self.summary.n_bytes += loose.document.bytes.len() as u64;
        if self.answers.note(
            &loose.document.item,
            &place,
            ItemKind::Document,
            &loose.verdict,
        )? {
            self.summary.n_documents += 1;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Summary, MakeError> {
        self.dump.finish()?;
        self.answers.finish()?;
        let name = self
            .plan
            .out
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        fs::write(
            &self.summary.keys,
            self.ring.to_tsv(&format!("invented for {name}")),
        )?;
        let counts = self.workshop.counts();
        self.summary.forgeries = counts
            .into_iter()
            .map(|(name, n)| (name.to_owned(), n))
            .collect();
        Ok(self.summary)
    }
}
