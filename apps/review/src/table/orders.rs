//! The orders of a list, made once: each is all indices, sorted by one column.

use mabillon_keep::folded;

use super::columns::{Interned, set};
use super::{NO_CLASS, Table};

impl Table {
    /// Makes the orders. What is equal stays in order of date, then of row.
    pub(super) fn sort(&mut self) {
        let mut order: Vec<u32> = (0..u32::try_from(self.ids.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by_key(|index| self.date.get(*index as usize).copied());
        self.by_date.clone_from(&order);
        let by = |key: &dyn Fn(usize) -> i64| {
            let mut sorted = order.clone();
            sorted.sort_by_key(|index| key(*index as usize));
            sorted
        };
        let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let ranks = |interned: &Interned| {
            let mut sorted: Vec<usize> = (0..interned.texts.len()).collect();
            sorted.sort_by_key(|number| interned.texts.get(*number).map(|text| folded(text)));
            let mut ranks = vec![0; sorted.len()];
            for (rank, place) in sorted.into_iter().enumerate() {
                set(&mut ranks, place, number(rank));
            }
            ranks
        };
        // Contradicted first; what has no opinion last.
        let by_class = by(
            &|index| match self.class.get(index).copied().unwrap_or(NO_CLASS) {
                NO_CLASS => 1,
                class => -i64::from(class),
            },
        );
        #[expect(
            clippy::cast_possible_truncation,
            reason = "thousandths are fine enough to sort by"
        )]
        let by_weight =
            by(&|index| (self.weight.get(index).copied().unwrap_or_default() * 1000.0) as i64);
        let sender_ranks = ranks(&self.sender_texts);
        let by_sender = by(&|index| {
            let text = self
                .sender_text
                .get(index)
                .map_or(0, |number| *number as usize);
            sender_ranks.get(text).copied().unwrap_or_default()
        });
        let mut by_subject = order.clone();
        by_subject.sort_by(|a, b| {
            self.subject
                .of(*a as usize)
                .cmp(self.subject.of(*b as usize))
        });
        let by_size = by(&|index| self.size.get(index).map_or(0, |size| size.cast_signed()));
        let by_place = by(&|index| self.place.get(index).map_or(0, |place| i64::from(*place)));
        (self.by_class, self.by_weight, self.by_sender) = (by_class, by_weight, by_sender);
        (self.by_subject, self.by_size, self.by_place) = (by_subject, by_size, by_place);
    }
}
