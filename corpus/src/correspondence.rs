//! Who writes to whom and when: threads that go on for days, notices and newsletters, in the order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::rc::Rc;

use jiff::civil::Weekday;

use crate::documents::Cabinet;
use crate::keys::{period_end, period_start};
use crate::letter::{Letter, Parent, Turn, base_subject};
use crate::moment::{DAY, HOUR, MINUTE, Moment, SECOND, zone};
use crate::people::{Campaign, Client, Language, Person};
use crate::random::Random;
use crate::{MakeError, words};

/// Threads end after this many messages.
const LONGEST_THREAD: usize = 7;
/// Share of replies that go to someone else instead.
const FORWARDED_PERCENT: u64 = 11;
/// A quote keeps this much of what it answers.
const LONGEST_QUOTE: usize = 5_000;

/// The stream of letters.
pub(crate) struct Correspondence {
    random: Random,
    replies: BinaryHeap<Reverse<Reply>>,
    /// The time of the last new thread.
    now: Moment,
}

/// A reply that will be written.
struct Reply {
    at: Moment,
    number: u64,
    from: usize,
    parent: Rc<Parent>,
    subject: String,
    language: Language,
    depth: usize,
}

impl Ord for Reply {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Reply {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Reply {}

/// A letter and what its thread needs to go on.
pub(crate) struct Written {
    pub(crate) letter: Letter,
    /// Number of messages of the thread before this one.
    pub(crate) depth: usize,
}

impl Correspondence {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::labelled(seed, "correspondence"),
            replies: BinaryHeap::new(),
            now: period_start(),
        }
    }

    /// The next letter. `progress` in millionths says how much of the collection is made, and so what day it is.
    pub(crate) fn next(
        &mut self,
        campaign: &Campaign,
        cabinet: &mut Cabinet,
        progress: i64,
    ) -> Result<Written, MakeError> {
        let span = period_end().0 - period_start().0 - 2 * DAY;
        let planned =
            period_start().plus(span / 1_000_000 * progress + self.random.between(0, 20 * MINUTE));
        let next_thread = working_time(planned.max(self.now.plus(SECOND)), &mut self.random);
        if let Some(Reverse(reply)) = self.replies.peek()
            && reply.at < next_thread
            && let Some(Reverse(reply)) = self.replies.pop()
        {
            return self.reply(reply, campaign, cabinet);
        }
        self.now = next_thread;
        self.first(campaign, cabinet)
    }

    /// Lets a thread go on, perhaps: someone answers what was written.
    pub(crate) fn answer(
        &mut self,
        campaign: &Campaign,
        written: &Written,
        parent: Parent,
        arrived: Moment,
    ) {
        let letter = &written.letter;
        let repliers: Vec<usize> = letter
            .recipients()
            .filter(|index| campaign.people.get(*index).is_some_and(writes_back))
            .collect();
        let wanted = self
            .random
            .percent(if written.depth == 0 { 62 } else { 52 });
        let machine = matches!(letter.client, Client::Bulk | Client::Notice);
        if repliers.is_empty() || !wanted || machine || written.depth + 1 >= LONGEST_THREAD {
            return;
        }
        let delay = match self.random.below(10) {
            0..=4 => self.random.between(4 * MINUTE, 2 * HOUR),
            5..=8 => self.random.between(2 * HOUR, 20 * HOUR),
            _ => self.random.between(20 * HOUR, 4 * DAY),
        };
        let reply = Reply {
            at: working_time(arrived.plus(delay), &mut self.random),
            number: self.random.next(),
            from: self.random.pick(&repliers),
            parent: Rc::new(Parent {
                text: cut(&parent.text),
                ..parent
            }),
            subject: letter.subject.clone(),
            language: letter.language,
            depth: written.depth + 1,
        };
        self.replies.push(Reverse(reply));
    }

    fn first(&mut self, campaign: &Campaign, cabinet: &mut Cabinet) -> Result<Written, MakeError> {
        let from = self.author(campaign);
        let Some(author) = campaign.people.get(from) else {
            return Err(MakeError::Plan("the campaign has no people"));
        };
        let language = author.language;
        let to_list = author.mailbox.is_some() && self.random.percent(7);
        let (to, cc) = if to_list {
            (Vec::new(), Vec::new())
        } else {
            self.recipients(campaign, from)
        };
        let subject = words::subject(&mut self.random, language);
        let mut letter = self.blank(author, from, self.now);
        letter.to = to;
        letter.cc = cc;
        letter.to_list = to_list;
        letter.language = language;
        letter.subject = subject;
        self.write(campaign, &mut letter);
        if !matches!(author.client, Client::Bulk | Client::Notice) && self.random.percent(27) {
            letter.attachments = cabinet.take(author, letter.at, &mut self.random)?;
        }
        Ok(Written { letter, depth: 0 })
    }

    fn reply(
        &mut self,
        reply: Reply,
        campaign: &Campaign,
        cabinet: &mut Cabinet,
    ) -> Result<Written, MakeError> {
        let Some(author) = campaign.people.get(reply.from) else {
            return Err(MakeError::Plan("a replier is not of the campaign"));
        };
        let mut letter = self.blank(author, reply.from, reply.at);
        letter.language = reply.language;
        if self.random.percent(FORWARDED_PERCENT) {
            self.forward(&reply, campaign, &mut letter);
        } else {
            self.answer_to(&reply, &mut letter);
        }
        letter.quote = Some(reply.parent);
        self.write(campaign, &mut letter);
        if letter.turn == Turn::Answers && self.random.percent(12) {
            letter.attachments = cabinet.take(author, letter.at, &mut self.random)?;
        }
        Ok(Written {
            letter,
            depth: reply.depth,
        })
    }

    fn answer_to(&mut self, reply: &Reply, letter: &mut Letter) {
        let parent = &reply.parent;
        letter.to = vec![parent.from];
        if self.random.percent(60) {
            let others = parent.to.iter().copied();
            letter.cc = others
                .filter(|index| *index != reply.from && *index != parent.from)
                .collect();
        }
        letter.subject = format!("Re: {}", base_subject(&reply.subject));
    }

    fn forward(&mut self, reply: &Reply, campaign: &Campaign, letter: &mut Letter) {
        (letter.to, letter.cc) = self.recipients(campaign, reply.from);
        letter.turn = Turn::Forwards;
        letter.attachments.clone_from(&reply.parent.attachments);
        let from_outlook = matches!(letter.client, Client::Outlook | Client::OutlookExchange);
        let mark = if from_outlook && letter.language == Language::French {
            "TR"
        } else {
            "Fwd"
        };
        letter.subject = format!("{mark}: {}", base_subject(&reply.subject));
    }

    fn blank(&mut self, author: &Person, from: usize, at: Moment) -> Letter {
        let on_phone = author.phone.filter(|_| self.random.percent(25));
        let client = on_phone.unwrap_or(author.client);
        // Some messages wait: no network, a delivery put off until the evening.
        let may_wait = matches!(
            client,
            Client::Outlook | Client::AppleMail | Client::Thunderbird
        );
        let waited = if may_wait && self.random.percent(3) {
            self.random.between(20 * MINUTE, 7 * HOUR)
        } else {
            0
        };
        Letter {
            seed: self.random.next(),
            from,
            to: Vec::new(),
            cc: Vec::new(),
            to_list: false,
            client,
            language: author.language,
            zone: device_zone(client, from, at),
            subject: String::new(),
            text: String::new(),
            quote: None,
            turn: Turn::Answers,
            attachments: Vec::new(),
            at,
            clock_error: if on_phone.is_some() {
                0
            } else {
                author.clock_error
            },
            waited,
        }
    }

    fn author(&mut self, campaign: &Campaign) -> usize {
        let owners = 6;
        match self.random.below(100) {
            0..=60 => self.random.index(owners),
            61..=88 => owners + self.random.index(campaign.people.len() - owners - 2),
            89..=91 => campaign.people.len() - 2,
            _ => campaign.people.len() - 1,
        }
    }

    /// One to three people, of whom at least one is of the team unless the author is.
    fn recipients(&mut self, campaign: &Campaign, from: usize) -> (Vec<usize>, Vec<usize>) {
        let owners: Vec<usize> = campaign.owners().filter(|index| *index != from).collect();
        let from_team = campaign
            .people
            .get(from)
            .is_some_and(|person| person.mailbox.is_some());
        let n_writers = campaign.people.len() - 2;
        let mut everyone = vec![if from_team && self.random.percent(35) {
            owners.len() + 1 + self.random.index(n_writers - owners.len() - 1)
        } else {
            self.random.pick(&owners)
        }];
        let n_more = [0, 0, 0, 1, 1, 2]
            .get(self.random.index(6))
            .copied()
            .unwrap_or(0);
        for _ in 0..n_more {
            everyone.push(self.random.pick(&owners));
        }
        let mut seen = Vec::new();
        everyone.retain(|index| {
            *index != from && !seen.contains(index) && {
                seen.push(*index);
                true
            }
        });
        let cc = if self.random.percent(50) {
            everyone.split_off(1)
        } else {
            Vec::new()
        };
        (everyone, cc)
    }

    fn write(&mut self, campaign: &Campaign, letter: &mut Letter) {
        let Some(author) = campaign.people.get(letter.from) else {
            return;
        };
        let to = letter
            .to
            .first()
            .and_then(|index| campaign.people.get(*index));
        let (greeting, farewell) = words::greeting(
            &mut self.random,
            letter.language,
            to.map_or("tous", |to| to.name),
        );
        let n_sentences = match letter.client {
            Client::IPhone | Client::GmailApp => self.random.between(1, 5),
            Client::Bulk => self.random.between(12, 40),
            _ if letter.quote.is_some() => self.random.between(2, 14),
            _ => self.random.between(5, 34),
        };
        let body = words::paragraphs(&mut self.random, letter.language, n_sentences as usize);
        letter.text = match letter.client {
            Client::Bulk => body,
            Client::IPhone => format!("{greeting}\n\n{body}\n\nEnvoyé de mon iPhone"),
            Client::Notice => {
                format!("Madame, Monsieur,\n\n{body}\n\nCeci est un avis automatique.")
            }
            _ => format!(
                "{greeting}\n\n{body}\n\n{farewell}\n{}\n{}",
                author.name, author.role
            ),
        };
        // A line that begins with `From ` is what mbox files stumble over.
        if letter.language == Language::English && self.random.percent(30) {
            letter
                .text
                .push_str("\n\nFrom next week on I will be in the other office.");
        }
    }
}

fn writes_back(person: &Person) -> bool {
    !matches!(person.client, Client::Bulk | Client::Notice)
}

/// Where the device is: at home, abroad in the first week of a quarter for some, or in UTC.
fn device_zone(client: Client, from: usize, at: Moment) -> &'static str {
    if client == Client::GmailApp {
        return "UTC";
    }
    let week = at.seconds() / 604_800;
    match (week + from as i64) % 26 {
        7 if from < 6 => "America/New_York",
        19 if from < 6 => "Europe/London",
        _ => "Europe/Paris",
    }
}

/// The same time where people are at work, else the next morning; two in ten weekends are worked through.
fn working_time(planned: Moment, random: &mut Random) -> Moment {
    let paris = zone("Europe/Paris");
    let mut at = planned;
    for _ in 0..4 {
        let local = at.local(&paris);
        let weekend = matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday);
        if (7..22).contains(&local.hour()) && (!weekend || random.percent(20)) {
            break;
        }
        let to_midnight = DAY - i64::from(local.hour()) * HOUR - i64::from(local.minute()) * MINUTE;
        let to_morning = if local.hour() < 7 {
            to_midnight - DAY
        } else {
            to_midnight
        };
        at = at.plus(to_morning + 7 * HOUR + random.between(MINUTE, 3 * HOUR));
    }
    at
}

fn cut(text: &str) -> String {
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() > LONGEST_QUOTE {
            break;
        }
        kept.push_str(line);
    }
    kept.trim_end().to_owned()
}
