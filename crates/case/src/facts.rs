//! Facts: one flat row per item, the only thing group tests see.

use serde::{Deserialize, Serialize};

use crate::{ItemId, Kind, LureFacts, Origin, Place, Signature, Stamp};

/// Everything a group test may know of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The item.
    pub item: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Media type told by content (`message/rfc822`, `application/pdf`); empty where it could not be read.
    pub media_type: String,
    /// Size of the exact bytes.
    pub size_bytes: u64,
    /// All places it lies in, in order. Filled when the row is read back; the item pass leaves it empty.
    pub places: Vec<Place>,
    /// For a message.
    pub message: Option<Box<MessageFacts>>,
    /// For a document or picture.
    pub document: Option<Box<DocumentFacts>>,
    /// Signatures with their results.
    pub signatures: Vec<Signature>,
    /// The RSA private keys whose text it holds, as [`Signature::key_id`] names them, sorted.
    pub private_keys: Vec<String>,
    /// Measures of the author's own text.
    pub text: TextFacts,
}

impl Facts {
    /// Whether it tells of itself nothing but its bytes and its places: no message, no property of a document, no
    /// signature, no private key.
    pub fn is_plain(&self) -> bool {
        let document = self.document.as_deref();
        self.message.is_none()
            && document.is_none_or(|document| *document == DocumentFacts::default())
            && self.signatures.is_empty()
            && self.private_keys.is_empty()
    }

    /// Whether it lies in the collection under examination.
    pub fn in_collection(&self) -> bool {
        self.places
            .iter()
            .any(|place| place.origin == Origin::Collection)
    }

    /// Whether it lies among the victim's originals.
    pub fn in_reference(&self) -> bool {
        self.places
            .iter()
            .any(|place| place.origin == Origin::Reference)
    }

    /// The mailboxes of the collection it lies in, sorted, each once: (exhibit, mailbox).
    pub fn mailboxes(&self) -> Vec<(&str, &str)> {
        let mut names: Vec<(&str, &str)> = self
            .places
            .iter()
            .filter(|place| place.origin == Origin::Collection)
            .filter_map(|place| Some((&*place.exhibit, place.mailbox.as_deref()?)))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether a signature proves the whole of what is shown: it passes without text removed, under an anchored key
    /// strong enough, aligned with `From`, covering all.
    pub fn is_proved(&self) -> bool {
        self.signatures.iter().any(Signature::proves_all)
    }
}

/// Facts of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and a column of its own"
)]
pub struct MessageFacts {
    /// `Message-ID` without angle brackets, empty where absent.
    pub message_id: String,
    /// `Date`.
    pub date: Option<Stamp>,
    /// First address of `From`.
    pub from: String,
    /// Its display name.
    pub from_name: String,
    /// Addresses of `To`.
    pub to: Vec<String>,
    /// Addresses of `Cc`.
    pub cc: Vec<String>,
    /// `Subject`, decoded.
    pub subject: String,
    /// Direct parent: last id of `In-Reply-To`, else last of `References`; empty where absent.
    pub in_reply_to: String,
    /// `References`.
    pub references: Vec<String>,
    /// GUID of `Thread-Index`, as hex; empty where absent.
    pub thread_guid: String,
    /// Time of the topmost `Received` (delivery).
    pub delivered: Option<Stamp>,
    /// Time of the lowest `Received` (first relay).
    pub first_received: Option<Stamp>,
    /// Number of `Received` fields; 0 for a sent copy or draft.
    pub n_hops: u32,
    /// `X-Mailer` or `User-Agent`.
    pub mailer: String,
    /// Outermost MIME boundary; empty where absent.
    pub boundary: String,
    /// Whether headers show a mailing list or gateway that rewrites (B37).
    pub is_rewritten: bool,
    /// Whether it was put together from the properties of a store: these are not its original bytes.
    pub is_assembled: bool,
    /// What it carries.
    pub attachments: Vec<AttachmentFact>,
    /// Number of quotations in its text.
    pub n_quotations: u32,
    /// Names of the header fields that the sender's side wrote: below the lowest `Received`, or all where there is none;
    /// as written, in order, separated by spaces, without those that an export adds.
    pub sender_fields: String,
    /// Names of the header fields that relays and the receiver wrote: those above, each once.
    pub relay_fields: String,
    /// The name that the sending machine gave to the first relay; empty where unknown.
    pub client_name: String,
    /// The network of the sending machine, as the first relay noted its address: `192.0.2.0/24`, `2001:db8:1::/48`; empty
    /// where it noted none or one of a private network.
    pub client_network: String,
    /// The first characters of `X-Gm-Message-State`, which Google changes every few weeks; empty where absent.
    pub era_token: String,
    /// Whether it is sent to many at once: it offers to unsubscribe, or calls itself bulk.
    pub is_bulk: bool,
    /// Whether it bears a mark that programs put on drafts, and no relay's: it was kept while it was written.
    pub is_draft: bool,
    /// When its conversation began, by the header of `Thread-Index`.
    pub thread_root: Option<Stamp>,
    /// Answers that `Thread-Index` counts up to and with this message: 0 for the first of a conversation.
    pub n_thread_answers: u32,
    /// When Gmail stored the first message of its conversation, by `X-GM-THRID`.
    pub gmail_thread: Option<Stamp>,
    /// Labels and tags that a mailbox gave it: `X-Gmail-Labels`, `X-Mozilla-Keys`.
    pub labels: Vec<String>,
    /// What Thunderbird noted of it (`X-Mozilla-Status`, and `X-Mozilla-Status2` in the high 16 bits): 1 read, 2 answered,
    /// 4 marked, 8 deleted and still in the file.
    pub mozilla_status: Option<u32>,
    /// Names of the header fields that mail stores and exporting programs added, each once, separated by spaces.
    pub store_fields: String,
    /// The line ends of its header.
    pub line_ends: LineEnds,
    /// Hashes of the ids under which relays took it, each with the relay's name and the second, lowest first. Two messages
    /// that have one in common are one transmission.
    pub relay_ids: Vec<u64>,
    /// Hash of the whole of `Thread-Index`; 0 where there is none.
    pub thread_index: u64,
    /// What tells whether it tries to obtain credentials.
    pub lure: LureFacts,
}

/// How the lines of a header end.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum LineEnds {
    /// There is no line end.
    #[default]
    None,
    /// CR LF, as mail travels (RFC 5322, section 2.1).
    CrLf,
    /// LF alone, as Unix keeps it.
    Lf,
    /// Both.
    Mixed,
}

/// One thing a message carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentFact {
    /// The item it is: SHA-256 of its decoded bytes.
    pub item: ItemId,
    /// File name, decoded; empty where absent.
    pub file_name: String,
    /// Declared media type.
    pub media_type: String,
    /// Size of the decoded bytes.
    pub size_bytes: u64,
}

/// Facts of a document or picture.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DocumentFacts {
    /// Title.
    pub title: String,
    /// Author.
    pub author: String,
    /// Who saved it last.
    pub last_modified_by: String,
    /// Created, as the properties state.
    pub created: Option<Stamp>,
    /// Last saved, as the properties state.
    pub modified: Option<Stamp>,
    /// Program that wrote it.
    pub application: String,
    /// Its version.
    pub application_version: String,
    /// Company.
    pub company: String,
    /// Language of the program that saved it last, as far as localised names tell (BCP 47: `ru`, `fr`); empty if unknown.
    pub ui_language: String,
    /// First part of the PDF `/ID`; empty where absent.
    pub permanent_id: String,
}

/// Measures of an item's text, after normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextFacts {
    /// Hash of the normalised words of everything a reader sees, quotations included; 0 where there is no text.
    pub digest: u64,
    /// Number of words of the author's own.
    pub n_words: u32,
    /// Language of the author's own words (BCP 47), told by its function words; empty where they do not tell.
    pub language: String,
    /// MinHash sketch of five-word shingles, for near-duplicates; empty where there are fewer than 20 words.
    pub sketch: Vec<u32>,
}
