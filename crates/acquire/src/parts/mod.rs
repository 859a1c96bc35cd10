//! Archives that lie in several files beside each other: cut anywhere (`.001`), volumes of rar, zip with `.z01`.
//!
//! Names tell which files may belong together; that they do is told by what is in them.

mod cabinets;
mod naming;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mabillon_case::{Form, ItemId};
use serde::{Deserialize, Serialize};

pub(crate) use self::cabinets::Links;
use self::naming::{Named, Naming};
use crate::archive::store::Store;
use crate::archive::{is_volume_of_rar, n_files_of_zip};
use crate::digest::HashingReader;
use crate::printable::printable;

/// Files of one archive.
pub(crate) const PARTS_MAX: usize = 999;

/// Why the bytes of a file count as no entry that was read with another one of its archive.
pub(crate) const READ_WITH_OTHERS: &str = "parts of split archives, read with the others";

/// Reasons of one archive in several files that are told in words.
const REASONS_MAX: usize = 8;

/// Files that may be missing one behind another in a set that goes on behind them.
pub(crate) const MISSING_MAX: usize = 32;

/// The files of one container: mostly one, else several that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// Where they are.
    pub paths: Vec<PathBuf>,
    /// The number of each in its set, from 1. A number that is left out is that of a file that is missing.
    pub numbers: Vec<u32>,
}

impl Files {
    /// One file.
    pub(crate) fn one(path: PathBuf) -> Self {
        Self {
            paths: vec![path],
            numbers: vec![1],
        }
    }
}

/// An archive in several files.
pub(crate) struct Parts {
    pub(crate) files: Files,
    /// Bytes of each.
    pub(crate) sizes: Vec<u64>,
    /// The name of the one that people open, or of the first that is there.
    pub(crate) name: String,
    /// Names of files that belong to it and are not there, the first of them.
    pub(crate) missing: Vec<String>,
    /// How many more are not there.
    pub(crate) n_more_missing: usize,
    pub(crate) form: Form,
}

impl Parts {
    /// The archive that a file belongs to; `None` where it is whole by itself, or none at all. `form` tells that of a
    /// file that is not read from its start to its end.
    pub(crate) fn around(
        path: &Path,
        form: impl Fn(&mut File, u64) -> Option<Form>,
    ) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let all = Named::all(name);
        let named = all.iter().find_map(|named| Self::named(path, named, &form));
        let parts = named.or_else(|| cabinets::around(path))?;
        (parts.sizes.len() > 1 || !parts.missing.is_empty()).then_some(parts)
    }

    fn named(
        path: &Path,
        named: &Named<'_>,
        form: &impl Fn(&mut File, u64) -> Option<Form>,
    ) -> Option<Self> {
        if named.number.is_some_and(|number| number > PARTS_MAX) {
            return None;
        }
        let beside = Beside { path, named };
        match named.naming() {
            Naming::Cut => {
                // Only the first tells what they are.
                let parts = (named.number? == 1).then(|| beside.parts(1, |_| true))?;
                let n_bytes = parts.sizes.iter().sum();
                let mut first = File::open(parts.files.paths.first()?).ok()?;
                let form = form(&mut first, n_bytes)?;
                Some(Self { form, ..parts })
            }
            Naming::Part(width) => {
                // `part1` of `part12.rar`, or `part01`?
                let is_here = |number| beside.path_of(number).is_some_and(|path| path.is_file());
                let is_narrow = width < named.number?.to_string().len();
                if !is_rar_volume(path) || (is_narrow && !(1..10).any(is_here)) {
                    return None;
                }
                Some(beside.parts(named.number?, is_rar_volume))
            }
            Naming::Old => {
                is_rar_volume(path).then(|| beside.parts(named.number.unwrap_or(1), is_rar_volume))
            }
            Naming::Zip => beside.split_zip(),
        }
    }

    /// Bytes of all files together.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.sizes.iter().sum()
    }

    /// The SHA-256 of all files together, where none is missing.
    pub(crate) fn hash(&self) -> Option<ItemId> {
        let last = self.files.numbers.last().copied().unwrap_or_default();
        if usize::try_from(last) != Ok(self.files.numbers.len()) {
            return None;
        }
        let files: io::Result<Vec<File>> = self.files.paths.iter().map(File::open).collect();
        let mut together: Box<dyn Read> = Box::new(io::empty());
        for file in files.ok()? {
            together = Box::new(together.chain(file));
        }
        let (item, _, end) = HashingReader::new(together).finish();
        end.ok().map(|()| item)
    }
}

/// The name of a file as a label.
pub(crate) fn label(path: &Path) -> String {
    printable(path.file_name().unwrap_or_default().as_encoded_bytes())
}

/// Reasons as one, the first of them in words.
pub(crate) fn joined(reasons: &[String]) -> String {
    let told = reasons.iter().take(REASONS_MAX);
    let told: Vec<&str> = told.map(String::as_str).collect();
    match reasons.len().saturating_sub(REASONS_MAX) {
        0 => told.join("; "),
        more => format!(
            "{}; {more} more files of it are damaged or missing",
            told.join("; ")
        ),
    }
}

/// How the files of a set are told from their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The bytes of one file, cut anywhere: `.001`, `.002`.
    Cut,
    /// Volumes of rar.
    Volumes,
    /// `.z01`, `.z02`, and `.zip` behind them.
    Zip,
    /// Cabinets, which name each other.
    Cabinets,
}

/// What the path of something that lies in a container says of the set that it may belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) scheme: Scheme,
    /// What the paths of the whole set have in common.
    pub(crate) set: String,
    /// Its number, from 1; the `.zip` behind its set has none, nor has a cabinet.
    pub(crate) number: Option<u32>,
}

impl Membership {
    /// All sets that something at this path may belong to.
    pub(crate) fn all(path: &str) -> Vec<Self> {
        let (before, name) = taken_apart(path);
        let of_named = |named: &Named<'_>| Self {
            scheme: match named.naming() {
                Naming::Cut => Scheme::Cut,
                Naming::Part(_) | Naming::Old => Scheme::Volumes,
                Naming::Zip => Scheme::Zip,
            },
            set: format!("{before}{}", named.set()),
            number: named.number.and_then(|number| u32::try_from(number).ok()),
        };
        let mut all: Vec<Self> = Named::all(name).iter().map(of_named).collect();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("cab")) {
            all.push(Self {
                scheme: Scheme::Cabinets,
                set: before.to_owned(),
                number: None,
            });
        }
        all
    }
}

/// The folder of something that lies in a container, with the mark behind it, and its name.
pub(crate) fn taken_apart(path: &str) -> (&str, &str) {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    path.split_at(path.len() - name.len())
}

/// The path of the file with this number beside one of its set; without a number that of the one behind all others.
pub(crate) fn path_beside(path: &str, scheme: Scheme, number: Option<usize>) -> Option<String> {
    let (before, name) = taken_apart(path);
    let naming = match scheme {
        Scheme::Cut => Naming::Cut,
        Scheme::Zip => Naming::Zip,
        Scheme::Volumes | Scheme::Cabinets => return None,
    };
    let all = Named::all(name);
    let named = all.iter().find(|named| named.naming() == naming)?;
    let name = match number {
        Some(number) => named.name(number)?,
        None => named.last_name()?,
    };
    Some(format!("{before}{name}"))
}

/// Why a file is told of that is not there. With the last that is named it is said how many more are missing.
pub(crate) fn missing_reason(set: &str, n_more: usize) -> String {
    let with = match n_more {
        0 => String::new(),
        more => format!(", with {more} more"),
    };
    format!("it is missing{with}: it belongs to the archive {set}")
}

/// A file to be read from several places.
fn store_of(path: &Path) -> Option<Store> {
    let file = File::open(path).ok()?;
    let n_bytes = file.metadata().ok()?.len();
    Some(Store::of_file(file, n_bytes))
}

fn is_rar_volume(path: &Path) -> bool {
    store_of(path).is_some_and(|store| is_volume_of_rar(&store))
}

/// What lies beside a file whose name is one of several.
struct Beside<'a> {
    path: &'a Path,
    named: &'a Named<'a>,
}

impl Beside<'_> {
    fn path_of(&self, number: usize) -> Option<PathBuf> {
        Some(self.path.with_file_name(self.named.name(number)?))
    }

    /// The size of the file with this number, if it is there and one of them.
    fn size_of(&self, number: usize, is_one: &impl Fn(&Path) -> bool) -> Option<u64> {
        let path = self.path_of(number)?;
        let metadata = fs::symlink_metadata(&path).ok()?;
        (metadata.is_file() && is_one(&path)).then_some(metadata.len())
    }

    /// All files around one of this number, as far as few are missing between them.
    fn parts(&self, known: usize, is_one: impl Fn(&Path) -> bool) -> Parts {
        let mut first = known;
        for number in (1..known).rev() {
            if self.size_of(number, &is_one).is_some() {
                first = number;
            } else if first - number > MISSING_MAX {
                break;
            }
        }
        let (mut numbers, mut sizes) = (Vec::new(), Vec::new());
        let mut n_missing = 0;
        for number in first..=PARTS_MAX {
            if let Some(size) = self.size_of(number, &is_one) {
                numbers.push(number);
                sizes.push(size);
                n_missing = 0;
            } else {
                n_missing += 1;
                if n_missing > MISSING_MAX {
                    break;
                }
            }
        }
        self.of_numbers(&numbers, sizes)
    }

    fn of_numbers(&self, numbers: &[usize], sizes: Vec<u64>) -> Parts {
        let last = numbers.last().copied().unwrap_or_default();
        let (missing, n_more_missing) = self.missing(numbers, last);
        let paths: Vec<PathBuf> = numbers
            .iter()
            .filter_map(|number| self.path_of(*number))
            .collect();
        let as_u32 = |number: &usize| u32::try_from(*number).unwrap_or(u32::MAX);
        Parts {
            name: paths.first().map(|path| label(path)).unwrap_or_default(),
            missing,
            n_more_missing,
            files: Files {
                paths,
                numbers: numbers.iter().map(as_u32).collect(),
            },
            sizes,
            form: Form::Rar,
        }
    }

    /// Names of files up to this number that are not among these, and how many there are beyond those named.
    fn missing(&self, numbers: &[usize], last: usize) -> (Vec<String>, usize) {
        // What has such a name and is none of them is told of by itself.
        let is_there = |number: usize| {
            let path = self.path_of(number);
            path.is_some_and(|path| fs::symlink_metadata(path).is_ok())
        };
        let mut missing = (1..=last)
            .filter(|number| numbers.binary_search(number).is_err() && !is_there(*number));
        let named = missing.by_ref().take(MISSING_MAX);
        let named = named.filter_map(|number| self.named.name(number));
        let named = named.map(|name| printable(name.as_bytes())).collect();
        (named, missing.count())
    }

    /// A zip archive that begins with `.z01` and ends with `.zip`.
    fn split_zip(&self) -> Option<Parts> {
        let known = self.named.number.unwrap_or(1);
        let mut parts = self.parts(known, |_| true);
        let numbers: Vec<usize> = parts
            .files
            .numbers
            .iter()
            .filter_map(|number| usize::try_from(*number).ok())
            .collect();
        let last_known = numbers.last().copied().unwrap_or_default();
        let last_name = self.named.last_name()?;
        let last = self.path.with_file_name(&last_name);
        let size = fs::symlink_metadata(&last).ok();
        let size = size.filter(fs::Metadata::is_file);
        let n_files = size
            .as_ref()
            .and_then(|_| n_files_of_zip(&store_of(&last)?));
        // One that begins as an archive does and lies alone is read by itself, whatever its end says.
        let is_alone = numbers.is_empty() && starts_with(&last, *b"PK\x03\x04");
        let n_files = n_files.filter(|_| !is_alone);
        let label = printable(last_name.as_bytes());
        parts.form = Form::Zip;
        if let (Some(size), Some(n_files)) = (size, n_files) {
            let number = n_files.min(PARTS_MAX).max(last_known + 1);
            (parts.missing, parts.n_more_missing) = self.missing(&numbers, number - 1);
            parts.files.numbers.push(u32::try_from(number).ok()?);
            parts.files.paths.push(last);
            parts.sizes.push(size.len());
            parts.name = label;
            return Some(parts);
        }
        // Without its end only the mark at its start tells that it is one.
        let is_first = |first: &PathBuf| starts_with(first, *b"PK\x07\x08");
        let has_first = numbers.first() == Some(&1);
        (has_first && parts.files.paths.first().is_some_and(is_first)).then(|| {
            if fs::symlink_metadata(&last).is_err() {
                parts.missing.push(label);
            }
            parts
        })
    }
}

fn starts_with(path: &Path, mark: [u8; 4]) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == mark
}
