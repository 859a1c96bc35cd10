//! Stage decode.
