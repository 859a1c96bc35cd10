//! The invented campaign: domains, servers, people and their habits.
//!
//! Names of people, firms and domains are invented. Host names of mail providers appear only where
//! a real program writes them into its own headers.

use crate::keys::{Algorithm, Canon, Policy, Selector};
use crate::plan::{Signers, Theme};

/// The software that takes in and sends out the mail of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    Google,
    PostfixShort,
    PostfixLong,
    Exim,
    Sendmail,
    Exchange,
}

/// The program someone writes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    GmailWeb,
    /// Gmail on a telephone: like the web, but its dates are in UTC.
    GmailApp,
    Outlook,
    /// Outlook whose server, Exchange, makes the message.
    OutlookExchange,
    AppleMail,
    IPhone,
    Thunderbird,
    /// The mail program of an Android telephone.
    AndroidMail,
    /// A newsletter service.
    Bulk,
    /// A program that sends notices: plain text, nothing else.
    Notice,
}

/// A mail domain.
#[derive(Debug)]
pub(crate) struct Domain {
    pub(crate) name: String,
    pub(crate) server: Server,
    /// The host that sends and takes in.
    pub(crate) host: String,
    /// Its address; taken from the blocks for documentation (RFC 5737).
    pub(crate) address: String,
    pub(crate) zone: &'static str,
    /// Who signs its mail, and how. The second is the service that signs beside the brand.
    pub(crate) signing: Vec<Policy>,
}

/// The language someone writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    French,
    English,
    German,
}

/// Someone who writes.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    /// Index into [`Campaign::domains`].
    pub(crate) domain: usize,
    pub(crate) client: Client,
    /// A telephone, used one time in four.
    pub(crate) phone: Option<Client>,
    pub(crate) language: Language,
    pub(crate) role: &'static str,
    /// Name of the stolen mailbox, for those whose mailbox was stolen.
    pub(crate) mailbox: Option<&'static str>,
    /// How far the clock of the computer runs ahead, in microseconds.
    pub(crate) clock_error: i64,
}

/// Everyone and everything.
#[derive(Debug)]
pub(crate) struct Campaign {
    pub(crate) domains: Vec<Domain>,
    pub(crate) people: Vec<Person>,
    /// Address of the team's mailing list, and the index of the domain that runs it.
    pub(crate) list: (String, usize),
}

/// Domain names of one theme, so that keys of different collections never share a name.
struct Names {
    team: &'static str,
    parliament: &'static str,
    provider: &'static str,
    gmail_like: &'static str,
    printer: &'static str,
    advisers: &'static str,
    newspaper: &'static str,
    bank: &'static str,
    brand: &'static str,
    service: &'static str,
}

const ENAVANT: Names = Names {
    team: "enavant.example",
    parliament: "parlement-est.example",
    provider: "courrielibre.example",
    gmail_like: "poste-rapide.example",
    printer: "imprimerie-dorval.example",
    advisers: "arval-conseil.example",
    newspaper: "journal-du-soir.example",
    bank: "banque-marne.example",
    brand: "lettre-du-matin.example",
    service: "envois-groupes.example",
};

const ONWARDS: Names = Names {
    team: "onwards.example",
    parliament: "senat.onwards-est.example",
    provider: "courriel.example",
    gmail_like: "poste-directe.example",
    printer: "presses-du-canal.example",
    advisers: "lanterne-conseil.example",
    newspaper: "gazette-du-quai.example",
    bank: "banque-du-pont.example",
    brand: "matinale.example",
    service: "envoi-simple.example",
};

const TEAM: usize = 0;
const PARLIAMENT: usize = 1;
const PROVIDER: usize = 2;
const GMAIL_LIKE: usize = 3;
const PRINTER: usize = 4;
const ADVISERS: usize = 5;
const NEWSPAPER: usize = 6;
const BANK: usize = 7;
const BRAND: usize = 8;

/// The domains that sign where few do.
const FEW_SIGNERS: [usize; 2] = [TEAM, GMAIL_LIKE];

/// A clock that was not put forward in spring.
const HOUR_BEHIND: i64 = crate::moment::HOUR;
const MINUTES_AHEAD: i64 = 47 * crate::moment::MINUTE;

impl Campaign {
    pub(crate) fn new(theme: Theme, signers: Signers) -> Self {
        let names = match theme {
            Theme::EnAvant => &ENAVANT,
            Theme::Onwards => &ONWARDS,
        };
        let mut domains = domains(names);
        if signers == Signers::Few {
            let others = domains.iter_mut().enumerate();
            others
                .filter(|(index, _)| !FEW_SIGNERS.contains(index))
                .for_each(|(_, domain)| domain.signing.clear());
        }
        let people = PEOPLE.iter().map(|row| person(&domains, row)).collect();
        Self {
            list: (format!("equipe@listes.{}", names.provider), PROVIDER),
            domains,
            people,
        }
    }

    /// Those whose mailboxes were stolen.
    pub(crate) fn owners(&self) -> impl Iterator<Item = usize> {
        self.people
            .iter()
            .enumerate()
            .filter(|(_, person)| person.mailbox.is_some())
            .map(|(index, _)| index)
    }
}

fn domain(name: &str, server: Server, last: u8, signing: Vec<Policy>) -> Domain {
    let (host, zone) = match server {
        Server::Google => ("mx.google.com".to_owned(), "America/Los_Angeles"),
        Server::Exchange => (format!("exch01.{name}"), "Europe/Paris"),
        Server::Sendmail => (format!("relais.{name}"), "Europe/Paris"),
        Server::Exim | Server::PostfixShort | Server::PostfixLong => {
            (format!("mx1.{name}"), "Europe/Paris")
        }
    };
    Domain {
        name: name.to_owned(),
        server,
        host,
        address: format!("203.0.113.{last}"),
        zone,
        signing,
    }
}

fn policy(
    domain: &str,
    selectors: &[(&'static str, i64, Algorithm)],
    header: Canon,
    body: Canon,
) -> Policy {
    let selectors = selectors
        .iter()
        .map(|&(name, first_day, algorithm)| Selector {
            name,
            first_day,
            algorithm,
        })
        .collect();
    Policy {
        domain: domain.to_owned(),
        selectors,
        header,
        body,
        body_length: false,
        oversign: false,
    }
}

/// Days since the start of the period; selectors change on these days.
fn domains(names: &Names) -> Vec<Domain> {
    use Algorithm::{Ed25519, Rsa1024, Rsa2048};
    use Canon::{Relaxed, Simple};
    let team = policy(
        names.team,
        &[("s2016", 500, Rsa1024), ("s2017a", 660, Rsa2048)],
        Relaxed,
        Relaxed,
    );
    let gmail_like = policy(
        names.gmail_like,
        &[("20150623", 0, Rsa1024), ("20161025", 560, Rsa2048)],
        Relaxed,
        Relaxed,
    );
    let advisers = policy(
        names.advisers,
        &[("selector1", 240, Rsa2048), ("selector2", 500, Rsa2048)],
        Relaxed,
        Simple,
    );
    let newspaper = policy(names.newspaper, &[("mail", 0, Rsa1024)], Simple, Simple);
    let mut bank = policy(names.bank, &[("avis2015", 0, Rsa2048)], Relaxed, Simple);
    bank.body_length = true;
    let mut brand = policy(
        names.brand,
        &[("news1", 0, Rsa1024), ("news2", 380, Rsa2048)],
        Relaxed,
        Relaxed,
    );
    brand.oversign = true;
    let service = policy(
        names.service,
        &[("k1", 0, Rsa2048), ("ed2016", 500, Ed25519)],
        Relaxed,
        Relaxed,
    );
    vec![
        domain(names.team, Server::Google, 10, vec![team]),
        domain(names.parliament, Server::Exchange, 20, vec![]),
        domain(names.provider, Server::PostfixLong, 30, vec![]),
        domain(names.gmail_like, Server::Google, 40, vec![gmail_like]),
        domain(names.printer, Server::Exim, 50, vec![]),
        domain(names.advisers, Server::Exchange, 60, vec![advisers]),
        domain(names.newspaper, Server::Sendmail, 70, vec![newspaper]),
        domain(names.bank, Server::PostfixShort, 80, vec![bank]),
        domain(names.brand, Server::PostfixShort, 90, vec![service, brand]),
    ]
}

/// A person as the tables below have them.
#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    local: &'static str,
    domain: usize,
    client: Client,
    phone: Option<Client>,
    role: &'static str,
    mailbox: Option<&'static str>,
    language: Language,
    clock_error: i64,
}

const fn row(name: &'static str, local: &'static str, domain: usize, client: Client) -> Row {
    Row {
        name,
        local,
        domain,
        client,
        phone: None,
        role: "",
        mailbox: None,
        language: Language::French,
        clock_error: 0,
    }
}

impl Row {
    const fn phone(self, phone: Client) -> Self {
        Self {
            phone: Some(phone),
            ..self
        }
    }

    const fn role(self, role: &'static str) -> Self {
        Self { role, ..self }
    }

    const fn stolen(self, mailbox: &'static str) -> Self {
        Self {
            mailbox: Some(mailbox),
            ..self
        }
    }

    const fn german(self) -> Self {
        Self {
            language: Language::German,
            ..self
        }
    }

    const fn english(self) -> Self {
        Self {
            language: Language::English,
            ..self
        }
    }

    const fn clock_ahead(self, clock_error: i64) -> Self {
        Self {
            clock_error,
            ..self
        }
    }
}

/// Those whose mailboxes were stolen come first; the two machines come last.
const PEOPLE: &[Row] = &[
    row("Claire Vasseur", "claire.vasseur", TEAM, Client::GmailWeb)
        .phone(Client::IPhone)
        .role("Candidate")
        .stolen("vasseur"),
    row("Mathieu Lang", "m.lang", TEAM, Client::AppleMail)
        .phone(Client::IPhone)
        .role("Directeur de campagne")
        .stolen("lang"),
    row("Hélène Tellier", "h.tellier", TEAM, Client::Outlook)
        .role("Trésorière")
        .phone(Client::AndroidMail)
        .stolen("tellier"),
    row(
        "Corentin Morvan",
        "c.morvan",
        PARLIAMENT,
        Client::OutlookExchange,
    )
    .role("Collaborateur parlementaire")
    .stolen("morvan"),
    row(
        "Yasmine Bellec",
        "yasmine.bellec",
        PROVIDER,
        Client::Thunderbird,
    )
    .role("Logistique")
    .stolen("bellec"),
    row(
        "Pierre-Yves Roussel",
        "py.roussel",
        GMAIL_LIKE,
        Client::GmailWeb,
    )
    .phone(Client::GmailApp)
    .role("Relations presse")
    .stolen("roussel"),
    row("Bruno Dorval", "devis", PRINTER, Client::Thunderbird)
        .role("Imprimeur")
        .clock_ahead(MINUTES_AHEAD),
    row(
        "Sylvie Arnoult",
        "s.arnoult",
        ADVISERS,
        Client::OutlookExchange,
    )
    .role("Associée"),
    row(
        "Daniel Whitmore",
        "d.whitmore",
        ADVISERS,
        Client::OutlookExchange,
    )
    .role("Senior adviser")
    .english(),
    row("Julien Castan", "j.castan", NEWSPAPER, Client::AppleMail).role("Service politique"),
    row(
        "Agathe Le Goff",
        "agathe.legoff",
        GMAIL_LIKE,
        Client::GmailWeb,
    )
    .phone(Client::GmailApp)
    .role("Bénévole"),
    row(
        "Omar Benslimane",
        "o.benslimane",
        GMAIL_LIKE,
        Client::GmailApp,
    )
    .role("Comité local"),
    row("Rachel Fenwick", "r.fenwick", PRINTER, Client::Outlook)
        .role("Sales")
        .english(),
    row(
        "Jürgen Weißbäcker",
        "j.weissbaecker",
        ADVISERS,
        Client::OutlookExchange,
    )
    .role("Berater")
    .german(),
    row(
        "Katrin Schöller",
        "k.schoeller",
        PRINTER,
        Client::Thunderbird,
    )
    .role("Druckvorstufe")
    .german()
    .clock_ahead(-HOUR_BEHIND),
    row(
        "Idriss Camara",
        "idriss.camara",
        PROVIDER,
        Client::AndroidMail,
    )
    .role("Terrain"),
    row("Banque, service des avis", "avis", BANK, Client::Notice),
    row("La lettre du matin", "lettre", BRAND, Client::Bulk),
];

fn person(domains: &[Domain], row: &Row) -> Person {
    let domain = domains
        .get(row.domain)
        .map_or("invalid.example", |domain| domain.name.as_str());
    Person {
        name: row.name,
        address: format!("{}@{domain}", row.local),
        domain: row.domain,
        client: row.client,
        phone: row.phone,
        language: row.language,
        role: row.role,
        mailbox: row.mailbox,
        clock_error: row.clock_error,
    }
}
