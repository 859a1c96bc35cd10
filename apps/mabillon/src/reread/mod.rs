//! Finds the exact bytes of items again: from their places in the exhibits, checked against their hashes.
//!
//! A case keeps addresses, not copies. A message of a mailbox file is read at the range that its place names, without
//! what lies before it, and so is what it carries. Otherwise an exhibit that is a folder is entered at the one file that a
//! place names; where that does not lead there, and for any other exhibit, it is read from its start until all is found.

mod seek;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::bail;
use bytes::Bytes;
use mabillon_acquire::{AcquireError, Event, Leaf, Passwords, Settings, form_of};
use mabillon_case::{ExaminationRecord, ExhibitRecord, Form, ItemId, Place};
use mabillon_review::Reading;

use crate::isolation::{Decoders, ExhibitOpener, Isolation};
use crate::item_pass::{is_message, step};

/// The bytes of all these items.
///
/// `moved_to` is the folder that the exhibits lie in now, where they were moved since the examination.
pub(crate) fn reread(
    examination: &ExaminationRecord,
    wanted: &[Reading<'_>],
    moved_to: Option<&Path>,
) -> anyhow::Result<BTreeMap<ItemId, Bytes>> {
    let settings = Settings {
        limits: mabillon_acquire::Limits::default(),
        spool_dir: std::env::temp_dir(),
        passwords: Passwords::default(),
    };
    let mut found = BTreeMap::new();
    let (mut gone, mut reasons) = (Vec::new(), Vec::new());
    for exhibit in &examination.exhibits {
        let paths = paths_in(exhibit, wanted, &found);
        if paths.is_empty() {
            continue;
        }
        match present(exhibit, moved_to) {
            Some(path) => {
                let mut search = Search {
                    paths,
                    prefix: String::new(),
                    settings: &settings,
                    decoders: OnceCell::new(),
                    found: &mut found,
                    reasons: &mut reasons,
                };
                search.at_ranges(exhibit, &path, wanted);
                if !search.is_done() {
                    search.whole(exhibit, &path)?;
                }
            }
            None => gone.push(exhibit.given_as.as_str()),
        }
    }
    let Some(lost) = wanted
        .iter()
        .find(|wanted| !found.contains_key(&wanted.item))
    else {
        return Ok(found);
    };
    if gone.is_empty() {
        let separator = if reasons.is_empty() { "" } else { ". " };
        let reasons = reasons.join(". ");
        bail!(
            "the exhibits no longer hold item {}: they were changed since the examination. Put them back as they were, \
             or give the folder they lie in unchanged with --exhibits DIR{separator}{reasons}",
            lost.item
        )
    }
    bail!(
        "the exhibit {} is no longer there, and the case keeps no copies. Put it back, run this command in the folder \
         where the examination was run, or give the folder it lies in now with --exhibits DIR",
        gone.join(", ")
    )
}

/// Paths in this exhibit that lead to what is not found yet.
fn paths_in(
    exhibit: &ExhibitRecord,
    wanted: &[Reading<'_>],
    found: &BTreeMap<ItemId, Bytes>,
) -> BTreeMap<String, ItemId> {
    let missing = wanted
        .iter()
        .filter(|wanted| !found.contains_key(&wanted.item));
    missing
        .flat_map(|wanted| wanted.places.iter().map(|place| (wanted.item, place)))
        .filter(|(_, place)| place.origin == exhibit.origin && *place.exhibit == *exhibit.name)
        .map(|(item, place)| (place.path.clone(), item))
        .collect()
}

/// Where the exhibit lies now.
fn present(exhibit: &ExhibitRecord, moved_to: Option<&Path>) -> Option<PathBuf> {
    let given = PathBuf::from(&exhibit.given_as);
    let moved = moved_to.and_then(|folder| Some(folder.join(given.file_name()?)));
    moved.into_iter().chain([given]).find(|path| path.exists())
}

struct Search<'a> {
    /// Nested paths that are looked for, and what lies there.
    paths: BTreeMap<String, ItemId>,
    /// What stands before the paths of what is read now.
    prefix: String,
    settings: &'a Settings,
    /// Made where a container has to be opened.
    decoders: OnceCell<Decoders>,
    found: &'a mut BTreeMap<ItemId, Bytes>,
    /// Why something was not found where it should lie.
    reasons: &'a mut Vec<String>,
}

impl Search<'_> {
    /// Takes what lies at, or is carried by a message at, a range of a mailbox file.
    fn at_ranges(&mut self, exhibit: &ExhibitRecord, path: &Path, wanted: &[Reading<'_>]) {
        for one in wanted {
            let own = one.places.iter().map(|place| (one.item, place));
            let around = one.around.iter().map(|(item, place)| (*item, place));
            for (item, place) in own.chain(around) {
                let is_here = place.origin == exhibit.origin && *place.exhibit == *exhibit.name;
                if !is_here || !self.is_on_the_way(&place.path) {
                    continue;
                }
                match seek::message(path, item, place) {
                    Some(Ok(message)) => self.follow(message),
                    Some(Err(reason)) => self.reasons.push(reason),
                    None => {}
                }
            }
        }
    }

    /// Reads the files that the wanted paths begin with, then, where that does not lead there, all of the exhibit.
    fn whole(&mut self, exhibit: &ExhibitRecord, path: &Path) -> anyhow::Result<()> {
        let isolation = Isolation::new(None)?;
        let opener = isolation.opener(self.settings);
        self.decoders = OnceCell::from(isolation.decoders());
        if path.is_dir() {
            for (name, file) in self.files_below(path) {
                self.prefix = name;
                self.run(exhibit, &file, &opener)?;
            }
            self.prefix = String::new();
        }
        if self.is_done() {
            return Ok(());
        }
        self.run(exhibit, path, &opener)
    }

    /// The files of a folder that the wanted paths begin with, each once.
    fn files_below(&self, folder: &Path) -> BTreeMap<String, PathBuf> {
        let steps = self.paths.keys().filter_map(|path| {
            let ends = path.match_indices('!').map(|(at, _)| at);
            ends.chain([path.len()])
                .filter_map(|end| path.get(..end))
                .map(|name| (name.to_owned(), folder.join(name)))
                .find(|(_, file)| file.is_file())
        });
        steps.collect()
    }

    fn run(
        &mut self,
        exhibit: &ExhibitRecord,
        path: &Path,
        opener: &ExhibitOpener<'_>,
    ) -> anyhow::Result<()> {
        let settings = self.settings;
        let mut take = |event| self.take(event);
        let read = mabillon_acquire::acquire_with(
            Some(opener),
            path,
            (exhibit.origin, &exhibit.name, exhibit.number),
            settings,
            &mut take,
        );
        match read {
            // Stopped because everything was found.
            Ok(_) | Err(AcquireError::Stopped { .. }) => Ok(()),
            Err(error) => bail!("failed to {error}"),
        }
    }

    fn is_done(&self) -> bool {
        self.paths
            .values()
            .all(|item| self.found.contains_key(item))
    }

    fn take(&mut self, event: Event) -> ControlFlow<()> {
        let Event::Leaf(mut leaf) = event else {
            return ControlFlow::Continue(());
        };
        leaf.place.path = joined(&self.prefix, &leaf.place.path);
        if self.is_on_the_way(&leaf.place.path) {
            self.follow(leaf);
        }
        if self.is_done() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Whether something wanted lies at this path or inside of it.
    fn is_on_the_way(&self, path: &str) -> bool {
        self.paths.iter().any(|(wanted, item)| {
            let leads = path.is_empty()
                || wanted
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('!'));
            leads && !self.found.contains_key(item)
        })
    }

    /// Keeps what is wanted of a leaf and of everything it carries. Each step makes the path longer, so it ends.
    fn follow(&mut self, leaf: Leaf) {
        let mut pending = vec![leaf];
        while let Some(leaf) = pending.pop() {
            let wanted = self.paths.get(&leaf.place.path).copied();
            if let Some(item) = wanted.filter(|item| ItemId::of(&leaf.bytes) == *item) {
                self.found.insert(item, leaf.bytes.clone());
            }
            let inside = match leaf.form {
                Form::Message => carried(&leaf),
                form if form.is_container() => match self.contents(&leaf) {
                    Ok(contents) => contents,
                    Err(error) => {
                        self.reasons.push(error.to_string());
                        Vec::new()
                    }
                },
                _ => Vec::new(),
            };
            pending.extend(
                inside
                    .into_iter()
                    .filter(|inner| inner.place.path.len() > leaf.place.path.len())
                    .filter(|inner| self.is_on_the_way(&inner.place.path)),
            );
        }
    }

    /// What lies in a container that lies in memory, as far as it is on the way.
    fn contents(&self, leaf: &Leaf) -> anyhow::Result<Vec<Leaf>> {
        let decoders = if let Some(decoders) = self.decoders.get() {
            decoders
        } else {
            let made = Isolation::new(None)?.decoders();
            self.decoders.get_or_init(|| made)
        };
        let mut contents = Vec::new();
        let mut take = |event: Event| {
            if let Event::Leaf(inner) = event
                && self.is_on_the_way(&inner.place.path)
            {
                contents.push(inner);
            }
            ControlFlow::Continue(())
        };
        // What kills a decoder holds nothing that was examined.
        let item = ItemId::of(&leaf.bytes);
        let _ = decoders.expand(leaf, item, self.settings, &mut take);
        Ok(contents)
    }
}

/// What a message carries, under the names that the examination gives it.
fn carried(leaf: &Leaf) -> Vec<Leaf> {
    let decoded = mabillon_decode::message(leaf.bytes.clone(), None);
    let message = decoded.message;
    let inner = decoded.attached.into_iter().map(|attached| {
        let part = message.parts.get(attached.part);
        let number = part.map_or("", |part| part.number.as_str());
        let step = step(number, attached.layer);
        let is_message = is_message(&message, &attached);
        Leaf {
            place: Place {
                path: joined(&leaf.place.path, &step),
                entry: None,
                ..leaf.place.clone()
            },
            form: if is_message {
                Form::Message
            } else {
                form_of(&attached.bytes)
            },
            bytes: attached.bytes,
            separator: None,
            depth: leaf.depth + 1,
            item: None,
        }
    });
    inner.collect()
}

fn joined(outer: &str, inner: &str) -> String {
    match (outer, inner) {
        ("", path) | (path, "") => path.to_owned(),
        _ => format!("{outer}!{inner}"),
    }
}
