//! Tests of the shelf `signature`.
