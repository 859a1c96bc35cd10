//! A set of rows with a score for each.

/// Bits of one word of a set.
const BITS: usize = u64::BITS as usize;

/// Rows of the store, each once, with how well words fit them: a bit for each row up to the last, and a number beside
/// each where words were asked for. So a million rows take 125 KB, and 4 MB with scores, however many of them are in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    bits: Vec<u64>,
    /// By row; 0 where a row is not in. Shorter than the rows where the rest has none.
    scores: Vec<f32>,
}

impl Rows {
    /// Puts a row in. Rows are numbered from 1; others are not taken.
    pub fn insert(&mut self, row: i64) {
        let Ok(row) = usize::try_from(row) else {
            return;
        };
        let (word, bit) = (row / BITS, row % BITS);
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        if let Some(word) = self.bits.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    /// Puts a row in, with the score that it has.
    pub(crate) fn insert_scored(&mut self, row: i64, score: f32) {
        self.insert(row);
        let Ok(row) = usize::try_from(row) else {
            return;
        };
        if self.scores.len() <= row {
            // Rows come in rising order, mostly: leave room for those that follow.
            self.scores.resize(row + 1, 0.0);
        }
        if let Some(slot) = self.scores.get_mut(row) {
            *slot = score;
        }
    }

    /// Whether a row is in.
    pub fn contains(&self, row: i64) -> bool {
        usize::try_from(row).is_ok_and(|row| self.holds(row))
    }

    fn holds(&self, row: usize) -> bool {
        let word = self.bits.get(row / BITS).copied().unwrap_or_default();
        word >> (row % BITS) & 1 == 1
    }

    /// The score of a row; 0 where it has none.
    pub fn score(&self, row: i64) -> f32 {
        let row = usize::try_from(row).ok();
        row.and_then(|row| self.scores.get(row))
            .copied()
            .unwrap_or_default()
    }

    /// Whether words gave any of them a score.
    pub fn has_scores(&self) -> bool {
        self.scores.iter().any(|score| *score > 0.0)
    }

    /// Bytes it takes in memory.
    pub fn size_bytes(&self) -> usize {
        self.bits.capacity() * size_of::<u64>() + self.scores.capacity() * size_of::<f32>()
    }

    /// The rows in both, with the sum of their scores.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.bits.truncate(other.bits.len());
        for (word, other) in self.bits.iter_mut().zip(&other.bits) {
            *word &= other;
        }
        self.add_scores(other);
        self.forget_scores_of_others();
        self
    }

    /// The rows in either, with the sum of their scores.
    pub(crate) fn or(mut self, other: &Self) -> Self {
        if self.bits.len() < other.bits.len() {
            self.bits.resize(other.bits.len(), 0);
        }
        for (word, other) in self.bits.iter_mut().zip(&other.bits) {
            *word |= other;
        }
        self.add_scores(other);
        self
    }

    /// The rows that are not in `other`.
    pub(crate) fn and_not(mut self, other: &Self) -> Self {
        for (word, other) in self.bits.iter_mut().zip(&other.bits) {
            *word &= !other;
        }
        self.forget_scores_of_others();
        self
    }

    fn add_scores(&mut self, other: &Self) {
        if self.scores.len() < other.scores.len() {
            self.scores.resize(other.scores.len(), 0.0);
        }
        for (score, more) in self.scores.iter_mut().zip(&other.scores) {
            *score += more;
        }
    }

    fn forget_scores_of_others(&mut self) {
        let words = self.bits.iter().chain(std::iter::repeat(&0));
        for (scores, word) in self.scores.chunks_mut(BITS).zip(words) {
            for (bit, score) in scores.iter_mut().enumerate() {
                if word >> bit & 1 == 0 {
                    *score = 0.0;
                }
            }
        }
    }
}

impl FromIterator<i64> for Rows {
    fn from_iter<I: IntoIterator<Item = i64>>(rows: I) -> Self {
        let mut set = Self::default();
        for row in rows {
            set.insert(row);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Plain = BTreeMap<i64, f32>;

    fn set(plain: &Plain) -> Rows {
        let mut rows = Rows::default();
        for (row, score) in plain {
            if *score > 0.0 {
                rows.insert_scored(*row, *score);
            } else {
                rows.insert(*row);
            }
        }
        rows
    }

    fn agree(rows: &Rows, plain: &Plain) {
        for row in -1..400 {
            assert_eq!(rows.contains(row), plain.contains_key(&row), "row {row}");
            let score = plain.get(&row).copied().unwrap_or_default();
            assert_eq!(rows.score(row).to_bits(), score.to_bits(), "row {row}");
        }
        assert_eq!(rows.has_scores(), plain.values().any(|score| *score > 0.0));
    }

    fn plain() -> impl proptest::strategy::Strategy<Value = Plain> {
        proptest::collection::btree_map(1i64..300, (0u8..3).prop_map(f32::from), 0..80)
    }

    use proptest::strategy::Strategy as _;

    proptest::proptest! {
        #[test]
        fn sets_are_combined_as_plain_maps_are(a in plain(), b in plain()) {
            agree(&set(&a), &a);
            let score = |row: &i64| a.get(row).unwrap_or(&0.0) + b.get(row).unwrap_or(&0.0);
            let both: Plain = a.keys().filter(|row| b.contains_key(row)).map(|row| (*row, score(row))).collect();
            agree(&set(&a).and(&set(&b)), &both);
            let either: Plain = a.keys().chain(b.keys()).map(|row| (*row, score(row))).collect();
            agree(&set(&a).or(&set(&b)), &either);
            let without: Plain = a.iter().filter(|(row, _)| !b.contains_key(row)).map(|(row, score)| (*row, *score)).collect();
            agree(&set(&a).and_not(&set(&b)), &without);
        }
    }
}
