//! Fills the report model from rows that stream by, in memory that does not grow with their number.

use std::collections::BTreeMap;

use mabillon_case::{
    Accounting, Balance, Class, CollectionRecord, ExaminationRecord, KeySearch, Kind, MessageFacts,
    Origin,
};

use super::accounting::AccountingTally;
use super::card::CardTally;
use super::keys::KeyTally;
use super::making::Making;
use super::reasons::{ReasonTally, WarningTally};
use super::tally::Tally;
use super::tests_run::TestTally;
use super::timeline::Months;
use super::{ClassCounts, KindRow, LostKeySummary, Ranking, Report};
use crate::ItemRow;
use crate::item_row::place_text;
use crate::words::{counted, headline, is_or_are, number};

/// Takes every item row and every account once, in any order that is the same each time, and gives the report.
#[derive(Debug)]
pub struct ReportBuilder {
    examination: ExaminationRecord,
    report_path: Option<String>,
    kinds: BTreeMap<Kind, KindRow>,
    opinions: BTreeMap<Kind, ClassCounts>,
    months: Months,
    mailboxes: Tally,
    sender_domains: Tally,
    keys: KeyTally,
    lost_keys: LostKeySummary,
    contradicted: CardTally,
    questioned: CardTally,
    not_examined: ReasonTally,
    partial: ReasonTally,
    tests: TestTally,
    warnings: WarningTally,
    accounting: AccountingTally,
    collection: CollectionRecord,
}

impl ReportBuilder {
    /// An empty report of this examination.
    pub fn new(examination: ExaminationRecord) -> Self {
        Self {
            examination,
            report_path: None,
            kinds: BTreeMap::new(),
            opinions: BTreeMap::new(),
            months: Months::default(),
            mailboxes: Tally::default(),
            sender_domains: Tally::default(),
            keys: KeyTally::default(),
            lost_keys: LostKeySummary::default(),
            contradicted: CardTally::default(),
            questioned: CardTally::default(),
            not_examined: ReasonTally::default(),
            partial: ReasonTally::default(),
            tests: TestTally::default(),
            warnings: WarningTally::default(),
            accounting: AccountingTally::default(),
            collection: CollectionRecord::default(),
        }
    }

    /// The same, naming the place of the HTML report in the summary.
    #[must_use]
    pub fn written_to(mut self, report_path: impl Into<String>) -> Self {
        self.report_path = Some(report_path.into());
        self
    }

    /// The same, with the examination as it ended.
    #[must_use]
    pub fn of(mut self, examination: ExaminationRecord) -> Self {
        self.examination = examination;
        self
    }

    /// Counts one item. Items that lie only among the originals are passed over.
    pub fn item(&mut self, item: &ItemRow<'_>) {
        if !item.is_reported() {
            return;
        }
        let facts = item.facts;
        let place = item.places().next().map(place_text).unwrap_or_default();
        let row = self.kinds.entry(facts.kind).or_insert(KindRow {
            kind: facts.kind,
            n_items: 0,
            n_places: 0,
            size_bytes: 0,
        });
        row.n_items += 1;
        row.n_places += item.places().count() as u64;
        row.size_bytes = row.size_bytes.saturating_add(facts.size_bytes);

        self.accounting.item(item);
        self.tests.count(item.findings, item.not_run);
        for warning in item.warnings {
            self.warnings.count(warning, &place);
        }
        if let Some(reason) = item.partial {
            self.partial.count(reason, facts.size_bytes, &place);
        }
        if let Some(reason) = item.not_examined {
            self.not_examined.count(reason, facts.size_bytes, &place);
        } else if !item.is_container() {
            self.opinion(item);
        }
    }

    /// Adds the account of one container.
    pub fn accounting(&mut self, account: &Accounting) {
        self.accounting.count(account);
    }

    /// Takes what the collection as a whole tells of how it was made.
    pub fn collection(&mut self, record: CollectionRecord) {
        self.collection = record;
    }

    /// Adds whether it all adds up.
    pub fn balance(&mut self, balance: Balance) {
        self.accounting.balance(balance);
    }

    /// Takes what came of the search for lost keys.
    pub fn lost_keys(&mut self, searches: &[KeySearch]) {
        self.lost_keys = LostKeySummary::of(searches);
    }

    /// The report.
    pub fn finish(self) -> Report {
        let mut opinions = ClassCounts::default();
        for counts in self.opinions.values() {
            opinions.add(counts);
        }
        let not_examined = self.not_examined.finish();
        let mut mailboxes = self.mailboxes.finish();
        drop_the_only_exhibit(&mut mailboxes, &self.examination);
        Report {
            headline: headline(&opinions),
            summary: summary(&opinions, not_examined.n_items),
            kinds: self.kinds.into_values().collect(),
            opinions,
            opinions_by_kind: self.opinions.into_iter().collect(),
            n_not_examined: not_examined.n_items,
            timeline: self.months.finish(),
            mailboxes,
            sender_domains: self.sender_domains.finish(),
            keys: self.keys.finish(),
            lost_keys: self.lost_keys,
            contradicted: self.contradicted.finish(),
            questioned: self.questioned.finish(),
            not_examined,
            partial: self.partial.finish(),
            tests: self.tests.finish(&self.examination.tests),
            warnings: self.warnings.finish(),
            accounting: self.accounting.finish(),
            making: Making::of(self.collection),
            report_path: self.report_path,
            examination: self.examination,
        }
    }

    /// Counts the opinion on an item that was examined and is no container.
    fn opinion(&mut self, item: &ItemRow<'_>) {
        let class = item.opinion.class;
        self.opinions
            .entry(item.facts.kind)
            .or_default()
            .count(class);
        self.months.count(item.stated_time(), class);
        self.keys.count(item);
        match class {
            Class::Contradicted => self.contradicted.count(item),
            Class::Questioned => self.questioned.count(item),
            _ => {}
        }
        if let Some(message) = &item.facts.message {
            self.message(item, message);
        }
    }

    fn message(&mut self, item: &ItemRow<'_>, message: &MessageFacts) {
        let class = item.opinion.class;
        for (exhibit, mailbox) in item.facts.mailboxes() {
            self.mailboxes.count(&format!("{exhibit}!{mailbox}"), class);
        }
        let domain = message
            .from
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain);
        let domain = if domain.is_empty() {
            "(no address)"
        } else {
            domain
        };
        self.sender_domains.count(domain, class);
    }
}

/// With a single exhibit its name in front of every mailbox says nothing.
fn drop_the_only_exhibit(mailboxes: &mut Ranking, examination: &ExaminationRecord) {
    let mut collection = examination
        .exhibits
        .iter()
        .filter(|exhibit| exhibit.origin == Origin::Collection);
    let (Some(exhibit), None) = (collection.next(), collection.next()) else {
        return;
    };
    let prefix = format!("{}!", exhibit.name);
    for row in &mut mailboxes.rows {
        if let Some(rest) = row
            .name
            .strip_prefix(&prefix)
            .filter(|rest| !rest.is_empty())
        {
            row.name = rest.to_owned();
        }
    }
}

fn summary(opinions: &ClassCounts, n_not_examined: u64) -> String {
    let rest = opinions.of(Class::Consistent) + opinions.of(Class::Unresolved);
    let mut sentences = Vec::new();
    if rest > 0 {
        sentences.push(format!(
            "The other {} {} consistent or unresolved. That is the normal state of much of a genuine leak, and no accusation.",
            number(rest),
            is_or_are(rest)
        ));
    }
    if n_not_examined > 0 {
        sentences.push(format!(
            "{} could not be examined; each is listed with its reason.",
            counted(n_not_examined, "more item", "more items")
        ));
    }
    sentences.push(
        "These opinions are about origin and integrity. None says that what an item states is true."
            .to_owned(),
    );
    sentences.join(" ")
}
