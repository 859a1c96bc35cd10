//! Stage keep.
