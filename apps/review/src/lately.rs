//! What was asked for lately, so that it need not be made again: neither the case nor its exhibits change while it is
//! served.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Values that are kept, however small.
const VALUES_MAX: usize = 64;

/// The last values by what they were asked for, the latest first.
pub(crate) struct Lately<K, V> {
    kept: Mutex<VecDeque<(K, V)>>,
    /// Bytes that all values together may take.
    bytes_max: usize,
    size_bytes: fn(&V) -> usize,
}

impl<K: PartialEq, V: Clone> Lately<K, V> {
    /// Keeps nothing yet.
    pub(crate) fn new(bytes_max: usize, size_bytes: fn(&V) -> usize) -> Self {
        Self {
            kept: Mutex::default(),
            bytes_max,
            size_bytes,
        }
    }

    /// The value that is kept for `key`, or the one that `make` gives.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn of<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = {
            let mut kept = kept();
            let at = kept.iter().position(|(other, _)| *other == key);
            at.and_then(|at| kept.remove(at))
        };
        let (key, value) = match known {
            Some(known) => known,
            None => (key, make()?),
        };
        let mut kept = kept();
        kept.push_front((key, value.clone()));
        self.shorten(&mut kept);
        Ok(value)
    }

    /// Forgets the oldest values until the rest is within the limits.
    fn shorten(&self, kept: &mut VecDeque<(K, V)>) {
        let mut n_bytes: usize = kept.iter().map(|(_, value)| (self.size_bytes)(value)).sum();
        while n_bytes > self.bytes_max || kept.len() > VALUES_MAX {
            let Some((_, value)) = kept.pop_back() else {
                return;
            };
            n_bytes -= (self.size_bytes)(&value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_not_made_again_and_the_oldest_is_forgotten() {
        let lately = Lately::new(10, String::len);
        let ask = |key: &'static str, value: &str| {
            let mut is_made = false;
            let given = lately.of(key, || {
                is_made = true;
                Ok::<_, ()>(value.to_owned())
            });
            assert_eq!(given.as_deref(), Ok(value));
            is_made
        };
        assert!(ask("a", "aaa"));
        assert!(!ask("a", "aaa"));
        assert!(ask("b", "bbbbbbb"));
        assert!(!ask("a", "aaa"));
        assert!(ask("c", "cccc"), "b and c are too large beside a");
        assert!(!ask("a", "aaa"));
        assert!(ask("b", "bbbbbbb"));
        for key in ["too large", "too large"] {
            assert!(ask(key, "12345678901"));
        }
        assert_eq!(lately.of("wrong", || Err(7)), Err(7));
        let names: Vec<String> = (0..=VALUES_MAX).map(|n| n.to_string()).collect();
        let many = Lately::new(10, |(): &()| 0);
        for name in &names {
            assert_eq!(many.of(name, || Ok::<_, ()>(())), Ok(()));
        }
        assert_eq!(
            many.of(&names[0], || Err(7)),
            Err(7),
            "the oldest of too many"
        );
    }
}
