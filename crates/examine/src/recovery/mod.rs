//! Lost keys: the public RSA key of a selector, recovered from two signatures that were made with it.
//!
//! A signature `s` of an encoded message `m` satisfies `s^e = m` modulo `n`. So `n` divides `s^e - m`, and of two
//! signatures it is the greatest common divisor, but for small factors. With the usual exponent 65537 and 2048 bits
//! these numbers have 134 million bits; [`half_gcd`] and [`multiply`] make that a matter of seconds.
//!
//! A key counts as recovered where at least two further messages verify under it, or all others where there are fewer.
//! That proves nothing about who made it: see [`Anchor`].

mod encoded;
mod half_gcd;
mod limits;
mod multiply;
mod number;
mod recover;
mod recovered;
mod search;
mod sighting;
#[cfg(test)]
mod tests;

pub(crate) use half_gcd::gcd_of_short;
pub use multiply::Stopped;
pub use recover::{Attempt, Found, Recovery, recover};
pub use recovered::{Anchor, RecoveredKey, key_row};
pub use search::{Allowance, Search, Step};
pub use sighting::{Candidate, Sighting, candidates, sightings};
