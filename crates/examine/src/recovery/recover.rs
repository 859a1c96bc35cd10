//! One selector: from pairs of signatures to a key that verifies the others.

use mabillon_case::recovery_mib;
use rsa::BigUint;

use super::encoded::encoded;
use super::half_gcd::gcd;
use super::limits::{
    COFACTOR_BITS_MAX, COFACTOR_MAX, FURTHER_MESSAGES_MIN, FURTHER_PAIRS_MAX, KEYS_MAX,
    LONG_EXPONENTS, PAIRS_MAX, POOL_MAX, SHORT_EXPONENTS, SHORT_PAIRS_MAX, WORK_MARGIN,
};
use super::multiply::{Engine, Stopped};
use super::number::Number;
use super::recovered::RecoveredKey;
use super::sighting::{Candidate, Sighting};

/// What came of one selector.
#[derive(Debug)]
pub struct Recovery {
    /// The keys that were found. More than one means that two hands signed under one selector, or that the key changed.
    pub keys: Vec<RecoveredKey>,
    /// Why the search ended before all pairs were tried.
    pub stopped: Option<Stopped>,
    /// Attempts that were made.
    pub n_attempts: u32,
}

/// Looks for the keys of one selector until every pair is tried or `budget` is spent, in units of [`Attempt::work`].
/// `is_cancelled` is asked many times a second.
pub fn recover(candidate: &Candidate, budget: u64, is_cancelled: &dyn Fn() -> bool) -> Recovery {
    let mut search = SelectorSearch::new(candidate);
    let mut left = budget;
    let stopped = loop {
        let Some(attempt) = search.next() else {
            break None;
        };
        if attempt.work() > left {
            break Some(Stopped::Budget);
        }
        left -= attempt.work();
        match attempt.run(is_cancelled) {
            Ok(found) => search.take(found.as_ref()),
            Err(stopped) => break Some(stopped),
        }
    };
    Recovery {
        n_attempts: search.n_attempts,
        keys: search.keys,
        stopped,
    }
}

/// The search for the keys of one selector, attempt by attempt. What it does next depends on what came of the attempts
/// before, and on nothing else.
#[derive(Debug)]
pub(super) struct SelectorSearch<'c> {
    pub(super) candidate: &'c Candidate,
    /// Signatures that no key found so far verifies.
    rest: Vec<&'c Sighting>,
    pub(super) keys: Vec<RecoveredKey>,
    /// Attempts made for the key that is looked for now: the first takes the short exponents.
    n_for_this_key: usize,
    /// Attempts made in all.
    pub(super) n_attempts: u32,
    /// Attempts with the long exponent among them.
    pub(super) n_long: u64,
}

/// One thing to try: pairs of signatures, with exponents of their key.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// `selector._domainkey.domain`.
    pub name: String,
    /// Its number among the attempts for this name, from 0.
    pub number: u32,
    pairs: Vec<[Signed; 2]>,
    exponents: &'static [u32],
}

/// A modulus of the right length that two signatures have in common, with the exponent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Most significant octet first.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: u32,
}

impl Found {
    /// The exponent, most significant octet first, and the modulus.
    pub fn octets(&self) -> Vec<u8> {
        [&self.exponent.to_be_bytes()[..], &self.modulus].concat()
    }

    /// Reads back [`Self::octets`].
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let (exponent, modulus) = octets.split_first_chunk()?;
        Some(Self {
            modulus: modulus.to_vec(),
            exponent: u32::from_be_bytes(*exponent),
        })
    }
}

/// A signature with the number it stands for.
#[derive(Debug, Clone)]
struct Signed {
    n_octets: usize,
    value: Number,
    encoded: Number,
}

impl<'c> SelectorSearch<'c> {
    pub(super) fn new(candidate: &'c Candidate) -> Self {
        Self {
            candidate,
            rest: candidate.sightings.iter().collect(),
            keys: Vec::new(),
            n_for_this_key: 0,
            n_attempts: 0,
            n_long: 0,
        }
    }

    /// What is to be tried next; `None` where nothing is left that would be worth it.
    pub(super) fn next(&self) -> Option<Attempt> {
        if self.keys.len() >= KEYS_MAX || self.rest.len() < 2 {
            return None;
        }
        let n_pairs_max = if self.keys.is_empty() {
            PAIRS_MAX
        } else {
            FURTHER_PAIRS_MAX
        };
        let pairs = pairs(&pool(&self.rest), n_pairs_max);
        let (pairs, exponents) = match self.n_for_this_key.checked_sub(1) {
            None => (
                pairs.into_iter().take(SHORT_PAIRS_MAX).collect(),
                SHORT_EXPONENTS,
            ),
            Some(number) => (vec![pairs.into_iter().nth(number)?], LONG_EXPONENTS),
        };
        (!pairs.is_empty()).then(|| Attempt {
            name: self.candidate.name.clone(),
            number: self.n_attempts,
            pairs,
            exponents,
        })
    }

    /// Takes note of what came of [`Self::next`].
    pub(super) fn take(&mut self, found: Option<&Found>) {
        self.n_attempts += 1;
        self.n_long += u64::from(self.n_for_this_key > 0);
        self.n_for_this_key += 1;
        if let Some(key) = found.and_then(|found| self.accepted(found)) {
            self.keep(key);
        }
    }

    /// Tries a key that is known from elsewhere: senders share keys.
    pub(super) fn try_known(&mut self, known: &Found) {
        let modulus = BigUint::from_bytes_be(&known.modulus);
        let mut first = self.rest.iter().take(POOL_MAX);
        if first.any(|sighting| verifies(&modulus, known.exponent, sighting))
            && let Some(key) = self.accepted(known)
        {
            self.keep(key);
        }
    }

    fn keep(&mut self, key: RecoveredKey) {
        self.rest
            .retain(|sighting| !key.verified.contains(sighting));
        self.keys.push(key);
        self.n_for_this_key = 0;
    }

    /// The key, where enough signatures verify under it.
    fn accepted(&self, found: &Found) -> Option<RecoveredKey> {
        let modulus = BigUint::from_bytes_be(&found.modulus);
        let verified: Vec<Sighting> = self
            .rest
            .iter()
            .copied()
            .filter(|sighting| verifies(&modulus, found.exponent, sighting))
            .cloned()
            .collect();
        // Both of the pair and the further ones.
        let n_needed = self.rest.len().min(2 + FURTHER_MESSAGES_MIN);
        (verified.len() >= n_needed).then(|| RecoveredKey {
            name: self.candidate.name.clone(),
            modulus: found.modulus.clone(),
            exponent: found.exponent,
            bits: u32::try_from(modulus.bits()).unwrap_or(u32::MAX),
            verified,
            n_signatures: self.candidate.sightings.len(),
        })
    }
}

impl Attempt {
    /// What it costs at most, in units of work: digits of 16 bits that are transformed. Computed from the lengths alone,
    /// so that it is the same on every machine.
    pub fn work(&self) -> u64 {
        let exponents = self.exponents.iter().map(|&exponent| u64::from(exponent));
        let lengths = self.pairs.iter().map(|[first, _]| first.n_octets as u64);
        lengths
            .flat_map(|n_octets| exponents.clone().map(move |e| pair_work(n_octets, e)))
            .sum()
    }

    /// The most memory it takes, in MiB. Computed from the lengths alone too.
    pub fn memory_mib(&self) -> u64 {
        let lengths = self.pairs.iter().map(|[first, _]| first.n_octets);
        let n_octets = u32::try_from(lengths.max().unwrap_or_default()).unwrap_or(u32::MAX / 8);
        let exponent = self.exponents.iter().max().copied().unwrap_or_default();
        recovery_mib(8 * n_octets, exponent)
    }

    /// Whether it takes the usual, long exponent.
    pub fn is_long(&self) -> bool {
        self.exponents == LONG_EXPONENTS
    }

    /// Tries it. `is_cancelled` is asked many times a second.
    ///
    /// # Errors
    /// Why it did not come to its end.
    pub fn run(&self, is_cancelled: &dyn Fn() -> bool) -> Result<Option<Found>, Stopped> {
        // The margin only guards against numbers that are reduced in no time foreseen.
        let mut engine = Engine::new(self.work().saturating_mul(WORK_MARGIN), is_cancelled);
        for &exponent in self.exponents {
            for pair in &self.pairs {
                if let Some(modulus) = modulus(&mut engine, pair, exponent)? {
                    let modulus = modulus.to_bytes_be();
                    return Ok(Some(Found { modulus, exponent }));
                }
            }
        }
        Ok(None)
    }
}

/// Digits that are transformed for one pair: measured, it grows as `n log n`.
fn pair_work(n_octets: u64, exponent: u64) -> u64 {
    let n_digits = n_octets.saturating_mul(exponent) / 2;
    n_digits * u64::from(n_digits.max(2).ilog2()) * super::limits::WORK_PER_DIGIT
}

/// The modulus that two signatures have in common, if there is one of their length.
fn modulus(
    engine: &mut Engine<'_>,
    [first, second]: &[Signed; 2],
    exponent: u32,
) -> Result<Option<BigUint>, Stopped> {
    let a = power(engine, first, exponent)?;
    let b = power(engine, second, exponent)?;
    let divisor = gcd(engine, a, b)?;
    Ok(without_cofactors(&divisor.magnitude(), first.n_octets))
}

/// `value^exponent - encoded`, which the modulus divides.
fn power(engine: &mut Engine<'_>, signed: &Signed, exponent: u32) -> Result<Number, Stopped> {
    let mut power = signed.value.clone();
    for bit in (0..exponent.ilog2()).rev() {
        let n_bits = 2 * power.bits();
        power = engine.sum_of_products(&[(&power, &power)], n_bits)?;
        if exponent >> bit & 1 == 1 {
            let n_bits = power.bits() + signed.value.bits();
            power = engine.sum_of_products(&[(&power, &signed.value)], n_bits)?;
        }
    }
    Ok(power.less(&signed.encoded).unwrap_or_default())
}

/// The signatures that pairs are formed of: the most promising, spread over days.
fn pool<'a>(sightings: &[&'a Sighting]) -> Vec<&'a Sighting> {
    let mut chosen: Vec<&'a Sighting> = Vec::new();
    let mut later: Vec<&'a Sighting> = Vec::new();
    for &sighting in sightings {
        let is_new_day = chosen.iter().all(|other| other.day() != sighting.day());
        if is_new_day && chosen.len() < POOL_MAX {
            chosen.push(sighting);
        } else if later.len() < POOL_MAX {
            later.push(sighting);
        }
    }
    chosen.extend(later);
    // A day of its own must not bring forward a message whose body was changed.
    chosen.sort_by_key(|sighting| !sighting.body_fits);
    chosen.truncate(POOL_MAX);
    chosen
}

/// Pairs of signatures of the same length, the most promising first.
fn pairs(pool: &[&Sighting], n_pairs_max: usize) -> Vec<[Signed; 2]> {
    let mut pairs = Vec::new();
    for (right, second) in pool.iter().enumerate() {
        for (left, first) in pool.iter().enumerate().take(right) {
            if first.value.len() == second.value.len() && first.value != second.value {
                pairs.push((left + right, right, [*first, *second]));
            }
        }
    }
    pairs.sort_by_key(|&(sum, right, _)| (sum, right));
    pairs
        .into_iter()
        .filter_map(|(_, _, [first, second])| Some([signed(first)?, signed(second)?]))
        .take(n_pairs_max)
        .collect()
}

fn signed(sighting: &Sighting) -> Option<Signed> {
    let n_octets = sighting.value.len();
    Some(Signed {
        n_octets,
        value: Number::from_octets(&sighting.value),
        encoded: encoded(&sighting.digest, n_octets)?,
    })
}

/// The divisor without the small factors that are common by chance, if it has the length of a modulus then.
fn without_cofactors(divisor: &BigUint, n_octets: usize) -> Option<BigUint> {
    let (bits_min, bits_max) = (8 * n_octets - 7, 8 * n_octets);
    if !(bits_min..=bits_max + COFACTOR_BITS_MAX).contains(&divisor.bits()) {
        return None;
    }
    let zero = BigUint::from(0_u8);
    let mut modulus = divisor.clone();
    for factor in 2..COFACTOR_MAX {
        // Composite factors divide nothing any more once their prime factors are gone.
        while (&modulus % factor) == zero {
            modulus /= factor;
        }
    }
    (bits_min..=bits_max)
        .contains(&modulus.bits())
        .then_some(modulus)
}

pub(super) fn verifies(modulus: &BigUint, exponent: u32, sighting: &Sighting) -> bool {
    let Some(expected) = encoded(&sighting.digest, sighting.value.len()) else {
        return false;
    };
    let value = BigUint::from_bytes_be(&sighting.value);
    sighting.value.len() == modulus.bits().div_ceil(8)
        && value < *modulus
        && value.modpow(&BigUint::from(exponent), modulus) == expected.magnitude()
}
