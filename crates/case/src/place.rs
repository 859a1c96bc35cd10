//! Where an item lay: exhibit, nested path, byte range; and the accounting of what a container held.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{EntryFacts, ItemId, StoreFacts};

/// What an item is, as the export names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// An Internet message (RFC 5322).
    Message,
    /// A document: OOXML, ODF, OLE2 Office, PDF, RTF, text.
    Document,
    /// A picture.
    Image,
    /// A container of messages: mbox, PST, MSG ...
    Mailbox,
    /// A container of files: zip, tar, a compressed file.
    Archive,
    /// Anything else.
    Other,
}

/// The form of some bytes, told by their content, never by their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Form {
    /// An Internet message (RFC 5322).
    Message,
    /// An mbox file (RFC 4155 and its dialects).
    Mbox,
    /// An Outlook store: PST or OST (MS-PST).
    Pst,
    /// A message file of Outlook (MS-OXMSG).
    Msg,
    /// An archive of Outlook for Mac: a zip package of XML files.
    Olm,
    /// TNEF (MS-OXTNEF): `winmail.dat`.
    Tnef,
    /// A zip archive that is no Office document.
    Zip,
    /// A tar archive (POSIX ustar, GNU, pax).
    Tar,
    /// A gzip file (RFC 1952).
    Gzip,
    /// A bzip2 file.
    Bzip2,
    /// An xz file.
    Xz,
    /// A Zstandard file (RFC 8878).
    Zstd,
    /// A 7z archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A Microsoft cabinet.
    Cabinet,
    /// An ISO 9660 image.
    Iso,
    /// A container this version recognises and cannot open; the name of the format.
    UnsupportedContainer(&'static str),
    /// An Office Open XML package (ISO/IEC 29500).
    Ooxml,
    /// An OpenDocument package (ISO/IEC 26300).
    Odf,
    /// An OLE2 compound file (MS-CFB).
    Ole2,
    /// A PDF file (ISO 32000).
    Pdf,
    /// A Rich Text Format file.
    Rtf,
    /// A picture; its media type.
    Image(&'static str),
    /// Text that is none of the above.
    Text,
    /// HTML.
    Html,
    /// Anything else.
    Other,
}

impl Form {
    /// The kind of item these bytes are.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Message => Kind::Message,
            Self::Mbox | Self::Pst | Self::Msg | Self::Olm => Kind::Mailbox,
            Self::Zip
            | Self::Tar
            | Self::Gzip
            | Self::Bzip2
            | Self::Xz
            | Self::Zstd
            | Self::Tnef
            | Self::SevenZip
            | Self::Rar
            | Self::Cabinet
            | Self::Iso
            | Self::UnsupportedContainer(_) => Kind::Archive,
            Self::Ooxml
            | Self::Odf
            | Self::Ole2
            | Self::Pdf
            | Self::Rtf
            | Self::Text
            | Self::Html => Kind::Document,
            Self::Image(_) => Kind::Image,
            Self::Other => Kind::Other,
        }
    }

    /// Whether the bytes hold further items that `acquire` takes out.
    pub const fn is_container(self) -> bool {
        matches!(self.kind(), Kind::Mailbox | Kind::Archive)
    }
}

/// What the user handed it over as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// Part of the collection under examination.
    Collection,
    /// One of the victim's originals (`--reference`): compared with, never reported on.
    Reference,
}

/// One place where an item lies. The same bytes may lie in many places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Collection or reference.
    pub origin: Origin,
    /// The exhibit, as the user named it (its last path component).
    pub exhibit: Arc<str>,
    /// The nested path inside the exhibit, steps separated by `!`: `mail/lang.mbox!message 123!part 2`.
    /// Empty where the exhibit is itself the item.
    pub path: String,
    /// Offset of the first stored byte inside the nearest enclosing file or archive member.
    /// For an attachment: of its encoded form inside the message.
    pub offset: u64,
    /// Number of stored bytes.
    pub length: u64,
    /// The container or carrying message this was taken from, if it was taken from an item; of a file in which Apple Mail
    /// keeps an attachment beside its message, that message.
    pub parent: Option<ItemId>,
    /// The mailbox this message lies in: path of the mbox file, the Maildir or the folder of messages.
    pub mailbox: Option<Arc<str>>,
    /// What the archive says of it, where this is an entry of an archive.
    pub entry: Option<Arc<EntryFacts>>,
    /// What the mail store says of it, where this is a message in one, or an attachment that it keeps beside its message.
    pub stored: Option<Arc<StoreFacts>>,
}

/// The kinds of containers, for the accounting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ContainerKind {
    /// A folder given as exhibit.
    Folder,
    /// An mbox file.
    Mbox,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A single compressed file (gzip, bzip2, xz, zstd).
    Compressed,
    /// A 7z archive.
    SevenZip,
    /// A RAR archive, versions 1.5 to 4 or 5.
    Rar,
    /// A Microsoft cabinet (MS-CAB).
    Cabinet,
    /// An ISO 9660 image.
    Iso,
    /// An Outlook store (PST, OST): its folders.
    MailStore,
    /// A folder of an Outlook store: its messages.
    MailFolder,
    /// A message file of Outlook (MSG), or TNEF: one message.
    MapiMessage,
    /// An archive of Outlook for Mac.
    Olm,
    /// A message that carries attachments.
    Message,
}

/// The account of one container: every entry is decoded or failed, every byte has an owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Accounting {
    /// The exhibit.
    pub exhibit: Arc<str>,
    /// The nested path of the container; empty for the exhibit itself.
    pub path: String,
    /// What kind of container.
    pub kind: ContainerKind,
    /// Number of entries it says it holds, or that its bytes show.
    pub n_expected: u64,
    /// Number of entries taken out as items.
    pub n_decoded: u64,
    /// Number of entries that could not be taken out; each is an item "not examined: reason".
    pub n_failed: u64,
    /// Bytes of entries taken out, as stored.
    pub bytes_decoded: u64,
    /// Bytes of entries that could not be taken out, as stored.
    pub bytes_failed: u64,
    /// Bytes that are no entry, each run with its reason ("mbox separator lines", "zip directory", "directory entry").
    pub bytes_ignored: Vec<(String, u64)>,
}
