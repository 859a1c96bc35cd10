//! From pairs of signatures to a key that verifies the others.

use rsa::BigUint;

use super::encoded::encoded;
use super::half_gcd::gcd;
use super::limits::{
    COFACTOR_BITS_MAX, COFACTOR_MAX, EXPONENTS, FURTHER_MESSAGES_MIN, FURTHER_PAIRS_MAX, KEYS_MAX,
    PAIRS_MAX, POOL_MAX,
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
    /// Pairs that were tried.
    pub n_pairs: usize,
    /// Units of work that were spent: digits of 16 bits that were transformed.
    pub work: u64,
}

/// Looks for the keys of a selector.
///
/// `budget` bounds the work in units of [`Recovery::work`]: a pair of 2048 bits costs about four thousand million, one
/// of 1024 bits about half. `is_cancelled` is asked many times a second.
pub fn recover(candidate: &Candidate, budget: u64, is_cancelled: &dyn Fn() -> bool) -> Recovery {
    let mut search = Search {
        candidate,
        engine: Engine::new(budget, is_cancelled),
        n_pairs: 0,
        keys: Vec::new(),
    };
    let stopped = search.run().err();
    Recovery {
        keys: search.keys,
        stopped,
        n_pairs: search.n_pairs,
        work: budget - search.engine.budget(),
    }
}

struct Search<'a> {
    candidate: &'a Candidate,
    engine: Engine<'a>,
    n_pairs: usize,
    keys: Vec<RecoveredKey>,
}

/// A signature with the number it stands for.
struct Signed<'a> {
    sighting: &'a Sighting,
    value: Number,
    encoded: Number,
    /// The last power that was computed of it, less the encoded message, and its exponent.
    power: Option<(u32, Number)>,
}

impl Search<'_> {
    fn run(&mut self) -> Result<(), Stopped> {
        let mut rest: Vec<&Sighting> = self.candidate.sightings.iter().collect();
        let mut n_pairs_max = PAIRS_MAX;
        while self.keys.len() < KEYS_MAX && rest.len() >= 2 {
            let Some(key) = self.one_key(&rest, n_pairs_max)? else {
                break;
            };
            rest.retain(|sighting| !key.verified.contains(sighting));
            self.keys.push(key);
            n_pairs_max = FURTHER_PAIRS_MAX;
        }
        Ok(())
    }

    /// The first key that a pair gives. Short exponents are tried with all pairs first: they cost next to nothing.
    fn one_key(
        &mut self,
        sightings: &[&Sighting],
        n_pairs_max: usize,
    ) -> Result<Option<RecoveredKey>, Stopped> {
        let mut pool = pool(sightings);
        let pairs = pairs(&pool, n_pairs_max);
        for exponent in EXPONENTS {
            for &(left, right) in &pairs {
                self.n_pairs += 1;
                let Some(modulus) = self.modulus(&mut pool, left, right, exponent)? else {
                    continue;
                };
                if let Some(key) = self.accepted(&modulus, exponent, sightings) {
                    return Ok(Some(key));
                }
            }
        }
        Ok(None)
    }

    /// The modulus that two signatures have in common, if there is one of their length.
    fn modulus(
        &mut self,
        pool: &mut [Signed<'_>],
        left: usize,
        right: usize,
        exponent: u32,
    ) -> Result<Option<BigUint>, Stopped> {
        let mut numbers = Vec::with_capacity(2);
        for index in [left, right] {
            let Some(signed) = pool.get_mut(index) else {
                return Ok(None);
            };
            numbers.push(self.power(signed, exponent)?);
        }
        let (Some(b), Some(a)) = (numbers.pop(), numbers.pop()) else {
            return Ok(None);
        };
        let divisor = gcd(&mut self.engine, a, b)?;
        let n_octets = pool
            .get(left)
            .map_or(0, |signed| signed.sighting.value.len());
        Ok(without_cofactors(&divisor.magnitude(), n_octets))
    }

    /// `value^exponent - encoded`, which the modulus divides. Computed once for each signature.
    fn power(&mut self, signed: &mut Signed<'_>, exponent: u32) -> Result<Number, Stopped> {
        if let Some((of, power)) = &signed.power
            && *of == exponent
        {
            return Ok(power.clone());
        }
        signed.power = None;
        let mut power = signed.value.clone();
        for bit in (0..exponent.ilog2()).rev() {
            let n_bits = 2 * power.bits();
            power = self.engine.sum_of_products(&[(&power, &power)], n_bits)?;
            if exponent >> bit & 1 == 1 {
                let n_bits = power.bits() + signed.value.bits();
                power = self
                    .engine
                    .sum_of_products(&[(&power, &signed.value)], n_bits)?;
            }
        }
        let power = power.less(&signed.encoded).unwrap_or_default();
        signed.power = Some((exponent, power.clone()));
        Ok(power)
    }

    /// The key, where enough signatures verify under it.
    fn accepted(
        &self,
        modulus: &BigUint,
        exponent: u32,
        sightings: &[&Sighting],
    ) -> Option<RecoveredKey> {
        let verified: Vec<Sighting> = sightings
            .iter()
            .copied()
            .filter(|sighting| verifies(modulus, exponent, sighting))
            .cloned()
            .collect();
        // Both of the pair and the further ones.
        let n_needed = sightings.len().min(2 + FURTHER_MESSAGES_MIN);
        (verified.len() >= n_needed).then(|| RecoveredKey {
            name: self.candidate.name.clone(),
            modulus: modulus.to_bytes_be(),
            exponent,
            bits: u32::try_from(modulus.bits()).unwrap_or(u32::MAX),
            verified,
            n_signatures: self.candidate.sightings.len(),
        })
    }
}

/// The signatures that pairs are formed of: the most promising, spread over days.
fn pool<'a>(sightings: &[&'a Sighting]) -> Vec<Signed<'a>> {
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
        .into_iter()
        .filter_map(|sighting| {
            Some(Signed {
                sighting,
                value: Number::from_octets(&sighting.value),
                encoded: encoded(&sighting.digest, sighting.value.len())?,
                power: None,
            })
        })
        .collect()
}

/// Pairs of signatures of the same length, the most promising first.
fn pairs(pool: &[Signed<'_>], n_pairs_max: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (right, second) in pool.iter().enumerate() {
        for (left, first) in pool.iter().enumerate().take(right) {
            let is_pair = first.sighting.value.len() == second.sighting.value.len()
                && first.sighting.value != second.sighting.value;
            if is_pair {
                pairs.push((left, right));
            }
        }
    }
    pairs.sort_by_key(|&(left, right)| (left + right, right));
    pairs.truncate(n_pairs_max);
    pairs
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

fn verifies(modulus: &BigUint, exponent: u32, sighting: &Sighting) -> bool {
    let Some(expected) = encoded(&sighting.digest, sighting.value.len()) else {
        return false;
    };
    let value = BigUint::from_bytes_be(&sighting.value);
    sighting.value.len() == modulus.bits().div_ceil(8)
        && value < *modulus
        && value.modpow(&BigUint::from(exponent), modulus) == expected.magnitude()
}
