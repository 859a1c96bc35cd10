//! Weighed findings and the opinion they add up to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Finding;

/// The six classes of opinion, in their order of precedence for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// A valid signature of the purported origin, by a key of known provenance and enough strength, covers what is shown.
    Authenticated,
    /// Not proved by signature, but independent copies, quotations in proved mail, or the originals agree.
    Corroborated,
    /// Examined, at least three groups of tests apply, and nothing speaks against it.
    Consistent,
    /// Too little to say: the normal class of much of a genuine leak, never an accusation.
    Unresolved,
    /// Findings support that it was altered or made later: look before use.
    Questioned,
    /// Demonstrated: it differs from a proved copy or an original, or what is shown is not what was signed.
    Contradicted,
}

impl Class {
    /// All classes, in order.
    pub const ALL: [Self; 6] = [
        Self::Authenticated,
        Self::Corroborated,
        Self::Consistent,
        Self::Unresolved,
        Self::Questioned,
        Self::Contradicted,
    ];

    /// The word for it, lower case, as exported.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::Corroborated => "corroborated",
            Self::Consistent => "consistent",
            Self::Unresolved => "unresolved",
            Self::Questioned => "questioned",
            Self::Contradicted => "contradicted",
        }
    }
}

/// What an opinion rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// Shown by a differing proved copy, an original or the item's own earlier revision.
    Demonstrated,
    /// Inferred from weighed findings.
    Inferred,
    /// A verified signature.
    Signature,
    /// Agreement with independent copies, quotations or originals.
    Corroboration,
    /// Nothing to rest on.
    None,
}

impl Basis {
    /// The word for it, lower case, as exported.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Demonstrated => "demonstrated",
            Self::Inferred => "inferred",
            Self::Signature => "signature",
            Self::Corroboration => "corroboration",
            Self::None => "none",
        }
    }
}

/// What a finding does to an opinion beyond its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Only its weight counts.
    Weighs,
    /// A proof of origin and integrity.
    Authenticates,
    /// Independent agreement.
    Corroborates,
    /// A demonstration that the item is not as it was.
    Contradicts,
}

/// A finding with its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The finding.
    pub finding: Arc<Finding>,
    /// Dependence group (`CLIENT_CLOCK`).
    pub group: Arc<str>,
    /// log10 of the likelihood ratio: above 0 supports "as its purported author left it", below "altered or made later".
    pub log10_lr: f64,
    /// What it does beyond its weight.
    pub effect: Effect,
}

/// The combined evidence on one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// The class.
    pub class: Class,
    /// What it rests on.
    pub basis: Basis,
    /// Combined log10 likelihood ratio after dependence rules and caps.
    pub log10_lr: f64,
    /// Words on the verbal scale with the numbers beside them.
    pub words: String,
    /// One plain sentence: why this class.
    pub because: String,
    /// All weighed findings, in the order of the list of tests.
    pub evidence: Vec<Evidence>,
    /// Combined weight of each dependence group that spoke, in order of name.
    pub groups: Vec<(String, f64)>,
}
