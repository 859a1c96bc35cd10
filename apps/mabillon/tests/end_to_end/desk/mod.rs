//! The review desk: the real program serves a case that it examined, and everything talks to it as browsers do.

pub(crate) mod http;
mod killed;
mod over_the_network;
pub(crate) mod served;
mod wrong_requests;
