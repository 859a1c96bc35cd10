//! Who writes to whom and when: threads that go on for days, notices and newsletters, in the order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::rc::Rc;

use jiff::civil::Weekday;

use crate::documents::Cabinet;
use crate::keys::{period_end, period_start};
use crate::letter::{Letter, Occasion, Parent, Turn, base_subject};
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
    /// Whether a program answers, not its owner.
    automatic: bool,
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
        self.answer_for_the_absent(campaign, written, &parent, arrived);
        let repliers: Vec<usize> = letter
            .recipients()
            .filter(|index| campaign.people.get(*index).is_some_and(writes_back))
            .collect();
        let wanted = self
            .random
            .percent(if written.depth == 0 { 62 } else { 52 });
        let machine = is_by_machine(letter);
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
            automatic: false,
        };
        self.replies.push(Reverse(reply));
    }

    /// The programs of those who are away answer at once.
    fn answer_for_the_absent(
        &mut self,
        campaign: &Campaign,
        written: &Written,
        parent: &Parent,
        arrived: Moment,
    ) {
        let letter = &written.letter;
        let away = letter.recipients().find(|index| {
            let answers = campaign.people.get(*index).is_some_and(|person| {
                matches!(person.client, Client::GmailWeb | Client::OutlookExchange)
            });
            let week = arrived.seconds() / 604_800;
            answers && (week + *index as i64 * 5) % 26 == 3
        });
        let Some(from) = away.filter(|_| !is_by_machine(letter) && !letter.to_list) else {
            return;
        };
        let reply = Reply {
            at: arrived.plus(self.random.between(1, 6) * SECOND),
            number: self.random.next(),
            from,
            parent: Rc::new(parent.clone()),
            subject: letter.subject.clone(),
            language: campaign
                .people
                .get(from)
                .map_or(letter.language, |person| person.language),
            depth: LONGEST_THREAD,
            automatic: true,
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
        let is_personal = !matches!(author.client, Client::Bulk | Client::Notice);
        if is_personal && self.random.percent(27) {
            letter.attachments = cabinet.take(author, letter.at, &mut self.random)?;
        } else if is_personal && !to_list {
            self.invite(&mut letter);
        }
        if author.mailbox.is_some() && !to_list && self.random.percent(3) {
            let hidden = campaign
                .owners()
                .filter(|owner| *owner != from && letter.recipients().all(|other| other != *owner));
            letter.bcc = hidden.take(1).collect();
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
        if reply.automatic {
            automatic(&reply, author, &mut letter);
            return Ok(Written {
                letter,
                depth: reply.depth,
            });
        }
        if self.random.percent(FORWARDED_PERCENT) {
            self.forward(&reply, campaign, &mut letter);
        } else {
            self.answer_to(&reply, &mut letter);
        }
        if !matches!(letter.occasion, Occasion::Encloses(_)) {
            letter.quote = Some(reply.parent);
        }
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
        self.enclose(reply, letter);
        let from_outlook = matches!(letter.client, Client::Outlook | Client::OutlookExchange);
        let mark = if from_outlook && letter.language == Language::French {
            "TR"
        } else if from_outlook && letter.language == Language::German {
            "WG"
        } else {
            "Fwd"
        };
        letter.subject = format!("{mark}: {}", base_subject(&reply.subject));
    }

    /// Some forward a message as a file.
    fn enclose(&mut self, reply: &Reply, letter: &mut Letter) {
        let can = matches!(
            letter.client,
            Client::Thunderbird | Client::AppleMail | Client::OutlookExchange
        );
        let received = reply.parent.received.iter();
        let own = received.into_iter().find(|(owner, _)| *owner == reply.from);
        if let Some((_, mail)) = own.filter(|_| can && self.random.percent(40)) {
            letter.occasion = Occasion::Encloses(Rc::new(mail.clone()));
            letter.attachments = Vec::new();
        }
    }

    /// Some letters are invitations to a meeting in the next days.
    fn invite(&mut self, letter: &mut Letter) {
        let can = matches!(
            letter.client,
            Client::GmailWeb | Client::Outlook | Client::OutlookExchange
        );
        if can && self.random.percent(4) {
            let begins = letter.at.plus(self.random.between(1, 9) * DAY);
            letter.occasion = Occasion::Meeting(begins.whole_second());
        }
    }

    /// How far the clock of this computer runs ahead today, in microseconds: its usual error, or for once an hour or a
    /// day, or years where its battery failed.
    fn clock_error(&mut self, author: &Person, client: Client, at: Moment) -> i64 {
        let own_clock = matches!(
            client,
            Client::Outlook | Client::AppleMail | Client::Thunderbird
        );
        match self.random.below(4000) {
            0..=11 if own_clock => HOUR,
            12..=23 if own_clock => -HOUR,
            24..=27 if own_clock => DAY,
            28 if own_clock => Moment::day(2009, 1, 1).0 - at.0,
            _ => author.clock_error,
        }
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
            bcc: Vec::new(),
            to_list: false,
            client,
            language: author.language,
            zone: device_zone(client, from, at),
            subject: String::new(),
            text: String::new(),
            quote: None,
            turn: Turn::Answers,
            attachments: Vec::new(),
            occasion: Occasion::None,
            at,
            clock_error: if on_phone.is_some() {
                0
            } else {
                self.clock_error(author, client, at)
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
            Client::IPhone | Client::GmailApp | Client::AndroidMail => self.random.between(1, 5),
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

/// What the program of someone who is away makes of a letter.
fn automatic(reply: &Reply, author: &Person, letter: &mut Letter) {
    let (mark, text) = words::absence(author.language);
    letter.client = author.client;
    letter.to = vec![reply.parent.from];
    letter.subject = format!("{mark}{}", base_subject(&reply.subject));
    text.clone_into(&mut letter.text);
    letter.occasion = Occasion::Absence;
    letter.clock_error = 0;
    letter.waited = 0;
}

fn is_by_machine(letter: &Letter) -> bool {
    matches!(letter.client, Client::Bulk | Client::Notice)
        || matches!(letter.occasion, Occasion::Absence)
}

fn writes_back(person: &Person) -> bool {
    !matches!(person.client, Client::Bulk | Client::Notice)
}

/// Where the device is: at home, abroad for some weeks of the year, or in UTC.
fn device_zone(client: Client, from: usize, at: Moment) -> &'static str {
    if client == Client::GmailApp {
        return "UTC";
    }
    let week = at.seconds() / 604_800;
    match (week + from as i64) % 26 {
        7 => "America/New_York",
        11 if from.is_multiple_of(3) => "Asia/Tokyo",
        19 => "Europe/London",
        23 if from % 4 == 1 => "America/Los_Angeles",
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
