//! A decoded Internet message (RFC 5322, RFC 2045): exact bytes, exact places.

use bytes::Bytes;

use crate::{Page, Span, Stamp, Text};

/// One header field as it stands in the bytes (RFC 5322, section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderField {
    /// The field name, without the colon and the white space before it.
    pub name: Span,
    /// Everything after the colon up to, and without, the line end that closes the field.
    pub value: Span,
    /// The whole field, with folds and the final line end.
    pub whole: Span,
}

/// A mailbox of an address list (RFC 5322, section 3.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The display name, decoded (RFC 2047).
    pub name: String,
    /// The addr-spec as written, without angle brackets; the domain in lower case.
    pub address: String,
    /// Where it stands.
    pub span: Span,
}

impl Address {
    /// The domain of the address, lower case; empty where there is none.
    pub fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }
}

/// One `Received` field (RFC 5321, section 4.4), the topmost hop first in [`Message::hops`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hop {
    /// The name the client gave (`from`), if any.
    pub from: Option<String>,
    /// The client's name by reverse look-up, as the comment states it.
    pub from_rdns: Option<String>,
    /// The client's address, as the comment states it.
    pub from_ip: Option<std::net::IpAddr>,
    /// The server that wrote the field (`by`).
    pub by: Option<String>,
    /// The protocol (`with`).
    pub with: Option<String>,
    /// The server's id of the message (`id`).
    pub id: Option<String>,
    /// Where the id stands.
    pub id_span: Span,
    /// The recipient (`for`).
    pub for_: Option<String>,
    /// The time after the last semicolon.
    pub date: Option<Stamp>,
    /// Where the date stands, comment included.
    pub date_span: Span,
    /// The whole field value.
    pub span: Span,
}

/// How a part asks to be shown (RFC 2183).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disposition {
    /// Nothing said.
    #[default]
    None,
    /// `inline`
    Inline,
    /// `attachment` or anything unknown, which RFC 2183 treats alike.
    Attachment,
}

/// Content-Transfer-Encoding (RFC 2045, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransferEncoding {
    /// `7bit`, `8bit`, `binary`, absent or unknown: the bytes stand as they are.
    #[default]
    Identity,
    /// `base64`
    Base64,
    /// `quoted-printable`
    QuotedPrintable,
    /// `uuencode` and its names
    Uuencode,
}

/// A node of the MIME tree, in the order of the bytes. Part 0 is the message itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// Index of the enclosing multipart in [`Message::parts`]; `None` for part 0.
    pub parent: Option<usize>,
    /// Depth in the tree, 0 for part 0.
    pub depth: u32,
    /// IMAP-style part number: `1`, `2.1`; empty for part 0 (RFC 3501, section 6.4.5).
    pub number: String,
    /// The header fields of this part; for part 0 those of the message.
    pub header: Vec<HeaderField>,
    /// `type/subtype` in lower case; `text/plain` where absent (RFC 2045, section 5.2).
    pub media_type: String,
    /// The `charset` parameter as written.
    pub charset: Option<String>,
    /// The `boundary` parameter of a multipart, exactly as written without quotes.
    pub boundary: Option<String>,
    /// Where the boundary parameter's value stands in the header.
    pub boundary_span: Span,
    /// All parameters of Content-Type, names in lower case, in order.
    pub parameters: Vec<(String, String)>,
    /// File name from Content-Disposition or Content-Type, decoded (RFC 2231, RFC 2047).
    pub file_name: Option<String>,
    /// Content-Disposition.
    pub disposition: Disposition,
    /// Parameters of Content-Disposition (`size`, `creation-date`, `modification-date`), names in lower case.
    pub disposition_parameters: Vec<(String, String)>,
    /// Content-Transfer-Encoding.
    pub encoding: TransferEncoding,
    /// The body of the part as it stands, still encoded.
    pub body: Span,
}

impl Part {
    /// Whether this is a multipart node.
    pub fn is_multipart(&self) -> bool {
        self.media_type.starts_with("multipart/")
    }

    /// Whether it is a CMS object that holds its content (RFC 8551, section 3.2), as its type or, where that says
    /// nothing, its name tells.
    pub fn is_cms_object(&self) -> bool {
        let is_named = || {
            let name = self.file_name.as_deref().unwrap_or_default();
            name.to_ascii_lowercase().ends_with(".p7m")
        };
        match self.media_type.as_str() {
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => true,
            "application/octet-stream" => is_named(),
            _ => false,
        }
    }
}

/// What a message carries that becomes an item of its own: an attachment or an attached message.
#[derive(Debug, Clone)]
pub struct Attached {
    /// Index into [`Message::parts`].
    pub part: usize,
    /// The decoded bytes.
    pub bytes: Bytes,
    /// What of the part these bytes are.
    pub layer: Layer,
}

/// What of a part an attached item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Its content.
    Content,
    /// The MIME entity that its content, a signed CMS object, holds (RFC 8551, section 3.5.2).
    SignedEntity,
}

/// What a block in ASCII armor is (RFC 9580, section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArmorKind {
    /// Text in the clear with its signature behind it.
    SignedText,
    /// A signature alone.
    Signature,
    /// A message: encrypted, or signed, or both.
    Message,
    /// Public keys.
    PublicKey,
    /// Private keys.
    PrivateKey,
}

/// An OpenPGP block in ASCII armor that stands in the text of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Armored {
    /// Index into [`Message::parts`].
    pub part: usize,
    /// What it is.
    pub kind: ArmorKind,
    /// Its packets.
    pub packets: Vec<u8>,
    /// The text that is signed in the clear, as it is hashed; empty for other kinds.
    pub signed_text: Vec<u8>,
    /// What stands around the block in that part, shortened; empty where nothing does.
    pub around: String,
}

/// The header field that begins a message put together from the properties of a store: `rules=1; from=mapi;
/// header=transport`. Its bytes are not those that were sent.
pub const ASSEMBLED_FIELD: &str = "X-Mabillon-Assembled";

/// The header field in which such a message says what could not be read of it; one for each.
pub const LOST_FIELD: &str = "X-Mabillon-Lost";

/// Where the header of a message comes from that was put together from the properties of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderSource {
    /// The transport headers that the store keeps, verbatim but for named exceptions.
    Transport,
    /// Written from single properties.
    Properties,
}

/// A message without original bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assembled {
    /// Where its header comes from.
    pub header: HeaderSource,
}

/// A message with everything that tests ask of it. Parsed once; tests parse nothing.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The exact bytes: without an mbox separator line, with the line ends it came with.
    pub raw: Bytes,
    /// The MIME tree in pre-order; never empty.
    pub parts: Vec<Part>,
    /// The header section, without the empty line that ends it.
    pub header: Span,
    /// The body of the message: everything after the empty line.
    pub body: Span,
    /// The mbox separator line that stood before it (`From x@y Tue Aug 08 ...`), if it came from an mbox.
    pub separator: Option<String>,
    /// `Message-ID` without angle brackets; the first where there are several.
    pub message_id: Option<String>,
    /// Where the Message-ID stands.
    pub message_id_span: Span,
    /// `In-Reply-To`, without angle brackets, in order.
    pub in_reply_to: Vec<String>,
    /// `References`, without angle brackets, in order.
    pub references: Vec<String>,
    /// `Date`, read leniently.
    pub date: Option<Stamp>,
    /// Where the value of `Date` stands.
    pub date_span: Span,
    /// The day of the week that `Date` states, 0 for Monday.
    pub date_weekday: Option<u8>,
    /// `From`.
    pub from: Vec<Address>,
    /// `Sender`.
    pub sender: Vec<Address>,
    /// `Reply-To`.
    pub reply_to: Vec<Address>,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Subject`, decoded (RFC 2047), unfolded.
    pub subject: Option<String>,
    /// Labels and tags that a mailbox gave it: `X-Gmail-Labels` of Gmail Takeout, `X-Mozilla-Keys` of Thunderbird; each
    /// once, decoded.
    pub labels: Vec<String>,
    /// What Thunderbird noted of it: `X-Mozilla-Status` in the low 16 bits, `X-Mozilla-Status2` in the high 16.
    pub mozilla_status: Option<u32>,
    /// The `Received` fields, topmost (latest) first.
    pub hops: Vec<Hop>,
    /// What a reader sees.
    pub text: Text,
    /// What its HTML holds beside the words.
    pub page: Page,
    /// OpenPGP blocks in the text that a reader sees, in order.
    pub armored: Vec<Armored>,
    /// Set where these are not the original bytes: it was put together from the properties of a store.
    pub assembled: Option<Assembled>,
}

impl Message {
    /// The header fields of the message, in order.
    pub fn fields(&self) -> &[HeaderField] {
        self.parts
            .first()
            .map_or(&[], |part| part.header.as_slice())
    }

    /// The header fields of this name, ASCII case ignored, in order.
    pub fn fields_named<'a>(
        &'a self,
        name: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a HeaderField> {
        self.fields().iter().filter(move |field| {
            field
                .name
                .of(&self.raw)
                .eq_ignore_ascii_case(name.as_bytes())
        })
    }

    /// The first header field of this name.
    pub fn field(&self, name: &str) -> Option<&HeaderField> {
        self.fields().iter().find(|field| {
            field
                .name
                .of(&self.raw)
                .eq_ignore_ascii_case(name.as_bytes())
        })
    }

    /// The value of the first field of this name: unfolded, trimmed, bytes outside UTF-8 replaced.
    pub fn value(&self, name: &str) -> Option<String> {
        self.field(name).map(|field| self.unfold(field.value))
    }

    /// A span of a header as one line: folds removed, white space at the ends trimmed.
    pub fn unfold(&self, span: Span) -> String {
        let text = String::from_utf8_lossy(span.of(&self.raw));
        let unfolded: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        unfolded.trim().to_owned()
    }
}
