//! Archives and compressed files. Members are read as streams; a name in an archive is a label and never a path.

mod cab;
pub(crate) mod compressed;
mod entry_time;
mod iso;
mod little_endian;
mod meter;
mod rar;
pub(crate) mod seekable;
mod sevenz;
pub(crate) mod store;
pub(crate) mod tar;
pub(crate) mod zip;

/// Why passwords are not tried on an archive.
const TOO_COSTLY: &str = "encrypted: trying all given passwords would take too long";

pub(crate) use cab::links as cab_links;
pub(crate) use rar::{is_volume as is_volume_of_rar, open_volumes as open_volumes_of_rar};
pub(crate) use zip::n_files as n_files_of_zip;
