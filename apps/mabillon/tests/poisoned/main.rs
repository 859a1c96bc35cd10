//! Items that do to their worker whatever a hijacked decoder could do: each costs itself, and nothing else.
//!
//! Needs the program with its poisons: `cargo test -p mabillon --features poison --test poisoned`.

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
#[expect(dead_code, reason = "shared with the other tests")]
mod dir;
#[cfg(test)]
#[path = "../end_to_end/letters.rs"]
#[expect(dead_code, reason = "shared with the other tests")]
mod letters;
#[cfg(test)]
#[path = "../end_to_end/packed.rs"]
#[expect(dead_code, reason = "shared with the other tests")]
mod packed;
#[cfg(test)]
mod poisons;
