//! What was handed over, and the names it gets in places.

use std::path::{Path, PathBuf};

use mabillon_case::{ExhibitRecord, ItemId, Origin};

/// One exhibit to acquire.
#[derive(Debug, Clone)]
pub(crate) struct Exhibit {
    pub(crate) path: PathBuf,
    pub(crate) origin: Origin,
    pub(crate) number: u32,
    pub(crate) name: String,
}

impl Exhibit {
    /// What is known of it before it is read.
    pub(crate) fn record(&self) -> ExhibitRecord {
        ExhibitRecord {
            number: self.number,
            name: self.name.clone(),
            given_as: self.path.display().to_string(),
            origin: self.origin,
            digest: ItemId([0; 32]),
            n_files: 0,
            size_bytes: 0,
        }
    }
}

/// The exhibits in the order given, the collection first, then the originals, each with a name of its own.
pub(crate) fn number(collection: &[PathBuf], reference: &[PathBuf]) -> Vec<Exhibit> {
    let given = collection
        .iter()
        .map(|path| (path, Origin::Collection))
        .chain(reference.iter().map(|path| (path, Origin::Reference)));
    let mut exhibits: Vec<Exhibit> = Vec::new();
    for ((path, origin), number) in given.zip(1..) {
        let name = distinct(&last_component(path), &exhibits);
        exhibits.push(Exhibit {
            path: path.clone(),
            origin,
            number,
            name,
        });
    }
    exhibits
}

/// The last component of a path; of `.` and `..` that of the folder they mean.
fn last_component(path: &Path) -> String {
    let named = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    named(path)
        .or_else(|| named(&path.canonicalize().ok()?))
        .unwrap_or_else(|| "exhibit".to_owned())
}

fn distinct(name: &str, taken: &[Exhibit]) -> String {
    let is_free = |candidate: &str| taken.iter().all(|exhibit| exhibit.name != candidate);
    if is_free(name) {
        return name.to_owned();
    }
    (2..=u32::MAX)
        .map(|n| format!("{name} ({n})"))
        .find(|candidate| is_free(candidate))
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_in_order() {
        let paths = [PathBuf::from("a/dump.zip"), PathBuf::from("b/dump.zip")];
        let exhibits = number(&paths, &[PathBuf::from("mail/")]);
        let names: Vec<(&str, u32)> = exhibits
            .iter()
            .map(|exhibit| (exhibit.name.as_str(), exhibit.number))
            .collect();
        assert_eq!(names, [("dump.zip", 1), ("dump.zip (2)", 2), ("mail", 3)]);
        assert_eq!(exhibits[2].origin, Origin::Reference);
    }
}
