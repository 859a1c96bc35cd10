//! Whole exhibits, made by the tests themselves: what is taken out, what is not and why, and whether the accounts
//! add up.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod cabinets;
#[cfg(test)]
mod collect;
#[cfg(test)]
mod discs;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod folders;
#[cfg(test)]
#[path = "../made/discs.rs"]
mod made_discs;
#[cfg(test)]
#[path = "../made/stores.rs"]
#[expect(
    dead_code,
    reason = "most of it serves the hostile stores of the whole program's tests"
)]
mod made_stores;
#[cfg(test)]
mod olm;
#[cfg(test)]
mod outlook;
#[cfg(test)]
mod packed;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod parts_within;
#[cfg(test)]
mod real_data;
#[cfg(test)]
mod volumes;
#[cfg(test)]
mod zips;
