//! Keys looked up in the DNS: asked of a server that this test plays, never of the network.

#![expect(
    clippy::disallowed_methods,
    reason = "it plays a server on this machine alone"
)]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::command::{examine, run};
use crate::dir::Dir;

/// Five of its six letters verify under a lost key of 512 bits, in the records of which this server has it.
const LETTERS: &str = include_str!("lost_key.mbox");
const NAME: &str = "gone._domainkey.northquay.example";
/// Octets of a question before its name.
const HEAD: usize = 12;

/// A DNS server for one name: over UDP its answers are cut short, over TCP they are whole.
struct StandIn {
    address: SocketAddr,
    asked: Receiver<String>,
}

impl StandIn {
    fn start(text: &str) -> Self {
        let (udp, tcp) = sockets();
        let address = udp.local_addr().unwrap();
        let (tell, asked) = channel();
        let for_udp = tell.clone();
        thread::spawn(move || {
            let mut question = [0; 512];
            while let Ok((n_octets, from)) = udp.recv_from(&mut question) {
                let name = name_in(&question[..n_octets]);
                // What comes first answers another question, as a forger on the way would try.
                let mut other = answer(&question[..n_octets], 0x8180, b"p=Zm9yZ2Vk");
                other[0] ^= 1;
                udp.send_to(&other, from).unwrap();
                let reply = if name == NAME {
                    answer(&question[..n_octets], 0x8380, b"")
                } else {
                    answer(&question[..n_octets], 0x8183, b"")
                };
                udp.send_to(&reply, from).unwrap();
                let _ = for_udp.send(format!("udp {name}"));
            }
        });
        let text = text.as_bytes().to_vec();
        thread::spawn(move || {
            for stream in tcp.incoming() {
                let mut stream = stream.unwrap();
                let mut length = [0; 2];
                stream.read_exact(&mut length).unwrap();
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).unwrap();
                // The answer is authentic, says this resolver.
                let reply = answer(&question, 0x81a0, &text);
                let length = u16::try_from(reply.len()).unwrap().to_be_bytes();
                stream.write_all(&[&length[..], &reply].concat()).unwrap();
                let _ = tell.send(format!("tcp {}", name_in(&question)));
            }
        });
        Self { address, asked }
    }
}

/// One port for both.
fn sockets() -> (UdpSocket, TcpListener) {
    for _ in 0..100 {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
    panic!("no port is free for both UDP and TCP");
}

fn name_in(question: &[u8]) -> String {
    let (mut labels, mut at) = (Vec::new(), HEAD);
    while question[at] > 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8(question[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    labels.join(".")
}

/// The answer to a question, with one TXT record in strings of at most 100 octets, or none where `text` is empty.
fn answer(question: &[u8], flags: u16, text: &[u8]) -> Vec<u8> {
    let mut reply = question.to_vec();
    reply[2..4].copy_from_slice(&flags.to_be_bytes());
    if !text.is_empty() {
        reply[7] = 1;
        let strings = text.chunks(100).map(|part| {
            let length = u8::try_from(part.len()).unwrap();
            [&[length], part].concat()
        });
        let data: Vec<u8> = strings.flatten().collect();
        reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0]);
        reply.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        reply.extend(data);
    }
    reply
}

/// A case, and the record of its lost key.
fn case() -> (Dir, String) {
    let dir = Dir::new();
    dir.write("leak/ida.mbox", LETTERS);
    examine(&dir, &["leak"]).ended(0);
    run(&dir, &["keys", "recover", "case"]).ended(0);
    let recovered = dir.path("case/keys-recovered.tsv");
    let row = fs::read_to_string(&recovered).unwrap();
    fs::remove_file(recovered).unwrap();
    let txt = row.split('\t').nth(1).unwrap().to_owned();
    (dir, txt)
}

#[test]
fn a_published_key_is_looked_up_and_verifies_in_the_next_examination() {
    let (dir, txt) = case();
    let server = StandIn::start(&txt);
    let address = server.address.to_string();
    let said = run(&dir, &["keys", "lookup", "case", "--server", &address]).ended(0);
    assert!(said.err.contains("1 key published"), "{}", said.err);
    let asked: Vec<String> = server.asked.try_iter().collect();
    assert_eq!(asked, [format!("udp {NAME}"), format!("tcp {NAME}")]);
    let file = fs::read_to_string(dir.path("case/keys-published.tsv")).unwrap();
    let row: Vec<&str> = file.lines().last().unwrap().split('\t').collect();
    assert_eq!((row[0], row[1]), (NAME, txt.as_str()));
    assert!(row[4].starts_with("published: answered at 2"), "{file}");
    let by = format!("by {address}, checked with DNSSEC by the resolver");
    assert!(row[4].ends_with(&by), "{file}");
    run(&dir, &["verify", "case"]).ended(0);

    let more = ["examine", "leak", "--case", "second", "--keys", "case"];
    run(&dir, &more).ended(0);
    let listed = run(&dir, &["keys", "list", "second"]).ended(0).out;
    let expected = format!("{NAME}  512 bits, supplied, anchored, 5 of 6");
    assert!(listed.contains(&expected), "{listed}");
    assert_eq!(server.asked.try_iter().count(), 0, "nothing else asks");
}

#[test]
fn what_is_not_published_is_noted_and_what_is_no_name_refused() {
    let (dir, txt) = case();
    let server = StandIn::start(&txt);
    let address = server.address.to_string();
    let absent = "other._domainkey.northquay.example";
    let ask = ["keys", "lookup", "case", absent, "--server", &address];
    let said = run(&dir, &ask).ended(0).err;
    assert!(
        said.contains("0 keys published, 1 name with nothing"),
        "{said}"
    );
    let file = fs::read_to_string(dir.path("case/keys-published.tsv")).unwrap();
    assert!(
        file.contains(&format!("# {absent}\tno such record; ")),
        "{file}"
    );
    let wrong = [
        "keys",
        "lookup",
        "case",
        "northquay.example",
        "--server",
        &address,
    ];
    run(&dir, &wrong).ended(2);
    run(
        &dir,
        &["keys", "lookup", "case", "--server", "resolver.example"],
    )
    .ended(2);
}

#[test]
fn a_resolver_that_is_silent_is_told_from_one_without_the_key() {
    let (dir, _) = case();
    // A port that was free a moment ago: nobody listens there.
    let address = sockets().0.local_addr().unwrap().to_string();
    let said = run(&dir, &["keys", "lookup", "case", "--server", &address]).ended(1);
    assert!(said.err.contains("no server answered"), "{}", said.err);
}
