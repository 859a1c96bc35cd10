//! One question after the other, over UDP, and over TCP where the answer does not fit.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the network, where the user gave the command for it"
)]

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::message::{Reply, question, reply};

/// How long one server is waited for, each time.
const WAIT: Duration = Duration::from_secs(5);
/// How often all servers are asked.
const ROUNDS: usize = 2;
/// Octets of the largest answer over UDP that is read; without EDNS(0) none has more than 512.
const DATAGRAM_OCTETS: usize = 4096;

/// Asks servers.
pub(crate) struct Client {
    servers: Vec<SocketAddr>,
}

/// What came of a question, and who answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) server: SocketAddr,
    /// Whether the server says that it checked the answer with DNSSEC.
    pub(crate) is_authentic: bool,
    pub(crate) outcome: Outcome,
}

/// What a server says of a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has these TXT records.
    Texts(Vec<Vec<u8>>),
    /// There is no such name, or it has no TXT record.
    Nothing,
    /// The server could not or would not say; its response code.
    Refused(u16),
}

impl Client {
    pub(crate) const fn new(servers: Vec<SocketAddr>) -> Self {
        Self { servers }
    }

    /// Asks for the TXT records of a name. The first server that answers decides; one that fails leaves it to the next.
    ///
    /// # Errors
    /// No server answered.
    pub(crate) fn texts(&self, name: &str) -> io::Result<Answer> {
        let mut refused = None;
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "no server to ask");
        for server in self
            .servers
            .iter()
            .cycle()
            .take(ROUNDS * self.servers.len())
        {
            let Some(question) = question(some_id(), name) else {
                let says = "this is no name that the domain name system can hold";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, says));
            };
            match ask(*server, &question) {
                Ok(reply) => match answer(*server, reply) {
                    answer if matches!(answer.outcome, Outcome::Refused(_)) => {
                        refused = Some(answer);
                    }
                    answer => return Ok(answer),
                },
                Err(error) => failed = error,
            }
        }
        refused.ok_or(failed)
    }
}

fn answer(server: SocketAddr, reply: Reply) -> Answer {
    const NO_ERROR: u16 = 0;
    const NO_SUCH_NAME: u16 = 3;
    Answer {
        server,
        is_authentic: reply.is_authentic,
        outcome: match reply.code {
            NO_ERROR if !reply.texts.is_empty() => Outcome::Texts(reply.texts),
            NO_ERROR | NO_SUCH_NAME => Outcome::Nothing,
            code => Outcome::Refused(code),
        },
    }
}

/// A number that nobody else can guess.
fn some_id() -> u16 {
    let [first, second, ..] = RandomState::new().hash_one(()).to_be_bytes();
    u16::from_be_bytes([first, second])
}

fn ask(server: SocketAddr, question: &[u8]) -> io::Result<Reply> {
    let reply = over_udp(server, question)?;
    if reply.is_cut_short {
        return over_tcp(server, question);
    }
    Ok(reply)
}

fn over_udp(server: SocketAddr, question: &[u8]) -> io::Result<Reply> {
    let any: SocketAddr = if server.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.send(question)?;
    let until = Instant::now() + WAIT;
    let mut datagram = vec![0; DATAGRAM_OCTETS];
    loop {
        socket.set_read_timeout(Some(left(until)?))?;
        let n_octets = socket.recv(&mut datagram).map_err(|_| no_answer())?;
        // What answers something else is passed over, until the time is up.
        if let Some(reply) = datagram
            .get(..n_octets)
            .and_then(|one| reply(question, one))
        {
            return Ok(reply);
        }
    }
}

/// RFC 1035, section 4.2.2: two octets of length stand before each message.
fn over_tcp(server: SocketAddr, question: &[u8]) -> io::Result<Reply> {
    let until = Instant::now() + WAIT;
    let mut stream = TcpStream::connect_timeout(&server, WAIT)?;
    stream.set_write_timeout(Some(WAIT))?;
    let length = u16::try_from(question.len()).map_err(|_| no_answer())?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut length = [0; 2];
    read_until(&mut stream, &mut length, until)?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
    read_until(&mut stream, &mut octets, until)?;
    reply(question, &octets)
        .filter(|reply| !reply.is_cut_short)
        .ok_or_else(no_answer)
}

fn read_until(stream: &mut TcpStream, mut octets: &mut [u8], until: Instant) -> io::Result<()> {
    while !octets.is_empty() {
        stream.set_read_timeout(Some(left(until)?))?;
        let n_octets = stream.read(octets)?;
        if n_octets == 0 {
            return Err(no_answer());
        }
        octets = octets.get_mut(n_octets..).unwrap_or_default();
    }
    Ok(())
}

fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(no_answer())
    } else {
        Ok(left)
    }
}

fn no_answer() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer that can be read")
}
