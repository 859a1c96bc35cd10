//! Files made to hurt. Each family is one entry of a table: what is done to its file must have a name, and may cost no
//! memory without bound, no letter that lies beside it, no file outside of the case, and no connection.

mod families;
#[cfg(target_os = "linux")]
mod survived;
#[cfg(target_os = "linux")]
mod traced;
