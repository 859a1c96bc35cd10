//! The heap on a node (MS-PST 2.3.1), trees on the heap (2.3.2), property contexts (2.3.3) and table contexts (2.3.4).

use std::collections::BTreeMap;

use super::file::{File, Layout, Lost, Node};
use crate::limits::{CELL_BYTES_MAX, HEAP_TREE_LEVELS_MAX, MESSAGE_BYTES_MAX, ROWS_MAX};
use crate::little_endian::{u16_at, u32_at};
use crate::property::{Properties, Value, kind};

const PROPERTY_CONTEXT: u8 = 0xbc;
const TABLE_CONTEXT: u8 = 0x7c;
const TREE: u8 = 0xb5;

/// A record of a tree on the heap: key and data.
type Record<'a> = (&'a [u8], &'a [u8]);

/// The heap of one node, with the nodes below it.
pub(super) struct Heap {
    blocks: Vec<Vec<u8>>,
    pub(super) subnodes: BTreeMap<u32, Node>,
    layout: Layout,
    client: u8,
    root: u32,
}

impl Heap {
    /// Reads the heap of a node.
    pub(super) fn open(file: &mut File<'_>, node: &Node) -> Result<Self, Lost> {
        let blocks = file.data(node.data, MESSAGE_BYTES_MAX)?;
        file.keep(blocks.iter().map(Vec::len).sum())?;
        let subnodes = file.subnodes(node.sub)?;
        let first = blocks.first().map(Vec::as_slice).unwrap_or_default();
        if first.get(2) != Some(&0xec) {
            return Err("its data begin with no heap");
        }
        Ok(Self {
            client: first.get(3).copied().unwrap_or(0),
            root: u32_at(first, 4).unwrap_or(0),
            layout: file.layout,
            blocks,
            subnodes,
        })
    }

    /// An allocation of the heap (HID, MS-PST 2.3.1.1).
    fn item(&self, id: u32) -> Option<&[u8]> {
        let (index, block) = match self.layout {
            Layout::Unicode4K => (id >> 5 & 0x3fff, id >> 19),
            _ => (id >> 5 & 0x7ff, id >> 16),
        };
        let block = self.blocks.get(usize::try_from(block).ok()?)?;
        let map = usize::from(u16_at(block, 0)?);
        let index = usize::try_from(index).ok()?.checked_sub(1)?;
        if index >= usize::from(u16_at(block, map)?) {
            return None;
        }
        let start = usize::from(u16_at(block, map + 4 + 2 * index)?);
        let end = usize::from(u16_at(block, map + 6 + 2 * index)?);
        block.get(start..end)
    }

    /// The bytes of an allocation of the heap or of a node below (HNID, MS-PST 2.3.3.2), up to `max`.
    pub(super) fn bytes(&self, file: &mut File<'_>, id: u32, max: u64) -> Result<Vec<u8>, Lost> {
        if id == 0 {
            return Ok(Vec::new());
        }
        if id.trailing_zeros() >= 5 {
            let item = self.item(id).ok_or("a value lies outside its heap")?;
            file.keep(item.len())?;
            return Ok(item.to_vec());
        }
        let node = self
            .subnodes
            .get(&id)
            .ok_or("the node of a value is missing")?;
        file.kept_data(node.data, max)
    }

    /// The records of a tree on the heap: (key, data), in order of the keys; and whether all of it could be read.
    fn tree(&self, root: u32) -> (Vec<Record<'_>>, bool) {
        let mut found = Vec::new();
        let header = self.item(root).unwrap_or_default();
        let (Some(&TREE), Some(&key), Some(&data), Some(&levels), Some(top)) = (
            header.first(),
            header.get(1),
            header.get(2),
            header.get(3),
            u32_at(header, 4),
        ) else {
            return (found, false);
        };
        let (key, data) = (usize::from(key), usize::from(data));
        if levels > HEAP_TREE_LEVELS_MAX || key == 0 {
            return (found, false);
        }
        let mut is_whole = true;
        // An allocation is entered once, whatever refers to it.
        let mut seen = std::collections::HashSet::new();
        let mut waiting = vec![(top, levels)];
        while let Some((id, level)) = waiting.pop() {
            if id == 0 {
                continue;
            }
            let (true, Some(records)) = (seen.insert(id), self.item(id)) else {
                is_whole = false;
                continue;
            };
            if level > 0 {
                let below = records.chunks_exact(key + 4).rev();
                waiting.extend(below.filter_map(|record| Some((u32_at(record, key)?, level - 1))));
                continue;
            }
            for record in records.chunks_exact(key + data) {
                if found.len() >= ROWS_MAX {
                    return (found, false);
                }
                found.extend(record.split_at_checked(key));
            }
        }
        (found, is_whole)
    }

    /// The properties of the node; what cannot be read is told to `lose` and left out.
    pub(super) fn properties(
        &self,
        file: &mut File<'_>,
        lose: &mut dyn FnMut(String),
    ) -> Result<(Properties, BTreeMap<u16, u32>), Lost> {
        if self.client != PROPERTY_CONTEXT {
            return Err("its data hold no properties");
        }
        let mut properties = Properties::default();
        let mut objects = BTreeMap::new();
        let (records, is_whole) = self.tree(self.root);
        if !is_whole {
            lose("the table of its properties is damaged".to_owned());
        }
        for (key, data) in records {
            let (Some(id), Some(kind)) = (u16_at(key, 0), u16_at(data, 0)) else {
                continue;
            };
            let Some(inline) = data.get(2..6) else {
                continue;
            };
            let value = match kind {
                kind::INTEGER16 | kind::INTEGER32 | kind::BOOLEAN => Ok(inline.to_vec()),
                // A type that is not kept need not be fetched.
                kind::INTEGER64
                | kind::TIME
                | kind::STRING
                | kind::STRING8
                | kind::BINARY
                | kind::OBJECT
                    if id < 0x8000 =>
                {
                    self.bytes(file, u32_at(inline, 0).unwrap_or(0), MESSAGE_BYTES_MAX)
                }
                _ => continue,
            };
            match value {
                Ok(bytes) if kind == kind::OBJECT => {
                    objects.extend(u32_at(&bytes, 0).map(|node| (id, node)));
                }
                Ok(bytes) => {
                    if let Some(value) = Value::of(kind, bytes) {
                        properties.insert(id, value);
                    }
                }
                Err(reason) => lose(format!("property 0x{id:04x} cannot be read: {reason}")),
            }
        }
        Ok((properties, objects))
    }

    /// The rows of a table: the number of each, and its properties where `columns` asks for them.
    pub(super) fn rows(
        &self,
        file: &mut File<'_>,
        columns: &[u16],
        max: usize,
    ) -> Result<Vec<(u32, Properties)>, Lost> {
        let damaged = "a table is damaged";
        if self.client != TABLE_CONTEXT {
            return Err("its data hold no table");
        }
        let info = self.item(self.root).ok_or(damaged)?;
        let row_bytes = usize::from(u16_at(info, 8).ok_or(damaged)?);
        let exist_at = usize::from(u16_at(info, 6).ok_or(damaged)?);
        let (index, matrix) = (
            u32_at(info, 10).ok_or(damaged)?,
            u32_at(info, 14).ok_or(damaged)?,
        );
        let (records, is_whole) = self.tree(index);
        if !is_whole && records.is_empty() && index != 0 && matrix != 0 {
            return Err(damaged);
        }
        let wanted: Vec<Column> = info
            .get(22..)
            .unwrap_or_default()
            .chunks_exact(8)
            .filter_map(Column::of)
            .filter(|column| columns.contains(&column.id))
            .collect();
        let blocks = if wanted.is_empty() {
            Vec::new()
        } else {
            self.matrix(file, matrix)?
        };
        let mut rows = Vec::new();
        for (key, data) in records.into_iter().take(max) {
            let Some(id) = u32_at(key, 0) else { continue };
            let number = match data.len() {
                2 => u16_at(data, 0).map(u32::from),
                _ => u32_at(data, 0),
            };
            let mut properties = Properties::default();
            let row = number.and_then(|number| row(&blocks, row_bytes, number));
            for column in wanted.iter().filter(|_| row.is_some()) {
                if let Some(value) = self.cell(file, row.unwrap_or_default(), column, exist_at) {
                    properties.insert(column.id, value);
                }
            }
            rows.push((id, properties));
        }
        Ok(rows)
    }

    /// The blocks of the matrix of rows; a row does not reach from one block into the next.
    fn matrix(&self, file: &mut File<'_>, id: u32) -> Result<Vec<Vec<u8>>, Lost> {
        if id == 0 {
            return Ok(Vec::new());
        }
        if id.trailing_zeros() >= 5 {
            return Ok(vec![self.item(id).ok_or("a table is damaged")?.to_vec()]);
        }
        let node = self
            .subnodes
            .get(&id)
            .ok_or("the rows of a table are missing")?;
        file.data(node.data, MESSAGE_BYTES_MAX)
    }

    fn cell(
        &self,
        file: &mut File<'_>,
        row: &[u8],
        column: &Column,
        exist_at: usize,
    ) -> Option<Value> {
        let exists = row.get(exist_at + usize::from(column.bit / 8))?;
        if exists >> (7 - column.bit % 8) & 1 == 0 {
            return None;
        }
        let cell = row.get(column.at..column.at + column.n_bytes)?;
        let bytes = match column.kind {
            kind::INTEGER16 | kind::INTEGER32 | kind::BOOLEAN | kind::INTEGER64 | kind::TIME => {
                cell.to_vec()
            }
            _ => self.bytes(file, u32_at(cell, 0)?, CELL_BYTES_MAX).ok()?,
        };
        Value::of(column.kind, bytes)
    }
}

/// A column of a table (TCOLDESC, MS-PST 2.3.4.2).
struct Column {
    id: u16,
    kind: u16,
    at: usize,
    n_bytes: usize,
    bit: u8,
}

impl Column {
    fn of(raw: &[u8]) -> Option<Self> {
        Some(Self {
            kind: u16_at(raw, 0)?,
            id: u16_at(raw, 2)?,
            at: usize::from(u16_at(raw, 4)?),
            n_bytes: usize::from(*raw.get(6)?),
            bit: *raw.get(7)?,
        })
    }
}

/// The row of this number in the blocks of a matrix.
fn row(blocks: &[Vec<u8>], row_bytes: usize, number: u32) -> Option<&[u8]> {
    let mut number = usize::try_from(number).ok()?;
    for block in blocks {
        let n_rows = block.len().checked_div(row_bytes)?;
        if number < n_rows {
            return block.get(number * row_bytes..(number + 1) * row_bytes);
        }
        number -= n_rows;
    }
    None
}
