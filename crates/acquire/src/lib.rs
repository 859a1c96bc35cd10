//! Stage acquire.
