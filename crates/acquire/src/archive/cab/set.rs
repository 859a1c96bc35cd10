//! The cabinets of one set, put together: folders go on from one to the next, and files with them (MS-CAB 2.3, 2.4).

use super::super::store::Store;
use super::directory::{self, Directory, Entry, FROM_PREVIOUS, Folder, IN_BETWEEN, TO_NEXT};

/// The first bytes of a cabinet.
pub(super) const MARK: &[u8] = b"MSCF\x00\x00\x00\x00";

/// A folder with all its pieces.
pub(super) struct Whole {
    pub(super) method: u16,
    pub(super) pieces: Vec<Piece>,
    pub(super) files: Vec<Entry>,
    /// Why it cannot be unpacked from its start.
    pub(super) lost: Option<String>,
    /// Where it goes on, if that is not there.
    pub(super) next: Option<String>,
}

/// What lies of a folder in one cabinet.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) store: Store,
    pub(super) folder: Folder,
}

/// Cabinets that belong together: mostly one.
#[derive(Default)]
pub(super) struct Set {
    pub(super) folders: Vec<Whole>,
    /// Bytes of all headers.
    pub(super) n_header_bytes: u64,
    /// What is missing or cannot be read.
    pub(super) damage: Vec<String>,
    /// Files whose folder is not there.
    pub(super) lost: Vec<(Entry, String)>,
    /// What the cabinet before said of itself and the next one.
    before: Option<Before>,
    /// Files listed so far.
    n_files: u64,
}

struct Before {
    index: u16,
    next: Option<String>,
}

impl Set {
    /// Reads the headers of all cabinets in a store; `None` where not even one can be read.
    pub(super) fn read(store: &Store) -> Option<Self> {
        let mut set = Self::default();
        let mut is_any = false;
        for cabinet in cabinets(store) {
            match directory::read(&cabinet) {
                Ok(directory) => {
                    is_any = true;
                    set.add(&cabinet, directory);
                }
                Err(_) => set
                    .damage
                    .push("the header of a cabinet is cut off or damaged".to_owned()),
            }
        }
        set.end();
        for folder in &mut set.folders {
            folder.files.sort_by_key(|file| file.offset);
        }
        is_any.then_some(set)
    }

    fn add(&mut self, store: &Store, directory: Directory) {
        self.n_header_bytes += directory.n_bytes;
        self.damage.extend(directory.incomplete.clone());
        let is_next = match &self.before {
            Some(before) => {
                before.next.is_some() && before.index.checked_add(1) == Some(directory.links.index)
            }
            None => directory.links.previous.is_none(),
        };
        if !is_next {
            self.end();
        }
        let first = self.add_folders(store, &directory, is_next);
        let next = directory.links.next.clone();
        let index = directory.links.index;
        self.add_files(directory, first, is_next);
        if let Some(whole) = self.folders.last_mut() {
            whole.next.clone_from(&next);
        }
        self.before = Some(Before { index, next });
    }

    /// Adds the folders of a cabinet; the number of its first one.
    fn add_folders(&mut self, store: &Store, directory: &Directory, is_next: bool) -> usize {
        let is_continued = directory.files.iter().any(goes_on_from);
        let n_before = self.folders.len();
        let first = n_before - usize::from(is_continued && is_next && n_before > 0);
        for (number, folder) in directory.folders.iter().enumerate() {
            let piece = Piece {
                store: store.clone(),
                folder: folder.clone(),
            };
            if let Some(whole) = self.folders.get_mut(first + number) {
                whole.pieces.push(piece);
                continue;
            }
            let is_lost = number == 0 && is_continued;
            self.folders.push(Whole {
                method: folder.method,
                pieces: vec![piece],
                files: Vec::new(),
                lost: is_lost.then(|| begins_in(directory.links.previous.as_deref())),
                next: None,
            });
        }
        first
    }

    fn add_files(&mut self, directory: Directory, first: usize, is_next: bool) {
        let n_folders = directory.folders.len();
        for mut file in directory.files {
            if goes_on_from(&file) && is_next {
                // The cabinet in which it begins has listed it.
                continue;
            }
            file.number += self.n_files;
            let number = match file.folder {
                FROM_PREVIOUS | IN_BETWEEN => Some(0),
                TO_NEXT => n_folders.checked_sub(1),
                folder => Some(usize::from(folder)),
            };
            let number = number.filter(|number| *number < n_folders);
            match number.and_then(|number| self.folders.get_mut(first + number)) {
                Some(whole) => whole.files.push(file),
                None => self.lost.push((file, "its folder is missing".to_owned())),
            }
        }
        self.n_files += directory.n_files;
    }

    /// The cabinet after the last one is not there.
    fn end(&mut self) {
        if let Some(next) = self.before.as_mut().and_then(|before| before.next.take()) {
            self.damage.push(format!(
                "the cabinet {next}, in which it goes on, is missing"
            ));
        }
    }
}

/// Whether a file begins in the cabinet before.
fn goes_on_from(file: &Entry) -> bool {
    matches!(file.folder, FROM_PREVIOUS | IN_BETWEEN)
}

fn begins_in(previous: Option<&str>) -> String {
    match previous {
        Some(name) => format!("it begins in the cabinet {name}, which is missing"),
        None => "it begins in another cabinet, which is missing".to_owned(),
    }
}

/// The cabinets that a store consists of; the store itself where it is one, whole or cut into pieces.
fn cabinets(store: &Store) -> Vec<Store> {
    let parts: Vec<Store> = store.parts().into_iter().map(|(_, part)| part).collect();
    let is_cabinet = |part: &Store| part.starts_with(MARK);
    if parts.len() > 1 && parts.iter().all(is_cabinet) {
        parts
    } else {
        vec![store.clone()]
    }
}
