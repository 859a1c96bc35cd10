//! Cabinets and disc images.

use mabillon_case::{ContainerKind, EntryAct, EntryClock, Form};

use crate::collect::{Told, message, take_file};
use crate::made_discs::{Names, Packing, cabinet, image, record};

/// Contents of several blocks, and small ones.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let letter = message(1).into_bytes();
    let long = "flour and water, ".repeat(9_000).into_bytes();
    vec![
        ("post/long.txt", long),
        ("post/letter.eml", letter),
        ("empty.txt", Vec::new()),
    ]
}

fn borrowed<'a>(files: &'a [(&'static str, Vec<u8>)]) -> Vec<(&'static str, &'a [u8])> {
    files
        .iter()
        .map(|(name, content)| (*name, &**content))
        .collect()
}

/// Every file was taken with its exact bytes.
fn assert_all_taken(told: &Told, container: &str, files: &[(&str, Vec<u8>)]) {
    assert!(told.not_read.is_empty(), "{:?}", told.not_read);
    for (name, content) in files {
        let path = if container.is_empty() {
            (*name).to_owned()
        } else {
            format!("{container}!{name}")
        };
        let leaf = told.leaves.iter().find(|leaf| leaf.place.path == path);
        let leaf = leaf.unwrap_or_else(|| panic!("{path}: {:?}", told.paths()));
        assert_eq!(leaf.bytes, content, "{path}");
    }
    assert_eq!(told.leaves.len(), files.len());
}

#[test]
fn files_of_a_cabinet_are_taken() {
    let files = files();
    for packing in [Packing::Stored, Packing::MsZip] {
        let told = take_file("mail.cab", &cabinet(&borrowed(&files), packing));
        assert_all_taken(&told, "", &files);
        assert_eq!(told.accounts[0].kind, ContainerKind::Cabinet);
        let letter = told.leaves.iter().find(|leaf| leaf.form == Form::Message);
        let entry = letter.unwrap().place.entry.clone().unwrap();
        let time = entry.time(EntryAct::Modified, EntryClock::Dos).unwrap();
        assert_eq!(time.to_string(), "2017-05-05T11:20:44Z");
    }
}

#[test]
fn a_damaged_cabinet_is_read_up_to_the_damage() {
    let files = files();
    let whole = cabinet(&borrowed(&files), Packing::MsZip);
    for n in (0..whole.len()).step_by(5) {
        let told = take_file("mail.cab", &whole[..n]);
        let n_taken = told
            .leaves
            .iter()
            .filter(|leaf| leaf.form != Form::Other)
            .count();
        assert!(n < 36 || !told.not_read.is_empty() || n_taken > 0, "{n}");
    }
    // The second file lies behind the first, whose last block is damaged.
    let mut damaged = whole;
    let at = memchr::memmem::rfind(&damaged, b"CK").unwrap();
    damaged[at] ^= 0xff;
    let told = take_file("mail.cab", &damaged);
    assert!(!told.not_read.is_empty());
    for at in (0..damaged.len()).step_by(11) {
        let mut hurt = damaged.clone();
        hurt[at] ^= 0x55;
        take_file("mail.cab", &hurt);
    }
}

#[test]
fn files_of_an_image_are_taken_by_the_names_that_say_most() {
    let mut files = files();
    for names in [Names::Joliet, Names::RockRidge] {
        let told = take_file("disc.iso", &image(&borrowed(&files), names));
        assert_all_taken(&told, "", &files);
        assert_eq!(told.accounts[0].kind, ContainerKind::Iso);
        let letter = told.leaves.iter().find(|leaf| leaf.form == Form::Message);
        let entry = letter.unwrap().place.entry.clone().unwrap();
        let time = entry.time(EntryAct::Modified, EntryClock::Iso).unwrap();
        assert_eq!(time.to_string(), "2017-05-05T11:20:44+02:00");
    }
    let plain = image(&borrowed(&files), Names::Plain);
    for (name, upper) in files
        .iter_mut()
        .zip(["POST/LONG.TXT", "POST/LETTER.EML", "EMPTY.TXT"])
    {
        name.0 = upper;
    }
    assert_all_taken(&take_file("disc.iso", &plain), "", &files);
}

#[test]
fn a_cut_or_hurt_image_is_read_as_far_as_it_goes() {
    let files = files();
    let whole = image(&borrowed(&files), Names::Joliet);
    let told = take_file("disc.iso", &whole[..whole.len() - 2_048]);
    assert!(told.reason("post/letter.eml").contains("cut off"));
    assert!(told.paths().contains(&"post/long.txt"));
    for at in (16 * 2048..22 * 2048).step_by(37) {
        let mut hurt = whole.clone();
        hurt[at] ^= 0xff;
        take_file("disc.iso", &hurt);
    }
}

#[test]
fn directories_of_an_image_that_lead_back_are_read_once() {
    let mut ring = image(&[("a/b.txt", b"flour")], Names::Plain);
    let root = 20 * 2048;
    let n = 2 * record(&[0], &[], (20, 2048), 2).len();
    // The folder is the root again.
    ring[root + n + 2] = 20;
    let told = take_file("disc.iso", &ring);
    assert!(
        told.not_read
            .iter()
            .any(|(_, reason)| reason.contains("leads back"))
    );
}
