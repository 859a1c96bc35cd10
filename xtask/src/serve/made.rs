//! A case of invented items, written straight into its store: what an examination of a million messages would leave.

use std::path::Path;
use std::sync::Arc;

use mabillon_case::{
    Basis, Class, ExaminationRecord, ExhibitRecord, Facts, Finding, ItemId, Kind, MessageFacts,
    Opinion, Origin, Place, Stamp, Text, TextFacts,
};
use mabillon_keep::{Case, Formed, ItemRecord, ItemRow, Record};

/// Records of one transaction.
const BATCH: u64 = 2000;
/// First date, seconds since the epoch: 2010-01-01.
const FIRST_SECONDS: u64 = 1_262_304_000;
/// Dates lie within ten years.
const SPAN_SECONDS: u64 = 315_576_000;
const EXHIBIT: &str = "invented";
const CLIENTS: [(&str, &str); 4] = [
    ("date/date-weekday", "weekday-agrees"),
    ("form/multipart-reading", "one-reading"),
    ("transmission/received-clock-order", "runs-forward"),
    ("date/gmail-boundary-time", "boundary-disagrees"),
];

/// Words by how common they are: each is half as common as the one before.
pub(super) const WORDS: [&str; 24] = [
    "budget",
    "meeting",
    "attached",
    "campaign",
    "invoice",
    "hall",
    "printer",
    "posters",
    "tuesday",
    "agenda",
    "signature",
    "committee",
    "press",
    "draft",
    "contract",
    "poll",
    "donor",
    "ballot",
    "harbour",
    "lantern",
    "quartz",
    "vellum",
    "zephyr",
    "ochre",
];

/// Numbers without a pattern, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value ^ (value >> 31)) % end
    }

    /// Small numbers are more probable than large ones.
    fn skewed(&mut self, end: u64) -> u64 {
        let end = self.below(end) + 1;
        let end = self.below(end) + 1;
        self.below(end)
    }
}

/// Writes a complete, sealed case of `n_items` messages.
pub(super) fn case(dir: &Path, n_items: u64) -> anyhow::Result<()> {
    let record = examination();
    let (mut case, _) = Case::create_or_resume(dir, &record)?;
    let indexer = case.start_indexer(2)?;
    for first in (0..n_items).step_by(usize::try_from(BATCH)?) {
        let mut batch = Vec::new();
        for number in first..n_items.min(first + BATCH) {
            let item = item(number);
            let place = place(number);
            batch.push(Record::Place {
                item: item.facts.item,
                place,
            });
            batch.push(Record::Item(Box::new(item)));
        }
        case.write_batch(&batch)?;
    }
    case.finish_items()?;
    indexer.finish()?;
    case.form_opinions(2, |_, row| Some(formed(row)), |_, _| {})?;
    std::fs::write(case.report_path(), "<!DOCTYPE html><title>invented</title>")?;
    case.seal(&record, &record.ended, "serve-bench")?;
    Ok(())
}

fn examination() -> ExaminationRecord {
    ExaminationRecord {
        version: "0.1.0".to_owned(),
        exhibits: vec![ExhibitRecord {
            number: 1,
            name: EXHIBIT.to_owned(),
            given_as: "/nowhere".to_owned(),
            origin: Origin::Collection,
            digest: ItemId::of(EXHIBIT.as_bytes()),
            n_files: 1,
            size_bytes: 1,
        }],
        options: Vec::new(),
        tests: CLIENTS.iter().map(|(test, _)| (*test).to_owned()).collect(),
        sources: Vec::new(),
        started: "2026-01-02T03:04:05Z".to_owned(),
        ended: "2026-01-02T04:04:05Z".to_owned(),
    }
}

fn id(number: u64) -> ItemId {
    ItemId::of(format!("invented {number}").as_bytes())
}

fn place(number: u64) -> Place {
    let mailbox = format!("mail/box{}.mbox", number % 200);
    Place {
        origin: Origin::Collection,
        exhibit: Arc::from(EXHIBIT),
        path: format!("{mailbox}!message {number}"),
        offset: number * 3000,
        length: 2900,
        parent: None,
        mailbox: Some(Arc::from(mailbox)),
        entry: None,
        stored: None,
    }
}

fn address(person: u64) -> String {
    format!("person{person}@house{}.example", person % 3000)
}

fn item(number: u64) -> ItemRecord {
    let chance = &mut Chance(number);
    let message = message(number, chance);
    let mut own = String::new();
    for _ in 0..20 + chance.below(60) {
        let word = WORDS.get(usize::try_from(chance.skewed(24)).unwrap_or(0));
        own.push_str(word.copied().unwrap_or_default());
        own.push(' ');
    }
    let facts = Facts {
        item: id(number),
        kind: Kind::Message,
        media_type: "message/rfc822".to_owned(),
        size_bytes: 1000 + chance.skewed(200_000),
        places: Vec::new(),
        message: Some(Box::new(message)),
        document: None,
        signatures: Vec::new(),
        private_keys: Vec::new(),
        text: TextFacts::default(),
    };
    let findings = CLIENTS.iter().filter(|_| chance.below(3) > 0);
    let findings = findings.map(|(test, code)| {
        let finding = Finding::new(
            code,
            "An invented finding, as long as findings usually are.",
        );
        Finding {
            test: (*test).into(),
            ..finding
        }
    });
    ItemRecord {
        findings: findings.collect(),
        text: Some(Text {
            own,
            ..Text::default()
        }),
        ..ItemRecord::new(facts)
    }
}

fn message(number: u64, chance: &mut Chance) -> MessageFacts {
    let seconds = FIRST_SECONDS + chance.below(SPAN_SECONDS);
    let date = i64::try_from(seconds).ok().and_then(Stamp::from_seconds);
    let words: Vec<&str> = (0..4)
        .filter_map(|_| WORDS.get(usize::try_from(chance.below(24)).unwrap_or(0)))
        .copied()
        .collect();
    let parent = number.saturating_sub(1 + chance.below(50));
    MessageFacts {
        message_id: format!("{number}@invented.example"),
        date,
        from: address(chance.skewed(50_000)),
        from_name: format!("Person {}", chance.below(50_000)),
        to: (0..=chance.below(3))
            .map(|_| address(chance.skewed(50_000)))
            .collect(),
        subject: format!("{} {number}", words.join(" ")),
        in_reply_to: if chance.below(2) == 0 {
            format!("{parent}@invented.example")
        } else {
            String::new()
        },
        ..MessageFacts::default()
    }
}

fn formed(row: &ItemRow) -> Formed {
    let [first, second, ..] = row.facts.item.0;
    let class = match first {
        0..=70 => Class::Authenticated,
        71..=110 => Class::Corroborated,
        111..=200 => Class::Consistent,
        201..=245 => Class::Unresolved,
        246..=253 => Class::Questioned,
        _ => Class::Contradicted,
    };
    Formed {
        opinion: Opinion {
            class,
            basis: Basis::Inferred,
            log10_lr: f64::from(second) / 32.0 - 4.0,
            words: "moderate support".to_owned(),
            because: "An invented opinion, in one sentence of usual length.".to_owned(),
            evidence: Vec::new(),
            groups: Vec::new(),
        },
        not_run: Vec::new(),
    }
}
