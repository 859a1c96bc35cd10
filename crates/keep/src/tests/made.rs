//! An invented collection, and a run over it.
#![expect(clippy::cast_possible_truncation, reason = "made numbers are small")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mabillon_case::{
    Accounting, AttachmentFact, Basis, Change, Class, CollectionRecord, ContainerKind, Difference,
    DocumentFacts, Effect, EntryFacts, Evidence, ExaminationRecord, ExhibitRecord, Facts, Finding,
    Form, ItemId, Kind, MboxFacts, MessageFacts, NotRun, Opinion, Origin, Place, Quotation, Span,
    Stamp, StoreFacts, Text, TextFacts, Warning,
};

use crate::{Case, Formed, ItemRecord, ItemRow, KeepError, Record, Resume};

pub(super) fn examination() -> ExaminationRecord {
    ExaminationRecord {
        version: "0.1.0".to_owned(),
        exhibits: vec![ExhibitRecord {
            number: 1,
            name: "dump.zip".to_owned(),
            given_as: "/evidence/dump.zip".to_owned(),
            origin: Origin::Collection,
            digest: ItemId::of(b"dump"),
            n_files: 1,
            size_bytes: 4096,
        }],
        options: vec!["repairs=on".to_owned()],
        tests: vec!["date/a".to_owned(), "date/b".to_owned()],
        sources: vec!["weights=00".to_owned()],
        started: "2026-01-02T03:04:05Z".to_owned(),
        ended: String::new(),
    }
}

pub(super) fn id(number: usize) -> ItemId {
    ItemId::of(format!("item {number}").as_bytes())
}

const NAMES: [&str; 4] = ["Ana Lopes", "Bruno Élan", "Carla Dias", "Dmitri Ivanov"];

pub(super) fn place(number: usize, copy: usize) -> Place {
    Place {
        origin: if number % 10 == 9 {
            Origin::Reference
        } else {
            Origin::Collection
        },
        exhibit: Arc::from("dump.zip"),
        path: format!("mail/box{copy}.mbox!message {number}"),
        offset: (number * 100) as u64,
        length: 90,
        parent: Some(ItemId::of(b"box")),
        mailbox: Some(Arc::from(format!("mail/box{copy}.mbox"))),
        entry: number.is_multiple_of(3).then(|| {
            Arc::new(EntryFacts {
                host: "unix".to_owned(),
                ..EntryFacts::new(ContainerKind::Zip, number as u64)
            })
        }),
        stored: number.is_multiple_of(4).then(|| {
            Arc::new(StoreFacts::Mbox(MboxFacts {
                sender: "ana@mill.example".to_owned(),
                date: Stamp::from_seconds(i64::try_from(number).unwrap()),
                number: number as u64,
            }))
        }),
    }
}

/// Item `number`: each seventh is a document, the others are messages.
#[expect(clippy::too_many_lines, reason = "one item, field by field")]
pub(super) fn item(number: usize) -> ItemRecord {
    let is_document = number % 7 == 3;
    let facts = Facts {
        item: id(number),
        kind: if is_document {
            Kind::Document
        } else {
            Kind::Message
        },
        media_type: if is_document {
            "application/pdf"
        } else {
            "message/rfc822"
        }
        .to_owned(),
        size_bytes: 90,
        places: Vec::new(),
        message: (!is_document).then(|| Box::new(message(number))),
        document: is_document.then(|| {
            Box::new(DocumentFacts {
                title: format!("Plan {number}"),
                author: "Eva Muster".to_owned(),
                modified: Stamp::from_civil((2017, 5, 1), (9, 0, 0), None),
                ..DocumentFacts::default()
            })
        }),
        signatures: Vec::new(),
        private_keys: Vec::new(),
        text: TextFacts {
            digest: number as u64,
            n_words: 12,
            language: "en".to_owned(),
            sketch: (0..32)
                .map(|lane| {
                    (number as u32)
                        .wrapping_mul(2_654_435_761)
                        .rotate_left(lane)
                })
                .collect(),
        },
    };
    ItemRecord {
        findings: (0..5).map(|code| finding(number, code)).collect(),
        not_run: (0..40)
            .map(|test| NotRun {
                test: format!("form/test-number-{test}").into(),
                reason: if (number + test).is_multiple_of(3) {
                    "it is no message"
                } else {
                    "there is no such header field"
                }
                .into(),
                failed: false,
            })
            .collect(),
        warnings: vec![Warning::new(
            "charset-unknown",
            "The charset x-made-up is not known.",
        )],
        partial: (number.is_multiple_of(11)).then(|| "part limit reached".to_owned()),
        text: Some(text(number)),
        ..ItemRecord::new(facts)
    }
}

fn message(number: usize) -> MessageFacts {
    MessageFacts {
        message_id: format!("{number}@campaign.example"),
        date: Stamp::from_civil(
            (2017, 4, 1 + (number % 28) as i8),
            (10, (number % 60) as i8, 0),
            Some(120),
        ),
        from: format!("person{}@campaign.example", number % 4),
        from_name: NAMES[number % 4].to_owned(),
        to: vec![
            "desk@campaign.example".to_owned(),
            "press@paper.example".to_owned(),
        ],
        subject: format!("Budget for week {number}"),
        attachments: (0..usize::from(number.is_multiple_of(5)))
            .map(|_| AttachmentFact {
                item: id(number + 1),
                file_name: "costs.xlsx".to_owned(),
                media_type: "application/vnd.ms-excel".to_owned(),
                size_bytes: 10,
            })
            .collect(),
        ..MessageFacts::default()
    }
}

fn text(number: usize) -> Text {
    Text {
        own: format!("Dear all,\nthe élections are near, and word{number} is what we agreed on. ")
            .repeat(4),
        quotations: vec![Quotation {
            attribution: "On Monday, Carla wrote:".to_owned(),
            text: format!("quoted{number} passage"),
            depth: 1,
        }],
        html_alternative: None,
    }
}

pub(super) fn finding(number: usize, code: usize) -> Finding {
    let mut finding = Finding::new(
        "runs-forward",
        format!("The clocks run forward: {code} hops of item {number}."),
    )
    .at(Span::new(number, number + 10));
    finding.test = format!("date/test-{}", (number + code) % 13).into();
    finding
}

pub(super) fn group_finding(number: usize) -> (ItemId, Vec<Arc<Finding>>) {
    let mut finding =
        Finding::new("differs", "Another copy differs.").compared_with(id(number + 1));
    finding.test = "collection/same-message-id".into();
    let finding = finding.differing(Difference {
        of: "text".to_owned(),
        changes: vec![
            Change::Same("a".to_owned()),
            Change::OnlyHere("b".to_owned()),
        ],
    });
    (id(number), vec![Arc::new(finding)])
}

/// A collection test that gave no finding.
pub(super) fn not_grouped() -> NotRun {
    NotRun {
        test: "collection/altered-copy".into(),
        reason: "it has no Message-ID".into(),
        failed: false,
    }
}

pub(super) fn opinion(row: &ItemRow) -> Option<Opinion> {
    let class = Class::ALL[usize::from(row.facts.item.0[0]) % 6];
    let evidence = |finding: &Arc<Finding>| Evidence {
        finding: Arc::clone(finding),
        group: "CLIENT_CLOCK".into(),
        log10_lr: 0.5,
        effect: Effect::Weighs,
    };
    row.facts.in_collection().then(|| Opinion {
        class,
        basis: Basis::Inferred,
        log10_lr: 1.25,
        words: "moderate support (about 18 times)".to_owned(),
        because: "Its clocks agree.".to_owned(),
        evidence: row.findings.iter().map(evidence).collect(),
        groups: vec![("CLIENT_CLOCK".to_owned(), 1.25)],
    })
}

/// The records of `n` leaves in the order in which one thread would leave them.
pub(super) fn records(n: usize) -> Vec<Vec<Record>> {
    let mut leaves: Vec<Vec<Record>> = (0..n).map(leaf_records).collect();
    leaves.push(vec![
        Record::NotRead {
            place: place(n, 0),
            form: Some(Form::Zip),
            reason: "it is encrypted".to_owned(),
        },
        Record::Accounting(Accounting {
            exhibit: Arc::from("dump.zip"),
            path: "mail/box0.mbox".to_owned(),
            kind: ContainerKind::Mbox,
            n_expected: n as u64,
            n_decoded: n as u64,
            n_failed: 0,
            bytes_decoded: 90 * n as u64,
            bytes_failed: 0,
            bytes_ignored: vec![("mbox separator lines".to_owned(), 10)],
        }),
    ]);
    leaves
}

/// One leaf: an item in several places, some of which another leaf leaves too.
pub(super) fn leaf_records(number: usize) -> Vec<Record> {
    let mut records = vec![Record::Item(Box::new(item(number)))];
    for copy in 0..5 {
        let place = place(number, copy);
        records.push(Record::Place {
            item: id(number),
            place,
        });
    }
    let Place {
        path,
        offset,
        length,
        ..
    } = place(number, 0);
    records.push(Record::LeafDone {
        exhibit: "dump.zip".to_owned(),
        path,
        offset,
        length,
        item: id(number),
    });
    records
}

pub(super) fn is_done(resume: &Resume, records: &[Record]) -> bool {
    records.iter().any(|record| match record {
        Record::LeafDone {
            exhibit,
            path,
            offset,
            length,
            ..
        } => resume.is_done(exhibit, path, *offset, *length),
        _ => false,
    })
}

/// Everything after the item pass. Returns the digest of the content.
pub(super) fn complete(mut case: Case, n: usize) -> Result<String, KeepError> {
    case.finish_items()?;
    let facts = case.load_facts()?;
    assert_eq!(facts.len(), n + 1);
    case.facts_files()?.write(&facts)?;
    let found: BTreeMap<_, _> = (0..n).step_by(3).map(group_finding).collect();
    case.write_group_findings(&found)?;
    case.write_collection(&CollectionRecord {
        n_mailboxes_left_out: 3,
        ..CollectionRecord::default()
    })?;
    let formed = |_, row: &ItemRow| {
        opinion(row).map(|opinion| Formed {
            opinion,
            not_run: vec![Arc::new(not_grouped())],
        })
    };
    case.form_opinions(2, formed, |_, _| ())?;
    std::fs::write(case.report_path(), "<p>report</p>").unwrap();
    let ended = ExaminationRecord {
        ended: "2026-01-02T03:09:05Z".to_owned(),
        ..examination()
    };
    case.seal(&ended, "2026-01-02T03:09:06Z", "ana")?;
    Ok(case.content_digest().unwrap().to_owned())
}

/// A complete case of `n` items, with its index.
pub(super) fn case(dir: &Path, n: usize) -> String {
    let (mut case, _) = Case::create_or_resume(dir, &examination()).unwrap();
    case.custody_append("2026-01-02T03:04:05Z", "ana", "received", "dump.zip")
        .unwrap();
    let indexer = case.start_indexer(1).unwrap();
    for leaf in records(n) {
        case.write_batch(&leaf).unwrap();
    }
    let summary = indexer.finish().unwrap();
    assert_eq!(summary.n_items, n as u64 + 1);
    complete(case, n).unwrap()
}
