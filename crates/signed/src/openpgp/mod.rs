//! OpenPGP (RFC 9580, and RFC 4880 and 1991 before it): armor, packets, keys and signatures of documents.

mod armor;
mod key;
mod message;
mod packet;
mod signature;

pub use armor::{Block, armored, blocks, cleartext};
pub use key::{KeyCheck, OpenPgpKey, read_keys};
pub use message::{OpenPgpMessage, read_message};
pub use signature::{OpenPgpSignature, read_signatures};
