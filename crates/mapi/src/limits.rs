//! What hostile stores may cost.

/// Bytes of all properties and attachments of one message together.
pub const MESSAGE_BYTES_MAX: u64 = 112 << 20;

/// Messages in messages that are followed.
pub const EMBEDDED_DEPTH_MAX: u32 = 8;

/// Attachments of one message.
pub const ATTACHMENTS_MAX: usize = 10_000;

/// Recipients of one message that are read.
pub const RECIPIENTS_MAX: usize = 10_000;

/// Messages of one XML file of Outlook for Mac, which writes one into each.
pub const OLM_MESSAGES_MAX: usize = 10_000;

/// Bytes of one text that goes into a header field.
pub(crate) const FIELD_BYTES_MAX: usize = 16 << 10;

/// Bytes of one identifier that is kept as a fact.
pub(crate) const IDENTIFIER_BYTES_MAX: usize = 512;

/// Bytes that compressed RTF may expand to.
pub(crate) const RTF_BYTES_MAX: usize = 64 << 20;

/// Levels of a B-tree of pages. A tree of eight levels has room for more than a file can hold.
pub(crate) const TREE_LEVELS_MAX: u8 = 8;

/// Pages of the B-trees kept in memory.
pub(crate) const PAGES_KEPT: usize = 8_192;

/// Nodes of folders and messages in one store.
pub(crate) const NODES_MAX: usize = 4_000_000;

/// Nodes below one node.
pub(crate) const SUBNODES_MAX: usize = 100_000;

/// Levels of a tree on a heap.
pub(crate) const HEAP_TREE_LEVELS_MAX: u8 = 8;

/// Rows of one table.
pub(crate) const ROWS_MAX: usize = 4_000_000;

/// Rows of tables of one store that list a message which is not there, or which another folder has listed.
pub(crate) const STRAY_ROWS_MAX: u64 = 20_000;

/// Bytes of one cell of a table.
pub(crate) const CELL_BYTES_MAX: u64 = 1 << 20;

/// Folders in folders.
pub(crate) const FOLDER_DEPTH_MAX: usize = 64;

/// Folders of one store.
pub(crate) const FOLDERS_MAX: usize = 65_536;

/// Bytes of the path of a folder.
pub(crate) const FOLDER_PATH_BYTES_MAX: usize = 1024;

/// Bytes of a folder's name.
pub(crate) const FOLDER_NAME_BYTES_MAX: usize = 128;

/// Notes on what could not be read of one message.
pub(crate) const NOTES_MAX: usize = 20;
