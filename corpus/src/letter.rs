//! What someone means to send, before any program has made a message of it.

use std::rc::Rc;

use crate::clocks::ThreadIndex;
use crate::documents::Document;
use crate::mime::Mail;
use crate::moment::Moment;
use crate::people::{Client, Language};

/// A letter of one person to others.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// Seed of everything its client makes up; the same letter becomes the same message.
    pub(crate) seed: u64,
    /// Index into the campaign's people.
    pub(crate) from: usize,
    pub(crate) to: Vec<usize>,
    pub(crate) cc: Vec<usize>,
    /// Who gets it without the others knowing.
    pub(crate) bcc: Vec<usize>,
    /// Whether it goes to the team's mailing list.
    pub(crate) to_list: bool,
    pub(crate) client: Client,
    pub(crate) language: Language,
    /// The zone of the device.
    pub(crate) zone: &'static str,
    pub(crate) subject: String,
    /// What the author wrote, lines ended by LF.
    pub(crate) text: String,
    pub(crate) quote: Option<Rc<Parent>>,
    /// What it does with the message it quotes.
    pub(crate) turn: Turn,
    pub(crate) attachments: Vec<Rc<Document>>,
    pub(crate) occasion: Occasion,
    /// When the author pressed the button, true time.
    pub(crate) at: Moment,
    /// How far the device's clock runs ahead, in microseconds.
    pub(crate) clock_error: i64,
    /// How long the message waited on the device, in microseconds.
    pub(crate) waited: i64,
}

impl Letter {
    /// The time of the device's clock, as `Date` states it.
    pub(crate) const fn device_time(&self) -> Moment {
        self.at.plus(self.clock_error).whole_second()
    }

    /// Everyone it goes to by name.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = usize> {
        self.to.iter().chain(&self.cc).copied()
    }

    /// Whether the author's own copy names people whom the others do not see.
    pub(crate) fn copies_stay_hidden(&self) -> bool {
        !self.bcc.is_empty()
    }
}

/// What a letter is beyond a letter.
#[derive(Debug, Clone)]
pub(crate) enum Occasion {
    None,
    /// It invites to a meeting that begins then.
    Meeting(Moment),
    /// A program answers while its owner is away.
    Absence,
    /// It encloses the message it forwards as a file.
    Encloses(Rc<Mail>),
}

/// What a letter does with the message it quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Answers,
    /// To someone else, with its documents.
    Forwards,
}

/// The subject without what replies and forwards put before it.
pub(crate) fn base_subject(subject: &str) -> &str {
    let mut base = subject;
    while let Some(shorter) = ["Re: ", "Fwd: ", "TR: ", "AW: ", "WG: "]
        .iter()
        .find_map(|mark| base.strip_prefix(mark))
    {
        base = shorter;
    }
    base
}

/// The message a letter answers, as the replier sees it.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub(crate) message_id: String,
    pub(crate) references: Vec<String>,
    pub(crate) from: usize,
    pub(crate) to: Vec<usize>,
    pub(crate) subject: String,
    /// The time its `Date` states.
    pub(crate) date: Moment,
    /// All that stood in it, quotes included.
    pub(crate) text: String,
    pub(crate) thread_index: Option<ThreadIndex>,
    pub(crate) attachments: Vec<Rc<Document>>,
    /// The message as each owner of a stolen mailbox got it.
    pub(crate) received: Vec<(usize, Mail)>,
}
