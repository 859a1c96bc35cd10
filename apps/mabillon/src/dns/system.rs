//! The resolver of the system.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// Where the system names its resolvers (resolv.conf(5)).
const RESOLV_CONF: &str = "/etc/resolv.conf";
const PORT: u16 = 53;
/// Servers that are asked one after the other, as the C library does.
const SERVERS_MAX: usize = 3;

/// The servers that the system names; none where it names them in another way.
pub(crate) fn system_servers() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(Path::new(RESOLV_CONF)).unwrap_or_default();
    servers(&text)
}

fn servers(text: &str) -> Vec<SocketAddr> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            (words.next()? == "nameserver").then(|| words.next())?
        })
        .filter_map(|word| word.parse::<IpAddr>().ok())
        .map(|address| SocketAddr::new(address, PORT))
        .take(SERVERS_MAX)
        .collect()
}

/// An address, with or without a port.
pub(crate) fn server_of(text: &str) -> Result<SocketAddr, String> {
    let address = || Some(SocketAddr::new(text.parse().ok()?, PORT));
    text.parse()
        .ok()
        .or_else(address)
        .ok_or_else(|| format!("\"{text}\" is no address such as 192.0.2.1 or [2001:db8::1]:53"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_system_is_read() {
        let text = "# a comment\nsearch a.example\nnameserver 192.0.2.1\nnameserver 2001:db8::1 # two\nnameserver x\n";
        let expected = ["192.0.2.1:53", "[2001:db8::1]:53"];
        assert_eq!(servers(text), expected.map(|one| one.parse().unwrap()));
        assert_eq!(server_of("192.0.2.1"), Ok(servers(text)[0]));
        assert_eq!(server_of("[::1]:5353").map(|one| one.port()), Ok(5353));
        assert!(server_of("resolver.example").is_err());
    }
}
