//! Makes labelled collections.
