//! Files made to hurt. Each family is one entry of a table: what is done to its file must have a name, and may cost no
//! memory without bound, no letter that lies beside it, no file outside of the case, and no connection.

#[cfg(test)]
#[path = "../end_to_end/case_read.rs"]
#[expect(dead_code, reason = "shared with the other tests")]
mod case_read;
#[cfg(test)]
#[path = "../end_to_end/command.rs"]
#[expect(dead_code, reason = "shared with the other tests")]
mod command;
#[cfg(test)]
#[path = "../end_to_end/dir.rs"]
mod dir;
#[cfg(test)]
mod families;
#[cfg(test)]
#[path = "../end_to_end/letters.rs"]
#[expect(dead_code, reason = "shared with the other tests")]
mod letters;
#[cfg(test)]
#[path = "../end_to_end/packed.rs"]
mod packed;
#[cfg(all(test, target_os = "linux"))]
mod survived;
#[cfg(all(test, target_os = "linux"))]
mod traced;
