//! Opinions as they are stored.

use mabillon_case::{Basis, Class, Effect, Evidence, Finding, ItemId, NotRun, Opinion};
use rusqlite::{Connection, params};

use crate::KeepError;
use crate::compress::Compressor;
use crate::record::{decode, encode};

/// An opinion as it is stored.
pub(crate) struct RawOpinion {
    pub(crate) class: String,
    pub(crate) basis: String,
    pub(crate) log10_lr: f64,
    pub(crate) words: String,
    pub(crate) because: String,
    /// Compressed only in the database.
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
    pub not_run: Vec<NotRun>,
}

impl RawOpinion {
    pub(crate) fn of(opinion: &Opinion, not_run: Vec<u32>) -> Result<Self, KeepError> {
        let evidence: Vec<_> = opinion
            .evidence
            .iter()
            .map(|evidence| {
                (
                    &evidence.finding,
                    &evidence.group,
                    evidence.log10_lr,
                    evidence.effect,
                )
            })
            .collect();
        Ok(Self {
            class: opinion.class.word().to_owned(),
            basis: opinion.basis.word().to_owned(),
            // The database knows no negative zero; what is digested must be what will be read back.
            log10_lr: opinion.log10_lr + 0.0,
            words: opinion.words.clone(),
            because: opinion.because.clone(),
            evidence: encode(&evidence)?,
            groups: encode(&opinion.groups)?,
            not_run,
        })
    }

    pub(crate) fn insert(
        &self,
        conn: &Connection,
        compressor: &mut Compressor,
        item: &ItemId,
    ) -> Result<(), KeepError> {
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
            compressor.compress(&self.evidence)?,
            self.groups,
            encode(&self.not_run)?
        ])?;
        Ok(())
    }

    pub(crate) fn opinion(&self, item: &ItemId) -> Result<Opinion, KeepError> {
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
        let evidence: Vec<(Finding, String, f64, Effect)> = decode(&self.evidence, &of)?;
        Ok(Opinion {
            class: class.ok_or_else(unknown)?,
            basis: basis.ok_or_else(unknown)?,
            log10_lr: self.log10_lr,
            words: self.words.clone(),
            because: self.because.clone(),
            evidence: evidence
                .into_iter()
                .map(|(finding, group, log10_lr, effect)| Evidence {
                    finding,
                    group,
                    log10_lr,
                    effect,
                })
                .collect(),
            groups: decode(&self.groups, &of)?,
        })
    }
}
