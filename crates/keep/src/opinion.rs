//! Opinions as they are stored.

use std::sync::Arc;

use mabillon_case::{Basis, Class, Effect, Evidence, Finding, ItemId, NotRun, Opinion};
use rusqlite::{Connection, params};

use crate::KeepError;
use crate::record::{decode, encode};

/// An opinion as it is stored.
pub(crate) struct RawOpinion {
    pub(crate) class: String,
    pub(crate) basis: String,
    pub(crate) log10_lr: f64,
    pub(crate) words: String,
    pub(crate) because: String,
    /// The weighed findings, by their numbers among the findings of the item, with their weights.
    pub(crate) evidence: Vec<u8>,
    pub(crate) groups: Vec<u8>,
    /// Numbers of the collection tests that gave no finding, with their reasons.
    pub(crate) not_run: Vec<u32>,
}

/// What is formed of an item after the group pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Formed {
    /// The opinion.
    pub opinion: Opinion,
    /// Collection tests that gave no finding on the item, with the reason.
    pub not_run: Vec<Arc<NotRun>>,
}

impl RawOpinion {
    /// An opinion on an item with these findings, without the tests that were not run: their numbers are known to the
    /// writing thread alone.
    pub(crate) fn of(opinion: &Opinion, findings: &[Arc<Finding>]) -> Result<Self, KeepError> {
        let mut evidence = Vec::with_capacity(opinion.evidence.len());
        for weighed in &opinion.evidence {
            let number = findings
                .iter()
                .position(|finding| is_same(finding, &weighed.finding))
                .ok_or_else(|| KeepError::damaged("an opinion rests on a finding of no item"))?;
            evidence.push((number, &weighed.group, weighed.log10_lr, weighed.effect));
        }
        Ok(Self {
            class: opinion.class.word().to_owned(),
            basis: opinion.basis.word().to_owned(),
            // The database knows no negative zero; what is digested must be what will be read back.
            log10_lr: opinion.log10_lr + 0.0,
            words: opinion.words.clone(),
            because: opinion.because.clone(),
            evidence: encode(&evidence)?,
            groups: encode(&opinion.groups)?,
            not_run: Vec::new(),
        })
    }

    pub(crate) fn insert(&self, conn: &Connection, item: &ItemId) -> Result<(), KeepError> {
        conn.prepare_cached(
            "INSERT OR REPLACE INTO opinions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            item.0,
            self.class,
            self.basis,
            self.log10_lr,
            self.words,
            self.because,
            self.evidence,
            self.groups,
            encode(&self.not_run)?
        ])?;
        Ok(())
    }

    /// The opinion on `item`, which has these findings.
    pub(crate) fn opinion(
        &self,
        item: &ItemId,
        findings: &[Arc<Finding>],
    ) -> Result<Opinion, KeepError> {
        let of = format!("the opinion on item {item}");
        let unknown = || KeepError::damaged(format!("{of} is of no known class"));
        let class = Class::ALL
            .into_iter()
            .find(|class| class.word() == self.class);
        let known = [
            Basis::Demonstrated,
            Basis::Inferred,
            Basis::Signature,
            Basis::Corroboration,
            Basis::None,
        ];
        let basis = known.into_iter().find(|basis| basis.word() == self.basis);
        let stored: Vec<(usize, Arc<str>, f64, Effect)> = decode(&self.evidence, &of)?;
        let mut evidence = Vec::with_capacity(stored.len());
        for (number, group, log10_lr, effect) in stored {
            let finding = findings.get(number).cloned().ok_or_else(|| {
                KeepError::damaged(format!("{of} rests on a finding that is missing"))
            })?;
            evidence.push(Evidence {
                finding,
                group,
                log10_lr,
                effect,
            });
        }
        Ok(Opinion {
            class: class.ok_or_else(unknown)?,
            basis: basis.ok_or_else(unknown)?,
            log10_lr: self.log10_lr,
            words: self.words.clone(),
            because: self.because.clone(),
            evidence,
            groups: decode(&self.groups, &of)?,
        })
    }
}

/// Whether two findings are one, or say the same.
fn is_same(one: &Arc<Finding>, other: &Arc<Finding>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}
