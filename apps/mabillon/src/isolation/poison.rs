//! Poisons for the test that proves what a worker can do to its surroundings: nothing. Compiled for that test alone.

use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::net::TcpStream;

use mabillon_confine::Answer;

/// What stands before the name of a poison in an item. An item that begins like this has the form of an RTF document.
const MARK: &[u8] = b"{\\rtf1 poison:";

/// Does what the item asks for, if it is poisoned.
pub(super) fn taste(bytes: &[u8], out: &mut Answer) {
    if let Some(name) = bytes.strip_prefix(MARK) {
        swallow(
            name.split(|&byte| byte == b' ').next().unwrap_or_default(),
            out,
        );
    }
}

/// Does what the name of a member of an archive asks for.
pub(super) fn taste_name(path: &str, out: &mut Answer) {
    if let Some((_, name)) = path.rsplit_once("poison:") {
        swallow(name.as_bytes(), out);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "that a worker reaches no network is what this tries"
)]
fn swallow(name: &[u8], out: &mut Answer) {
    match name {
        b"panic" => panic!("poisoned"),
        b"abort" => std::process::abort(),
        b"exit" => std::process::exit(7),
        b"stack" => {
            black_box(deeper(black_box(1)));
        }
        b"loop" => loop {
            black_box(());
        },
        b"terabyte" => {
            black_box(Vec::<u8>::with_capacity(1 << 40));
        }
        b"memory" => eat(),
        b"give-back" => give_back(),
        b"flood" => {
            let much = vec![0x5a; 1 << 20];
            loop {
                out.give(&much);
            }
        }
        b"crumbs" => loop {
            out.give(&[]);
        },
        b"garbage" => {
            let mut out = std::io::stdout();
            let _ = out.write_all(&[0xff; 4096]).and_then(|()| out.flush());
        }
        b"stop" => signal(rustix::process::Signal::STOP),
        b"signal" => signal(rustix::process::Signal::ILL),
        b"sleep" => std::thread::sleep(std::time::Duration::from_hours(1)),
        b"file" => drop(File::open("/etc/passwd")),
        b"write" => drop(File::create("/tmp/mabillon-poison")),
        b"network" => drop(TcpStream::connect("127.0.0.1:9")),
        b"program" => drop(std::process::Command::new("/bin/true").spawn()),
        _ => {}
    }
}

fn signal(signal: rustix::process::Signal) {
    let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
    // It may come to another thread first.
    std::thread::sleep(std::time::Duration::from_hours(1));
}

fn deeper(n: u64) -> u64 {
    let room = black_box([n; 64]);
    if black_box(true) {
        deeper(n + 1) + room.len() as u64
    } else {
        n
    }
}

/// Takes much memory in small pieces, and gives all of it back.
fn give_back() {
    let pieces: Vec<Vec<u8>> = (0..20_000).map(|_| black_box(vec![0x5a; 4000])).collect();
    drop(black_box(pieces));
}

/// Takes memory bit by bit and uses it.
fn eat() {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![0x5a_u8; 16 << 20]));
    }
}
