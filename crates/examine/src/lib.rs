//! Stage examine.
