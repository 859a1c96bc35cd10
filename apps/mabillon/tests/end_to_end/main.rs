//! The whole program from exhibits to report: the real binary, on small collections that the tests make themselves.

#[cfg(test)]
mod bad_archives;
#[cfg(test)]
mod bad_exhibits;
#[cfg(test)]
mod bad_mail;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod bundle;
#[cfg(test)]
mod bundled_chains;
#[cfg(test)]
mod case_read;
#[cfg(test)]
mod collection_as_a_whole;
#[cfg(test)]
mod command;
#[cfg(test)]
mod comparisons;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod dir;
#[cfg(test)]
mod discs;
#[cfg(test)]
mod encrypted;
#[cfg(test)]
mod first_screen;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod inert;
#[cfg(test)]
mod keys;
#[cfg(all(test, target_os = "linux"))]
mod killed;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod lookup;
#[cfg(test)]
#[path = "../../../../crates/acquire/tests/made/discs.rs"]
mod made_discs;
#[cfg(test)]
#[path = "../../../../crates/acquire/tests/made/stores.rs"]
mod made_stores;
#[cfg(test)]
mod main_job;
#[cfg(test)]
mod packed;
#[cfg(test)]
mod people;
#[cfg(test)]
mod resumed;
#[cfg(test)]
mod sameness;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod tampered;
#[cfg(test)]
mod typed_wrongly;
