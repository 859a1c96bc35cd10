//! The programs people write with: each makes of a letter the message its real counterpart would make.
//!
//! A letter becomes the same message each time: what a program makes up comes from the letter's seed.

mod android;
mod apple;
mod bulk;
mod gmail;
mod occasions;
mod outlook;
mod thunderbird;

use bytes::Bytes;
use jiff::tz::TimeZone;

use crate::MakeError;
use crate::clocks::ThreadIndex;
use crate::documents::Document;
use crate::letter::{Letter, Parent, Turn};
use crate::mime::{
    Charset, Content, Field, Mail, Node, base64, header_words, quoted_printable, with_crlf,
};
use crate::moment::{Moment, zone};
use crate::people::{Campaign, Client, Language, Person};
use crate::random::Random;

/// What a program made.
#[derive(Debug, Clone)]
pub(crate) struct Composed {
    pub(crate) mail: Mail,
    /// Without angle brackets.
    pub(crate) message_id: String,
    pub(crate) thread_index: Option<ThreadIndex>,
    /// When the first server has it, true time.
    pub(crate) handed: Moment,
    /// All the text in it, quotes included.
    pub(crate) text: String,
}

pub(crate) use occasions::enclosed_bytes;

/// Makes the message.
pub(crate) fn compose(letter: &Letter, campaign: &Campaign) -> Result<Composed, MakeError> {
    let author = campaign
        .people
        .get(letter.from)
        .ok_or(MakeError::Plan("an author is not of the campaign"))?;
    let mut desk = Desk {
        letter,
        campaign,
        author,
        random: Random::labelled(letter.seed, "client"),
        zone: zone(letter.zone),
    };
    let composed = match letter.client {
        Client::AndroidMail => android::compose(&mut desk),
        Client::GmailWeb | Client::GmailApp => gmail::compose(&mut desk),
        Client::Outlook => outlook::compose_for_smtp(&mut desk),
        Client::OutlookExchange => outlook::compose_for_exchange(&mut desk),
        Client::AppleMail => apple::compose_on_mac(&mut desk),
        Client::IPhone => apple::compose_on_iphone(&mut desk),
        Client::Thunderbird => thunderbird::compose(&mut desk),
        Client::Bulk => bulk::compose_newsletter(&mut desk),
        Client::Notice => bulk::compose_notice(&mut desk),
    };
    Ok(occasions::dress(composed, &mut desk))
}

/// Where a letter is written: the letter, its author, the device's zone, and chance.
struct Desk<'a> {
    letter: &'a Letter,
    campaign: &'a Campaign,
    author: &'a Person,
    random: Random,
    zone: TimeZone,
}

/// How a program writes words that are not ASCII.
#[derive(Clone, Copy)]
struct Words {
    charset: Charset,
    label: &'static str,
}

const UTF_8: Words = Words {
    charset: Charset::Utf8,
    label: "UTF-8",
};
const UTF_8_LOWER: Words = Words {
    charset: Charset::Utf8,
    label: "utf-8",
};
const LATIN_1: Words = Words {
    charset: Charset::Latin1,
    label: "iso-8859-1",
};

impl Desk<'_> {
    /// The domain of the author's address.
    fn host(&self) -> &str {
        self.author
            .address
            .rsplit_once('@')
            .map_or("invalid.example", |(_, host)| host)
    }

    fn address(&self, index: usize, words: Words, quoted: bool) -> String {
        self.campaign
            .people
            .get(index)
            .map_or_else(String::new, |person| mailbox(person, words, quoted))
    }

    fn from(&self, words: Words, quoted: bool) -> String {
        mailbox(self.author, words, quoted)
    }

    /// The `To` field's value; addresses after the first are folded with `fold`.
    fn to(&self, words: Words, quoted: bool, fold: &str) -> String {
        if self.letter.to_list {
            return self.campaign.list.0.clone();
        }
        self.list(&self.letter.to, words, quoted, fold)
    }

    /// The `Cc` field's value; empty where there is nobody.
    fn cc(&self, words: Words, quoted: bool, fold: &str) -> String {
        self.list(&self.letter.cc, words, quoted, fold)
    }

    fn list(&self, people: &[usize], words: Words, quoted: bool, fold: &str) -> String {
        let addresses: Vec<_> = people
            .iter()
            .map(|index| self.address(*index, words, quoted))
            .collect();
        addresses.join(&format!(",{fold}"))
    }

    fn subject(&self, words: Words) -> String {
        header_words(&self.letter.subject, words.charset, words.label)
    }

    fn date(&self) -> String {
        self.letter.device_time().rfc5322(&self.zone)
    }

    /// `In-Reply-To`, where the letter is a reply.
    fn in_reply_to(&self) -> Option<String> {
        self.letter
            .quote
            .as_ref()
            .map(|parent| format!("<{}>", parent.message_id))
    }

    /// `References`: those of the parent and the parent itself (RFC 5322, section 3.6.4).
    fn references(&self, fold: &str) -> Option<String> {
        let parent = self.letter.quote.as_ref()?;
        let ids: Vec<_> = parent
            .references
            .iter()
            .chain([&parent.message_id])
            .map(|id| format!("<{id}>"))
            .collect();
        Some(ids.join(fold))
    }

    /// The text with what it answers below, each line behind `> `.
    fn quoting_text(&self, attribution: &dyn Fn(&Self, &Parent) -> String) -> String {
        let Some(parent) = &self.letter.quote else {
            return self.letter.text.clone();
        };
        if self.letter.turn == Turn::Forwards {
            let head = self.forwarded_head(parent);
            return format!("{}\n\n{head}\n\n{}", self.letter.text, parent.text);
        }
        let quoted: Vec<_> = parent.text.lines().map(quote_line).collect();
        format!(
            "{}\n\n{}\n\n{}",
            self.letter.text,
            attribution(self, parent),
            quoted.join("\n")
        )
    }

    /// What stands above a forwarded message.
    fn forwarded_head(&self, parent: &Parent) -> String {
        let (name, address) = self.parent_author(parent);
        let at = parent.date.local(&self.zone);
        let subject = &parent.subject;
        if self.french() {
            let date = at.strftime("%d/%m/%Y %H:%M");
            format!(
                "---------- Message transf\u{e9}r\u{e9} ----------\nDe : {name} <{address}>\nDate : {date}\nObjet : {subject}"
            )
        } else {
            let date = at.strftime("%Y-%m-%d %H:%M");
            format!(
                "---------- Forwarded message ----------\nFrom: {name} <{address}>\nDate: {date}\nSubject: {subject}"
            )
        }
    }

    fn parent_author(&self, parent: &Parent) -> (&str, &str) {
        self.campaign
            .people
            .get(parent.from)
            .map_or(("", ""), |person| (person.name, person.address.as_str()))
    }

    fn french(&self) -> bool {
        self.author.language == Language::French
    }

    /// The document parts in the manner of a program.
    fn document_parts(&self, style: &dyn Fn(&Document) -> Vec<Field>) -> Vec<Node> {
        let parts = self.letter.attachments.iter();
        parts
            .map(|document| Node {
                head: style(document),
                content: Content::Leaf(base64(&document.bytes)),
            })
            .collect()
    }
}

fn mailbox(person: &Person, words: Words, quoted: bool) -> String {
    let name = header_words(person.name, words.charset, words.label);
    let plain = name == person.name;
    if plain && (quoted || name.contains(',')) {
        format!("\"{name}\" <{}>", person.address)
    } else {
        format!("{name} <{}>", person.address)
    }
}

/// `>` before a line that quotes already, `> ` before others, as all programs do.
fn quote_line(line: &str) -> String {
    if line.is_empty() {
        ">".to_owned()
    } else if line.starts_with('>') {
        format!(">{line}")
    } else {
        format!("> {line}")
    }
}

/// Adds a field unless its value is empty.
fn push(head: &mut Vec<Field>, name: &str, value: impl Into<String>) {
    let value = value.into();
    if !value.is_empty() {
        head.push(Field::new(name, value));
    }
}

fn push_some(head: &mut Vec<Field>, name: &str, value: Option<String>) {
    if let Some(value) = value {
        head.push(Field::new(name, value));
    }
}

/// The message of a head and a root node, whose own fields come where `CONTENT` stands in the head.
fn assemble(head: Vec<Field>, root: &Node) -> Mail {
    let mut fields = Vec::with_capacity(head.len() + root.head.len());
    for field in head {
        if field.name == CONTENT {
            fields.extend(root.head.iter().cloned());
        } else {
            fields.push(field);
        }
    }
    Mail {
        head: fields,
        body: Bytes::from(root.body()),
    }
}

/// Stands in a head for the fields of the root node.
const CONTENT: &str = "(content)";

fn content_here() -> Field {
    Field::new(CONTENT, "")
}

fn multipart(head: Vec<Field>, boundary: &str, preamble: &'static str, nodes: Vec<Node>) -> Node {
    Node {
        head,
        content: Content::Multipart {
            boundary: boundary.to_owned(),
            preamble,
            nodes,
        },
    }
}

/// A text part, encoded as quoted-printable where it is not ASCII and `always` is not set.
fn printable_leaf(mut head: Vec<Field>, text: &str, charset: Charset, always: bool) -> Node {
    if always || !text.is_ascii() {
        head.push(Field::new("Content-Transfer-Encoding", "quoted-printable"));
        return Node {
            head,
            content: Content::Leaf(quoted_printable(&charset.encode(text))),
        };
    }
    Node {
        head,
        content: Content::Leaf(with_crlf(text).into_bytes()),
    }
}
