//! Outlook stores that are well made but for one thing.

use super::{Family, READ};
use crate::made_stores::{
    Heap, RECIPIENTS, ROOT_FOLDER, Store, Value, attachment, folder, item, message, nodes_below,
    references, tree_header,
};

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "nothing_wrong.pst",
        bytes: whole,
        says: READ,
    },
    Family {
        name: "messages_in_themselves.pst",
        bytes: message_in_itself,
        says: "it lies in 8 messages",
    },
    Family {
        name: "messages_in_themselves_a_thousand_times.pst",
        bytes: messages_in_themselves,
        says: "the store refers to more data than it may hold",
    },
    Family {
        name: "data_without_end.pst",
        bytes: data_without_end,
        says: "it is larger than one message may be",
    },
    Family {
        name: "empty_blocks_without_end.pst",
        bytes: empty_blocks_without_end,
        says: "the store refers to more data than it may hold",
    },
    Family {
        name: "a_block_of_references_to_itself.pst",
        bytes: references_to_itself,
        says: "a block of references is damaged",
    },
    Family {
        name: "nodes_below_themselves.pst",
        bytes: nodes_below_themselves,
        says: "a table of the nodes below it is damaged",
    },
    Family {
        name: "nodes_below_without_end.pst",
        bytes: nodes_below_without_end,
        says: "it has more nodes below it than are read",
    },
    Family {
        name: "one_value_in_all_properties.pst",
        bytes: one_value_in_all_properties,
        says: "it is larger than one message may be",
    },
    Family {
        name: "one_name_in_all_recipients.pst",
        bytes: one_name_in_all_recipients,
        says: "only the first 10000 recipients",
    },
    Family {
        name: "sizes_that_lie.pst",
        bytes: sizes_that_lie,
        says: "a block of data lies beyond the end of the file",
    },
    Family {
        name: "folders_in_a_circle.pst",
        bytes: folders_in_a_circle,
        says: READ,
    },
    Family {
        name: "folders_in_folders_without_end.pst",
        bytes: folders_in_folders,
        says: READ,
    },
    Family {
        name: "one_table_of_all_folders.pst",
        bytes: one_table_of_all_folders,
        says: "more messages that are not there or were listed before",
    },
    Family {
        name: "one_message_in_all_folders.pst",
        bytes: one_message_in_all_folders,
        says: "more messages that are not there or were listed before",
    },
    Family {
        name: "a_tree_on_a_heap_of_itself.pst",
        bytes: heap_tree_of_itself,
        says: "the table of its properties is damaged",
    },
];

/// A store with one folder and one message in it; `below` makes what lies below the message.
fn with_message(below: impl FnOnce(&mut Store) -> u64) -> Vec<u8> {
    let mut store = with_folder();
    let below = below(&mut store);
    store.message(message(1), folder(1), "flour", below);
    store.bytes()
}

fn with_folder() -> Store {
    let mut store = Store::default();
    store.folder(ROOT_FOLDER, ROOT_FOLDER, "", &[]);
    store.folder(folder(1), ROOT_FOLDER, "Inbox", &[message(1)]);
    store
}

/// A store whose message has these data.
fn with_data(data: impl FnOnce(&mut Store) -> u64) -> Vec<u8> {
    let mut store = with_folder();
    let data = data(&mut store);
    store.node(message(1), data, 0, folder(1));
    store.bytes()
}

fn whole() -> Vec<u8> {
    with_message(|_| 0)
}

/// An attachment that is a message, whose own node has this number.
fn attached_message(store: &mut Store, node: u32) -> u64 {
    let properties = [(0x3701, Value::Object(node)), (0x3705, Value::Number(5))];
    store.data(Heap::of_properties(&properties).blocks)
}

/// A message with so many attachments, each of which is this message.
fn attached_to_itself(store: &mut Store, n: u32) -> u64 {
    let inner = message(7);
    let attached = attached_message(store, inner);
    let data = store.data(Heap::of_message("again").blocks);
    let table = store.number(true);
    let below = store.below(&[(inner, data, table)]);
    let nodes: Vec<(u32, u64, u64)> = (0..n).map(|n| (attachment(n), attached, below)).collect();
    store.put(table, nodes_below(&nodes));
    table
}

fn message_in_itself() -> Vec<u8> {
    with_message(|store| attached_to_itself(store, 1))
}

fn messages_in_themselves() -> Vec<u8> {
    with_message(|store| attached_to_itself(store, 300))
}

/// An attachment whose content lies in a node below it.
fn carrying(store: &mut Store, content: u64) -> u64 {
    let inner = message(7) | 0x1f;
    let properties = Heap::of_properties(&[(0x3701, Value::BinaryAt(inner))]);
    let data = store.data(properties.blocks);
    let below = store.below(&[(inner, content, 0)]);
    store.below(&[(attachment(1), data, below)])
}

/// A thousand times a thousand times the same 8 KiB.
fn same_a_million_times(store: &mut Store, block: Vec<u8>) -> u64 {
    let block = store.block(block);
    let thousand = store.references(1, &[block; 1_000]);
    store.references(2, &[thousand; 1_000])
}

fn data_without_end() -> Vec<u8> {
    with_message(|store| {
        let content = same_a_million_times(store, vec![b'x'; 8_000]);
        carrying(store, content)
    })
}

/// As many blocks of nothing as a file of this size can pay for, ten times.
fn empty_blocks_without_end() -> Vec<u8> {
    with_message(|store| {
        let content = same_a_million_times(store, Vec::new());
        let properties: Vec<(u16, Value)> = (0..100)
            .map(|id| (0x3000 + id, Value::BinaryAt(message(7) | 0x1f)))
            .collect();
        let data = store.data(Heap::of_properties(&properties).blocks);
        let below = store.below(&[(message(7) | 0x1f, content, 0)]);
        store.below(&[(attachment(1), data, below)])
    })
}

fn references_to_itself() -> Vec<u8> {
    with_data(|store| {
        let number = store.number(true);
        store.put(number, references(1, &[number; 900]));
        number
    })
}

fn nodes_below_themselves() -> Vec<u8> {
    with_message(|store| {
        let number = store.number(true);
        // A block of the upper level (SIBLOCK), which leads to itself.
        let mut block = vec![2, 1];
        block.extend(400_u16.to_le_bytes());
        block.extend([0; 4]);
        for node in 0..400_u64 {
            block.extend(node.to_le_bytes());
            block.extend(number.to_le_bytes());
        }
        store.put(number, block);
        number
    })
}

fn nodes_below_without_end() -> Vec<u8> {
    with_message(|store| {
        let mut upper = vec![2, 1];
        upper.extend(400_u16.to_le_bytes());
        upper.extend([0; 4]);
        for table in 0..400_u32 {
            let nodes: Vec<(u32, u64, u64)> = (0..300)
                .map(|n| ((table * 300 + n) << 5 | 0x1f, 0, 0))
                .collect();
            let below = store.below(&nodes);
            upper.extend(u64::from(table).to_le_bytes());
            upper.extend(below.to_le_bytes());
        }
        let number = store.number(true);
        store.put(number, upper);
        number
    })
}

/// Thirty-two thousand properties, all with the same eight thousand bytes.
fn one_value_in_all_properties() -> Vec<u8> {
    with_data(|store| {
        let n_leaves = 33_u32;
        let mut top = Vec::new();
        let mut leaves = Vec::new();
        for leaf in 0..n_leaves {
            let first = u16::try_from(leaf * 990).unwrap();
            top.extend(first.to_le_bytes());
            top.extend(item(2 + leaf, 0).to_le_bytes());
            let mut records = Vec::new();
            for id in first..first + 990 {
                records.extend([id, 0x0102].iter().flat_map(|n| n.to_le_bytes()));
                records.extend(item(1, 0).to_le_bytes());
            }
            leaves.push(vec![records]);
        }
        let first = vec![tree_header(2, 6, 1, item(0, 1)), top];
        let blocks = [vec![first, vec![vec![b'x'; 8_000]]], leaves].concat();
        store.data(Heap::of(0xbc, &blocks).blocks)
    })
}

/// Twelve thousand recipients, whose names are all the same three thousand bytes.
fn one_name_in_all_recipients() -> Vec<u8> {
    with_message(|store| {
        let columns = [0x3001, 0x3002, 0x3003, 0x39fe];
        let mut row = item(0, 3).to_le_bytes().repeat(columns.len());
        row.push(0xf0);
        let rows = row.repeat(8_000 / row.len());
        let n_in_block = u32::try_from(rows.len() / row.len()).unwrap();
        let block = store.block(rows);
        let n_blocks = 12_000_u32.div_ceil(n_in_block);
        let matrix = store.references(1, &vec![block; n_blocks as usize]);
        let ids: Vec<u32> = (0..12_000).collect();
        let rows_at = message(9) | 0x1f;
        let table = Heap::of_table_with(&ids, &columns, rows_at, vec![vec![b'x'; 3_000]]);
        let data = store.data(table.blocks);
        let below = store.below(&[(rows_at, matrix, 0)]);
        store.below(&[(RECIPIENTS, data, below)])
    })
}

fn sizes_that_lie() -> Vec<u8> {
    let mut store = with_folder();
    store.message(message(1), folder(1), "flour", 0);
    // The block of the message comes last: the table says that it is as large as a block can be told to be.
    let last = store.number(false);
    store.put(last, Heap::of_message("flour").blocks.remove(0));
    store.stated.insert(last, u16::MAX);
    store.node(message(1), last, 0, folder(1));
    store.bytes()
}

fn folders_in_a_circle() -> Vec<u8> {
    let mut store = Store::default();
    store.folder(ROOT_FOLDER, folder(3), "", &[]);
    store.folder(folder(1), folder(2), "Inbox", &[message(1)]);
    store.folder(folder(2), folder(3), "Mill", &[]);
    store.folder(folder(3), folder(1), "Flour", &[]);
    store.folder(folder(4), folder(4), "Itself", &[]);
    store.message(message(1), folder(1), "flour", 0);
    store.bytes()
}

fn folders_in_folders() -> Vec<u8> {
    let mut store = Store::default();
    store.folder(ROOT_FOLDER, ROOT_FOLDER, "", &[]);
    for n in 1..3_000 {
        let parent = if n == 1 { ROOT_FOLDER } else { folder(n - 1) };
        store.folder(folder(n), parent, &"Inbox".repeat(20), &[]);
    }
    store.message(message(1), folder(2_999), "flour", 0);
    store.bytes()
}

/// Two hundred folders that share one table of twelve hundred messages that are not there.
fn one_table_of_all_folders() -> Vec<u8> {
    let mut store = with_folder();
    store.message(message(1), folder(1), "flour", 0);
    let ids: Vec<u32> = (100..1_300).map(message).collect();
    let table = store.data(Heap::of_table(&ids).blocks);
    for n in 2..202 {
        store.folder(folder(n), ROOT_FOLDER, "Lost", &[]);
        store.node(folder(n) & !0x1f | 0x0e, table, 0, 0);
    }
    store.bytes()
}

/// Messages that are there, listed by two hundred folders.
fn one_message_in_all_folders() -> Vec<u8> {
    let mut store = with_folder();
    let ids: Vec<u32> = (1..901).map(message).collect();
    let data = store.data(Heap::of_message("flour").blocks);
    for id in &ids {
        store.node(*id, data, 0, folder(1));
    }
    let table = store.data(Heap::of_table(&ids).blocks);
    for n in 2..202 {
        store.folder(folder(n), ROOT_FOLDER, "Again", &[]);
        store.node(folder(n) & !0x1f | 0x0e, table, 0, 0);
    }
    store.bytes()
}

/// The tree of the properties leads back to its own top.
fn heap_tree_of_itself() -> Vec<u8> {
    with_data(|store| {
        let mut top = Vec::new();
        for _ in 0..500 {
            top.extend(7_u16.to_le_bytes());
            top.extend(item(0, 1).to_le_bytes());
        }
        store.data(Heap::of(0xbc, &[vec![tree_header(2, 6, 8, item(0, 1)), top]]).blocks)
    })
}
