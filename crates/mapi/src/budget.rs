//! The bytes that may be read on behalf of one store.

/// Bytes that may still be read, however often a store refers to the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    left: u64,
}

impl Budget {
    /// A budget of so many bytes.
    pub const fn new(n_bytes: u64) -> Self {
        Self { left: n_bytes }
    }

    /// Bytes that are left.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Pays for so many bytes; false, and nothing left, where there are not enough.
    pub const fn pay(&mut self, n_bytes: u64) -> bool {
        if let Some(left) = self.left.checked_sub(n_bytes) {
            self.left = left;
            true
        } else {
            self.left = 0;
            false
        }
    }
}
