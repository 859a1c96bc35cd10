//! All that tests know beyond the item itself.

use mabillon_case::Stamp;
use mabillon_signed::Roots;

use crate::signature::KeyArchive;
use crate::{Decoys, Published};

/// What a test may know besides the item: no test reads a file, a clock or the network.
#[derive(Debug)]
pub struct World {
    /// Public keys by selector and domain.
    pub keys: KeyArchive,
    /// Certificates and OpenPGP keys that the user trusts.
    pub roots: Roots,
    /// Whether the victim's originals were handed over to compare with.
    pub has_reference: bool,
    /// What the victim planted.
    pub decoys: Decoys,
    /// What was known in public, and since when.
    pub published: Published,
    /// The time of the run: nothing in an item can honestly be later.
    pub now: Stamp,
}
