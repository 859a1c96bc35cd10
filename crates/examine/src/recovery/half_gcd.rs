//! The greatest common divisor of two very long numbers in quasi-linear time.
//!
//! The half-GCD: the quotients of Euclid's algorithm depend on the leading halves alone, so these are reduced first, by
//! recursion, and the matrix of that reduction is applied to the whole numbers (Knuth, The Art of Computer Programming
//! 2, section 4.5.2 and 4.5.3, exercise 46; Möller, On Schönhage's algorithm and subquadratic integer GCD computation,
//! 2008).
//! Here a matrix need not be that of Euclid's exact quotients: any product of steps `(a, b) -> (b, a - q b)` keeps the
//! divisor, whatever `q`. So nothing is corrected after a step. Where a number came out negative, its sign is dropped.
//! At the bottom stands Lehmer's method on leading bits (Knuth, algorithm 4.5.2L).

#![expect(
    clippy::many_single_char_names,
    reason = "a pair is a and b, a matrix p, q, r, s, as in the literature"
)]

use std::mem::swap;

use rsa::BigUint;

use super::multiply::{Engine, Parts, Ring, Stopped, add_product, low_word, words_for};
use super::number::Number;

/// Numbers up to this many words are reduced by Lehmer's method.
const LEHMER_WORDS_MAX: usize = 192;
/// Numbers up to this many words are finished by Lehmer's method alone.
const SHORT_WORDS_MAX: usize = 64;
/// Numbers up to this many words are finished by plain division.
const DIVISION_WORDS_MAX: usize = 2;
/// Quotients with more bits than this are divided out, in bits.
const QUOTIENT_BITS: usize = 24;

/// The matrix of a reduction: the reduced pair is the matrix times the pair. Its determinant is 1 or -1.
#[derive(Debug)]
struct Matrix {
    rows: [[Number; 2]; 2],
}

/// A pair of numbers that are not negative, the first not less than the second.
#[derive(Debug)]
struct Pair {
    a: Number,
    b: Number,
}

/// The greatest common divisor of two magnitudes.
pub(super) fn gcd(engine: &mut Engine<'_>, a: Number, b: Number) -> Result<Number, Stopped> {
    let mut pair = Pair::new(a, b);
    loop {
        if pair.b.is_zero() {
            return Ok(pair.a);
        }
        if pair.a.len() <= SHORT_WORDS_MAX {
            return Ok(short_gcd(pair));
        }
        if pair.a.bits() - pair.b.bits() >= QUOTIENT_BITS {
            pair = divided(engine, pair)?;
            continue;
        }
        let n_bits = pair.a.bits() + pair.b.bits();
        let n_low = pair.a.len() / 3;
        let (mut matrix, top) = half_gcd(engine, &pair.high(n_low))?;
        pair = apply(engine, &mut matrix, &pair, &top, n_low)?;
        if pair.a.bits() + pair.b.bits() >= n_bits {
            pair = divided(engine, pair)?;
        }
    }
}

/// Reduces a pair to about half its length, with the matrix of the reduction.
fn half_gcd(engine: &mut Engine<'_>, pair: &Pair) -> Result<(Matrix, Pair), Stopped> {
    let n_words = pair.a.len();
    if n_words <= LEHMER_WORDS_MAX {
        return Ok(lehmer(pair));
    }
    let n_half = n_words / 2;
    let (mut first, top) = half_gcd(engine, &pair.high(n_half))?;
    let pair = apply(engine, &mut first, pair, &top, n_half)?;
    let n_low = (2 * n_half).saturating_sub(pair.a.len());
    if n_low == 0 || pair.a.len() <= n_half + 1 || pair.b.len() <= n_low {
        return Ok((first, pair));
    }
    let (mut second, top) = half_gcd(engine, &pair.high(n_low))?;
    let pair = apply(engine, &mut second, &pair, &top, n_low)?;
    let matrix = second.times(engine, &first)?;
    Ok((matrix, pair))
}

/// Applies a matrix that reduced the high words of a pair to the whole pair.
fn apply(
    engine: &mut Engine<'_>,
    matrix: &mut Matrix,
    pair: &Pair,
    top: &Pair,
    n_low: usize,
) -> Result<Pair, Stopped> {
    let n_bits = 64 * n_low + top.a.bits().max(matrix.bits() + 1) + 2;
    let n_words = words_for(n_bits);
    let mut parts = [Parts::default(), Parts::default()];
    for ring in Ring::all(n_words) {
        let a = engine.spectrum(&pair.a, ring)?;
        let b = engine.spectrum(&pair.b, ring)?;
        for ([p, q], parts) in matrix.rows.iter().zip(&mut parts) {
            let mut sum = ring.empty();
            let spectrum = engine.spectrum(p, ring)?;
            add_product(&mut sum, &spectrum, &a, p.is_negative);
            drop(spectrum);
            let spectrum = engine.spectrum(q, ring)?;
            add_product(&mut sum, &spectrum, &b, q.is_negative);
            drop(spectrum);
            engine.push(parts, sum, ring)?;
        }
    }
    let mut reduced = [Number::default(), Number::default()];
    let rows = matrix.rows.iter_mut().zip(parts);
    for ((row, parts), number) in rows.zip(&mut reduced) {
        *number = parts.joined()?;
        if number.is_negative {
            number.is_negative = false;
            negate(row);
        }
    }
    let [a, b] = reduced;
    if a.cmp_magnitude(&b).is_lt() {
        matrix.rows.swap(0, 1);
    }
    Ok(Pair::new(a, b))
}

fn negate(row: &mut [Number; 2]) {
    for entry in row {
        *entry = std::mem::take(entry).negated();
    }
}

/// One step of Euclid with a quotient of any length, found from the leading words.
fn divided(engine: &mut Engine<'_>, pair: Pair) -> Result<Pair, Stopped> {
    let n_quotient_words = (pair.a.bits() - pair.b.bits()) / 64 + 3;
    let n_low = pair.b.len().saturating_sub(n_quotient_words);
    let quotient = pair.a.high(n_low).magnitude() / pair.b.high(n_low).magnitude();
    let quotient = Number::of(&quotient).negated();
    let one = Number::one();
    let n_bits = pair.b.bits() + 8;
    let mut rest = engine.sum_of_products(&[(&one, &pair.a), (&quotient, &pair.b)], n_bits)?;
    rest.is_negative = false;
    Ok(Pair::new(pair.b, rest))
}

/// The greatest common divisor of two numbers of the length of keys.
pub(crate) fn gcd_of_short(a: &BigUint, b: &BigUint) -> BigUint {
    short_gcd(Pair::new(Number::of(a), Number::of(b))).magnitude()
}

/// Lehmer's method down to the last two words, and a step of Euclid where it does not help.
fn short_gcd(mut pair: Pair) -> Number {
    while !pair.b.is_zero() {
        let n_bits = pair.a.bits() + pair.b.bits();
        if pair.a.len() > DIVISION_WORDS_MAX {
            pair = lehmer(&pair).1;
        }
        if pair.a.bits() + pair.b.bits() >= n_bits {
            let rest = pair.a.magnitude() % pair.b.magnitude();
            pair = Pair::new(pair.b, Number::of(&rest));
        }
    }
    pair.a
}

impl Pair {
    fn new(a: Number, b: Number) -> Self {
        if a.cmp_magnitude(&b).is_lt() {
            Self { a: b, b: a }
        } else {
            Self { a, b }
        }
    }

    fn high(&self, n_low: usize) -> Self {
        Self {
            a: self.a.high(n_low),
            b: self.b.high(n_low),
        }
    }
}

impl Matrix {
    fn bits(&self) -> usize {
        self.rows
            .iter()
            .flatten()
            .map(Number::bits)
            .max()
            .unwrap_or_default()
    }

    /// This matrix times another.
    fn times(&self, engine: &mut Engine<'_>, other: &Self) -> Result<Self, Stopped> {
        let n_words = words_for(self.bits() + other.bits() + 2);
        let mut parts: [[Parts; 2]; 2] = Default::default();
        for ring in Ring::all(n_words) {
            let mut spectra = Vec::with_capacity(4);
            for entry in other.rows.iter().flatten() {
                spectra.push((engine.spectrum(entry, ring)?, entry.is_negative));
            }
            let (above, below) = spectra.split_at(2);
            for ([p, q], products) in self.rows.iter().zip(&mut parts) {
                let left = engine.spectrum(p, ring)?;
                let right = engine.spectrum(q, ring)?;
                for (product, (upper, lower)) in products.iter_mut().zip(above.iter().zip(below)) {
                    let mut sum = ring.empty();
                    add_product(&mut sum, &left, &upper.0, p.is_negative != upper.1);
                    add_product(&mut sum, &right, &lower.0, q.is_negative != lower.1);
                    engine.push(product, sum, ring)?;
                }
            }
        }
        let [[p, q], [r, s]] = parts;
        let rows = [[p.joined()?, q.joined()?], [r.joined()?, s.joined()?]];
        Ok(Self { rows })
    }
}

/// A matrix of single words; entries have at most 62 bits.
type Step = [[i64; 2]; 2];

/// Numbers at the bottom of the recursion, with space to compute in.
struct Lehmer {
    pair: [Vec<u64>; 2],
    columns: [[(bool, Vec<u64>); 2]; 2],
    spare: [Vec<u64>; 2],
}

fn lehmer(pair: &Pair) -> (Matrix, Pair) {
    let target_bits = 64 * (pair.a.len() / 2) + 64;
    let mut state = Lehmer {
        pair: [pair.a.words().to_vec(), pair.b.words().to_vec()],
        columns: [
            [(false, vec![1]), (false, Vec::new())],
            [(false, Vec::new()), (false, vec![1])],
        ],
        spare: [Vec::new(), Vec::new()],
    };
    while let Some(step) = state.next_step(target_bits) {
        state.take(step);
    }
    let [a, b] = state.pair.map(|words| Number::new(false, words));
    let [[p, r], [q, s]] = state
        .columns
        .map(|column| column.map(|(is_negative, words)| Number::new(is_negative, words)));
    let mut matrix = Matrix {
        rows: [[p, q], [r, s]],
    };
    if a.cmp_magnitude(&b).is_lt() {
        matrix.rows.swap(0, 1);
    }
    (matrix, Pair::new(a, b))
}

impl Lehmer {
    fn next_step(&self, target_bits: usize) -> Option<Step> {
        let [a, b] = &self.pair;
        let n_bits = n_bits(a).max(n_bits(b));
        if n_bits <= target_bits {
            return None;
        }
        let from = n_bits.saturating_sub(127);
        double_step(window(a, from), window(b, from))
    }

    fn take(&mut self, mut step: Step) {
        let Self {
            pair: [a, b],
            columns,
            spare,
        } = self;
        for (row, out) in step.iter_mut().zip(&mut *spare) {
            if combine(row[0], a, row[1], b, out) {
                *row = row.map(|entry| -entry);
            }
        }
        let [spare_a, spare_b] = spare;
        swap(a, spare_a);
        swap(b, spare_b);
        for column in columns {
            let [(top_sign, top), (low_sign, low)] = column;
            let signs = (sign(*top_sign), sign(*low_sign));
            let is_negative = step.map(|row| (row[0] * signs.0, row[1] * signs.1));
            let [first, second] = is_negative;
            let first = combine(first.0, top, first.1, low, spare_a);
            let second = combine(second.0, top, second.1, low, spare_b);
            swap(top, spare_a);
            swap(low, spare_b);
            (*top_sign, *low_sign) = (first, second);
        }
    }
}

const fn sign(is_negative: bool) -> i64 {
    if is_negative { -1 } else { 1 }
}

fn n_bits(words: &[u64]) -> usize {
    words
        .last()
        .map_or(0, |last| words.len() * 64 - last.leading_zeros() as usize)
}

/// Bits `from..from + 128`.
fn window(words: &[u64], from: usize) -> u128 {
    let (first, shift) = (from / 64, from % 64);
    let word = |index: usize| u128::from(words.get(index).copied().unwrap_or_default());
    let low = word(first) | word(first + 1) << 64;
    if shift == 0 {
        low
    } else {
        low >> shift | word(first + 2) << (128 - shift)
    }
}

/// The magnitude of `p a + q b` into `out`, and whether the sum is negative.
fn combine(p: i64, a: &[u64], q: i64, b: &[u64], out: &mut Vec<u64>) -> bool {
    out.clear();
    let (p, q) = (i128::from(p), i128::from(q));
    let mut carry = 0_i128;
    let n_both = a.len().min(b.len());
    let pairs = a.iter().zip(b);
    out.extend(pairs.map(|(&a, &b)| {
        let sum = (p * i128::from(a))
            .wrapping_add(q * i128::from(b))
            .wrapping_add(carry);
        carry = sum >> 64;
        low_word(sum)
    }));
    let (factor, rest) = if a.len() > n_both { (p, a) } else { (q, b) };
    out.extend(rest.iter().skip(n_both).map(|&word| {
        let sum = factor * i128::from(word) + carry;
        carry = sum >> 64;
        low_word(sum)
    }));
    out.push(low_word(carry));
    let is_negative = carry < 0;
    if is_negative {
        let mut is_carried = true;
        for word in &mut *out {
            (*word, is_carried) = (!*word).overflowing_add(u64::from(is_carried));
        }
    }
    while out.last() == Some(&0) {
        out.pop();
    }
    is_negative && !out.is_empty()
}

/// Reduces two numbers of up to 127 bits by up to 62 bits; `None` where there is nothing to reduce.
fn double_step(mut x: u128, mut y: u128) -> Option<Step> {
    /// Remainders of the leading 64 bits below this are not trusted: entries stay below 2^31 and 2^30.
    const FIRST_REST_BITS: u32 = 33;
    const SECOND_REST_BITS: u32 = 34;
    let n_bits = 128 - (x | y).leading_zeros();
    let shift = n_bits.saturating_sub(64);
    let mut first = single_step(top_word(x, shift), top_word(y, shift), FIRST_REST_BITS)?;
    (x, y) = reduced(&mut first, x, y);
    let n_bits = 128 - (x | y).leading_zeros();
    let shift = n_bits.saturating_sub(64);
    let second = single_step(top_word(x, shift), top_word(y, shift), SECOND_REST_BITS);
    let Some([[p, q], [r, s]]) = second else {
        return Some(first);
    };
    let [[a, b], [c, d]] = first;
    Some([
        [p * a + q * c, p * b + q * d],
        [r * a + s * c, r * b + s * d],
    ])
}

#[expect(clippy::cast_possible_truncation, reason = "shifted to 64 bits")]
const fn top_word(value: u128, shift: u32) -> u64 {
    (value >> shift) as u64
}

/// Applies a step to short numbers and makes them positive.
fn reduced(step: &mut Step, x: u128, y: u128) -> (u128, u128) {
    let (x, y) = (x.cast_signed(), y.cast_signed());
    let both = step.each_mut().map(|row| {
        let sum = i128::from(row[0])
            .wrapping_mul(x)
            .wrapping_add(i128::from(row[1]).wrapping_mul(y));
        if sum < 0 {
            *row = row.map(|entry| -entry);
        }
        sum.unsigned_abs()
    });
    (both[0], both[1])
}

/// Euclid on single words until the remainder has fewer bits than `rest_bits`.
fn single_step(x: u64, y: u64, rest_bits: u32) -> Option<Step> {
    let rest_min = 1_u64 << rest_bits;
    let is_swapped = x < y;
    let (mut x, mut y) = if is_swapped { (y, x) } else { (x, y) };
    if y < rest_min {
        return None;
    }
    let mut upper = [i64::from(!is_swapped), i64::from(is_swapped)];
    let mut lower = [i64::from(is_swapped), i64::from(!is_swapped)];
    while y >= rest_min {
        // Both are at least 2^33, so the quotient has at most 31 bits.
        let quotient = (x / y).cast_signed();
        (x, y) = (y, x % y);
        let next = [
            upper[0] - quotient * lower[0],
            upper[1] - quotient * lower[1],
        ];
        (upper, lower) = (lower, next);
    }
    Some([upper, lower])
}
