//! An invented collection: every name and every message is made up.

#![expect(
    clippy::too_many_lines,
    reason = "invented items are data, each written in one piece"
)]

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use mabillon_case::{
    Accounting, ArchiveRecord, AttachmentFact, Basis, BodyHash, Change, Class, CollectionRecord,
    ContainerKind, Conversations, Count, Coverage, Difference, DocumentFacts, Effect, Evidence,
    ExaminationRecord, ExhibitRecord, Facts, Finding, FoundKey, ItemId, KeySearch, KeySource, Kind,
    MailboxEnd, MailboxGap, MailboxRecord, MessageFacts, MissingMessage, NamedBy, NotRun, Opinion,
    Origin, OutOfOrder, Place, ProvedShare, SaveBurst, SavedAfterEnd, SearchEnd, Selection,
    Signature, SignatureKind, SignatureResult, Span, Stamp, TextFacts, Warning, verbal_scale,
};

use crate::model::{Report, ReportBuilder};
use crate::{ItemRow, LostKeys, words};

/// What came of the search for lost keys.
static LOST_KEYS: LazyLock<LostKeys> = LazyLock::new(|| LostKeys::of(searches()));

fn searches() -> Vec<KeySearch> {
    let search = |name: &str, n_signatures, n_pairs, end, anchor: Option<&str>| KeySearch {
        name: format!("{name}._domainkey.courrier.example"),
        n_signatures,
        bits: 2048,
        n_pairs,
        end,
        keys: anchor
            .map(|anchor| FoundKey {
                txt: "v=DKIM1; k=rsa; p=".to_owned(),
                bits: 2047,
                exponent: 65537,
                n_verified: n_signatures - 1,
                used: None,
                anchor: anchor.to_owned(),
            })
            .into_iter()
            .collect(),
    };
    vec![
        search(
            "k1",
            840,
            1,
            SearchEnd::Complete,
            Some("it verifies one of the originals"),
        ),
        search("k2", 1_203, 2, SearchEnd::Complete, Some("")),
        search("k3", 31, 10, SearchEnd::Complete, None),
        search("k4", 30, 1, SearchEnd::OutOfBudget, None),
        search("k5", 20, 0, SearchEnd::NotTried, None),
        search("key2016", 4, 0, SearchEnd::TooFew, None),
        search("k6", 44, 0, SearchEnd::TooLarge, None),
    ]
}

/// A row that owns what it shows.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) facts: Facts,
    pub(crate) opinion: Opinion,
    pub(crate) findings: Vec<Arc<Finding>>,
    pub(crate) not_run: Vec<Arc<NotRun>>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) not_examined: Option<String>,
    pub(crate) partial: Option<String>,
}

impl Row {
    pub(crate) fn row(&self) -> ItemRow<'_> {
        ItemRow {
            facts: &self.facts,
            opinion: &self.opinion,
            findings: &self.findings,
            not_run: &self.not_run,
            warnings: &self.warnings,
            not_examined: self.not_examined.as_deref(),
            partial: self.partial.as_deref(),
            lost_keys: Some(&LOST_KEYS),
        }
    }

    fn evidence(mut self, group: &str, log10_lr: f64, effect: Effect, finding: Finding) -> Self {
        let finding = Arc::new(finding);
        self.findings.push(Arc::clone(&finding));
        self.opinion.evidence.push(Evidence {
            finding,
            group: group.into(),
            log10_lr,
            effect,
        });
        self
    }

    fn place(mut self, exhibit: &str, path: &str, mailbox: Option<&str>, offset: u64) -> Self {
        self.facts.places.push(Place {
            origin: Origin::Collection,
            exhibit: exhibit.into(),
            path: path.to_owned(),
            offset,
            length: self.facts.size_bytes,
            parent: None,
            mailbox: mailbox.map(Into::into),
            entry: None,
            stored: None,
        });
        self
    }
}

/// An item without anything found on it yet.
pub(crate) fn item(name: &str, kind: Kind, class: Class, basis: Basis, log10_lr: f64) -> Row {
    let (words, range) = verbal_scale(log10_lr);
    Row {
        facts: Facts {
            item: ItemId::of(name.as_bytes()),
            kind,
            media_type: match kind {
                Kind::Message => "message/rfc822",
                Kind::Mailbox => "application/mbox",
                Kind::Archive => "application/zip",
                Kind::Image => "image/jpeg",
                Kind::Document | Kind::Other => "application/pdf",
            }
            .to_owned(),
            size_bytes: 4200,
            places: Vec::new(),
            message: None,
            document: None,
            signatures: Vec::new(),
            private_keys: Vec::new(),
            text: TextFacts::default(),
        },
        opinion: Opinion {
            class,
            basis,
            log10_lr,
            words: format!("{words} ({range} more probable)"),
            because: words::class_meaning(class).to_owned(),
            evidence: Vec::new(),
            groups: Vec::new(),
        },
        findings: Vec::new(),
        not_run: Vec::new(),
        warnings: Vec::new(),
        not_examined: None,
        partial: None,
    }
}

fn day(year: i16, month: i8, day: i8) -> Option<Stamp> {
    Stamp::from_civil((year, month, day), (14, 5, 9), Some(120))
}

fn message(from: (&str, &str), to: &[&str], subject: &str, date: Option<Stamp>) -> MessageFacts {
    MessageFacts {
        message_id: format!("{}@mail.onwards.example", subject.len()),
        date,
        from_name: from.0.to_owned(),
        from: from.1.to_owned(),
        to: to.iter().map(ToString::to_string).collect(),
        subject: subject.to_owned(),
        n_hops: 2,
        ..MessageFacts::default()
    }
}

pub(crate) fn signature(by: &str, selector: &str, result: SignatureResult) -> Signature {
    let known = result != SignatureResult::NoKey;
    Signature {
        kind: SignatureKind::Dkim,
        by: by.to_owned(),
        selector: selector.to_owned(),
        identity: String::new(),
        algorithm: "rsa-sha256".to_owned(),
        result,
        body_hash: if result == SignatureResult::Fail {
            BodyHash::Mismatch
        } else {
            BodyHash::Match
        },
        header_verified: known.then_some(true),
        key_source: known.then_some(KeySource::Archive),
        key_bits: known.then_some(2048),
        key_id: String::new(),
        key_grade: known.then_some(mabillon_case::KeyGrade::Archived),
        key_broken: String::new(),
        repairs: Vec::new(),
        removed: Vec::new(),
        covers: Coverage::All,
        unsigned_fields: Vec::new(),
        unsigned_tail_octets: None,
        anchored: known,
        aligned: true,
        signed_at: None,
        expires_at: None,
        reason: match result {
            SignatureResult::Fail => "the body is not the one that was hashed".to_owned(),
            _ => String::new(),
        },
        value_start: "dGhpcyBpcyBpbnZl".to_owned(),
        recorded_passes: Vec::new(),
        recorded_failed: false,
        personal: None,
        recovery: None,
        span: Span::new(120, 460),
    }
}

fn seen(test: &'static str, code: &'static str, says: &str) -> Finding {
    Finding {
        test: Cow::Borrowed(test),
        ..Finding::new(code, says)
    }
}

fn not_run(test: &'static str, reason: &'static str) -> Arc<NotRun> {
    Arc::new(NotRun {
        test: Cow::Borrowed(test),
        reason: Cow::Borrowed(reason),
        failed: false,
    })
}

/// A proved message in two mailboxes.
fn proved() -> Row {
    let mut row = item(
        "proved",
        Kind::Message,
        Class::Authenticated,
        Basis::Signature,
        1.2,
    )
    .place(
        "dump.zip",
        "mail/perrin.mbox!message 12",
        Some("mail/perrin.mbox"),
        88_412,
    )
    .place(
        "dump.zip",
        "mail/sorel.mbox!message 4",
        Some("mail/sorel.mbox"),
        10_240,
    );
    row.facts.message = Some(Box::new(MessageFacts {
        cc: vec!["press@onwards.example".to_owned()],
        attachments: vec![AttachmentFact {
            item: ItemId::of(b"budget"),
            file_name: "budget.xlsx".to_owned(),
            media_type: "application/octet-stream".to_owned(),
            size_bytes: 9000,
        }],
        ..message(
            ("Hélène Sorel", "h.sorel@onwards.example"),
            &["m.perrin@onwards.example"],
            "Réunion de mardi : salle et horaires",
            day(2017, 3, 28),
        )
    }));
    row.facts.signatures = vec![signature("onwards.example", "s1", SignatureResult::Pass)];
    row.opinion.because =
        "The signature of onwards.example (selector s1) verifies and covers all that is shown."
            .to_owned();
    row.not_run = vec![
        not_run("document/ooxml-times", "it is not an OOXML document"),
        not_run("document/pdf-info-xmp", "it is not a PDF document"),
    ];
    row.evidence(
        "DKIM",
        0.0,
        Effect::Authenticates,
        seen(
            "signature/dkim-verification",
            "verifies",
            "The DKIM signature of onwards.example (selector s1) verifies over From, To, Date, Subject and the whole body.",
        )
        .at(Span::new(120, 460)),
    )
    .evidence(
        "CLIENT_CLOCK",
        1.2,
        Effect::Weighs,
        seen(
            "date/outlook-boundary-local-time",
            "offset-agrees",
            "The boundary was made at 14:05:08 local time, one second before Date, in the same time zone (+02:00).",
        )
        .at(Span::new(900, 941)),
    )
}

/// An altered copy of the proved message.
fn altered_copy() -> Row {
    let mut row = item(
        "altered",
        Kind::Message,
        Class::Contradicted,
        Basis::Demonstrated,
        -3.4,
    )
    .place(
        "dump.zip",
        "mail/treasurer.mbox!message 233",
        Some("mail/treasurer.mbox"),
        1_904_551,
    );
    row.facts.message = Some(Box::new(message(
        ("Hélène Sorel", "h.sorel@onwards.example"),
        &["m.perrin@onwards.example", "treasurer@onwards.example"],
        "Réunion de mardi : salle et horaires",
        day(2017, 3, 28),
    )));
    row.facts.signatures = vec![signature("onwards.example", "s1", SignatureResult::Fail)];
    row.opinion.because = "A copy in mail/perrin.mbox with the same Message-ID is proved by its signature, and 9 words differ.".to_owned();
    row.not_run = vec![Arc::new(NotRun {
        test: Cow::Borrowed("transmission/postfix-id"),
        reason: Cow::Borrowed("index out of bounds"),
        failed: true,
    })];
    row.evidence(
        "XBOX",
        -6.0,
        Effect::Contradicts,
        seen(
            "collection/same-message-id",
            "differs-from-proved-copy",
            "Another item with the same Message-ID carries a valid signature of onwards.example. Its text differs from this one in 9 words.",
        )
        .compared_with(ItemId::of(b"proved"))
        .differing(Difference {
            of: "text".to_owned(),
            changes: vec![
                Change::Skipped(42),
                Change::Same("we have booked the small room for Tuesday at".to_owned()),
                Change::OnlyThere("ten and Paul brings the coffee".to_owned()),
                Change::OnlyHere("nine, and the second account must stay off the books".to_owned()),
                Change::Same("as agreed on the phone".to_owned()),
                Change::Skipped(17),
            ],
        }),
    )
    .evidence(
        "CLIENT_CLOCK",
        -2.5,
        Effect::Weighs,
        seen(
            "date/outlook-boundary-local-time",
            "offset-differs",
            "The boundary was made on 2017-04-24 at 22:41:10 local time, 27 days after Date.",
        )
        .at(Span::new(900, 941)),
    )
    .evidence(
        "SERVER_PATH",
        0.6,
        Effect::Weighs,
        seen(
            "transmission/received-clock-order",
            "runs-forward",
            "The times of the 2 Received fields run forward, from 14:05:11 to 14:05:13.",
        )
        .at(Span::new(0, 118)),
    )
}

/// A spreadsheet with a hostile name, saved later in another language.
fn resaved() -> Row {
    let mut row = item(
        "resaved",
        Kind::Document,
        Class::Questioned,
        Basis::Inferred,
        -2.1,
    )
    .place(
        "dump.zip",
        "docs/<script>alert(1)</script>\u{202e}xslx.exe",
        None,
        77,
    );
    row.facts.document = Some(Box::new(DocumentFacts {
        title: "=HYPERLINK(\"http://x.example\",\"Kasse\") </title><script>alert('x')</script>"
            .to_owned(),
        author: "\"><img src=x onerror=alert(1)>".to_owned(),
        last_modified_by: "I. Nobody\u{1b}[31m".to_owned(),
        created: day(2016, 2, 3),
        modified: day(2017, 3, 27),
        application: "Microsoft Excel".to_owned(),
        ..DocumentFacts::default()
    }));
    row.partial = Some("2 of 40 sheets are beyond the limit of 38 sheets".to_owned());
    row.warnings = vec![Warning::new(
        "sheet-limit",
        "only the first 38 sheets were read",
    )];
    row.opinion.because = "It is one of 9 spreadsheets of different authors saved within 7 minutes on one evening, in another language than they were made in.".to_owned();
    row.evidence(
        "DOC_TIME",
        -1.4,
        Effect::Weighs,
        seen(
            "collection/save-burst",
            "saved-in-burst",
            "Nine spreadsheets of six authors were last saved between 18:02 and 18:09 on 2017-03-27 under one name.",
        ),
    )
    .evidence(
        "DOC_LOCALE",
        -0.7,
        Effect::Weighs,
        seen(
            "document/localised-names",
            "language-differs",
            "The names Листы and Диаграммы were written by a program whose language was Russian; the text is French.",
        )
        .at(Span::new(2_048, 2_090)),
    )
}

/// An archive member that could not be opened, and the archive that held it.
fn containers() -> Vec<Row> {
    let mut unread = item("unread", Kind::Other, Class::Unresolved, Basis::None, 0.0).place(
        "dump.zip",
        "private/keys.zip!passwords.txt",
        None,
        0,
    );
    unread.facts.media_type = "application/octet-stream".to_owned();
    unread.not_examined = Some("the archive member is encrypted".to_owned());
    vec![
        item("mbox", Kind::Mailbox, Class::Unresolved, Basis::None, 0.0).place(
            "dump.zip",
            "mail/perrin.mbox",
            None,
            0,
        ),
        item("zip", Kind::Archive, Class::Unresolved, Basis::None, 0.0)
            .place("dump.zip", "", None, 0),
        unread,
    ]
}

/// A handful of rows, one of each sort.
pub(crate) fn few() -> Vec<Row> {
    let mut rows = vec![proved(), altered_copy(), resaved()];
    rows.extend(containers());
    rows
}

/// Many ordinary messages around them: enough for the pictures.
pub(crate) fn many() -> Vec<Row> {
    const PEOPLE: [(&str, &str, &str); 5] = [
        ("Hélène Sorel", "h.sorel@onwards.example", "mail/sorel.mbox"),
        (
            "Marc Perrin",
            "m.perrin@onwards.example",
            "mail/perrin.mbox",
        ),
        (
            "Aline Vasseur",
            "aline.vasseur@post.example",
            "mail/treasurer.mbox",
        ),
        (
            "Le Courrier du matin",
            "news@courrier.example",
            "mail/press office.mbox",
        ),
        ("Bank", "service@bank.example", "mail/archive 2015/old.mbox"),
    ];
    let mut rows = few();
    let mut state = 7u64;
    for n in 0..1_400u32 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let dice = usize::try_from(state >> 33).unwrap();
        let (name, address, _) = PEOPLE[dice % 5];
        let mailbox = PEOPLE[(dice / 7) % 5 % (1 + (dice / 64) % 5)].2;
        let share = (dice / 11) % 100;
        let (class, basis) = match share {
            0..29 => (Class::Authenticated, Basis::Signature),
            29..41 => (Class::Corroborated, Basis::Corroboration),
            41..58 => (Class::Consistent, Basis::Inferred),
            58..99 => (Class::Unresolved, Basis::None),
            _ => (Class::Questioned, Basis::Inferred),
        };
        let mut row = item(&format!("message {n}"), Kind::Message, class, basis, -1.6).place(
            "dump.zip",
            &format!("{mailbox}!message {n}"),
            Some(mailbox),
            u64::from(n) * 5000,
        );
        let month = (dice / 13) % 17 + (dice / 17) % 9;
        let date = day(
            2015 + i16::try_from(month / 12).unwrap(),
            i8::try_from(month % 12).unwrap() + 1,
            3,
        );
        row.facts.message = Some(Box::new(MessageFacts {
            n_hops: u32::from(dice % 4 > 0),
            is_rewritten: dice % 5 > 2,
            ..message(
                (name, address),
                &["team@onwards.example"],
                &format!("Note {n}"),
                date,
            )
        }));
        let domain = address.rsplit('@').next().unwrap();
        let result = match class {
            Class::Authenticated => SignatureResult::Pass,
            Class::Corroborated => SignatureResult::Fail,
            _ => SignatureResult::NoKey,
        };
        if class <= Class::Corroborated || dice % 3 == 0 {
            row.facts.signatures = vec![signature(domain, "key2016", result)];
        }
        rows.push(row);
    }
    rows
}

/// The record of the run.
pub(crate) fn examination() -> ExaminationRecord {
    let exhibit = |number, name: &str, origin, size_bytes| ExhibitRecord {
        number,
        name: name.to_owned(),
        given_as: format!("/evidence/{name}"),
        origin,
        digest: ItemId::of(name.as_bytes()),
        n_files: 1,
        size_bytes,
    };
    ExaminationRecord {
        version: "0.1.0".to_owned(),
        exhibits: vec![
            exhibit(1, "dump.zip", Origin::Collection, 1_204_551_000),
            exhibit(2, "originals.mbox", Origin::Reference, 88_120_400),
        ],
        options: vec!["nesting-depth=16".to_owned()],
        tests: [
            "signature/dkim-verification",
            "transmission/received-clock-order",
            "transmission/postfix-id",
            "date/outlook-boundary-local-time",
            "document/ooxml-times",
            "document/pdf-info-xmp",
            "document/localised-names",
            "collection/same-message-id",
            "collection/save-burst",
        ]
        .map(str::to_owned)
        .to_vec(),
        sources: vec![format!("weights={}", ItemId::of(b"weights"))],
        started: "2026-03-02T09:14:02Z".to_owned(),
        ended: "2026-03-02T09:16:40Z".to_owned(),
    }
}

/// The account of one archive with an encrypted member.
pub(crate) fn account() -> Accounting {
    Accounting {
        exhibit: "dump.zip".into(),
        path: "private/keys.zip".to_owned(),
        kind: ContainerKind::Zip,
        n_expected: 3,
        n_decoded: 2,
        n_failed: 1,
        bytes_decoded: 18_220,
        bytes_failed: 912,
        bytes_ignored: vec![("zip directory".to_owned(), 330)],
    }
}

/// The report on these rows.
pub(crate) fn report(rows: &[Row]) -> Report {
    let mut builder = ReportBuilder::new(examination()).written_to("case/report.html");
    for row in rows {
        builder.item(&row.row());
    }
    builder.accounting(&account());
    builder.collection(collection());
    builder.lost_keys(&searches());
    builder.finish()
}

/// What the invented collection tells of how it was made.
pub(crate) fn collection() -> CollectionRecord {
    let at = |month, day| Stamp::from_civil((2017, month, day), (11, 40, 0), Some(0));
    let count = |name: &str, n| Count {
        name: name.to_owned(),
        n,
    };
    let end = |month, day, n_after| MailboxEnd {
        at: at(month, day).unwrap(),
        n_last_fortnight: 212,
        n_usual_fortnight: 240,
        n_after,
    };
    let mailbox = |name: &str, owner: &str, end: MailboxEnd| MailboxRecord {
        exhibit: "dump.zip".to_owned(),
        mailbox: name.to_owned(),
        owner: owner.to_owned(),
        n_messages: 4_811,
        n_proved: 1_204,
        n_delivered: 3_900,
        n_answers: 1_830,
        n_answers_to_missing: 77,
        first: at(1, 3),
        last: Some(end.at),
        last_proved: at(3, 2),
        end: Some(end),
        gaps: Vec::new(),
        marks: vec![
            count("separator line From -", 4_811),
            count("line ends LF", 4_811),
        ],
        n_stored_times: 3_900,
        n_stored_times_agree: 3_899,
        out_of_order: vec![OutOfOrder {
            item: ItemId::of(b"moved"),
            time: at(3, 1).unwrap(),
            around: at(1, 20).unwrap(),
        }],
    };
    let mut with_gap = mailbox("mail/sorel.mbox", "sorel@onwards.example", end(4, 24, 0));
    with_gap.gaps = vec![MailboxGap {
        from: at(2, 1).unwrap(),
        to: at(2, 20).unwrap(),
        n_expected: 320,
    }];
    CollectionRecord {
        mailboxes: vec![
            mailbox("mail/perrin.mbox", "perrin@onwards.example", end(3, 6, 1)),
            with_gap,
        ],
        last_end: at(4, 24),
        conversations: conversations(),
        archives: vec![ArchiveRecord {
            exhibit: "dump.zip".to_owned(),
            path: String::new(),
            kind: ContainerKind::Zip,
            n_entries: 41,
            n_encrypted: 1,
            utc: at(3, 6).zip(at(4, 26)),
            wall: at(3, 6).zip(at(4, 26)),
            offsets: vec![(120, 40), (60, 1)],
            hosts: vec![count("fat", 41)],
            packers: vec![count("version 63, deflate", 41)],
            owners: Vec::new(),
            leftovers: vec![count("Thumbs.db", 2)],
            hours_utc: vec![0; 24],
            busiest_hour: at(4, 26).map(|from| (from, 37)),
        }],
        bursts: vec![SaveBurst {
            first: at(3, 27).unwrap(),
            last: at(3, 27).unwrap(),
            documents: (0..9_u8).map(|n| ItemId::of(&[n])).collect(),
            oldest: Stamp::from_civil((2009, 5, 5), (9, 0, 0), None).unwrap(),
            youngest: at(2, 2).unwrap(),
            savers: vec![count("R. Sander", 9)],
            programs: vec![count("Microsoft Excel", 9)],
            languages: vec![count("ru", 9)],
            by_another_hand: true,
        }],
        saved_after_end: SavedAfterEnd {
            n_documents: 1,
            documents: at(4, 28)
                .map(|saved| (saved, ItemId::of(b"later")))
                .into_iter()
                .collect(),
            savers: vec![count("user", 1)],
            languages: Vec::new(),
        },
        selection: selection(),
        ..CollectionRecord::default()
    }
}

/// More months than are shown one by one.
fn selection() -> Selection {
    let row = |name: &str, n_messages, n_signed, n_proved| ProvedShare {
        name: name.to_owned(),
        n_messages,
        n_signed,
        n_proved,
    };
    let months = (2015..2018).flat_map(|year| (1..=12).map(move |month| (year, month)));
    Selection {
        classes: vec![
            row("Never transported: sent copies and drafts", 1_822, 3, 0),
            row("Delivered, bulk", 2_400, 2_310, 2_001),
            row("Delivered through a mailing list", 0, 0, 0),
            row("Delivered, without such a mark", 5_400, 2_900, 407),
        ],
        sizes: vec![row("Below 10 kB", 9_622, 5_213, 2_408)],
        languages: vec![row("fr", 8_000, 5_000, 2_400), row("", 1_622, 213, 8)],
        months: months
            .map(|(year, month)| row(&format!("{year}-{month:02}"), 267, 144, 66))
            .collect(),
    }
}

fn conversations() -> Conversations {
    let named_by = NamedBy {
        item: ItemId::of(b"answer"),
        from: "sorel@onwards.example".to_owned(),
        date: day(2017, 3, 3),
        subject: "Re: <b>Costs</b> of the hall\u{202e}".to_owned(),
        is_answer: true,
        is_proved: true,
    };
    let quoted = MissingMessage {
        message_id: "4F1@mail.onwards.example".to_owned(),
        time: day(2017, 3, 2),
        clock: "Thread-Index of its answers".to_owned(),
        before: day(2017, 3, 3),
        is_first: true,
        n_answers: 2,
        n_named: 5,
        named_by: vec![named_by],
        attribution: "On 2 March 2017 Perrin wrote:".to_owned(),
        quoted: "The hall costs 4,100, <script>and</script> the light is extra.".to_owned(),
        n_quoted_words: 10,
        quoted_in: Some(ItemId::of(b"answer")),
        expected_in: vec!["mail/sorel.mbox".to_owned()],
        ..MissingMessage::default()
    };
    let bare = MissingMessage {
        message_id: "x@elsewhere.example".to_owned(),
        after: day(2017, 3, 4),
        before: day(2017, 3, 9),
        n_named: 1,
        ..MissingMessage::default()
    };
    Conversations {
        n_conversations: 1_311,
        n_messages: 5_020,
        n_answers: 3_660,
        n_answers_present: 3_506,
        n_missing: 81,
        n_missing_first: 32,
        n_missing_expected: 12,
        missing: vec![quoted, bare],
    }
}
