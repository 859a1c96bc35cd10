//! Fast multiplication: sums of products of long numbers by Fourier transforms.
//!
//! Numbers are cut into balanced digits of 16 bits and convolved in double precision, modulo `2^(64 n) + 1`: enough where
//! a result is known to have less than `64 n` bits with its sign, though the factors may be longer.
//! Of `2 h` digits the polynomial modulo `X^(2 h) + 1` is one of `h` complex coefficients modulo `X^h - i`, as its other
//! half is the conjugate. Long ones are split once more, into halves modulo `X^(h/2) - c` and `X^(h/2) + c`, `c^2 = i`, one
//! computed after the other: nothing larger than a half is ever held (Crandall and Pomerance, Prime Numbers, section
//! 9.5.3, the right-angle convolution).
//! Rounding is not proved exact. It need not be: a wrong product can lead to no key, because a key is accepted only
//! where it verifies messages, in another way of computing. The largest rounding error is watched all the same.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::number::Number;

/// Digits of 16 bits in a word.
const DIGITS_PER_WORD: usize = 4;
/// The shortest transform, in words.
const WORDS_MIN: usize = 8;
/// From this length on, in words, numbers are computed in two halves.
const SPLIT_FROM_WORDS: usize = 1 << 16;
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

/// The Fourier transform of a number in one ring.
pub(super) type Spectrum = Vec<Complex<f64>>;

/// A ring in which is computed: complex polynomials modulo `X^n_points - e^(i angle)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ring {
    n_points: usize,
    angle: f64,
}

impl Ring {
    /// The rings whose results together are a number of so many words: one, or two for long ones.
    pub(super) fn all(n_words: usize) -> impl Iterator<Item = Self> {
        let n_points = n_words * DIGITS_PER_WORD / 2;
        let ring = |n_points, angle| Self { n_points, angle };
        let (first, second) = if n_words < SPLIT_FROM_WORDS {
            (ring(n_points, FRAC_PI_2), None)
        } else {
            let angle = FRAC_PI_2 / 2.0;
            let n_points = n_points / 2;
            (ring(n_points, angle), Some(ring(n_points, angle + PI)))
        };
        std::iter::once(first).chain(second)
    }

    /// The transform of 0.
    pub(super) fn empty(self) -> Spectrum {
        vec![Complex::default(); self.n_points]
    }

    /// Multiplies each value by its power of the root that makes the ring cyclic, or by the inverse and by `scale`.
    fn twist(self, values: &mut [Complex<f64>], is_inverse: bool, scale: f64) {
        const FINE: usize = 1 << 10;
        let sign = if is_inverse { -1.0 } else { 1.0 };
        let step = sign * self.angle / real(self.n_points);
        let fine: Vec<Complex<f64>> = (0..FINE.min(self.n_points))
            .map(|index| Complex::from_polar(1.0, step * real(index)))
            .collect();
        for (index, chunk) in values.chunks_mut(FINE).enumerate() {
            let coarse = Complex::from_polar(scale, step * real(index * FINE));
            for (value, fine) in chunk.iter_mut().zip(&fine) {
                *value *= coarse * fine;
            }
        }
    }
}

/// A result, ring by ring.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Spectrum>);

/// Multiplies, and counts what it costs.
pub(super) struct Engine<'a> {
    /// Plans of short transforms, all kept: they are used again and again.
    planner: FftPlanner<f64>,
    /// The plan of the last long transform, with its number of points: as long as the number itself, so only one is kept.
    long: Option<(usize, Arc<dyn Fft<f64>>)>,
    /// Where transforms compute: kept, because the system clears fresh memory of this size anew each time.
    scratch: Spectrum,
    /// Digits that may still be transformed.
    budget: u64,
    is_cancelled: &'a dyn Fn() -> bool,
}

impl<'a> Engine<'a> {
    pub(super) fn new(budget: u64, is_cancelled: &'a dyn Fn() -> bool) -> Self {
        Self {
            planner: FftPlanner::new(),
            long: None,
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
        let mut parts = Parts::default();
        for ring in Ring::all(words_for(n_bits)) {
            let mut sum = ring.empty();
            for (left, right) in terms {
                let is_negative = left.is_negative != right.is_negative;
                let first = self.spectrum(left, ring)?;
                if left.words() == right.words() {
                    add_product(&mut sum, &first, &first, is_negative);
                } else {
                    let second = self.spectrum(right, ring)?;
                    add_product(&mut sum, &first, &second, is_negative);
                }
            }
            self.push(&mut parts, sum, ring)?;
        }
        parts.joined()
    }

    /// The transform of the magnitude in a ring.
    pub(super) fn spectrum(&mut self, number: &Number, ring: Ring) -> Result<Spectrum, Stopped> {
        self.spend(ring)?;
        let mut spectrum = ring.empty();
        cut(number.words(), ring, &mut spectrum);
        ring.twist(&mut spectrum, false, 1.0);
        self.transform(&mut spectrum);
        Ok(spectrum)
    }

    /// Adds to a result what has this transform in a ring; the rings in order.
    pub(super) fn push(
        &mut self,
        parts: &mut Parts,
        mut spectrum: Spectrum,
        ring: Ring,
    ) -> Result<(), Stopped> {
        self.spend(ring)?;
        // Back the same way, with conjugates: a plan of its own would take as much memory as a number.
        conjugate(&mut spectrum);
        self.transform(&mut spectrum);
        conjugate(&mut spectrum);
        ring.twist(&mut spectrum, true, 1.0 / real(ring.n_points));
        parts.0.push(spectrum);
        Ok(())
    }

    fn transform(&mut self, values: &mut Spectrum) {
        let plan = self.plan(values.len());
        let n_scratch = plan.get_inplace_scratch_len();
        if self.scratch.len() < n_scratch {
            self.scratch = vec![Complex::default(); n_scratch];
        }
        let scratch = self.scratch.get_mut(..n_scratch).unwrap_or_default();
        plan.process_with_scratch(values, scratch);
    }

    fn plan(&mut self, n_points: usize) -> Arc<dyn Fft<f64>> {
        const LONG_POINTS: usize = 1 << 18;
        if n_points < LONG_POINTS {
            return self.planner.plan_fft_forward(n_points);
        }
        match &self.long {
            Some((of, plan)) if *of == n_points => Arc::clone(plan),
            _ => {
                self.long = None;
                let plan = FftPlanner::new().plan_fft_forward(n_points);
                self.long = Some((n_points, Arc::clone(&plan)));
                plan
            }
        }
    }

    fn spend(&mut self, ring: Ring) -> Result<(), Stopped> {
        /// Asking takes longer than a short transform.
        const ASK_FROM_POINTS: usize = 1 << 13;
        if ring.n_points >= ASK_FROM_POINTS && (self.is_cancelled)() {
            return Err(Stopped::Cancelled);
        }
        let cost = 2 * ring.n_points as u64;
        self.budget = self.budget.checked_sub(cost).ok_or(Stopped::Budget)?;
        Ok(())
    }
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

fn conjugate(values: &mut Spectrum) {
    for value in values {
        value.im = -value.im;
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
const fn real(n: usize) -> f64 {
    n as f64
}

/// Cuts words into balanced digits, from -2^15 to 2^15 - 1, and adds up in each place of the ring what falls there: after
/// each turn through its points comes the power of its root again.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "digits have 16 bits"
)]
fn cut(words: &[u64], ring: Ring, points: &mut [Complex<f64>]) {
    let factor = |turn: usize| Complex::from_polar(1.0, ring.angle * real(turn));
    let mut carry = 0_i64;
    let n_words = (ring.n_points / DIGITS_PER_WORD).max(1);
    for (turn, words) in words.chunks(n_words).enumerate() {
        let factor = factor(turn);
        for (word, places) in words.iter().zip(points.chunks_exact_mut(DIGITS_PER_WORD)) {
            for (index, place) in places.iter_mut().enumerate() {
                let digit = (word >> (16 * index) & 0xffff) as i64 + carry;
                carry = (digit + 0x8000) >> 16;
                *place += factor * (digit - (carry << 16)) as f64;
            }
        }
    }
    let next = words.len() * DIGITS_PER_WORD;
    if let Some(place) = points.get_mut(next % ring.n_points.max(1)) {
        *place += factor(next / ring.n_points.max(1)) * carry as f64;
    }
}

impl Parts {
    /// The number, read as a signed one.
    pub(super) fn joined(self) -> Result<Number, Stopped> {
        let mut digits = Digits::default();
        let real = |value: &Complex<f64>| value.re;
        let imaginary = |value: &Complex<f64>| value.im;
        match self.0.as_slice() {
            [whole] => {
                digits.take(whole.iter().map(real));
                digits.take(whole.iter().map(imaginary));
            }
            [first, second] => {
                // Modulo X^k - c and X^k + c: their sum is twice the lower half, their difference 2 c times the upper.
                let by_c = Complex::from_polar(0.5, -FRAC_PI_2 / 2.0);
                let both = || first.iter().zip(second);
                let lower = || both().map(|(first, second)| (first + second) * 0.5);
                let upper = || both().map(|(first, second)| (first - second) * by_c);
                digits.take(lower().map(|value| value.re));
                digits.take(upper().map(|value| value.re));
                digits.take(lower().map(|value| value.im));
                digits.take(upper().map(|value| value.im));
            }
            _ => {}
        }
        digits.number()
    }
}

/// Digits of 16 bits, rounded and put together into words.
#[derive(Default)]
struct Digits {
    words: Vec<u64>,
    carry: i64,
    error_max: f64,
}

impl Digits {
    /// Takes digits that fill whole words.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sums of products of digits have less than 53 bits, and words are put together bit by bit"
    )]
    fn take(&mut self, values: impl ExactSizeIterator<Item = f64>) {
        self.words.reserve(values.len() / DIGITS_PER_WORD);
        let (mut word, mut shift) = (0_u64, 0);
        for value in values {
            let rounded = round(value);
            self.error_max = self.error_max.max((value - rounded).abs());
            let digit = rounded as i64 + self.carry;
            self.carry = digit >> 16;
            word |= ((digit & 0xffff) as u64) << shift;
            shift += 16;
            if shift == u64::BITS {
                self.words.push(word);
                (word, shift) = (0, 0);
            }
        }
    }

    /// The number modulo `2^(64 n) + 1` that is nearest to 0.
    fn number(self) -> Result<Number, Stopped> {
        let Self {
            mut words,
            carry,
            error_max,
        } = self;
        if error_max > ROUNDING_ERROR_MAX || error_max.is_nan() {
            return Err(Stopped::Inexact);
        }
        // 2^(64 n) is -1 here.
        let mut over = wrapped(&mut words, -carry);
        if over > 0 {
            over = wrapped(&mut words, -1);
        }
        let is_negative = words.last().is_some_and(|&last| last >> 63 == 1);
        if is_negative {
            for word in &mut words {
                *word = !*word;
            }
            // Of what lies below 0, the two's complement; else what is missing from the modulus.
            wrapped(&mut words, if over < 0 { 1 } else { 2 });
        } else if over < 0 {
            wrapped(&mut words, 1);
        }
        Ok(Number::new(is_negative, words))
    }
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
