//! Cabinets that belong together: each names the one before and the one after it.

use std::fs;
use std::path::{Path, PathBuf};

use mabillon_case::Form;

use super::{Files, PARTS_MAX, Parts, label, store_of};
use crate::archive::cab_links;

/// The cabinets around one; `None` where it stands alone, or none of those that it names is there.
pub(super) fn around(path: &Path) -> Option<Parts> {
    let ending = path.extension()?;
    if !ending.eq_ignore_ascii_case("cab") {
        return None;
    }
    let links = links_of(path)?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let first = follow(path, links.previous, &mut before, |links| links.previous);
    before.reverse();
    let last = follow(path, links.next, &mut after, |links| links.next);
    let files = [before, vec![path.to_path_buf()], after].concat();
    let size = |path: &PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
    Some(Parts {
        name: files.first().map(|first| label(first)).unwrap_or_default(),
        sizes: files.iter().map(size).collect(),
        missing: first.into_iter().chain(last).collect(),
        n_more_missing: 0,
        files: Files {
            numbers: (1..).take(files.len()).collect(),
            paths: files,
        },
        form: Form::Cabinet,
    })
}

fn links_of(path: &Path) -> Option<Links> {
    cab_links(&store_of(path)?)
}

/// What a cabinet says of the others of its set.
pub(crate) struct Links {
    pub(crate) index: u16,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

/// Follows the names in one direction; gives the name at which it ends, if that is not there.
fn follow(
    start: &Path,
    mut name: Option<String>,
    found: &mut Vec<PathBuf>,
    onwards: impl Fn(Links) -> Option<String>,
) -> Option<String> {
    let mut index = links_of(start)?.index;
    while let Some(wanted) = name {
        let there = beside(start, &wanted);
        let Some(there) = there else {
            return Some(wanted);
        };
        // Numbers that do not run on are those of another set, or of one that leads in a circle.
        let links = links_of(&there).filter(|links| links.index.abs_diff(index) == 1)?;
        if there == start || found.contains(&there) || found.len() >= PARTS_MAX / 2 {
            return None;
        }
        found.push(there);
        index = links.index;
        name = onwards(links);
    }
    None
}

/// A file of this name in the same folder; Windows does not tell capital letters from small ones.
fn beside(path: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = Path::new(name)
        .file_name()
        .is_some_and(|plain| plain == name);
    let names = [name.to_owned(), name.to_lowercase(), name.to_uppercase()];
    let paths = names.iter().map(|name| path.with_file_name(name));
    let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    paths.filter(|_| is_plain).find(is_file)
}
