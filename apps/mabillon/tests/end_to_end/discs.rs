//! Cabinets, disc images and split archives, as the whole program shows them.

use crate::case_read::{at_path, items, kinds};
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::letter;
use crate::made_discs::{Names, Packing, cabinet, image};
use crate::packed::{sevenz_of, zip_of};

#[test]
fn a_cabinet_in_an_image_in_an_archive_is_opened() {
    let (one, two) = (letter(1), letter(2));
    let cabinet = cabinet(&[("old/1.eml", one.as_bytes())], Packing::MsZip);
    let image = image(
        &[("post/2.eml", two.as_bytes()), ("post/old.cab", &cabinet)],
        Names::Joliet,
    );
    let dir = Dir::new();
    dir.write("leak/disc.zip", zip_of(&[("disc.iso", &image)]));
    examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    assert_eq!(kinds(&items)["message"], 2);
    at_path(&items, "disc.zip!disc.iso!post/2.eml");
    let old = at_path(&items, "disc.zip!disc.iso!post/old.cab!old/1.eml");
    run(
        &dir,
        &["show", "case", &old["item"].as_str().unwrap()[..12]],
    )
    .ended(0);
    run(&dir, &["verify", "case"]).ended(0);
}

#[test]
fn a_large_image_is_opened_where_it_lies() {
    let letter = letter(1);
    let large = vec![7; 9 << 20];
    let image = image(
        &[("1.eml", letter.as_bytes()), ("large.bin", &large)],
        Names::RockRidge,
    );
    let dir = Dir::new();
    dir.write("leak/disc.iso", image);
    examine(&dir, &["leak"]).ended(0);
    assert_eq!(kinds(&items(&dir))["message"], 1);
    at_path(&items(&dir), "disc.iso!large.bin");
}

/// A small archive and a large one, each in several files; both are opened by workers.
#[test]
fn split_archives_are_read_as_the_ones_that_they_are() {
    let (one, two) = (letter(1), letter(2));
    let large: Vec<u8> = (0..9 << 20)
        .map(|n: u32| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
        .collect();
    let sevenz = sevenz_of(&[("1.eml", one.as_bytes())], None);
    let image = image(
        &[("2.eml", two.as_bytes()), ("large.bin", &large)],
        Names::Joliet,
    );
    let dir = Dir::new();
    for (name, bytes, n) in [
        ("mail.7z", &sevenz, sevenz.len() / 2 + 1),
        ("disc.iso", &image, 4 << 20),
    ] {
        for (number, part) in (1..).zip(bytes.chunks(n)) {
            dir.write(&format!("leak/{name}.{number:03}"), part);
        }
    }
    examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    assert_eq!(kinds(&items)["message"], 2);
    at_path(&items, "disc.iso.001!large.bin");
    let old = at_path(&items, "mail.7z.001!1.eml");
    run(
        &dir,
        &["show", "case", &old["item"].as_str().unwrap()[..12]],
    )
    .ended(0);
    run(
        &dir,
        &[
            "bundle",
            "case",
            old["item"].as_str().unwrap(),
            "--output",
            "b.zip",
        ],
    )
    .ended(0);
    run(&dir, &["verify", "case"]).ended(0);
}
