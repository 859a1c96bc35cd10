//! What of one message tells whether it tries to obtain credentials (catalogue of signs: links, names, forms, pressure).
//!
//! The signs are observations; what they add up to is told in [`crate::whole`], where the collection is known.

mod hosts;
mod houses;
mod phrases;

use mabillon_case::{AskedFor, LureFacts, LureKind, LureSign, Message};

use crate::header_shape::is_bulk;
use crate::signature::{organisation, recorded};
use crate::sketch::hash_bytes;

pub(crate) use hosts::{Likeness, host_of, likeness};
pub(crate) use houses::{house_named, house_of, houses};
pub(crate) use phrases::is_account_notice;

/// Hosts kept of one message.
const HOSTS_MAX: usize = 8;
/// Links of one message that are looked at.
const LINKS_MAX: usize = 100;
/// Elements that a page needs before their sequence tells anything.
const ELEMENTS_MIN: usize = 8;
/// Characters kept of what was seen.
const SEEN_CHARS_MAX: usize = 120;

/// Services that shorten addresses.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "goo.gl",
    "tinyurl.com",
    "ow.ly",
    "is.gd",
    "t.ly",
    "rebrand.ly",
    "cutt.ly",
    "tiny.cc",
    "buff.ly",
    "rb.gy",
];

/// What of a message tells whether it tries to obtain credentials.
pub(crate) fn facts(message: &Message) -> LureFacts {
    let sender = Sender::of(message);
    let hosts = hosts(message);
    let results: Vec<RecordedResult> = results(message).collect();
    let confirmed = confirmed(&results, &sender);
    let not_confirmed = match confirmed {
        Some(_) => None,
        None => not_confirmed(&results, &sender),
    };
    let mut signs = Vec::new();
    let mut add = |kind: LureKind, seen: Option<String>| {
        if let Some(seen) = seen {
            let seen = seen.chars().take(SEEN_CHARS_MAX).collect();
            signs.push(LureSign { kind, seen });
        }
    };
    add(LureKind::NameOfAnother, name_of_another(&sender));
    add(
        LureKind::ShownHostDiffers,
        shown_host_differs(message, &sender),
    );
    add(LureKind::Shortener, shortener(&hosts));
    add(
        LureKind::AnswersElsewhere,
        answers_elsewhere(message, &sender),
    );
    add(LureKind::Presses, presses(message));
    add(LureKind::NotConfirmed, not_confirmed);
    add(LureKind::Confirmed, confirmed);
    add(LureKind::AsksInForm, asks_in_form(message));
    let has_form = (message.page.form == AskedFor::Fields).then(|| "a form".to_owned());
    add(LureKind::HasForm, has_form);
    add(LureKind::AddressInLink, address_in_link(message));
    let n_elements = message.page.elements.split(' ').count();
    LureFacts {
        hosts,
        signs,
        elements: match n_elements {
            0..ELEMENTS_MIN => 0,
            _ => hash_bytes(0, message.page.elements.as_bytes()),
        },
    }
}

/// Who a message says it is of.
struct Sender {
    name: String,
    address: String,
    /// The domain that the address belongs to, by organisation.
    organisation: String,
}

impl Sender {
    fn of(message: &Message) -> Self {
        let from = message.from.first();
        let address = from
            .map(|from| from.address.to_lowercase())
            .unwrap_or_default();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        Self {
            name: from
                .map(|from| from.name.to_lowercase())
                .unwrap_or_default(),
            organisation: organisation(domain).to_owned(),
            address,
        }
    }
}

/// The hosts that links lead to, in HTML, or in plain text where there is none.
fn hosts(message: &Message) -> Vec<String> {
    let of_page = message.page.links.iter().map(|link| link.leads_to.as_str());
    // The words of a page hold what its links show, which is not where they lead.
    let plain = Some(message.text.own.as_str()).filter(|_| message.page.elements.is_empty());
    let words = plain.unwrap_or_default().split_whitespace();
    let of_text = words.filter(|word| word.contains("://"));
    let mut hosts: Vec<String> = Vec::new();
    for host in of_page.chain(of_text).take(LINKS_MAX).filter_map(host_of) {
        if hosts.len() < HOSTS_MAX && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// The sender's name is that of a house, or an address, and the address is another's.
fn name_of_another(sender: &Sender) -> Option<String> {
    let by_address = sender
        .name
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | '\''))
        .find(|word| word.contains('@') && word.contains('.'))
        .filter(|word| {
            let domain = word.rsplit_once('@').map_or("", |(_, domain)| domain);
            organisation(domain) != sender.organisation
        });
    if let Some(named) = by_address {
        return Some(format!("\"{named}\" at {}", sender.address));
    }
    let house = house_named(&sender.name)?;
    (!house.owns(&sender.organisation))
        .then(|| format!("\"{}\" at {}", sender.name, sender.address))
}

/// A link whose words are an address of one house and that leads to another. What newsletters send through a service that
/// counts is left out: there the host shown is that of the sender.
fn shown_host_differs(message: &Message, sender: &Sender) -> Option<String> {
    message.page.links.iter().take(LINKS_MAX).find_map(|link| {
        let leads_to = host_of(&link.leads_to)?;
        let shown = link.shows.split_whitespace().next()?;
        let is_address = shown.contains("://") || shown.starts_with("www.");
        let shown = host_of(shown).filter(|_| is_address)?;
        let (a, b) = (organisation(&shown), organisation(&leads_to));
        let is_counted = is_bulk(message) || a == sender.organisation;
        let same_house = house_of(a).is_some_and(|house| house.owns(b));
        (a != b && !same_house && !is_counted && !hosts::is_wrapper(&leads_to))
            .then(|| format!("shows {shown}, leads to {leads_to}"))
    })
}

fn shortener(hosts: &[String]) -> Option<String> {
    let found = hosts
        .iter()
        .find(|host| SHORTENERS.contains(&host.as_str()));
    found.cloned()
}

fn answers_elsewhere(message: &Message, sender: &Sender) -> Option<String> {
    let answers = message.reply_to.first()?.address.to_lowercase();
    let domain = answers.rsplit_once('@')?.1;
    let elsewhere = organisation(domain) != sender.organisation && !is_bulk(message);
    let is_list = crate::rewriter::rewriter(message).is_some();
    (elsewhere && !is_list).then_some(answers)
}

fn presses(message: &Message) -> Option<String> {
    let subject = message.subject.as_deref().unwrap_or_default();
    phrases::presses(&format!("{subject}\n{}", message.text.own))
}

/// A method, its result, and the domain that it is about.
type RecordedResult = (String, String, String);

/// What the receiving server noted of the sender's domain.
fn results(message: &Message) -> impl Iterator<Item = RecordedResult> {
    recorded(message, "Authentication-Results")
        .into_iter()
        .flat_map(|field| field.results)
        .map(|result| {
            let domain = match &*result.method {
                "dkim" => result.signer().unwrap_or_default(),
                "spf" => result
                    .property("smtp.mailfrom")
                    .unwrap_or_default()
                    .to_owned(),
                _ => result
                    .property("header.from")
                    .unwrap_or_default()
                    .to_owned(),
            };
            let domain = domain
                .rsplit_once('@')
                .map_or(&*domain, |(_, domain)| domain)
                .to_lowercase();
            (result.method, result.result, domain)
        })
}

fn not_confirmed(results: &[RecordedResult], sender: &Sender) -> Option<String> {
    results.iter().find_map(|(method, result, _)| {
        let fails =
            matches!(&**result, "fail" | "softfail") && matches!(&**method, "dmarc" | "spf");
        fails.then(|| format!("{method}={result} for {}", sender.organisation))
    })
}

fn confirmed(results: &[RecordedResult], sender: &Sender) -> Option<String> {
    results.iter().find_map(|(method, result, domain)| {
        let passes = result == "pass" && matches!(&**method, "dmarc" | "dkim" | "spf");
        (passes && organisation(domain) == sender.organisation && !domain.is_empty())
            .then(|| format!("{method}=pass for {}", sender.organisation))
    })
}

/// A form for a password, or any in a page that the message carries.
fn asks_in_form(message: &Message) -> Option<String> {
    let page = &message.page;
    match (page.form, page.attached_form) {
        (_, AskedFor::Password) => Some("a password, in a page it carries".to_owned()),
        (_, AskedFor::Fields) => Some("data, in a page it carries".to_owned()),
        (AskedFor::Password, AskedFor::None) => Some("a password".to_owned()),
        (AskedFor::Fields | AskedFor::None, AskedFor::None) => None,
    }
}

/// A link that holds the address of the only recipient, plainly or in Base64.
fn address_in_link(message: &Message) -> Option<String> {
    let [recipient] = message.to.as_slice() else {
        return None;
    };
    let address = recipient.address.to_lowercase();
    let encoded = base64_simd::STANDARD_NO_PAD.encode_to_string(address.as_bytes());
    let quoted = address.replace('@', "%40");
    let links = message.page.links.iter().take(LINKS_MAX);
    let mut holding = links.filter(|link| {
        let leads_to = link.leads_to.to_lowercase();
        let is_web = leads_to.starts_with("http");
        is_web
            && !is_bulk(message)
            && (leads_to.contains(&address)
                || leads_to.contains(&quoted)
                || link.leads_to.contains(&encoded))
    });
    holding.next().and_then(|link| host_of(&link.leads_to))
}
