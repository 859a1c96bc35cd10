//! Stage interpret.
