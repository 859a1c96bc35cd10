//! Messages that are kept as MAPI properties (MS-OXCMSG, MS-OXPROPS): reads them from Outlook stores (PST and OST,
//! MS-PST), message files (MSG, MS-OXMSG) and TNEF (MS-OXTNEF), and puts a message together from them. The messages of
//! Outlook for Mac, which are XML, are read into the same properties.
//!
//! Such a message has no bytes of its own. [`assemble`] makes some, always the same ones from the same properties, and
//! marks them in their first line: they are not the original bytes, and no signature can be examined on them.
//!
//! Stores are hostile. Nothing here recurses without a bound, no loop of references is followed twice, and all reading
//! is paid from a [`Budget`].

mod assemble;
mod budget;
mod facts;
pub mod limits;
mod little_endian;
mod message;
mod msg;
mod olm;
mod property;
pub mod pst;
mod rtf;
mod tnef;

pub use assemble::{Assembled, Source, assemble};
pub use budget::Budget;
pub use facts::facts_of;
pub use message::{Attachment, Content, MapiMessage};
pub use msg::{is_msg, read_msg};
pub use olm::{OlmFile, OlmMessage, read_olm};
pub use property::{Properties, Value, tag};
pub use rtf::decompress_rtf;
pub use tnef::read_tnef;
