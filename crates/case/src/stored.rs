//! What a mail store says of a message beside its bytes: separator lines, file names, property lists, MAPI properties.
//!
//! It belongs to the place and not to the item: the same message has other such facts in another store.

use serde::{Deserialize, Serialize};

use crate::Stamp;

/// What the store says of a message at one place. Nothing here is proved: whoever holds the store can write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StoreFacts {
    /// The separator line of an mbox (RFC 4155).
    Mbox(MboxFacts),
    /// The file name of a Maildir.
    Maildir(MaildirFacts),
    /// The frame of an Apple Mail file.
    Emlx(EmlxFacts),
    /// The MAPI properties of a message of Outlook: PST, OST, MSG, TNEF.
    Mapi(Box<MapiFacts>),
    /// The record of a message of Outlook for Mac (OLM).
    Olm(OlmFacts),
    /// The folder of an attachment that Apple Mail took out of its message. The place's parent is that message.
    EmlxPart(EmlxPartFacts),
}

impl StoreFacts {
    /// The MAPI properties, where it has them.
    pub fn mapi(&self) -> Option<&MapiFacts> {
        match self {
            Self::Mapi(facts) => Some(facts),
            _ => None,
        }
    }
}

/// The separator line that stands before a message in an mbox.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct MboxFacts {
    /// The word after `From `: an envelope sender, or an id of whoever wrote the mailbox (`1573...@xxx`, Gmail Takeout).
    pub sender: String,
    /// The date of the line. Without an offset it is what an unknown clock showed, as if it were UTC (RFC 4155 wants UTC).
    pub date: Option<Stamp>,
    /// Number of the message in the mailbox, from 1.
    pub number: u64,
}

/// The file name of a message in a Maildir: `time.unique.host:2,flags`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct MaildirFacts {
    /// The file name.
    pub name: String,
    /// The time at which it was delivered into the Maildir, from the name; to the microsecond where the name has it.
    pub delivered: Option<Stamp>,
    /// The host part, without what follows a comma.
    pub host: String,
    /// The flags after `:2,`: `S` seen, `R` replied, `F` flagged, `T` trashed, `D` draft, `P` passed.
    pub flags: String,
    /// The size in bytes that the name states (`S=`), if any.
    pub size_bytes: Option<u64>,
    /// The IMAP UID that the name states (`U=`), if any.
    pub uid: Option<u64>,
}

/// The frame of an Apple Mail file: the count in its first line and the property list at its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct EmlxFacts {
    /// Number of bytes of the message that the first line states.
    pub stated_bytes: u64,
    /// Number of bytes from the first line to the property list.
    pub actual_bytes: u64,
    /// `date-received`: when the account received it.
    pub date_received: Option<Stamp>,
    /// `date-last-viewed`.
    pub date_last_viewed: Option<Stamp>,
    /// `date-sent` as the list states it.
    pub date_sent: Option<Stamp>,
    /// `flags`: bits of read, deleted, answered ...
    pub flags: Option<u64>,
    /// `remote-id`: the UID on the server.
    pub remote_id: String,
    /// `subject` as the list states it.
    pub subject: String,
    /// `sender` as the list states it.
    pub sender: String,
    /// Whether the attachments were taken out and lie in files beside it (`.partial.emlx`).
    pub is_partial: bool,
}

/// Where Apple Mail keeps what it took out of a message: `Attachments/123/2/flour.pdf` of `Messages/123.partial.emlx`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct EmlxPartFacts {
    /// Path of the message's file in the exhibit.
    pub message: String,
    /// Number of the part, as the folder is called: `2`, or `1.2` within a multipart of its own.
    pub part: String,
}

/// MAPI properties of a message (MS-OXPROPS), as stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct MapiFacts {
    /// Number of its node in the store (NID, MS-PST 2.2.2.1); 0 where there is none (MSG, TNEF).
    pub node: u32,
    /// Number of its first data block (BID, MS-PST 2.2.2.2), which Outlook gives out in rising order whenever it writes
    /// one; 0 where there is none.
    pub block: u64,
    /// Whether its folder does not list it: it was found by its node alone.
    pub is_recovered: bool,
    /// Blocks of it whose checksum (MS-PST 5.3) does not fit what they hold.
    pub n_bad_checksums: u32,
    /// `PidTagMessageClass`: `IPM.Note`.
    pub message_class: String,
    /// `PidTagMessageFlags` (MS-OXCMSG 2.2.1.6): 1 read, 2 unmodified, 4 submitted, 8 unsent, 16 has attachments, 32 from me.
    pub message_flags: Option<u32>,
    /// `PidTagClientSubmitTime`: when it was sent, by the sender's clock.
    pub submitted: Option<Stamp>,
    /// `PidTagMessageDeliveryTime`: when it was delivered, by the server's clock.
    pub delivered: Option<Stamp>,
    /// `PidTagCreationTime`: when this copy was made in the store.
    pub created: Option<Stamp>,
    /// `PidTagLastModificationTime`: when this copy was changed last.
    pub modified: Option<Stamp>,
    /// `PidTagLastVerbExecuted` (102 reply, 103 reply to all, 104 forward).
    pub last_verb: Option<u32>,
    /// `PidTagLastVerbExecutionTime`.
    pub last_verb_time: Option<Stamp>,
    /// `PidTagConversationIndex`, as hex; empty where absent.
    pub conversation_index: String,
    /// `PidTagInternetMessageId`, without angle brackets; empty where absent.
    pub message_id: String,
    /// `PidTagSentRepresentingSmtpAddress`, else the sender's SMTP address; empty where neither is stored.
    pub sender_smtp: String,
    /// `PidTagSenderEmailAddress`: an SMTP address, or the name in an Exchange directory.
    pub sender_address: String,
    /// `PidTagSenderEntryId`, as hex, as far as it is kept; empty where absent.
    pub sender_entry_id: String,
    /// `PidTagSearchKey`, as hex; copies of one message in one store share it. Empty where absent.
    pub search_key: String,
    /// `PidTagNormalizedSubject`, else `PidTagSubject`; empty where absent.
    pub subject: String,
    /// Whether transport headers are stored (`PidTagTransportMessageHeaders`).
    pub has_transport_headers: bool,
    /// The `Message-ID`, `Date`, `From` address and subject of the transport headers, as far as they are stored there.
    pub headers: HeaderFacts,
    /// Forms of the body that are stored: `text`, `html`, `rtf`.
    pub bodies: Vec<String>,
}

/// What the transport headers of a MAPI message say, to compare with its properties.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct HeaderFacts {
    /// `Message-ID`, without angle brackets; empty where absent.
    pub message_id: String,
    /// The value of `Date`, as written, at most 100 bytes; empty where absent.
    pub date: String,
}

/// A message record of Outlook for Mac.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct OlmFacts {
    /// `OPFMessageCopySentTime`.
    pub sent: Option<Stamp>,
    /// `OPFMessageCopyReceivedTime`.
    pub received: Option<Stamp>,
    /// `OPFMessageCopyModDate`.
    pub modified: Option<Stamp>,
    /// `OPFMessageCopyMessageID`, without angle brackets; empty where absent.
    pub message_id: String,
}
