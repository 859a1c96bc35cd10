//! Outlook stores: PST and OST (MS-PST), ANSI and Unicode, and the layout with pages of 4096 bytes of Outlook 2013.
//!
//! Folders and messages are found by their nodes, each of which names its folder, and compared with what the folder's
//! table lists: a message that no table lists is recovered, one that is listed and missing is told.

mod coding;
mod file;
mod heap;
mod message;

use std::collections::BTreeMap;

use file::{File, Layout, Node};
pub use file::{OpenError, ReadAt};
use heap::Heap;

use crate::budget::Budget;
use crate::limits::{
    FOLDER_DEPTH_MAX, FOLDER_NAME_BYTES_MAX, FOLDER_PATH_BYTES_MAX, FOLDERS_MAX, NODES_MAX,
    ROWS_MAX, STRAY_ROWS_MAX,
};
use crate::message::MapiMessage;
use crate::property::tag;

const ROOT_FOLDER: u32 = 0x122;
const TYPE_FOLDER: u32 = 0x02;
const TYPE_MESSAGE: u32 = 0x04;
const TYPE_HIDDEN_MESSAGE: u32 = 0x08;
const TYPE_CONTENTS_TABLE: u32 = 0x0e;

/// A store opened for reading.
pub struct Store<'a> {
    file: File<'a>,
    folders: Vec<Folder>,
    /// Hidden items that programs keep in folders (views, rules, settings): counted, not read.
    n_hidden: u64,
    /// Rows that list a message which is not there, or which another folder has listed.
    n_stray_rows: u64,
    lost: Vec<String>,
}

/// A folder with what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Number of its node.
    pub node: u32,
    /// Its path below the root of the store, steps separated by `/`.
    pub path: String,
    /// The messages, by the numbers of their nodes.
    pub messages: Vec<Entry>,
    /// Number of messages that it states (`PidTagContentCount`).
    pub stated: Option<u32>,
    /// Why its table of contents could not be read, if it could not.
    pub lost: Option<String>,
}

/// A message of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Number of its node.
    pub node: u32,
    /// Whether the folder's table lists it.
    pub is_listed: bool,
    /// Whether its node is there.
    is_present: bool,
}

/// A message read from a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The message.
    pub message: MapiMessage,
    /// Number of its first block.
    pub block: u64,
    /// Where this block begins in the file, in bytes.
    pub offset: u64,
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Store")
            .field("folders", &self.folders)
            .finish_non_exhaustive()
    }
}

impl<'a> Store<'a> {
    /// Opens a store and lists its folders. All reading is paid from `budget`.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(source: &'a dyn ReadAt, budget: Budget) -> Result<Self, OpenError> {
        let mut store = Self {
            file: File::open(source, budget)?,
            folders: Vec::new(),
            n_hidden: 0,
            n_stray_rows: 0,
            lost: Vec::new(),
        };
        store.list();
        Ok(store)
    }

    /// The name of its layout, as people know it.
    pub const fn layout_name(&self) -> &'static str {
        match self.file.layout {
            Layout::Ansi => "ANSI (Outlook 97 to 2002)",
            Layout::Unicode => "Unicode (Outlook 2003 and later)",
            Layout::Unicode4K => "Unicode with 4 KiB pages (OST of Outlook 2013 and later)",
        }
    }

    /// The folders, in the order of their paths.
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// Number of hidden items, which are not read.
    pub const fn n_hidden(&self) -> u64 {
        self.n_hidden
    }

    /// What could not be read of the store's tables, in plain words.
    pub fn lost(&self) -> &[String] {
        &self.lost
    }

    /// Bytes of the budget that are left.
    pub const fn budget(&self) -> Budget {
        self.file.budget
    }

    /// Reads one message.
    ///
    /// # Errors
    /// Why it cannot be read, in plain words.
    pub fn message(&mut self, entry: Entry) -> Result<Found, String> {
        self.file.begin();
        let node = self.file.node(entry.node);
        let node = node
            .filter(|_| entry.is_present)
            .ok_or("the folder lists it, but its node is missing")?;
        let mut message = message::read(&mut self.file, &node, 0)?;
        message.stored_bytes = self.file.tally.stored_bytes;
        message.n_bad_checksums = self.file.tally.n_bad_checksums;
        Ok(Found {
            message,
            block: node.data,
            offset: self
                .file
                .block_ref(node.data)
                .map_or(0, |place| place.offset),
        })
    }

    fn list(&mut self) {
        let pick = |node: &Node| {
            let is_wanted = matches!(
                node.id & 0x1f,
                TYPE_FOLDER | TYPE_MESSAGE | TYPE_HIDDEN_MESSAGE
            );
            is_wanted.then_some((node.id, node.parent))
        };
        let (nodes, is_whole) = self.file.nodes(pick, NODES_MAX);
        if nodes.len() >= NODES_MAX {
            self.lost.push(format!(
                "it has more than {NODES_MAX} nodes; the rest is not read"
            ));
        } else if !is_whole {
            self.lost.push(
                "pages of its table of nodes are damaged: messages may be missing".to_owned(),
            );
        }
        let of_type = |kind: u32| nodes.iter().filter(move |(id, _)| id & 0x1f == kind);
        self.n_hidden = of_type(TYPE_HIDDEN_MESSAGE).count() as u64;
        let mut messages: Vec<Member> = of_type(TYPE_MESSAGE)
            .map(|&(node, parent)| Member {
                node,
                parent,
                is_listed: false,
            })
            .collect();
        messages.sort_unstable_by_key(|member| member.node);
        messages.dedup_by_key(|member| member.node);
        let parents = self.parents(&nodes, &mut messages);
        let named: BTreeMap<u32, Named> = parents.keys().map(|&id| (id, self.named(id))).collect();
        for &id in parents.keys() {
            let folder = self.folder(id, path_of(id, &parents, &named), &named, &mut messages);
            self.folders.push(folder);
        }
        if let Some(n_more) = self.n_stray_rows.checked_sub(STRAY_ROWS_MAX + 1) {
            self.lost.push(format!(
                "its tables list {} more messages that are not there or were listed before",
                n_more + 1
            ));
        }
        self.recover(&messages);
        self.folders
            .sort_by(|a, b| (&a.path, a.node).cmp(&(&b.path, b.node)));
        self.tell_apart();
    }

    /// The folder of each folder; that of a message which is not there is made up.
    fn parents(&mut self, nodes: &[(u32, u32)], messages: &mut [Member]) -> BTreeMap<u32, u32> {
        let folders = || nodes.iter().filter(|(id, _)| id & 0x1f == TYPE_FOLDER);
        let mut parents: BTreeMap<u32, u32> = folders().take(FOLDERS_MAX).copied().collect();
        if folders().count() > FOLDERS_MAX {
            self.lost.push(format!(
                "it has more than {FOLDERS_MAX} folders; the rest are not read"
            ));
        }
        // Messages of folders that are not there are recovered below the root.
        for member in messages {
            if parents.len() < FOLDERS_MAX {
                parents.entry(member.parent).or_insert(ROOT_FOLDER);
            } else if !parents.contains_key(&member.parent) {
                member.parent = ROOT_FOLDER;
            }
        }
        parents.entry(ROOT_FOLDER).or_insert(ROOT_FOLDER);
        parents
    }

    /// The display name of a folder, and how many messages it states.
    fn named(&mut self, id: u32) -> Named {
        self.file.begin();
        let Some(node) = self.file.node(id) else {
            return Named {
                name: format!("[lost folder {id}]"),
                stated: None,
            };
        };
        let read = Heap::open(&mut self.file, &node)
            .and_then(|heap| heap.properties(&mut self.file, &mut |_| {}));
        read.map_or_else(
            |_| Named {
                name: format!("[folder {id}]"),
                stated: None,
            },
            |(properties, _)| Named {
                name: safe_name(&properties.text(tag::DISPLAY_NAME).unwrap_or_default(), id),
                stated: properties.number(tag::CONTENT_COUNT),
            },
        )
    }

    /// A folder with the messages that its table lists.
    fn folder(
        &mut self,
        id: u32,
        path: String,
        named: &BTreeMap<u32, Named>,
        messages: &mut [Member],
    ) -> Folder {
        let mut folder = Folder {
            node: id,
            path,
            messages: Vec::new(),
            stated: named.get(&id).and_then(|named| named.stated),
            lost: None,
        };
        let Some(table) = self.file.node(id & !0x1f | TYPE_CONTENTS_TABLE) else {
            return folder;
        };
        self.file.begin();
        let rows = Heap::open(&mut self.file, &table)
            .and_then(|heap| heap.rows(&mut self.file, &[], ROWS_MAX));
        match rows {
            Ok(rows) => {
                let nodes = rows.into_iter().map(|(node, _)| node);
                let mut nodes: Vec<u32> = nodes.filter(|id| id & 0x1f == TYPE_MESSAGE).collect();
                nodes.sort_unstable();
                nodes.dedup();
                let entries = nodes.into_iter();
                folder.messages = entries
                    .filter_map(|node| self.entry(node, messages))
                    .collect();
            }
            Err(reason) => {
                folder.lost = Some(format!("its table of contents cannot be read: {reason}"));
            }
        }
        folder
    }

    /// A message that a table lists; `None` where tables list too many that are not there, or that others have listed.
    fn entry(&mut self, node: u32, messages: &mut [Member]) -> Option<Entry> {
        let at = messages.binary_search_by_key(&node, |member| member.node);
        let member = at.ok().and_then(|at| messages.get_mut(at));
        let is_present = member.is_some();
        let was_listed = member.is_none_or(|member| std::mem::replace(&mut member.is_listed, true));
        if was_listed {
            self.n_stray_rows += 1;
        }
        let is_kept = !was_listed || self.n_stray_rows <= STRAY_ROWS_MAX;
        is_kept.then_some(Entry {
            node,
            is_listed: true,
            is_present,
        })
    }

    /// Messages that no table lists go where their nodes say.
    fn recover(&mut self, messages: &[Member]) {
        let mut by_folder: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for member in messages.iter().filter(|member| !member.is_listed) {
            by_folder.entry(member.parent).or_default().push(Entry {
                node: member.node,
                is_listed: false,
                is_present: true,
            });
        }
        for folder in &mut self.folders {
            folder
                .messages
                .extend(by_folder.remove(&folder.node).unwrap_or_default());
        }
    }

    /// Folders of one path get their numbers.
    fn tell_apart(&mut self) {
        let mut n_of: BTreeMap<String, u32> = BTreeMap::new();
        for folder in &self.folders {
            *n_of.entry(folder.path.clone()).or_default() += 1;
        }
        for folder in &mut self.folders {
            if n_of.get(&folder.path).is_some_and(|n| *n > 1) {
                folder.path = format!("{} [folder {}]", folder.path, folder.node);
            }
        }
    }
}

/// A message's node while the folders are listed.
struct Member {
    node: u32,
    parent: u32,
    is_listed: bool,
}

struct Named {
    name: String,
    stated: Option<u32>,
}

/// The path of a folder below the root, cut where folders lie in circles or too deep.
fn path_of(folder: u32, parents: &BTreeMap<u32, u32>, named: &BTreeMap<u32, Named>) -> String {
    let mut steps = Vec::new();
    let mut at = folder;
    while at != ROOT_FOLDER && steps.len() < FOLDER_DEPTH_MAX {
        let Some(&parent) = parents.get(&at) else {
            break;
        };
        steps.push(named.get(&at).map_or("", |named| named.name.as_str()));
        if parent == at {
            break;
        }
        at = parent;
    }
    if steps.is_empty() {
        return "[root]".to_owned();
    }
    steps.reverse();
    let mut path = steps.join("/");
    path.truncate(path.floor_char_boundary(FOLDER_PATH_BYTES_MAX));
    path
}

/// A folder's name as a step of a path: without the characters that separate steps, and not too long.
fn safe_name(name: &str, id: u32) -> String {
    let clean: String = name
        .trim()
        .chars()
        .map(|c| {
            if matches!(c, '/' | '!' | '\\') || c.is_control() {
                '_'
            } else {
                c
            }
        })
        .collect();
    let end = clean.floor_char_boundary(FOLDER_NAME_BYTES_MAX);
    match clean.get(..end) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("[folder {id}]"),
    }
}
