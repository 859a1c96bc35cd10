//! Fast multiplication: sums of products of long numbers by real Fourier transforms.
//!
//! Numbers are cut into balanced digits of 16 bits and convolved in double precision.
//! A convolution is cyclic, so that a result is known modulo `2^(64 n) - 1`: enough where it is known to have less than
//! `64 n` bits with its sign, though the factors may be longer.
//! Rounding is not proved exact. It need not be: a wrong product can lead to no key, because a key is accepted only
//! where it verifies messages, in another way of computing. The largest rounding error is watched all the same.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::number::Number;

/// Digits of 16 bits in a word.
const DIGITS_PER_WORD: usize = 4;
/// The shortest transform, in words.
const WORDS_MIN: usize = 8;
/// A result this far from a whole number is not to be trusted.
const ROUNDING_ERROR_MAX: f64 = 0.375;

/// Why a computation ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The units of work that it was given are used up.
    #[error("the work allowed for it is used up")]
    Budget,
    /// The caller asked for it.
    #[error("it was stopped")]
    Cancelled,
    /// Rounding errors came too near to a half.
    #[error("the numbers are too long to be multiplied exactly")]
    Inexact,
}

/// The Fourier transform of a number, for a given number of words.
pub(super) type Spectrum = Vec<Complex<f64>>;

/// Forward and inverse transform of one length.
type Plan = (Arc<dyn RealToComplex<f64>>, Arc<dyn ComplexToReal<f64>>);

/// Multiplies, and counts what it costs.
pub(super) struct Engine<'a> {
    /// Plans of short transforms, all kept: they are used again and again.
    planner: RealFftPlanner<f64>,
    /// The plan of the last long transform, with its number of words: as long as the number itself, so only one is kept.
    long: Option<(usize, Plan)>,
    /// Where digits are cut to and transforms compute: kept, because the system clears fresh memory of this size anew
    /// each time.
    digits: Vec<f64>,
    scratch: Spectrum,
    /// Digits that may still be transformed.
    budget: u64,
    is_cancelled: &'a dyn Fn() -> bool,
}

impl<'a> Engine<'a> {
    pub(super) fn new(budget: u64, is_cancelled: &'a dyn Fn() -> bool) -> Self {
        Self {
            planner: RealFftPlanner::new(),
            long: None,
            digits: Vec::new(),
            scratch: Vec::new(),
            budget,
            is_cancelled,
        }
    }

    /// The sum of the products, which must have less than `n_bits` bits.
    pub(super) fn sum_of_products(
        &mut self,
        terms: &[(&Number, &Number)],
        n_bits: usize,
    ) -> Result<Number, Stopped> {
        let n_words = words_for(n_bits);
        let mut sum = empty(n_words);
        for (left, right) in terms {
            let is_negative = left.is_negative != right.is_negative;
            let first = self.spectrum(left, n_words)?;
            if left.words() == right.words() {
                add_product(&mut sum, &first, &first, is_negative);
            } else {
                let second = self.spectrum(right, n_words)?;
                add_product(&mut sum, &first, &second, is_negative);
            }
        }
        self.number(sum, n_words)
    }

    /// The transform of the magnitude, taken modulo `2^(64 n_words) - 1`.
    pub(super) fn spectrum(
        &mut self,
        number: &Number,
        n_words: usize,
    ) -> Result<Spectrum, Stopped> {
        self.spend(n_words)?;
        let (forward, _) = self.plan(n_words);
        self.digits.clear();
        self.digits.resize(n_words * DIGITS_PER_WORD, 0.0);
        cut(number.words(), &mut self.digits);
        let scratch = scratch_of(&mut self.scratch, forward.get_scratch_len());
        let mut spectrum = empty(n_words);
        // Fails only where lengths differ, and they are made to fit here.
        let _ = forward.process_with_scratch(&mut self.digits, &mut spectrum, scratch);
        Ok(spectrum)
    }

    /// The number whose transform this is.
    pub(super) fn number(
        &mut self,
        mut spectrum: Spectrum,
        n_words: usize,
    ) -> Result<Number, Stopped> {
        self.spend(n_words)?;
        let (_, inverse) = self.plan(n_words);
        self.digits.resize(n_words * DIGITS_PER_WORD, 0.0);
        let scratch = scratch_of(&mut self.scratch, inverse.get_scratch_len());
        for end in [0, spectrum.len() - 1] {
            if let Some(value) = spectrum.get_mut(end) {
                value.im = 0.0;
            }
        }
        let _ = inverse.process_with_scratch(&mut spectrum, &mut self.digits, scratch);
        joined(&self.digits)
    }

    fn plan(&mut self, n_words: usize) -> Plan {
        const LONG_WORDS: usize = 1 << 17;
        let n_digits = n_words * DIGITS_PER_WORD;
        let planned = |planner: &mut RealFftPlanner<f64>| {
            (
                planner.plan_fft_forward(n_digits),
                planner.plan_fft_inverse(n_digits),
            )
        };
        if n_words < LONG_WORDS {
            return planned(&mut self.planner);
        }
        match &self.long {
            Some((of, plan)) if *of == n_words => plan.clone(),
            _ => {
                self.long = None;
                let plan = planned(&mut RealFftPlanner::new());
                self.long = Some((n_words, plan.clone()));
                plan
            }
        }
    }

    fn spend(&mut self, n_words: usize) -> Result<(), Stopped> {
        /// Asking takes longer than a short transform.
        const ASK_FROM_WORDS: usize = 1 << 12;
        if n_words >= ASK_FROM_WORDS && (self.is_cancelled)() {
            return Err(Stopped::Cancelled);
        }
        let cost = (n_words * DIGITS_PER_WORD) as u64;
        self.budget = self.budget.checked_sub(cost).ok_or(Stopped::Budget)?;
        Ok(())
    }
}

/// Scratch space of this length; what stands in it does not matter.
fn scratch_of(scratch: &mut Spectrum, n: usize) -> &mut [Complex<f64>] {
    if scratch.len() < n {
        scratch.resize(n, Complex::new(0.0, 0.0));
    }
    scratch.get_mut(..n).unwrap_or_default()
}

/// The number of words of the shortest fast transform for signed results of less than this many bits.
pub(super) fn words_for(n_bits: usize) -> usize {
    let n_words = n_bits / 64 + 1;
    let power = n_words.next_power_of_two().max(WORDS_MIN);
    [power / 8 * 5, power / 4 * 3, power]
        .into_iter()
        .find(|&fit| fit >= n_words && fit % 4 == 0)
        .unwrap_or(power)
}

/// The transform of 0.
pub(super) fn empty(n_words: usize) -> Spectrum {
    vec![Complex::new(0.0, 0.0); n_words * DIGITS_PER_WORD / 2 + 1]
}

/// Adds or takes away a product.
pub(super) fn add_product(
    sum: &mut Spectrum,
    left: &Spectrum,
    right: &Spectrum,
    is_negative: bool,
) {
    let products = left.iter().zip(right);
    if is_negative {
        for (sum, (left, right)) in sum.iter_mut().zip(products) {
            *sum -= left * right;
        }
    } else {
        for (sum, (left, right)) in sum.iter_mut().zip(products) {
            *sum += left * right;
        }
    }
}

/// Cuts words into balanced digits, from -2^15 to 2^15 - 1, and adds them up cyclically.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "digits have 16 bits"
)]
fn cut(words: &[u64], digits: &mut [f64]) {
    let n_words = digits.len() / DIGITS_PER_WORD;
    let mut carry = 0_i64;
    for turn in words.chunks(n_words.max(1)) {
        for (word, places) in turn.iter().zip(digits.chunks_exact_mut(DIGITS_PER_WORD)) {
            for (index, place) in places.iter_mut().enumerate() {
                let digit = (word >> (16 * index) & 0xffff) as i64 + carry;
                carry = (digit + 0x8000) >> 16;
                *place += (digit - (carry << 16)) as f64;
            }
        }
    }
    let next = words.len() * DIGITS_PER_WORD % digits.len().max(1);
    if let Some(place) = digits.get_mut(next) {
        *place += carry as f64;
    }
}

/// Rounds the digits, carries, and reads the residue as a signed number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sums of products of digits have less than 53 bits, and words are put together bit by bit"
)]
fn joined(digits: &[f64]) -> Result<Number, Stopped> {
    let scale = 1.0 / digits.len() as f64;
    let mut words = Vec::with_capacity(digits.len() / DIGITS_PER_WORD);
    let (mut carry, mut error_max) = (0_i64, 0.0_f64);
    for places in digits.chunks_exact(DIGITS_PER_WORD) {
        let mut word = 0_u64;
        for (index, place) in places.iter().enumerate() {
            let value = place * scale;
            let rounded = round(value);
            error_max = error_max.max((value - rounded).abs());
            let digit = rounded as i64 + carry;
            carry = digit >> 16;
            word |= ((digit & 0xffff) as u64) << (16 * index);
        }
        words.push(word);
    }
    if error_max > ROUNDING_ERROR_MAX || error_max.is_nan() {
        return Err(Stopped::Inexact);
    }
    // 2^(64 n) is 1 here: what is left over is added at the other end, twice if need be.
    for _ in 0..2 {
        carry = wrapped(&mut words, carry);
    }
    let is_negative = words.last().is_some_and(|&last| last >> 63 == 1);
    if is_negative {
        for word in &mut words {
            *word = !*word;
        }
    }
    Ok(Number::new(is_negative, words))
}

/// The nearest whole number, for magnitudes below 2^51: faster than `round` where that is a call.
fn round(value: f64) -> f64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
    (value + MAGIC) - MAGIC
}

/// Adds a small signed number and gives what is left over, -1, 0 or 1.
fn wrapped(words: &mut [u64], addend: i64) -> i64 {
    let mut carry = i128::from(addend);
    for word in words {
        if carry == 0 {
            return 0;
        }
        let sum = i128::from(*word) + carry;
        *word = low_word(sum);
        carry = sum >> 64;
    }
    i64::try_from(carry).unwrap_or_default()
}

/// The lowest 64 bits in two's complement.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the lowest word is what is asked for"
)]
pub(super) const fn low_word(value: i128) -> u64 {
    value as u64
}
