//! The headers of all volumes of a RAR archive, taken apart: which members there are, and where their pieces lie.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rars::{Archive, ArchiveMember, rar15_40, rar50};

use super::blocks::Whole;
use super::keys::Keys;
use super::{Headers, headers, options};
use crate::archive::store::Store;
use crate::intake::Intake;

/// Flag of the last block of a volume: the archive goes on.
const GOES_ON: u16 = 1;

/// What is not whole.
#[derive(Default)]
pub(super) struct Damage {
    pub(super) reasons: Vec<String>,
    pub(super) n_bytes: u64,
    /// Entries that begin in a volume and are cut off there: name, place, bytes.
    pub(super) cut: Vec<(String, u64, u64)>,
}

impl Damage {
    fn add(&mut self, reason: String, n_bytes: u64) {
        self.reasons.push(reason);
        self.n_bytes += n_bytes;
    }

    /// A volume that ends before its end.
    fn cut_off(&mut self, number: u32, whole: Whole, n_bytes: u64) {
        let n_lost = n_bytes.saturating_sub(whole.n_bytes);
        let at = whole.n_bytes;
        let reason = format!(
            "volume {number} is cut off or damaged at byte {at}: the rest of it is not read"
        );
        self.add(reason, n_lost);
        if let Some((name, offset)) = whole.cut {
            self.cut
                .push((name, offset, n_bytes.saturating_sub(offset)));
        }
    }
}

/// The headers of one file.
#[derive(Clone)]
enum Block {
    Four(Box<rar15_40::FileHeader>),
    Five(Box<rar50::FileHeader>),
}

/// One volume without its blocks, and these.
struct Volume {
    number: u32,
    archive: Archive,
    blocks: Vec<Block>,
}

/// A member, in the order of the archive.
#[derive(Default)]
pub(super) struct Pieces {
    /// Number of the volume in the set, and of the block in it.
    at: Vec<(usize, usize)>,
    /// Why it cannot be read.
    pub(super) lost: Option<String>,
    /// Whether volumes are missing before it.
    is_behind_gap: bool,
}

/// The volumes of one archive.
#[derive(Default)]
pub(super) struct Set {
    volumes: Vec<Volume>,
    pub(super) members: Vec<ArchiveMember>,
    pub(super) pieces: Vec<Pieces>,
}

impl Set {
    /// Reads the headers of all volumes; the password too, where it was needed for that.
    pub(super) fn read(
        intake: &Intake<'_>,
        parts: &[(u32, Store)],
        damage: &mut Damage,
    ) -> (Self, Option<Vec<u8>>) {
        let mut password = None;
        let mut volumes = Vec::new();
        let entries_max = intake.settings.limits.entries_max;
        let mut n_entries = 0;
        for (number, part) in parts {
            if n_entries > entries_max {
                let reason = format!(
                    "volume {number} is not read: there are more than {entries_max} entries"
                );
                damage.add(reason, part.len());
                break;
            }
            match headers(intake, part, password.as_deref()) {
                Ok(Headers {
                    archive,
                    password: needed,
                    lost,
                }) => {
                    password = needed.or(password);
                    if let Some(whole) = lost {
                        damage.cut_off(*number, whole, part.len());
                    }
                    n_entries += archive.member_refs().count() as u64;
                    volumes.push((*number, archive));
                }
                Err(reason) => damage.add(format!("volume {number}: {reason}"), part.len()),
            }
        }
        for (number, archive) in &mut volumes {
            *number = number_of(archive).unwrap_or(*number);
        }
        volumes.sort_by_key(|(number, _)| *number);
        let mut set = Self::default();
        let mut is_open = false;
        for (number, archive) in volumes {
            is_open = set.add(number, archive);
        }
        if is_open {
            set.lose_last();
            let next = set.volumes.last().map_or(0, |volume| volume.number) + 1;
            damage.add(
                format!("volume {next} and what may come after it are missing"),
                0,
            );
        }
        (set, password)
    }

    /// Adds a volume; gives whether the archive goes on in the next one.
    fn add(&mut self, number: u32, archive: Archive) -> bool {
        let members: Vec<ArchiveMember> = archive.members().collect();
        let before = self.volumes.last().map_or(0, |volume| volume.number);
        let is_next = number == before + 1;
        let (archive, blocks, goes_on) = taken_apart(archive);
        let volume = self.volumes.len();
        self.volumes.push(Volume {
            number,
            archive,
            blocks,
        });
        let mut is_behind_gap = !is_next;
        for (block, member) in members.into_iter().enumerate() {
            if member.meta.is_split_before && self.goes_on_in(&member) {
                if is_behind_gap {
                    self.lose_last();
                }
                self.go_on((volume, block), &member);
            } else {
                self.lose_last();
                let lost = member.meta.is_split_before.then(|| {
                    format!(
                        "it begins in volume {}, which is missing or damaged",
                        number.saturating_sub(1)
                    )
                });
                self.members.push(member);
                self.pieces.push(Pieces {
                    at: vec![(volume, block)],
                    lost,
                    is_behind_gap,
                });
            }
            is_behind_gap = false;
        }
        goes_on || self.is_unfinished()
    }

    /// Whether the last member goes on somewhere.
    fn is_unfinished(&self) -> bool {
        let is_lost = self
            .pieces
            .last()
            .is_none_or(|pieces| pieces.lost.is_some());
        !is_lost
            && self
                .members
                .last()
                .is_some_and(|member| member.meta.is_split_after)
    }

    /// Whether this is a piece of the last member.
    fn goes_on_in(&self, piece: &ArchiveMember) -> bool {
        let last = self.members.last();
        last.is_some_and(|last| last.meta.is_split_after && last.meta.name == piece.meta.name)
    }

    fn go_on(&mut self, at: (usize, usize), member: &ArchiveMember) {
        if let (Some(last), Some(pieces)) = (self.members.last_mut(), self.pieces.last_mut()) {
            let packed = &mut last.meta.packed_size;
            *packed = packed.saturating_add(member.meta.packed_size);
            last.meta.is_split_after = member.meta.is_split_after;
            pieces.at.push(at);
        }
    }

    /// The volume in which the last member goes on is not there.
    fn lose_last(&mut self) {
        if !self.is_unfinished() {
            return;
        }
        if let Some(pieces) = self.pieces.last_mut() {
            let volume = pieces
                .at
                .last()
                .and_then(|(volume, _)| self.volumes.get(*volume));
            let next = volume.map_or(0, |volume| volume.number) + 1;
            pieces.lost = Some(format!(
                "it goes on in volume {next}, which is missing or damaged"
            ));
        }
    }

    /// Members that can only be read together.
    pub(super) fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = self.members.get(start..).filter(|rest| !rest.is_empty())?;
            let n_solid = rest
                .iter()
                .skip(1)
                .take_while(|member| member.is_solid())
                .count();
            let run = start..start + 1 + n_solid;
            start = run.end;
            Some(run)
        })
    }

    /// Whether a member cannot be read, or needs what was in a volume that is missing.
    pub(super) fn is_lost(&self, number: usize) -> bool {
        let is_solid = self
            .members
            .get(number)
            .is_some_and(ArchiveMember::is_solid);
        let pieces = self.pieces.get(number);
        pieces.is_none_or(|pieces| pieces.lost.is_some() || (pieces.is_behind_gap && is_solid))
    }

    /// Whether a member has data.
    pub(super) fn has_data(&self, number: usize) -> bool {
        let member = self.members.get(number);
        member.is_some_and(|member| !member.meta.is_directory && !member.meta.is_redirection)
    }

    /// The volumes with nothing but these members.
    pub(super) fn only(&self, members: &[usize]) -> Vec<Archive> {
        let mut archives: Vec<(usize, Archive)> = Vec::new();
        let at = members.iter().filter_map(|number| self.pieces.get(*number));
        for &(volume, block) in at.flat_map(|pieces| &pieces.at) {
            let Some(from) = self.volumes.get(volume) else {
                continue;
            };
            if archives.last().is_none_or(|(last, _)| *last != volume) {
                archives.push((volume, from.archive.clone()));
            }
            if let (Some((_, archive)), Some(block)) = (archives.last_mut(), from.blocks.get(block))
            {
                put_back(archive, block.clone());
            }
        }
        archives.into_iter().map(|(_, archive)| archive).collect()
    }

    /// The keys of all files.
    pub(super) fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        for block in self.volumes.iter().flat_map(|volume| &volume.blocks) {
            if let Block::Five(file) = block {
                keys.add(file);
            }
        }
        keys
    }

    /// The first password that opens the smallest encrypted member.
    pub(super) fn password(&self, intake: &Intake<'_>) -> Option<Vec<u8>> {
        let encrypted = self.members.iter().enumerate();
        let encrypted = encrypted.filter(|(number, member)| {
            member.meta.is_encrypted && self.has_data(*number) && !self.is_lost(*number)
        });
        let (smallest, _) = encrypted.min_by_key(|(_, member)| member.meta.packed_size)?;
        let run = self.runs().find(|run| run.contains(&smallest))?;
        let needed = (run.start..=smallest).filter(|number| self.has_data(*number));
        let archives = self.only(&needed.collect::<Vec<usize>>());
        let fits = |password: &&[u8]| {
            let options = options(intake, Some(password));
            let tested = catch_unwind(AssertUnwindSafe(|| {
                rars::test_volumes_with_options(&archives, options)
            }));
            matches!(tested, Ok(Ok(())))
        };
        intake
            .settings
            .passwords
            .iter()
            .find(fits)
            .map(<[u8]>::to_vec)
    }
}

/// The number of a volume, where its headers tell it.
fn number_of(archive: &Archive) -> Option<u32> {
    let main = &archive.as_rar50()?.main;
    let number = u32::try_from(main.volume_number.unwrap_or_default()).ok()?;
    number.checked_add(1)
}

/// A volume without its blocks, those of its members, and whether it says that it goes on.
fn taken_apart(mut archive: Archive) -> (Archive, Vec<Block>, bool) {
    let mut goes_on = false;
    let blocks = match &mut archive {
        Archive::Rar15To40(volume) => {
            let blocks = std::mem::take(&mut volume.blocks).into_iter();
            blocks
                .filter_map(|block| match block {
                    rar15_40::Block::File(file) => Some(Block::Four(Box::new(file))),
                    rar15_40::Block::End(end) => {
                        goes_on = end.flags & GOES_ON != 0;
                        None
                    }
                    _ => None,
                })
                .collect()
        }
        Archive::Rar50Plus(volume) => {
            let blocks = std::mem::take(&mut volume.blocks).into_iter();
            blocks
                .filter_map(|block| match block {
                    rar50::Block::File(file) => Some(Block::Five(Box::new(file))),
                    rar50::Block::End(end) => {
                        goes_on = end.has_next_volume();
                        None
                    }
                    _ => None,
                })
                .collect()
        }
        _ => Vec::new(),
    };
    (archive, blocks, goes_on)
}

fn put_back(archive: &mut Archive, block: Block) {
    match (archive, block) {
        (Archive::Rar15To40(volume), Block::Four(file)) => {
            volume.blocks.push(rar15_40::Block::File(*file));
        }
        (Archive::Rar50Plus(volume), Block::Five(file)) => {
            volume.blocks.push(rar50::Block::File(*file));
        }
        _ => {}
    }
}
