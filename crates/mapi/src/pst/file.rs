//! The node database (MS-PST 2.2): header, pages of the two B-trees, blocks and trees of blocks.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::rc::Rc;

use super::coding::Coding;
use crate::budget::Budget;
use crate::limits::{MESSAGE_BYTES_MAX, PAGES_KEPT, SUBNODES_MAX, TREE_LEVELS_MAX};
use crate::little_endian::{u16_at, u32_at, u64_at};

/// Bytes that can be read at any place.
pub trait ReadAt {
    /// Reads from `offset` on until `buffer` is full or the end is reached; gives the number of bytes read.
    ///
    /// # Errors
    /// Those of the medium.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Number of bytes.
    fn n_bytes(&self) -> u64;
}

impl ReadAt for &[u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..));
        let rest = rest.unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    fn n_bytes(&self) -> u64 {
        self.len() as u64
    }
}

/// The three layouts of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// 32-bit numbers, Outlook 97 to 2002.
    Ansi,
    /// 64-bit numbers, Outlook 2003 and later.
    Unicode,
    /// 64-bit numbers, pages of 4096 bytes and compressed blocks: OST of Outlook 2013 and later.
    Unicode4K,
}

impl Layout {
    const fn page_bytes(self) -> usize {
        match self {
            Self::Unicode4K => 4096,
            _ => 512,
        }
    }

    const fn is_wide(self) -> bool {
        !matches!(self, Self::Ansi)
    }

    /// Bytes after which a block ends and the trailer of a block.
    const fn block_frame(self) -> (u64, u64) {
        match self {
            Self::Ansi => (64, 12),
            Self::Unicode => (64, 16),
            Self::Unicode4K => (512, 24),
        }
    }
}

/// Why a store does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It does not begin as a store does.
    #[error("it does not begin as an Outlook store does")]
    NoHeader,
    /// A version that is not known.
    #[error("its format version {0} is not known")]
    Version(u16),
    /// A coding that is not known: Windows Information Protection, for one.
    #[error("its content is encrypted by method {0}, whose key lies outside the file")]
    Encrypted(u8),
    /// The tables cannot be read.
    #[error("its {0} cannot be read: the file is cut off or damaged")]
    Damaged(&'static str),
}

/// One node: where its data and its own nodes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: u32,
    pub(super) data: u64,
    pub(super) sub: u64,
    pub(super) parent: u32,
}

/// Where a block lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockRef {
    pub(super) offset: u64,
    stored: u16,
    inflated: u16,
}

/// What was read for one message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) stored_bytes: u64,
    pub(super) n_bad_checksums: u32,
}

/// Reads a leaf entry: its key and what it says.
type ReadEntry<T> = fn(&[u8], Layout) -> Option<(u64, T)>;

/// A failure to read something, in plain words.
pub(super) type Lost = &'static str;

/// A store whose tables can be read.
pub(super) struct File<'a> {
    source: &'a dyn ReadAt,
    pub(super) layout: Layout,
    coding: Coding,
    nodes_root: u64,
    blocks_root: u64,
    pages: HashMap<u64, Rc<Page>>,
    pub(super) budget: Budget,
    pub(super) tally: Tally,
    /// Bytes that may still be kept of the message that is read, with all that lies in it.
    room: u64,
}

/// A page of a B-tree (BTPAGE, MS-PST 2.2.2.7.7.1).
struct Page {
    bytes: Vec<u8>,
    n_entries: usize,
    entry_bytes: usize,
    level: u8,
}

impl Page {
    fn entries(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.bytes
            .chunks_exact(self.entry_bytes)
            .take(self.n_entries)
    }
}

/// Why something is not read that is larger than what may be kept.
const TOO_LARGE: Lost = "it is larger than one message may be";

const NODE_PAGE: u8 = 0x81;
const BLOCK_PAGE: u8 = 0x80;

impl<'a> File<'a> {
    /// Reads the header (MS-PST 2.2.2.6).
    pub(super) fn open(source: &'a dyn ReadAt, budget: Budget) -> Result<Self, OpenError> {
        let mut header = [0; 564];
        let n = source.read_at(&mut header, 0).unwrap_or(0);
        let header = header.get(..n).unwrap_or_default();
        if !header.starts_with(b"!BDN") || header.get(8..10) != Some(b"SM") {
            return Err(OpenError::NoHeader);
        }
        let version = u16_at(header, 10).ok_or(OpenError::NoHeader)?;
        let layout = match version {
            14 | 15 => Layout::Ansi,
            36 => Layout::Unicode4K,
            20..=35 | 37 => Layout::Unicode,
            other => return Err(OpenError::Version(other)),
        };
        let damaged = OpenError::Damaged("header");
        let (nodes_root, blocks_root, method) = if layout.is_wide() {
            (u64_at(header, 224), u64_at(header, 240), header.get(513))
        } else {
            let narrow = |at| u32_at(header, at).map(u64::from);
            (narrow(188), narrow(196), header.get(461))
        };
        let method = *method.ok_or(damaged.clone())?;
        let mut file = Self {
            source,
            layout,
            coding: Coding::of(method).ok_or(OpenError::Encrypted(method))?,
            nodes_root: nodes_root.ok_or(damaged.clone())?,
            blocks_root: blocks_root.ok_or(damaged)?,
            pages: HashMap::new(),
            budget,
            tally: Tally::default(),
            room: MESSAGE_BYTES_MAX,
        };
        file.page(file.nodes_root, NODE_PAGE)
            .ok_or(OpenError::Damaged("table of nodes"))?;
        file.page(file.blocks_root, BLOCK_PAGE)
            .ok_or(OpenError::Damaged("table of blocks"))?;
        Ok(file)
    }

    /// Begins with another message or folder.
    pub(super) fn begin(&mut self) {
        self.tally = Tally::default();
        self.room = MESSAGE_BYTES_MAX;
    }

    /// Keeps so many bytes, however often the store refers to them.
    pub(super) fn keep(&mut self, n_bytes: usize) -> Result<(), Lost> {
        let left = self.room.checked_sub(n_bytes as u64);
        self.room = left.ok_or(TOO_LARGE)?;
        Ok(())
    }

    /// The data of a tree of blocks as one, kept.
    pub(super) fn kept_data(&mut self, id: u64, max: u64) -> Result<Vec<u8>, Lost> {
        let bytes = self.data(id, max.min(self.room))?.concat();
        self.keep(bytes.len())?;
        Ok(bytes)
    }

    /// A page of the tree of this type; `None` where there is none.
    fn page(&mut self, offset: u64, kind: u8) -> Option<Rc<Page>> {
        if let Some(page) = self.pages.get(&offset) {
            return Some(Rc::clone(page));
        }
        let n_bytes = self.layout.page_bytes();
        if !self.budget.pay(n_bytes as u64) {
            return None;
        }
        let mut bytes = vec![0; n_bytes];
        if self.source.read_at(&mut bytes, offset).ok()? != n_bytes {
            return None;
        }
        let page = read_page(bytes, self.layout, kind)?;
        if self.pages.len() >= PAGES_KEPT {
            self.pages.clear();
        }
        let page = Rc::new(page);
        self.pages.insert(offset, Rc::clone(&page));
        Some(page)
    }

    /// The leaf entry of this key.
    fn find<T>(&mut self, root: u64, kind: u8, key: u64, read: ReadEntry<T>) -> Option<T> {
        let mut page = self.page(root, kind)?;
        let wide = self.layout.is_wide();
        for _ in 0..TREE_LEVELS_MAX {
            if page.level == 0 {
                let found = page.entries().filter_map(|entry| read(entry, self.layout));
                return found.into_iter().find(|(at, _)| *at == key).map(|(_, t)| t);
            }
            let level = page.level;
            let below = page
                .entries()
                .filter_map(|entry| branch(entry, wide))
                .take_while(|(first, _)| *first <= key)
                .last()?;
            page = self.page(below.1, kind)?;
            if page.level >= level {
                return None;
            }
        }
        None
    }

    /// The node of this number.
    pub(super) fn node(&mut self, id: u32) -> Option<Node> {
        self.find(self.nodes_root, NODE_PAGE, u64::from(id), node_entry)
    }

    /// Where the block of this number lies. The lowest bit of a number has no meaning.
    pub(super) fn block_ref(&mut self, id: u64) -> Option<BlockRef> {
        self.find(self.blocks_root, BLOCK_PAGE, id & !1, block_entry)
    }

    /// What `pick` makes of the nodes, in their order; and whether all pages could be read.
    pub(super) fn nodes<T>(
        &mut self,
        pick: impl Fn(&Node) -> Option<T>,
        max: usize,
    ) -> (Vec<T>, bool) {
        let mut found = Vec::new();
        let mut is_whole = true;
        // Each page is entered once: a page that is referred to twice cannot multiply the work.
        let n_pages_max = self.source.n_bytes() / self.layout.page_bytes() as u64 + 1;
        let mut seen = std::collections::HashSet::new();
        let mut waiting = vec![(self.nodes_root, TREE_LEVELS_MAX)];
        while let Some((offset, below)) = waiting.pop() {
            if !seen.insert(offset) || seen.len() as u64 > n_pages_max {
                is_whole = false;
                continue;
            }
            let Some(page) = self
                .page(offset, NODE_PAGE)
                .filter(|page| page.level < below)
            else {
                is_whole = false;
                continue;
            };
            if page.level > 0 {
                let wide = self.layout.is_wide();
                let branches = page.entries().rev().filter_map(|entry| branch(entry, wide));
                waiting.extend(branches.map(|(_, offset)| (offset, page.level)));
                continue;
            }
            let nodes = page
                .entries()
                .filter_map(|entry| node_entry(entry, self.layout));
            found.extend(nodes.filter_map(|(_, node)| pick(&node)));
            if found.len() > max {
                found.truncate(max);
                return (found, false);
            }
        }
        (found, is_whole)
    }

    /// The content of a block as it stands on disk, inflated; not yet decoded.
    fn raw_block(&mut self, id: u64) -> Result<Vec<u8>, Lost> {
        let place = self.block_ref(id).ok_or("a block of data is missing")?;
        if !self.budget.pay(u64::from(place.stored).max(64)) {
            return Err("the store refers to more data than it may hold");
        }
        let n_bytes = usize::from(place.stored);
        let (align, trailer) = self.layout.block_frame();
        let framed = (n_bytes as u64 + trailer).next_multiple_of(align);
        let mut bytes = vec![0; usize::try_from(framed).unwrap_or(n_bytes)];
        let n_read = self.source.read_at(&mut bytes, place.offset);
        if n_read.map_err(|_| "a block of data cannot be read")? < n_bytes {
            return Err("a block of data lies beyond the end of the file");
        }
        self.check(&bytes, n_bytes, framed - trailer);
        bytes.truncate(n_bytes);
        self.tally.stored_bytes += framed;
        if self.layout == Layout::Unicode4K && place.inflated != place.stored {
            return inflate(&bytes, usize::from(place.inflated));
        }
        Ok(bytes)
    }

    /// Compares the checksum in the trailer of a block (MS-PST 2.2.2.8.1) with its content.
    fn check(&mut self, framed: &[u8], n_bytes: usize, trailer: u64) {
        let at = usize::try_from(trailer).unwrap_or(usize::MAX);
        let checksum_at = if self.layout.is_wide() {
            at + 4
        } else {
            at + 8
        };
        let (Some(stated), Some(content)) = (u32_at(framed, checksum_at), framed.get(..n_bytes))
        else {
            return;
        };
        if stated != checksum(content) {
            self.tally.n_bad_checksums += 1;
        }
    }

    /// The blocks of a tree of data (MS-PST 2.2.2.8.3.2), decoded, in order, up to `max` bytes.
    pub(super) fn data(&mut self, id: u64, max: u64) -> Result<Vec<Vec<u8>>, Lost> {
        if id == 0 {
            return Ok(Vec::new());
        }
        let mut blocks = Vec::new();
        let mut n_bytes = 0;
        let mut waiting = vec![(id, 3_u8)];
        while let Some((id, below)) = waiting.pop() {
            let mut block = self.raw_block(id)?;
            if id & 2 == 0 {
                self.coding.decode(&mut block, id);
                n_bytes += block.len() as u64;
                if n_bytes > max {
                    return Err(TOO_LARGE);
                }
                blocks.push(block);
                continue;
            }
            let level = block.get(1).copied().unwrap_or(0);
            if block.first() != Some(&1) || level == 0 || level >= below {
                return Err("a block of references is damaged");
            }
            let references = self.references(&block);
            waiting.extend(references.into_iter().rev().map(|id| (id, level)));
        }
        Ok(blocks)
    }

    /// The references of an XBLOCK or XXBLOCK (MS-PST 2.2.2.8.3.2).
    fn references(&self, block: &[u8]) -> Vec<u64> {
        let n = u16_at(block, 2).map_or(0, usize::from);
        let rest = block.get(8..).unwrap_or_default();
        let wide = self.layout.is_wide();
        rest.chunks_exact(if wide { 8 } else { 4 })
            .take(n)
            .filter_map(|entry| number(entry, 0, wide))
            .collect()
    }

    /// The nodes below a node (MS-PST 2.2.2.8.3.3), by their numbers.
    pub(super) fn subnodes(&mut self, id: u64) -> Result<BTreeMap<u32, Node>, Lost> {
        let mut found = BTreeMap::new();
        if id == 0 {
            return Ok(found);
        }
        let wide = self.layout.is_wide();
        let (skip, step) = if wide { (8, 8) } else { (4, 4) };
        let mut waiting = vec![(id, 2_u8)];
        while let Some((id, below)) = waiting.pop() {
            let block = self.raw_block(id)?;
            let level = block.get(1).copied().unwrap_or(0);
            if block.first() != Some(&2) || level >= below {
                return Err("a table of the nodes below it is damaged");
            }
            let n = u16_at(&block, 2).map_or(0, usize::from);
            let rest = block.get(skip..).unwrap_or_default();
            if level > 0 {
                let below = rest.chunks_exact(2 * step).take(n);
                waiting.extend(below.filter_map(|entry| Some((number(entry, step, wide)?, level))));
                continue;
            }
            for entry in rest.chunks_exact(3 * step).take(n) {
                if found.len() >= SUBNODES_MAX {
                    return Err("it has more nodes below it than are read");
                }
                if let (Some(id), Some(data), Some(sub)) = (
                    u32_at(entry, 0),
                    number(entry, step, wide),
                    number(entry, 2 * step, wide),
                ) {
                    let node = Node {
                        id,
                        data,
                        sub,
                        parent: 0,
                    };
                    found.entry(id).or_insert(node);
                }
            }
        }
        Ok(found)
    }
}

fn read_page(mut bytes: Vec<u8>, layout: Layout, kind: u8) -> Option<Page> {
    let (control, trailer, room) = match layout {
        Layout::Ansi => (496, 500, 496),
        Layout::Unicode => (488, 496, 488),
        Layout::Unicode4K => (4056, 4072, 4056),
    };
    if bytes.get(trailer)? != &kind || bytes.get(trailer + 1)? != &kind {
        return None;
    }
    let (n_entries, rest) = if layout == Layout::Unicode4K {
        (usize::from(u16_at(&bytes, control)?), control + 4)
    } else {
        (usize::from(*bytes.get(control)?), control + 2)
    };
    let entry_bytes = usize::from(*bytes.get(rest)?);
    let level = *bytes.get(rest + 1)?;
    // The smallest entry is one of the ANSI table of blocks.
    if entry_bytes < 12 || level >= TREE_LEVELS_MAX {
        return None;
    }
    bytes.truncate(room);
    Some(Page {
        n_entries: n_entries.min(room / entry_bytes),
        entry_bytes,
        bytes,
        level,
    })
}

/// A number of 8 or 4 bytes.
fn number(entry: &[u8], at: usize, wide: bool) -> Option<u64> {
    if wide {
        u64_at(entry, at)
    } else {
        u32_at(entry, at).map(u64::from)
    }
}

/// An entry of an upper page (BTENTRY): the first key below, and where the page is.
fn branch(entry: &[u8], wide: bool) -> Option<(u64, u64)> {
    let step = if wide { 8 } else { 4 };
    Some((number(entry, 0, wide)?, number(entry, 2 * step, wide)?))
}

fn node_entry(entry: &[u8], layout: Layout) -> Option<(u64, Node)> {
    let wide = layout.is_wide();
    let step = if wide { 8 } else { 4 };
    let id = u32_at(entry, 0)?;
    let node = Node {
        id,
        data: number(entry, step, wide)?,
        sub: number(entry, 2 * step, wide)?,
        parent: u32_at(entry, 3 * step)?,
    };
    Some((u64::from(id), node))
}

fn block_entry(entry: &[u8], layout: Layout) -> Option<(u64, BlockRef)> {
    let wide = layout.is_wide();
    let step = if wide { 8 } else { 4 };
    let stored = u16_at(entry, 2 * step)?;
    let inflated = match layout {
        Layout::Unicode4K => u16_at(entry, 2 * step + 2)?,
        _ => stored,
    };
    let place = BlockRef {
        offset: number(entry, step, wide)?,
        stored,
        inflated,
    };
    Some((number(entry, 0, wide)? & !1, place))
}

/// CRC-32 that begins with 0 and is not inverted (MS-PST 5.3).
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(u32::MAX);
    hasher.update(bytes);
    !hasher.finalize()
}

fn inflate(bytes: &[u8], n_bytes: usize) -> Result<Vec<u8>, Lost> {
    use std::io::Read as _;
    let mut out = Vec::with_capacity(n_bytes);
    let mut reader = flate2::read::ZlibDecoder::new(bytes).take(n_bytes as u64);
    match reader.read_to_end(&mut out) {
        Ok(_) if out.len() == n_bytes => Ok(out),
        _ => Err("a compressed block cannot be expanded"),
    }
}
