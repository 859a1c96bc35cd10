//! Findings in, opinion out: the weights of findings, how dependent ones are combined, and the rules of the six classes.
//!
//! Nothing here sees the bytes of an item; nothing in `examine` sees a weight.

mod combine;
mod rules;
mod weights;

pub use combine::{
    AGREEMENT_BESIDE_DOUBT_MAX, DOUBT_LIMITS_AGREEMENT, GROUP_EXTRA_MAX, SURFACE_SHRINK,
    TOTAL_SHOWN_MAX,
};
pub use rules::{Interpreter, Subject};
pub use weights::{Group, Weight, Weights, WeightsError};
