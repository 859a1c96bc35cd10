//! Every bound of the review, in one place.

use std::time::Duration;

/// Connections that are served at once; more wait to be accepted.
pub const CONNECTIONS_MAX: usize = 512;
/// Requests that are worked on at once; more wait, up to [`WAITING_MAX`].
pub const WORKING_MAX: usize = 8;
/// Requests that wait for a worker; more are refused with `busy`.
pub const WAITING_MAX: usize = 512;
/// The header of a request must be complete after this time.
pub const HEADER_SECONDS: Duration = Duration::from_secs(10);
/// The body of a request must be complete after this time.
pub const BODY_SECONDS: Duration = Duration::from_secs(30);
/// Bytes of the header of a request.
pub const HEADER_BYTES_MAX: usize = 32 << 10;
/// Header fields of a request.
pub const HEADER_FIELDS_MAX: usize = 64;
/// Bytes of path and query.
pub const URI_BYTES_MAX: usize = 16 << 10;
/// Parameters of a query.
pub const PARAMETERS_MAX: usize = 200;
/// Bytes of a body, unless a route allows more.
pub const BODY_BYTES_MAX: u64 = 64 << 10;
/// Bytes of the body of a decision on many items.
pub const MANY_BODY_BYTES_MAX: u64 = 256 << 10;

/// A token that was not used is good for this long.
pub const TOKEN_SECONDS: i64 = 60 * 60;
/// Tokens that wait to be used.
pub const TOKENS_MAX: usize = 200;
/// A session that asks for nothing ends after this time.
pub const IDLE_SECONDS: i64 = 8 * 60 * 60;
/// A session ends after this time.
pub const SESSION_SECONDS: i64 = 48 * 60 * 60;
/// Sessions at once; beyond it the one that was idle longest ends.
pub const SESSIONS_MAX: usize = 1000;
/// Wrong tokens and passwords from one address, or for one name, within [`TRIES_SECONDS`].
pub const TRIES_MAX: usize = 10;
/// Wrong tokens and passwords from everywhere within [`TRIES_SECONDS`].
pub const TRIES_OF_ALL_MAX: usize = 200;
/// How long a wrong try counts.
pub const TRIES_SECONDS: i64 = 10 * 60;
/// Characters of the name of a reviewer.
pub const NAME_CHARS_MAX: usize = 40;
/// Bytes of a password.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Streams of events of one session.
pub const STREAMS_PER_SESSION_MAX: usize = 6;
/// Events that wait for a slow reader before it is told to load anew.
pub const EVENTS_WAITING_MAX: usize = 1024;
/// A comment keeps a quiet stream of events alive.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Streams and answers that are under way get this long when the server ends.
pub const ENDING: Duration = Duration::from_secs(3);
