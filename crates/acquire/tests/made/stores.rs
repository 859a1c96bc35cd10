//! Outlook stores (MS-PST, Unicode, not encoded), made for tests: whole ones, and what a hostile hand makes of them.

use std::collections::BTreeMap;

/// Types of nodes (MS-PST 2.2.2.1) and of properties (MS-OXCDATA 2.11.1).
const CONTENTS_TABLE: u32 = 0x0e;
pub(crate) const ROOT_FOLDER: u32 = 0x122;
pub(crate) const RECIPIENTS: u32 = 0x692;
const INTEGER: u16 = 0x0003;
const OBJECT: u16 = 0x000d;
const TEXT: u16 = 0x001f;
const BINARY: u16 = 0x0102;

/// Bytes of the content of a block, of a page, and of what ends each of them.
const BLOCK_BYTES_MAX: usize = 8_176;
const PAGE_BYTES: usize = 512;
const BLOCK_TRAILER_BYTES: usize = 16;

/// The number of a folder's node, of a message's, of an attachment's.
pub(crate) const fn folder(n: u32) -> u32 {
    (n + 0x400) << 5 | 0x02
}

pub(crate) const fn message(n: u32) -> u32 {
    (n + 0x400) << 5 | 0x04
}

pub(crate) const fn attachment(n: u32) -> u32 {
    (n + 0x400) << 5 | 0x05
}

/// A node: where its data and the nodes below it are, and its folder.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) data: u64,
    pub(crate) below: u64,
    pub(crate) parent: u32,
}

/// A store that is being made.
#[derive(Default)]
pub(crate) struct Store {
    nodes: BTreeMap<u32, Node>,
    blocks: Vec<(u64, Vec<u8>)>,
    n_blocks: u64,
    /// Sizes that the table of blocks states instead of the true ones.
    pub(crate) stated: BTreeMap<u64, u16>,
}

impl Store {
    /// A number for a block of data, or for one of references, which is to come.
    pub(crate) fn number(&mut self, is_internal: bool) -> u64 {
        self.n_blocks += 1;
        self.n_blocks << 2 | u64::from(is_internal) << 1
    }

    /// A block under a number.
    pub(crate) fn put(&mut self, number: u64, bytes: Vec<u8>) {
        assert!(bytes.len() <= BLOCK_BYTES_MAX, "{}", bytes.len());
        self.blocks.push((number, bytes));
    }

    /// A block of data.
    pub(crate) fn block(&mut self, bytes: Vec<u8>) -> u64 {
        let number = self.number(false);
        self.put(number, bytes);
        number
    }

    /// A block of references to blocks (XBLOCK at level 1, XXBLOCK at level 2).
    pub(crate) fn references(&mut self, level: u8, blocks: &[u64]) -> u64 {
        let number = self.number(true);
        self.put(number, references(level, blocks));
        number
    }

    /// Data in as many blocks as they need.
    pub(crate) fn data(&mut self, blocks: Vec<Vec<u8>>) -> u64 {
        let mut numbers: Vec<u64> = blocks.into_iter().map(|block| self.block(block)).collect();
        match numbers.len() {
            1 => numbers.remove(0),
            _ => self.references(1, &numbers),
        }
    }

    /// The nodes below a node (SLBLOCK): number, data, and what is below them.
    pub(crate) fn below(&mut self, nodes: &[(u32, u64, u64)]) -> u64 {
        let number = self.number(true);
        self.put(number, nodes_below(nodes));
        number
    }

    pub(crate) fn node(&mut self, id: u32, data: u64, below: u64, parent: u32) {
        let node = Node {
            data,
            below,
            parent,
        };
        self.nodes.insert(id, node);
    }

    /// A folder whose table lists these messages.
    pub(crate) fn folder(&mut self, id: u32, parent: u32, name: &str, messages: &[u32]) {
        let count = u32::try_from(messages.len()).unwrap();
        let properties = Heap::of_properties(&[
            (0x3001, Value::Text(name.to_owned())),
            (0x3602, Value::Number(count)),
        ]);
        let data = self.data(properties.blocks);
        self.node(id, data, 0, parent);
        let table = self.data(Heap::of_table(messages).blocks);
        self.node(id & !0x1f | CONTENTS_TABLE, table, 0, 0);
    }

    /// A message with a subject, a text, and nodes below it.
    pub(crate) fn message(&mut self, id: u32, parent: u32, subject: &str, below: u64) {
        let data = self.data(Heap::of_message(subject).blocks);
        self.node(id, data, below, parent);
    }

    /// The file: header, blocks, the pages of both tables.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut file = vec![0; 1_024];
        let mut places = Vec::new();
        for (number, bytes) in &self.blocks {
            let stated = self.stated.get(number).copied();
            let size = stated.unwrap_or(u16::try_from(bytes.len()).unwrap());
            places.push([*number, file.len() as u64, u64::from(size) | 2 << 16]);
            let start = file.len();
            file.extend(bytes);
            let end = (bytes.len() + BLOCK_TRAILER_BYTES).next_multiple_of(64) + start;
            file.resize(end - BLOCK_TRAILER_BYTES, 0);
            file.extend(u16::try_from(bytes.len()).unwrap().to_le_bytes());
            file.extend([0, 0]);
            file.extend(checksum(bytes).to_le_bytes());
            file.extend(number.to_le_bytes());
        }
        file.resize(file.len().next_multiple_of(PAGE_BYTES), 0);
        places.sort_unstable();
        let blocks = tree(&mut file, &places, 0x80);
        let nodes: Vec<[u64; 4]> = self
            .nodes
            .iter()
            .map(|(id, node)| {
                [
                    u64::from(*id),
                    node.data,
                    node.below,
                    u64::from(node.parent),
                ]
            })
            .collect();
        let nodes = tree(&mut file, &nodes, 0x81);
        file[..10].copy_from_slice(b"!BDN\0\0\0\0SM");
        file[10] = 23;
        file[224..232].copy_from_slice(&nodes.to_le_bytes());
        file[240..248].copy_from_slice(&blocks.to_le_bytes());
        file
    }
}

/// CRC-32 that begins with 0 and is not inverted (MS-PST 5.3).
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}

/// Writes the pages of a tree; gives the place of its root.
fn tree<const N: usize>(file: &mut Vec<u8>, leaves: &[[u64; N]], kind: u8) -> u64 {
    let mut level = 0;
    let mut below = pages(file, leaves, kind, level);
    while below.len() > 1 {
        level += 1;
        let entries: Vec<[u64; 3]> = below.iter().map(|(key, place)| [*key, 1, *place]).collect();
        below = pages(file, &entries, kind, level);
    }
    below.first().map_or(0, |(_, place)| *place)
}

/// Writes the pages of one level; the first key of each, and its place.
fn pages<const N: usize>(
    file: &mut Vec<u8>,
    entries: &[[u64; N]],
    kind: u8,
    level: u8,
) -> Vec<(u64, u64)> {
    let n_max = 488 / (8 * N);
    let mut written = Vec::new();
    for entries in entries.chunks(n_max) {
        written.push((entries[0][0], file.len() as u64));
        file.extend(page(entries, kind, level));
    }
    written
}

/// A page of a table (BTPAGE, MS-PST 2.2.2.7.7.1).
pub(crate) fn page<const N: usize>(entries: &[[u64; N]], kind: u8, level: u8) -> Vec<u8> {
    let words = entries.iter().flatten();
    let mut page: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
    page.resize(488, 0);
    let n_entries = u8::try_from(entries.len()).unwrap();
    page.extend([n_entries, 20, u8::try_from(8 * N).unwrap(), level]);
    page.resize(496, 0);
    page.extend([kind, kind]);
    page.resize(PAGE_BYTES, 0);
    page
}

/// A block of references to blocks (MS-PST 2.2.2.8.3.2).
pub(crate) fn references(level: u8, blocks: &[u64]) -> Vec<u8> {
    let mut bytes = vec![1, level];
    bytes.extend(u16::try_from(blocks.len()).unwrap().to_le_bytes());
    bytes.extend(u32::MAX.to_le_bytes());
    bytes.extend(blocks.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}

/// A table of the nodes below a node (MS-PST 2.2.2.8.3.3.1).
pub(crate) fn nodes_below(nodes: &[(u32, u64, u64)]) -> Vec<u8> {
    let mut bytes = vec![2, 0];
    bytes.extend(u16::try_from(nodes.len()).unwrap().to_le_bytes());
    bytes.extend([0; 4]);
    for (id, data, below) in nodes {
        let words = [u64::from(*id), *data, *below];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }
    bytes
}

/// The value of a property.
#[derive(Clone)]
pub(crate) enum Value {
    Number(u32),
    Text(String),
    /// Bytes that lie on the heap under this number, or in a node below.
    BinaryAt(u32),
    /// A node below, with its size.
    Object(u32),
}

/// The heap of a node (MS-PST 2.3.1), block by block.
pub(crate) struct Heap {
    pub(crate) blocks: Vec<Vec<u8>>,
}

/// The number of an allocation: the `n`th of a block, from 0.
pub(crate) const fn item(block: u32, n: u32) -> u32 {
    block << 16 | (n + 1) << 5
}

impl Heap {
    /// A heap of these allocations in each block.
    pub(crate) fn of(client: u8, blocks: &[Vec<Vec<u8>>]) -> Self {
        let blocks = blocks.iter().enumerate().map(|(number, items)| {
            let mut block = vec![0, 0];
            if number == 0 {
                block.extend([0xec, client]);
                block.extend(item(0, 0).to_le_bytes());
                block.extend([0; 4]);
            }
            let mut ends = vec![block.len()];
            for item in items {
                block.extend(item);
                ends.push(block.len());
            }
            let map = u16::try_from(block.len()).unwrap();
            block[..2].copy_from_slice(&map.to_le_bytes());
            block.extend(u16::try_from(items.len()).unwrap().to_le_bytes());
            block.extend([0, 0]);
            block.extend(
                ends.iter()
                    .flat_map(|end| u16::try_from(*end).unwrap().to_le_bytes()),
            );
            block
        });
        Self {
            blocks: blocks.collect(),
        }
    }

    /// A property context (MS-PST 2.3.3).
    pub(crate) fn of_properties(properties: &[(u16, Value)]) -> Self {
        let mut sorted = properties.to_vec();
        sorted.sort_by_key(|(id, _)| *id);
        let (mut records, mut values) = (Vec::new(), Vec::new());
        for (id, value) in sorted {
            let mut on_heap = |bytes: Vec<u8>| {
                values.push(bytes);
                item(0, u32::try_from(values.len()).unwrap() + 1)
            };
            let (kind, number) = match value {
                Value::Number(number) => (INTEGER, number),
                Value::Text(text) => {
                    let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    (TEXT, on_heap(wide))
                }
                Value::BinaryAt(at) => (BINARY, at),
                Value::Object(node) => {
                    let object = [node.to_le_bytes(), [0; 4]].concat();
                    (OBJECT, on_heap(object))
                }
            };
            records.extend([id, kind].iter().flat_map(|n| n.to_le_bytes()));
            records.extend(number.to_le_bytes());
        }
        let mut items = vec![tree_header(2, 6, 0, item(0, 1)), records];
        items.extend(values);
        Self::of(0xbc, &[items])
    }

    /// What a message needs, and no more.
    pub(crate) fn of_message(subject: &str) -> Self {
        Self::of_properties(&[
            (0x001a, Value::Text("IPM.Note".to_owned())),
            (0x0037, Value::Text(subject.to_owned())),
            (0x1000, Value::Text(format!("The text of {subject}."))),
        ])
    }

    /// A table context without columns (MS-PST 2.3.4), whose rows have these numbers.
    pub(crate) fn of_table(rows: &[u32]) -> Self {
        Self::of_table_with(rows, &[], 0, Vec::new())
    }

    /// The same, with columns of texts, rows of so many bytes, and further allocations in its first block.
    pub(crate) fn of_table_with(
        rows: &[u32],
        columns: &[u16],
        matrix: u32,
        further: Vec<Vec<u8>>,
    ) -> Self {
        let n_columns = columns.len();
        let exist_at = 4 * n_columns;
        let row_bytes = exist_at + n_columns.div_ceil(8);
        let as_u16 = |n: usize| u16::try_from(n).unwrap();
        let mut info = vec![0x7c, u8::try_from(n_columns).unwrap()];
        for n in [exist_at, exist_at, exist_at, row_bytes] {
            info.extend(as_u16(n).to_le_bytes());
        }
        info.extend(item(0, 1).to_le_bytes());
        info.extend(matrix.to_le_bytes());
        info.extend([0; 4]);
        for (n, id) in columns.iter().enumerate() {
            info.extend(
                [TEXT, *id, as_u16(4 * n)]
                    .iter()
                    .flat_map(|n| n.to_le_bytes()),
            );
            info.extend([4, u8::try_from(n).unwrap()]);
        }
        let rows: Vec<(u32, u32)> = (0..).zip(rows).map(|(n, id)| (*id, n)).collect();
        let leaves: Vec<Vec<u8>> = rows
            .chunks(900)
            .map(|rows| {
                let words = rows.iter().flat_map(|(id, number)| [*id, *number]);
                words.flat_map(u32::to_le_bytes).collect()
            })
            .collect();
        // The top of the tree leads to one allocation in each block behind the first.
        let mut top = Vec::new();
        for (block, leaf) in (1..).zip(&leaves) {
            top.extend_from_slice(leaf.get(..4).unwrap_or_default());
            top.extend(u32::to_le_bytes(item(block, 0)));
        }
        let mut first = vec![info, tree_header(4, 4, 1, item(0, 2)), top];
        first.extend(further);
        let mut blocks = vec![first];
        blocks.extend(leaves.into_iter().map(|leaf| vec![leaf]));
        Self::of(0x7c, &blocks)
    }
}

/// The head of a tree on a heap (BTHHEADER, MS-PST 2.3.2.1).
pub(crate) fn tree_header(key: u8, data: u8, levels: u8, root: u32) -> Vec<u8> {
    [&[0xb5, key, data, levels][..], &root.to_le_bytes()].concat()
}
