//! Asks the domain name system for TXT records (RFC 1035), and for nothing else.
//!
//! The only place in the program that reaches out; only `mabillon keys lookup` calls it. A stub resolver in the standard
//! library alone: one question to the resolver of the system over UDP, again over TCP where the answer was cut short.
//! A resolver that is hostile, or somebody on the way to it, can give wrong answers but none that harms: an answer is
//! read within bounds, by [`message`].

mod client;
mod message;
mod system;

pub(crate) use self::client::{Answer, Client, Outcome};
pub(crate) use self::system::{server_of, system_servers};
