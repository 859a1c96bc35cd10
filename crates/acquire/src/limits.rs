//! What hostile exhibits may cost: every limit has its name, its unit and the words of its reason.

use mabillon_case::Form;
use serde::{Deserialize, Serialize};

/// Containers in containers that are opened; an exhibit's own file is depth 0, its members depth 1.
pub const NESTING_MAX: u32 = 16;

/// Entries that are taken out of one zip or tar archive.
pub const ENTRIES_MAX: u64 = 2_000_000;

/// Bytes of one item: it lies in memory whole, one of this size at a time.
pub const ITEM_BYTES_MAX: u64 = 320 << 20;

/// Bytes of one message: it lies in memory with everything it carries, decoded. Mail servers take 150 MB at most.
pub const MESSAGE_BYTES_MAX: u64 = 160 << 20;

/// Bytes beyond which something is large: room is asked for before it is read, so that few of them are in memory at once.
pub const LARGE_BYTES: u64 = 16 << 20;

/// Bytes of a zip archive inside a container that are kept in memory; a larger one is spooled to a temporary file.
pub const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// Bytes that all containers of one file may expand to, whatever their ratio.
pub const EXPANDED_FREE_BYTES: u64 = 256 << 20;

/// Further expanded bytes for each byte of the file.
pub const EXPANDED_RATIO_MAX: u64 = 50;

/// Bytes one compressed stream may expand to, whatever its ratio.
pub const STREAM_FREE_BYTES: u64 = 16 << 20;

/// Further expanded bytes for each compressed byte that was read.
///
/// Deflate ends at 1032; text of logs and mailboxes stays below 50.
pub const STREAM_RATIO_MAX: u64 = 250;

/// Memory an xz decoder may ask for, in KiB (`xz -9` needs 65 MiB).
pub(crate) const XZ_MEMORY_KIB_MAX: u32 = 256 << 10;

/// Window of a Zstandard frame, as log2 of bytes (`zstd --long=27` is the largest that its own tool opens unasked).
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Bytes up to which a file or member is looked at whole before its form is told.
pub(crate) const WHOLE_BYTES_MAX: u64 = 8 << 20;

/// Bytes of a file within which all signatures of containers stand; that of ISO images is the last.
pub(crate) const SIGNATURE_BYTES_MAX: u64 = 64 << 10;

/// Passwords that are tried on all entries of one zip archive; with AES each is a derivation of a thousand rounds.
pub(crate) const ZIP_PASSWORD_ATTEMPTS_MAX: u64 = 100_000;

/// Dictionary of a zip entry packed by LZMA, in bytes.
pub(crate) const ZIP_LZMA_DICTIONARY_BYTES_MAX: u32 = 256 << 20;

/// Memory of the model of a zip entry packed by `PPMd`, in bytes: as much as its header can ask for.
pub(crate) const ZIP_PPMD_MEMORY_BYTES_MAX: u32 = 256 << 20;

/// Memory that the directory or one decoder of a 7z archive may ask for, in KiB (`-mx=9` needs 64 MiB).
pub(crate) const SEVENZ_MEMORY_KIB_MAX: usize = 512 << 10;

/// Rounds of hashing for one key of a 7z archive, as log2 (its own tool takes 19).
pub(crate) const SEVENZ_KEY_ROUNDS_LOG_MAX: u8 = 24;

/// Rounds of hashing for all keys of one 7z archive, those of passwords that do not fit among them.
pub(crate) const SEVENZ_KEY_ROUNDS_MAX: u64 = 1 << 30;

/// Dictionary of a rar 5 archive, in bytes (`-md1g` is the largest that its own tool opens unasked on most machines).
pub(crate) const RAR_DICTIONARY_BYTES_MAX: u64 = 512 << 20;

/// Memory that the decoder of a rar archive may take, in bytes.
pub(crate) const RAR_WORKSPACE_BYTES_MAX: u64 = 1 << 30;

/// Rounds of hashing for all keys of one rar 5 archive, those of passwords that do not fit among them (its own tool takes
/// 2^15 for each).
pub(crate) const RAR_KEY_ROUNDS_MAX: u64 = 1 << 30;

/// Bytes of the headers of one volume of a rar archive.
pub(crate) const RAR_HEADER_BYTES_MAX: u64 = 512 << 20;

/// Attachments of one archive of Outlook for Mac that are looked up for its messages.
pub(crate) const OLM_ATTACHMENTS_MAX: usize = 200_000;

/// Bytes of one XML file of messages of Outlook for Mac.
pub(crate) const OLM_FILE_BYTES_MAX: u64 = 64 << 20;

/// Files that may be parts of archives and are set aside while the container they lie in is read.
pub(crate) const PARTS_APART_MAX: usize = 999;

/// Volume descriptors of an ISO image that are looked at.
pub(crate) const ISO_DESCRIPTORS_MAX: u64 = 64;

/// Bytes of all directories of an ISO image together.
pub(crate) const ISO_DIRECTORY_BYTES_MAX: u64 = 128 << 20;

/// Directories in directories of an ISO image; the standard allows 8, Rock Ridge more.
pub(crate) const ISO_DIRECTORY_DEPTH_MAX: usize = 64;

/// Bytes of the path of a file in an ISO image.
pub(crate) const ISO_PATH_BYTES_MAX: usize = 4096;

/// Bytes up to which a file of a folder is read ahead by another thread.
pub(crate) const READ_AHEAD_BYTES_MAX: u64 = 1 << 20;

/// Bytes of all files that were read ahead and are not yet taken; a file beyond that is read when it is taken.
pub(crate) const READ_AHEAD_TOTAL_BYTES_MAX: u64 = 48 << 20;

/// Bytes of one window of the mbox splitter; it grows only where one message is larger.
pub(crate) const WINDOW_BYTES: usize = 2 << 20;

/// Bytes of a `From ` line; a longer line is no separator.
pub(crate) const SEPARATOR_LINE_BYTES_MAX: usize = 1024;

/// Bytes of a header that are searched for `Content-Length`.
pub(crate) const HEADER_BYTES_MAX: usize = 256 << 10;

/// Largest `Content-Length` of an mbox message that is honoured, in bytes.
pub(crate) const CONTENT_LENGTH_MAX: usize = 32 << 20;

/// Members of a gzip or bzip2 file; each costs a decoder, however small it is.
pub(crate) const COMPRESSED_MEMBERS_MAX: u32 = 1_000_000;

/// Bytes of the long-name and pax records of a tar archive.
pub(crate) const TAR_RECORD_BYTES_MAX: u64 = 1 << 20;

/// Bytes of the file name in the header of a gzip file.
pub(crate) const GZIP_NAME_BYTES_MAX: usize = 4096;

/// Pax records of one entry that are kept.
pub(crate) const PAX_RECORDS_MAX: usize = 64;

/// Bytes of the central directory of a zip archive.
pub(crate) const ZIP_DIRECTORY_BYTES_MAX: u64 = 1 << 30;

/// The limits of one run. The default is the named constants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// See [`NESTING_MAX`].
    pub nesting_max: u32,
    /// See [`ENTRIES_MAX`].
    pub entries_max: u64,
    /// See [`ITEM_BYTES_MAX`], in bytes.
    pub item_bytes_max: u64,
    /// See [`MESSAGE_BYTES_MAX`], in bytes.
    pub message_bytes_max: u64,
    /// See [`MEMORY_BYTES_MAX`], in bytes.
    pub memory_bytes_max: u64,
    /// See [`EXPANDED_FREE_BYTES`], in bytes.
    pub expanded_free_bytes: u64,
    /// See [`EXPANDED_RATIO_MAX`].
    pub expanded_ratio_max: u64,
    /// See [`STREAM_FREE_BYTES`], in bytes.
    pub stream_free_bytes: u64,
    /// See [`STREAM_RATIO_MAX`].
    pub stream_ratio_max: u64,
}

impl Limits {
    /// Bytes of one item of this form.
    pub(crate) fn bytes_max_of(&self, form: Form) -> u64 {
        if form == Form::Message {
            self.item_bytes_max.min(self.message_bytes_max)
        } else {
            self.item_bytes_max
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nesting_max: NESTING_MAX,
            entries_max: ENTRIES_MAX,
            item_bytes_max: ITEM_BYTES_MAX,
            message_bytes_max: MESSAGE_BYTES_MAX,
            memory_bytes_max: MEMORY_BYTES_MAX,
            expanded_free_bytes: EXPANDED_FREE_BYTES,
            expanded_ratio_max: EXPANDED_RATIO_MAX,
            stream_free_bytes: STREAM_FREE_BYTES,
            stream_ratio_max: STREAM_RATIO_MAX,
        }
    }
}
