//! Tests of the shelf `transmission`.
