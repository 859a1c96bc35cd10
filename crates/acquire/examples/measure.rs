//! Takes in one exhibit and says how long that took: `measure PATH`.
#![expect(clippy::print_stdout, reason = "a measurement is for the terminal")]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use mabillon_acquire::{Event, Limits, Settings, acquire};
use mabillon_case::Origin;

fn main() {
    let path = std::env::args_os().nth(1).unwrap_or_default();
    let settings = Settings {
        limits: Limits::default(),
        spool_dir: std::env::temp_dir(),
        passwords: mabillon_acquire::Passwords::default(),
    };
    let (mut n_leaves, mut n_bytes, mut n_not_read) = (0_u64, 0_u64, 0_u64);
    let mut receive = |event: Event| {
        match event {
            Event::Leaf(leaf) => {
                n_leaves += 1;
                n_bytes += leaf.bytes.len() as u64;
            }
            Event::NotRead { place, reason, .. } => {
                n_not_read += 1;
                println!("not read: {}: {reason}", place.path);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let start = Instant::now();
    let record = acquire(
        Path::new(&path),
        Origin::Collection,
        "exhibit",
        1,
        &settings,
        &mut receive,
    );
    let seconds = start.elapsed().as_secs_f64();
    println!("{record:?}");
    println!("{n_leaves} leaves of {n_bytes} bytes, {n_not_read} not read, {seconds:.3} s");
}
