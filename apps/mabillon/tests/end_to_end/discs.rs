//! Cabinets and disc images, as the whole program shows them.

use crate::case_read::{at_path, items, kinds};
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::letter;
use crate::made_discs::{Names, Packing, cabinet, image};
use crate::packed::zip_of;

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
