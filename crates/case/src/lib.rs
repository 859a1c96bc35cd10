//! The nouns that all stages share: what an item is, where it lay, what was read from it, what was found.
//!
//! Nothing here reads a file, a clock or the network, and no stage's work is done here.
//! The way of the data is `acquire` -> `decode` -> `examine` -> `interpret` -> `keep` -> `report`;
//! every stage takes and gives the types of this crate and no stage depends on another.

mod balance;
mod collection;
mod document;
mod entry;
mod evidence;
mod examination;
mod facts;
mod finding;
mod identity;
mod key_search;
mod message;
mod page;
mod passwords;
mod phishing;
mod place;
mod rows;
mod scale;
mod signature;
mod span;
mod stamp;
mod stored;
mod text;

pub use balance::{Balance, Ledger, Mismatch};
pub use collection::{
    ArchiveRecord, CollectionRecord, Conversations, Count, MailboxEnd, MailboxGap, MailboxRecord,
    MissingMessage, NamedBy, OutOfOrder, ProvedShare, SaveBurst, SavedAfterEnd, Selection,
};
pub use document::{Document, DocumentFormat, PdfTraces, ZipEntryTrace, ZipTraces};
pub use entry::{EntryAct, EntryClock, EntryFacts, EntryTime};
pub use evidence::{Basis, Class, Effect, Evidence, Opinion};
pub use examination::{ExaminationRecord, ExhibitRecord};
pub use facts::{AttachmentFact, DocumentFacts, Facts, LineEnds, MessageFacts, TextFacts};
pub use finding::{Change, Difference, Finding, NotRun, Outcome, Warning};
pub use identity::{ItemId, ParseItemIdError, sha256};
pub use key_search::{FoundKey, KeySearch, SearchEnd, recovery_mib};
pub use message::{
    ASSEMBLED_FIELD, Address, ArmorKind, Armored, Assembled, Attached, Disposition, HeaderField,
    HeaderSource, Hop, LOST_FIELD, Layer, Message, Part, TransferEncoding,
};
pub use page::{AskedFor, HiddenBy, HiddenText, Link, Page};
pub use passwords::{PASSWORDS_MAX, Passwords};
pub use phishing::{
    LureFacts, LureKind, LureSign, PhishingCampaign, PhishingCandidate, PhishingRecord,
};
pub use place::{Accounting, ContainerKind, Form, Kind, Origin, Place};
pub use rows::{FactRows, ReadFacts, Row};
pub use scale::{VERBAL_SCALE, VerbalStep, verbal_scale, verbal_step};
pub use signature::{
    BodyHash, Coverage, KeyGrade, KeySource, PersonalSignature, RSA_BITS_PROOF_MIN, RecoveryInput,
    RemovedText, Signature, SignatureKind, SignatureResult,
};
pub use span::Span;
pub use stamp::Stamp;
pub use stored::{
    EmlxFacts, EmlxPartFacts, HeaderFacts, MaildirFacts, MapiFacts, MboxFacts, OlmFacts, StoreFacts,
};
pub use text::{Quotation, Text};
