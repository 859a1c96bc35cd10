//! The dump on disk: mailboxes as mbox, Maildir or folders of messages, loose documents, packed or not.

mod archive;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::MakeError;
use crate::damage::{Dialect, in_mbox};
use crate::delivery::Folder;
use crate::moment::Moment;
use crate::plan::{Layout, Plan, Wrap};

/// The folder of loose documents.
const DOCUMENTS: &str = "documents";

/// The dump in the making. Everything goes to disk at once.
pub(crate) struct Dump {
    root: PathBuf,
    layout: Layout,
    wrap: Wrap,
    folders: BTreeMap<(String, Folder), Store>,
    /// Top folders that are packed in the end, and how.
    packed: BTreeMap<String, Wrap>,
}

/// One folder of a mailbox.
struct Store {
    layout: Layout,
    /// The path inside the dump, `/` between its steps.
    path: String,
    n_messages: u64,
    /// The mbox.
    writer: Option<BufWriter<File>>,
}

/// A message for a mailbox.
pub(crate) struct Entry<'a> {
    /// Name of the mailbox.
    pub(crate) mailbox: &'a str,
    /// Number of the mailbox, which decides its layout where layouts are mixed.
    pub(crate) number: usize,
    pub(crate) folder: Folder,
    pub(crate) at: Moment,
    pub(crate) sender: &'a str,
    /// How its mbox tells messages apart.
    pub(crate) dialect: Dialect,
}

/// A message as stored.
pub(crate) struct Stored {
    /// The place, as reports write it.
    pub(crate) place: String,
    /// The exact bytes of the item.
    pub(crate) bytes: Vec<u8>,
}

impl Dump {
    /// An empty dump. The folder must not hold anything.
    pub(crate) fn create(plan: &Plan) -> Result<Self, MakeError> {
        fs::create_dir_all(&plan.out)?;
        if fs::read_dir(&plan.out)?.next().is_some() {
            return Err(MakeError::Plan("the folder of the collection is not empty"));
        }
        Ok(Self {
            root: plan.out.clone(),
            layout: plan.layout,
            wrap: plan.wrap,
            folders: BTreeMap::new(),
            packed: BTreeMap::new(),
        })
    }

    /// Stores a message.
    pub(crate) fn store(&mut self, entry: &Entry<'_>, bytes: Vec<u8>) -> Result<Stored, MakeError> {
        let key = (entry.mailbox.to_owned(), entry.folder);
        if !self.folders.contains_key(&key) {
            let store = self.open(entry)?;
            self.folders.insert(key.clone(), store);
        }
        let prefix = self.prefix(entry.mailbox);
        let store = self
            .folders
            .get_mut(&key)
            .ok_or(MakeError::Plan("a folder was not opened"))?;
        store.n_messages += 1;
        match store.layout {
            Layout::Mbox | Layout::Mixed => store.append(entry, &bytes, &prefix),
            Layout::Maildir | Layout::Eml => {
                let name = file_name(store, entry);
                let path = format!("{}/{name}", store.path);
                fs::write(self.root.join(&path), &bytes)?;
                Ok(Stored {
                    place: format!("{prefix}{path}"),
                    bytes,
                })
            }
        }
    }

    /// Stores a loose document; gives its place.
    pub(crate) fn store_loose(&mut self, path: &str, bytes: &[u8]) -> Result<String, MakeError> {
        let wrap = if self.layout == Layout::Mixed {
            Wrap::Zip
        } else {
            self.wrap
        };
        self.pack(DOCUMENTS, wrap);
        let path = format!("{DOCUMENTS}/{path}");
        let target = self.root.join(&path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(target, bytes)?;
        Ok(format!("{}{path}", self.prefix(DOCUMENTS)))
    }

    /// Ends all files and packs what is to be packed.
    pub(crate) fn finish(mut self) -> Result<(), MakeError> {
        for store in self.folders.values_mut() {
            if let Some(writer) = &mut store.writer {
                writer.flush()?;
            }
        }
        self.folders.clear();
        for (name, wrap) in &self.packed {
            archive::pack(&self.root, name, *wrap)?;
        }
        Ok(())
    }

    fn pack(&mut self, name: &str, wrap: Wrap) {
        if wrap != Wrap::None {
            self.packed.insert(name.to_owned(), wrap);
        }
    }

    /// What stands before the paths of a top folder.
    fn prefix(&self, name: &str) -> String {
        self.packed.get(name).map_or_else(String::new, |wrap| {
            format!("{name}{}!", archive::suffix(*wrap))
        })
    }

    fn open(&mut self, entry: &Entry<'_>) -> Result<Store, MakeError> {
        let (layout, wrap) = match (self.layout, entry.number % 6) {
            (Layout::Mixed, 0) => (Layout::Eml, Wrap::None),
            (Layout::Mixed, 3) => (Layout::Maildir, Wrap::None),
            (Layout::Mixed, 4) => (Layout::Mbox, Wrap::TarGz),
            (Layout::Mixed, _) => (Layout::Mbox, Wrap::None),
            (layout, _) => (layout, self.wrap),
        };
        self.pack(entry.mailbox, wrap);
        let (mailbox, folder) = (entry.mailbox, entry.folder.name());
        let path = match (layout, entry.folder) {
            (Layout::Maildir, Folder::Inbox) => format!("{mailbox}/cur"),
            (Layout::Maildir, _) => format!("{mailbox}/.{folder}/cur"),
            (Layout::Eml, _) => format!("{mailbox}/{folder}"),
            (Layout::Mbox | Layout::Mixed, _) => format!("{mailbox}/{folder}.mbox"),
        };
        let target = self.root.join(&path);
        let writer = if matches!(layout, Layout::Mbox | Layout::Mixed) {
            fs::create_dir_all(self.root.join(mailbox))?;
            Some(BufWriter::new(File::create(target)?))
        } else {
            fs::create_dir_all(target)?;
            None
        };
        Ok(Store {
            layout,
            path,
            n_messages: 0,
            writer,
        })
    }
}

impl Store {
    /// Adds a message to an mbox: a separator, the message with `From ` quoted, an empty line.
    fn append(
        &mut self,
        entry: &Entry<'_>,
        bytes: &[u8],
        prefix: &str,
    ) -> Result<Stored, MakeError> {
        let bytes = in_mbox(bytes, entry.dialect);
        let line_end = if bytes.windows(2).take(400).any(|pair| pair == b"\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let date = entry.at.format(&TimeZone::UTC, "%a %b %e %H:%M:%S %Y");
        if let Some(writer) = &mut self.writer {
            write!(writer, "From {} {date}{line_end}", entry.sender)?;
            writer.write_all(&bytes)?;
            writer.write_all(line_end.as_bytes())?;
        }
        Ok(Stored {
            place: format!("{prefix}{}!message {}", self.path, self.n_messages),
            bytes,
        })
    }
}

fn file_name(store: &Store, entry: &Entry<'_>) -> String {
    let number = store.n_messages;
    if store.layout == Layout::Maildir {
        let (seconds, fraction) = (entry.at.seconds(), entry.at.fraction());
        format!("{seconds}.M{fraction:06}P{}.serveur", 2000 + number)
    } else {
        format!("{number:06}.eml")
    }
}
