//! Archives and compressed files. Members are read as streams; a name in an archive is a label and never a path.

pub(crate) mod compressed;
mod entry_time;
mod meter;
mod rar;
pub(crate) mod seekable;
mod sevenz;
pub(crate) mod store;
pub(crate) mod tar;
pub(crate) mod zip;
