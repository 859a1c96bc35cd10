//! The seal: digests over everything a complete case holds.
//!
//! The digest of an item covers its record, its places, its findings of the group pass and its opinion. The content digest
//! covers the digests of all items in order of id, the accounts of all containers, the searches for lost keys and the
//! record of the collection: it is the same for any number of threads, and for a run that was killed and resumed. The seal
//! covers the content digest, the facts files, `collection.json`, the report and what `case.toml` says of the examination;
//! it stands in `case.toml` and in the custody log.
//!
//! What a seal can do: a change by someone who does not recompute all digests is found and named. Against someone who
//! does, the digest of the seal must have been noted down elsewhere; this is why `mabillon verify` prints it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use mabillon_case::{ExaminationRecord, ItemId};
use mabillon_hash::Sha256;
use rusqlite::{Connection, Statement, params};

use crate::canon::{Canon, hex};
use crate::manifest::{self, FileDigest, Seal, State};
use crate::names::Reasons;
use crate::opinion::RawOpinion;
use crate::read::{EVERY_ITEM, RawItem, With, each_raw};
use crate::record::encode;
use crate::{Case, KeepError, folder, schema};

impl Case {
    /// Completes the examination and seals the case: after this, [`crate::verify`] finds any change to it.
    ///
    /// `report.html` must have been written before, and the indexer must have finished. `record` is the examination as it ended; its start is that of the
    /// first run. `time` is RFC 3339. Returns the digest of the seal, to be noted down elsewhere.
    ///
    /// # Errors
    /// `Sealed` where it is sealed already, `NotComplete` before [`Case::finish_items`], and errors of the disk.
    pub fn seal(
        &mut self,
        record: &ExaminationRecord,
        time: &str,
        who: &str,
    ) -> Result<String, KeepError> {
        self.must_run()?;
        if !schema::is_indexed(&self.conn)? {
            return Err(KeepError::NotComplete(self.dir.clone()));
        }
        let mut content = match self.noted.take() {
            Some(content) => content,
            None => self.note_digests()?,
        };
        content.whole(self)?;
        folder::empty_spool(&self.dir)?;
        self.manifest.describe(record);
        let seal = self.set_seal(content.end())?;
        self.custody_append(time, who, "sealed", &seal)?;
        self.checkpoints = None;
        schema::settle(&self.conn)?;
        self.manifest.state = State::Complete;
        manifest::write(&self.dir, &self.manifest)?;
        self.writer = None;
        Ok(seal)
    }

    /// Seals a complete case again after its report was written anew. Returns the digest of the new seal.
    ///
    /// # Errors
    /// `NotComplete` where the case was never sealed; `Damaged` where a facts file was changed; errors of the disk.
    pub fn seal_report_again(&mut self, time: &str, who: &str) -> Result<String, KeepError> {
        let Some(old) = self.manifest.seal.clone().filter(|_| self.is_complete()) else {
            return Err(KeepError::NotComplete(self.dir.clone()));
        };
        let seal = self.set_seal(old.content.clone())?;
        let others = |seal: &Seal| -> Vec<FileDigest> {
            let files = seal.files.iter();
            files
                .filter(|file| file.name != folder::REPORT)
                .cloned()
                .collect()
        };
        let new = self.manifest.seal.as_ref().map(others);
        if new != Some(others(&old)) {
            self.manifest.seal = Some(old);
            return Err(KeepError::damaged(
                "a file of facts, or collection.json, was changed",
            ));
        }
        let detail = format!("{seal} (report.html written again)");
        self.custody_append(time, who, "sealed", &detail)?;
        Ok(seal)
    }

    /// Notes down the digest of every item as it is stored.
    fn note_digests(&self) -> Result<ContentDigest, KeepError> {
        let transaction = self.conn.unchecked_transaction()?;
        let mut noting = Noting::start(&self.conn)?;
        let reasons = Reasons::load(&self.conn)?;
        each_raw(&self.conn, With::Opinion, &EVERY_ITEM, |item| {
            noting.item(&item.id, item_digest(&item, &item.digest, &reasons)?)
        })?;
        let content = noting.end();
        transaction.commit()?;
        Ok(content)
    }

    fn set_seal(&mut self, content: String) -> Result<String, KeepError> {
        let files = file_digests(&self.dir)?;
        let sha256 = self.manifest.sealed_digest(&content, &files);
        self.manifest.seal = Some(Seal {
            content,
            sha256: sha256.clone(),
            files,
        });
        Ok(sha256)
    }
}

/// The digest over the whole content, item by item in order of id.
pub(crate) struct ContentDigest(Canon);

impl ContentDigest {
    pub(crate) fn new() -> Self {
        Self(Canon::new("content"))
    }

    pub(crate) fn item(&mut self, item: &ItemId, digest: &[u8; 32]) {
        self.0.bytes(&item.0).bytes(digest);
    }

    /// What is about no single item: the accounts of all containers, the searches for lost keys, and the record of the
    /// collection.
    pub(crate) fn whole(&mut self, case: &Case) -> Result<(), KeepError> {
        for account in case.accounts()? {
            self.0.bytes(&encode(&account)?);
        }
        for search in case.key_searches()? {
            self.0.bytes(&encode(&search)?);
        }
        self.0.bytes(&encode(&case.collection()?)?);
        Ok(())
    }

    pub(crate) fn end(self) -> String {
        hex(&self.0.end())
    }
}

/// Notes down the digests of items, which come in order of id.
pub(crate) struct Noting<'c> {
    insert: Statement<'c>,
    content: ContentDigest,
}

impl<'c> Noting<'c> {
    /// Forgets what was noted before.
    pub(crate) fn start(conn: &'c Connection) -> Result<Self, KeepError> {
        conn.execute("DELETE FROM seals", [])?;
        Ok(Self {
            insert: conn.prepare("INSERT INTO seals VALUES (?1, ?2)")?,
            content: ContentDigest::new(),
        })
    }

    pub(crate) fn item(&mut self, item: &ItemId, digest: [u8; 32]) -> Result<(), KeepError> {
        self.insert.execute(params![item.0, digest])?;
        self.content.item(item, &digest);
        Ok(())
    }

    pub(crate) fn end(self) -> ContentDigest {
        self.content
    }
}

/// The digest of one item with everything that belongs to it; `record` is that of its record.
pub(crate) fn item_digest(
    item: &RawItem,
    record: &[u8; 32],
    reasons: &Reasons,
) -> Result<[u8; 32], KeepError> {
    ItemDigest::of(item, record)?.end(item.opinion.as_ref(), reasons)
}

/// The digest of one item, but for its opinion.
pub(crate) struct ItemDigest(Canon);

impl ItemDigest {
    pub(crate) fn of(item: &RawItem, record: &[u8; 32]) -> Result<Self, KeepError> {
        let mut canon = Canon::new("item");
        canon.bytes(record);
        canon.bytes(&encode(&item.places)?);
        canon.number(item.group_findings.len() as u64);
        for finding in &item.group_findings {
            canon.bytes(&finding.finding);
        }
        Ok(Self(canon))
    }

    pub(crate) fn end(
        self,
        opinion: Option<&RawOpinion>,
        reasons: &Reasons,
    ) -> Result<[u8; 32], KeepError> {
        let mut canon = self.0;
        if let Some(opinion) = opinion {
            canon.text(&opinion.class).text(&opinion.basis);
            canon.number(opinion.log10_lr.to_bits());
            canon.text(&opinion.words).text(&opinion.because);
            canon.bytes(&opinion.evidence).bytes(&opinion.groups);
            // Numbers depend on the order of writing; what they stand for does not.
            for number in &opinion.not_run {
                canon.bytes(&reasons.entry(*number)?.1);
            }
        }
        Ok(canon.end())
    }
}

/// The digests of the files a seal covers, by name.
pub(crate) fn file_digests(dir: &Path) -> Result<Vec<FileDigest>, KeepError> {
    let mut names = Vec::new();
    let facts = dir.join(folder::FACTS);
    match fs::read_dir(&facts) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(KeepError::io(&facts)(error)),
        Ok(entries) => {
            for entry in entries {
                let entry = entry.map_err(KeepError::io(&facts))?;
                names.push(format!(
                    "{}/{}",
                    folder::FACTS,
                    entry.file_name().to_string_lossy()
                ));
            }
        }
    }
    for name in [folder::COLLECTION, folder::REPORT] {
        if dir.join(name).exists() {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    let mut digests = Vec::new();
    for name in names {
        let path = dir.join(&name);
        let sha256 = hex(&file_digest(&path).map_err(KeepError::io(&path))?);
        digests.push(FileDigest { name, sha256 });
    }
    Ok(digests)
}

fn file_digest(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finish()),
            n => hash.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}

/// The digests of items that the seal noted down, in order.
pub(crate) fn sealed_items(conn: &Connection) -> Result<Vec<(ItemId, [u8; 32])>, KeepError> {
    let mut statement = conn.prepare("SELECT item, digest FROM seals ORDER BY item")?;
    let rows = statement.query_map([], |row| Ok((ItemId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
