//! Words and reasons that stand in many rows, each stored once.

use std::collections::HashMap;
use std::sync::Arc;

use mabillon_case::NotRun;
use rusqlite::{Connection, params};

use crate::KeepError;
use crate::canon::Canon;

/// Names of exhibits and mailboxes by number.
#[derive(Default)]
pub(crate) struct Words {
    by_text: HashMap<Arc<str>, i64>,
    by_number: Vec<Arc<str>>,
}

impl Words {
    pub(crate) fn load(conn: &Connection) -> Result<Self, KeepError> {
        let mut words = Self::default();
        let mut statement = conn.prepare("SELECT id, text FROM words ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (number, text): (i64, String) = (row.get(0)?, row.get(1)?);
            words.add(number, Arc::from(text))?;
        }
        Ok(words)
    }

    fn add(&mut self, number: i64, text: Arc<str>) -> Result<(), KeepError> {
        if usize::try_from(number).ok() != Some(self.by_number.len()) {
            return Err(KeepError::damaged(
                "a name of an exhibit or a mailbox is missing",
            ));
        }
        self.by_text.insert(Arc::clone(&text), number);
        self.by_number.push(text);
        Ok(())
    }

    /// The number of `text`, stored now where it is new.
    pub(crate) fn number(&mut self, conn: &Connection, text: &Arc<str>) -> Result<i64, KeepError> {
        if let Some(number) = self.by_text.get(text) {
            return Ok(*number);
        }
        let number = i64::try_from(self.by_number.len()).map_err(KeepError::damaged)?;
        conn.prepare_cached("INSERT INTO words (id, text) VALUES (?1, ?2)")?
            .execute(params![number, &**text])?;
        self.add(number, Arc::clone(text))?;
        Ok(number)
    }

    pub(crate) fn text(&self, number: i64) -> Result<Arc<str>, KeepError> {
        usize::try_from(number)
            .ok()
            .and_then(|index| self.by_number.get(index))
            .cloned()
            .ok_or_else(|| KeepError::damaged("a name of an exhibit or a mailbox is missing"))
    }
}

/// Tests that gave no finding, with their reasons, by number.
#[derive(Default)]
pub(crate) struct Reasons {
    by_test: HashMap<String, HashMap<String, [Option<u32>; 2]>>,
    by_number: Vec<(Arc<NotRun>, [u8; 16])>,
}

impl Reasons {
    pub(crate) fn load(conn: &Connection) -> Result<Self, KeepError> {
        let mut reasons = Self::default();
        let mut statement =
            conn.prepare("SELECT id, test, reason, failed FROM reasons ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let (test, reason): (String, String) = (row.get(1)?, row.get(2)?);
            reasons.add(
                number,
                NotRun {
                    test: test.into(),
                    reason: reason.into(),
                    failed: row.get(3)?,
                },
            )?;
        }
        Ok(reasons)
    }

    fn add(&mut self, number: u32, entry: NotRun) -> Result<(), KeepError> {
        if usize::try_from(number).ok() != Some(self.by_number.len()) {
            return Err(KeepError::damaged(
                "a reason why a test gave no finding is missing",
            ));
        }
        let numbers = self
            .by_test
            .entry(entry.test.clone().into_owned())
            .or_default()
            .entry(entry.reason.clone().into_owned())
            .or_default();
        if let Some(slot) = numbers.get_mut(usize::from(entry.failed)) {
            *slot = Some(number);
        }
        let digest = short_digest(&entry);
        self.by_number.push((Arc::new(entry), digest));
        Ok(())
    }

    /// The number of `entry`, stored now where it is new.
    pub(crate) fn number(&mut self, conn: &Connection, entry: &NotRun) -> Result<u32, KeepError> {
        let known = self
            .by_test
            .get(&*entry.test)
            .and_then(|reasons| reasons.get(&*entry.reason))
            .and_then(|numbers| numbers.get(usize::from(entry.failed)).copied().flatten());
        if let Some(number) = known {
            return Ok(number);
        }
        let number = u32::try_from(self.by_number.len()).map_err(KeepError::damaged)?;
        conn.prepare_cached(
            "INSERT INTO reasons (id, test, reason, failed) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![number, entry.test, entry.reason, entry.failed])?;
        self.add(number, entry.clone())?;
        Ok(number)
    }

    pub(crate) fn entry(&self, number: u32) -> Result<&(Arc<NotRun>, [u8; 16]), KeepError> {
        usize::try_from(number)
            .ok()
            .and_then(|index| self.by_number.get(index))
            .ok_or_else(|| KeepError::damaged("a reason why a test gave no finding is missing"))
    }
}

/// The first half of the digest of an entry: stands for it in the digest of a record.
fn short_digest(entry: &NotRun) -> [u8; 16] {
    let mut canon = Canon::new("not run");
    canon
        .text(&entry.test)
        .text(&entry.reason)
        .number(u64::from(entry.failed));
    let digest = canon.end();
    digest.first_chunk().copied().unwrap_or_default()
}
