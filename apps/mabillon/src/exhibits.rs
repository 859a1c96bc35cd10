//! What was handed over, and the names it gets in places.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::bail;
use mabillon_case::{ExhibitRecord, ItemId, Origin};

use crate::exit::UsageError;

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

/// What is typed wrongly is said before anything is written: exhibits that are not there, cannot be opened, or would be
/// changed because the case lies inside them.
pub(crate) fn check(exhibits: &[Exhibit], case: &Path) -> anyhow::Result<()> {
    let case_path = future_path(case);
    for Exhibit { path, .. } in exhibits {
        let shown = path.display();
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("there is no file or folder {shown}; check how the path is written")
            }
            other => other.map_err(|error| unreadable(path, &error))?,
        };
        let opened = if metadata.is_dir() {
            fs::read_dir(path).map(drop)
        } else if metadata.is_file() {
            File::open(path).map(drop)
        } else {
            bail!("the exhibit {shown} is neither a file nor a folder")
        };
        opened.map_err(|error| unreadable(path, &error))?;
        let is_inside = path
            .canonicalize()
            .is_ok_and(|exhibit| case_path.starts_with(exhibit));
        if is_inside {
            let says = format!(
                "the case folder {} lies inside the exhibit {shown}, which is not to be changed; choose a folder outside it",
                case.display()
            );
            return Err(UsageError(says).into());
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> anyhow::Error {
    anyhow::anyhow!("the exhibit {} cannot be opened: {error}", path.display())
}

/// The full path of something that need not be there yet.
fn future_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute
        .ancestors()
        .find_map(|above| {
            let rest = absolute.strip_prefix(above).ok()?;
            Some(above.canonicalize().ok()?.join(rest))
        })
        .unwrap_or(absolute)
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
