//! The archive of public keys: what verifies signatures whose keys are gone from the DNS.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use jiff::{Timestamp, civil};
use mabillon_case::{KeyGrade, KeySource, Stamp, sha256};

use super::domain::dns_name;
use super::factoring::factored;
use super::public_key::{KeyState, PublicKey, key_record};

/// Keys of real senders, each with the place it was found in.
const BUILT_IN: &str = include_str!("../../keys/archive.tsv");
/// Keys of the invented senders of the sample collections.
const SAMPLES: &str = include_str!("../../keys/samples.tsv");
/// Keys whose private half was published: what they signed proves nothing.
const DISCLOSED: &str = include_str!("../../keys/disclosed.tsv");

/// What stands between selector and domain in the name of a key record (RFC 6376, section 3.6.2.1).
const INFIX: &str = "._domainkey.";

/// One public key record of one time.
#[derive(Debug)]
pub struct KeyRow {
    /// `selector._domainkey.domain`, as in the DNS.
    pub name: String,
    /// The TXT record.
    pub txt: String,
    /// First time it was seen published, if known.
    pub first_seen: Option<Stamp>,
    /// Last time it was seen published, if known.
    pub last_seen: Option<Stamp>,
    /// Where it was found, in plain words; may be empty.
    pub source: String,
    /// How it came to us.
    pub origin: KeySource,
    /// The key in it.
    pub state: KeyState,
    /// Why anybody could have signed with it, in plain words; empty where nothing of the kind is known.
    pub broken: String,
}

impl KeyRow {
    /// A row with its record parsed.
    pub fn new(name: &str, txt: &str, source: &str, origin: KeySource) -> Self {
        Self {
            name: dns_name(name),
            txt: txt.to_owned(),
            first_seen: None,
            last_seen: None,
            source: source.to_owned(),
            origin,
            state: key_record(txt),
            broken: String::new(),
        }
    }

    /// How the source of a recovered key starts that has an anchor.
    pub const ANCHORED: &'static str = "anchored: ";
    /// How the source of a recovered key starts that has none.
    pub const NOT_ANCHORED: &'static str = "not anchored: ";

    /// How the source of a key starts that the domain itself published when it was looked up.
    pub const PUBLISHED: &'static str = "published: ";
    /// How the source of a key starts that was made up with its sender.
    pub const INVENTED: &'static str = "invented for ";
    /// How the source of a key starts whose private half is public.
    pub const DISCLOSED: &'static str = "disclosed: ";

    /// What it is worth, by where it comes from.
    pub fn grade(&self) -> KeyGrade {
        let says = |start: &str| self.source.starts_with(start);
        match self.origin {
            KeySource::Supplied if says(Self::PUBLISHED) => KeyGrade::Published,
            KeySource::Supplied if says(Self::NOT_ANCHORED) || says(Self::DISCLOSED) => {
                KeyGrade::WithLeak
            }
            KeySource::Recovered | KeySource::Supplied if says(Self::ANCHORED) => {
                KeyGrade::Anchored
            }
            KeySource::Archive | KeySource::Supplied => KeyGrade::Archived,
            KeySource::Recovered | KeySource::Embedded => KeyGrade::CollectionOnly,
        }
    }

    /// Whether it has an anchor outside the reach of a forger: it was not taken from the collection itself, or what was
    /// recovered from it is bound to its owner by something else, as its source says.
    pub fn is_anchored(&self) -> bool {
        self.grade().is_anchored()
    }

    /// Whether it was recovered from signatures, here or in another case: then its times are those that messages claim.
    pub fn is_recovered(&self) -> bool {
        let says = |start: &str| self.source.starts_with(start);
        self.origin == KeySource::Recovered || says(Self::ANCHORED) || says(Self::NOT_ANCHORED)
    }

    /// Whether it was made up with its sender, for a sample: then anybody can make the private key again.
    pub fn is_invented(&self) -> bool {
        self.source.starts_with(Self::INVENTED)
    }

    /// The domain that publishes it.
    pub fn domain(&self) -> &str {
        self.name
            .split_once(INFIX)
            .map_or(self.name.as_str(), |(_, domain)| domain)
    }

    /// The key, where there is one.
    pub const fn key(&self) -> Option<&PublicKey> {
        match &self.state {
            KeyState::Usable(key) => Some(key),
            KeyState::Revoked | KeyState::Unusable(_) => None,
        }
    }
}

/// A line of a keys file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read line {line} of the keys file: {reason}")]
pub struct KeyFileError {
    /// Number of the line, from 1.
    pub line: usize,
    /// Why, in plain words.
    pub reason: String,
}

/// Public keys by selector and domain; one name may have several, of several times.
#[derive(Debug, Default)]
pub struct KeyArchive {
    rows: Vec<KeyRow>,
    by_name: BTreeMap<String, Vec<usize>>,
    factored: Factored,
}

/// What factoring told, and of which keys: it is not done again while they are the same.
#[derive(Debug, Default)]
struct Factored {
    asked: BTreeSet<String>,
    found: BTreeMap<String, String>,
}

impl KeyArchive {
    /// The archive that comes with the program. Once all other keys are added, [`Self::find_broken`] marks the broken
    /// ones.
    pub fn built_in() -> Self {
        let mut archive = Self::default();
        for (text, origin) in [
            (BUILT_IN, KeySource::Archive),
            (SAMPLES, KeySource::Archive),
            (DISCLOSED, KeySource::Supplied),
        ] {
            // A test of this module reads every file whole.
            let _ = archive.add_file(text, origin);
        }
        archive
    }

    /// The text of the built-in archive, for the record of what was used.
    pub fn built_in_text() -> String {
        [BUILT_IN, SAMPLES, DISCLOSED].concat()
    }

    /// Adds the rows of a keys file and gives their number.
    ///
    /// A keys file is tab-separated: name, TXT record and, optionally, first seen, last seen (RFC 3339 date or time)
    /// and source; lines that start with `#` are comments.
    ///
    /// # Errors
    /// The first line that cannot be read; then nothing is added.
    pub fn add_file(&mut self, text: &str, origin: KeySource) -> Result<usize, KeyFileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rows = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let row = row(line, origin).map_err(|reason| KeyFileError {
                line: index + 1,
                reason,
            })?;
            rows.push(row);
        }
        let n_rows = rows.len();
        for row in rows {
            self.add(row);
        }
        Ok(n_rows)
    }

    /// Adds one row.
    pub fn add(&mut self, row: KeyRow) {
        self.by_name
            .entry(row.name.clone())
            .or_default()
            .push(self.rows.len());
        self.rows.push(row);
    }

    /// Marks the rows whose private key anybody could know: it is public, it lies in the collection (`found`: where,
    /// in plain words, by [`PublicKey::id`]), or it can be computed from the public one.
    pub fn find_broken(&mut self, found: &BTreeMap<String, String>) {
        let disclosed: BTreeMap<String, String> = self
            .rows
            .iter()
            .filter_map(|row| {
                let source = row.source.strip_prefix(KeyRow::DISCLOSED)?;
                Some((row.key()?.id(), source.to_owned()))
            })
            .collect();
        self.factor();
        for row in &mut self.rows {
            let Some(id) = row.key().map(PublicKey::id) else {
                continue;
            };
            row.broken = if let Some(source) = disclosed.get(&id) {
                format!("its private key is public: {source}")
            } else if let Some(place) = found.get(&id) {
                format!("its private key lies in {place}")
            } else {
                self.factored.found.get(&id).cloned().unwrap_or_default()
            };
        }
    }

    fn factor(&mut self) {
        let keys = || self.rows.iter().filter_map(KeyRow::key);
        let asked: BTreeSet<String> = keys().map(PublicKey::id).collect();
        if asked != self.factored.asked {
            let found = factored(keys());
            self.factored = Factored { asked, found };
        }
    }

    /// The rows of a selector of a domain, anchored ones first, then as added.
    pub fn rows_of(&self, selector: &str, domain: &str) -> Vec<&KeyRow> {
        let name = dns_name(&format!("{selector}{INFIX}{domain}"));
        let indexes = self.by_name.get(&name).map_or(&[][..], Vec::as_slice);
        let mut rows: Vec<&KeyRow> = indexes
            .iter()
            .filter_map(|&index| self.rows.get(index))
            .collect();
        rows.sort_by_key(|row| (row.grade(), row.origin));
        rows
    }

    /// All rows, as added.
    pub fn rows(&self) -> &[KeyRow] {
        &self.rows
    }

    /// SHA-256 over all rows: names the archive in the record of an examination.
    pub fn digest(&self) -> [u8; 32] {
        let mut text = String::new();
        for row in &self.rows {
            for value in [
                &row.name,
                &row.txt,
                &row.source,
                &format!("{:?}", row.origin),
            ] {
                text.push_str(value);
                text.push('\t');
            }
            let times = [row.first_seen, row.last_seen];
            text.push_str(
                &times
                    .map(|time| time.map_or(String::new(), |time| time.to_string()))
                    .join("\t"),
            );
            text.push('\n');
        }
        sha256(text.as_bytes())
    }
}

fn row(line: &str, origin: KeySource) -> Result<KeyRow, String> {
    let mut columns = line.split('\t').map(str::trim);
    let name = columns.next().unwrap_or_default();
    let txt = columns
        .next()
        .ok_or("it has fewer than two columns; columns are separated by tabs")?;
    let first_seen = moment(columns.next().unwrap_or_default())?;
    let last_seen = moment(columns.next().unwrap_or_default())?;
    let source = columns.next().unwrap_or_default();
    if columns.next().is_some() {
        return Err("it has more than five columns".to_owned());
    }
    match name.to_ascii_lowercase().split_once(INFIX) {
        Some((selector, domain)) if !selector.is_empty() && !domain.is_empty() => {}
        _ => {
            return Err(format!(
                "\"{name}\" is not of the form selector._domainkey.domain"
            ));
        }
    }
    if txt.is_empty() {
        return Err("the TXT record is empty".to_owned());
    }
    Ok(KeyRow {
        first_seen,
        last_seen,
        ..KeyRow::new(name, txt, source, origin)
    })
}

fn moment(text: &str) -> Result<Option<Stamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let stamp = civil::Date::from_str(text).map_or_else(
        |_| {
            let instant = Timestamp::from_str(text).ok()?;
            Stamp::from_micros(instant.as_microsecond())
        },
        |date| Stamp::from_civil((date.year(), date.month(), date.day()), (0, 0, 0), None),
    );
    stamp
        .map(Some)
        .ok_or_else(|| format!("\"{text}\" is neither a date nor a time of RFC 3339"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_row_is_a_usable_key_with_its_source() {
        let mut archive = KeyArchive::built_in();
        archive.find_broken(&BTreeMap::new());
        assert!(archive.rows().len() >= 30);
        for row in archive.rows() {
            assert!(row.key().is_some(), "{row:?}");
            assert!(!row.source.is_empty(), "{row:?}");
            let is_disclosed = row.source.starts_with(KeyRow::DISCLOSED);
            assert_eq!(!row.broken.is_empty(), is_disclosed, "{row:?}");
        }
        for text in [BUILT_IN, SAMPLES, DISCLOSED] {
            assert!(
                KeyArchive::default()
                    .add_file(text, KeySource::Archive)
                    .is_ok()
            );
        }
        assert_eq!(archive.rows_of("20120113", "GMAIL.com").len(), 2);
    }

    #[test]
    fn a_keys_file_is_read_or_its_line_is_named() {
        let mut archive = KeyArchive::default();
        let good = "# keys\n\nS1._domainkey.Example.org\tp=\ns1._domainkey.example.org\tp=\t2016-01-02\t2017-03-04T05:06:07Z\ta web page\n";
        assert_eq!(archive.add_file(good, KeySource::Supplied), Ok(2));
        let rows = archive.rows_of("s1", "example.org");
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows[1].first_seen.unwrap().to_string(),
            "2016-01-02T00:00:00Z"
        );
        assert_eq!(
            rows[1].last_seen.unwrap().to_string(),
            "2017-03-04T05:06:07Z"
        );
        assert!(matches!(rows[0].state, KeyState::Revoked));
        for (bad, line) in [
            ("# x\nexample.org\tp=", 2),
            ("s1._domainkey.example.org p=", 1),
            ("s1._domainkey.example.org\tp=\tyesterday", 1),
            ("s1._domainkey.example.org\tp=\t\t\t\tx", 1),
            ("s1._domainkey.example.org\t", 1),
        ] {
            assert_eq!(
                archive.add_file(bad, KeySource::Supplied).unwrap_err().line,
                line,
                "{bad}"
            );
        }
        assert_eq!(archive.rows().len(), 2);
    }

    #[test]
    fn anchored_rows_come_first() {
        let mut archive = KeyArchive::default();
        archive.add(KeyRow::new(
            "s._domainkey.d.example",
            "p=",
            "",
            KeySource::Recovered,
        ));
        archive.add(KeyRow::new(
            "s._domainkey.d.example",
            "p=",
            "",
            KeySource::Archive,
        ));
        let anchored: Vec<bool> = archive
            .rows_of("S", "d.example")
            .iter()
            .map(|row| row.is_anchored())
            .collect();
        assert_eq!(anchored, [true, false]);
    }
}
