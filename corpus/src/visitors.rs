//! Mail from outside that asks for credentials, and innocent mail that looks like it: notices of providers, a changed
//! password, a shared file, a newsletter whose links are counted.
//!
//! All of it is genuine in the sense of the answers: it lies in the mailboxes as it was sent. The circumstance says what it is.

use bytes::Bytes;

use crate::MakeError;
use crate::answers::Verdict;
use crate::clients::compose;
use crate::delivery::{Copy, Folder, deliver};
use crate::keys::{KeyRing, period_end};
use crate::letter::{Letter, Occasion, Turn};
use crate::mime::{Field, Mail, quoted_printable};
use crate::moment::{DAY, HOUR, MINUTE, Moment, SECOND, zone};
use crate::people::{Campaign, Client, Person};
use crate::random::Random;
use crate::servers::{self, Sent};

/// What the answers call a message that asks for credentials.
pub const PHISHING: &str = "phishing";
/// What they call innocent mail that looks like it.
pub const LOOKS_LIKE_PHISHING: &str = "looks like phishing";

/// A message from outside, before it is addressed.
struct Visitor {
    /// Days before the end of the collection.
    days_before_end: i64,
    from: &'static str,
    subject: &'static str,
    /// HTML; `{to}` is the recipient, `{team}` the domain of the team, `{label}` its first label, `{token}` chance.
    page: &'static str,
    /// Further header fields.
    fields: &'static [(&'static str, &'static str)],
    /// A page it carries.
    attached: Option<&'static str>,
    /// One owner in so many gets it.
    one_in: usize,
    circumstance: &'static str,
}

const KIT: &str = "<html><body><table width=\"560\"><tr><td><h2>Service informatique</h2></td></tr><tr><td><p>Bonjour,</p><p>Une activit\u{e9} inhabituelle a \u{e9}t\u{e9} relev\u{e9}e sur votre messagerie. Votre mot de passe expire dans 24 heures.</p><p><a href=\"https://mail-{label}.example/portail?u={to}\">https://webmail.{team}/</a></p><p>Merci de votre coop\u{e9}ration.</p></td></tr></table></body></html>";

const VISITORS: &[Visitor] = &[
    Visitor {
        days_before_end: 41,
        from: "Service informatique <support@courrier-info.example>",
        subject: "Votre messagerie sera suspendue",
        page: KIT,
        fields: &[],
        attached: None,
        one_in: 1,
        circumstance: PHISHING,
    },
    Visitor {
        days_before_end: 33,
        from: "Google <no-reply@accounts-notice.example>",
        subject: "Someone has your password",
        page: "<html><body><div><p>Hi,</p><p>Someone just used your password to try to sign in to your account {to}.</p><p>You should change your password immediately.</p><p><a href=\"https://bit.ly/2{token}\">CHANGE PASSWORD</a></p><p>The Mail Team</p></div></body></html>",
        fields: &[],
        attached: None,
        one_in: 2,
        circumstance: PHISHING,
    },
    Visitor {
        days_before_end: 20,
        from: "OneDrive <partage@documents-rapides.example>",
        subject: "Budget 2017 - document partag\u{e9}",
        page: "<html><body><p>Un document a \u{e9}t\u{e9} partag\u{e9} avec vous. Connectez-vous pour l'ouvrir, l'acc\u{e8}s expire dans 48 heures.</p></body></html>",
        fields: &[("Reply-To", "secretariat@boite-rapide.example")],
        attached: Some(
            "<html><body><form action=\"https://documents-rapides.example/in\" method=post><input name=email><input type=password name=p><input type=submit></form></body></html>",
        ),
        one_in: 3,
        circumstance: PHISHING,
    },
    Visitor {
        days_before_end: 37,
        from: "Google <no-reply@accounts.google.com>",
        subject: "Nouvelle connexion \u{e0} votre compte",
        page: "<html><body><table><tr><td><p>Une nouvelle connexion \u{e0} votre compte {to} a \u{e9}t\u{e9} d\u{e9}tect\u{e9}e. Si ce n'\u{e9}tait pas vous, v\u{e9}rifiez votre compte.</p><p><a href=\"https://accounts.google.com/AccountChooser?Email={to}&amp;t={token}\">V\u{c9}RIFIER L'ACTIVIT\u{c9}</a></p></td></tr></table></body></html>",
        fields: &[],
        attached: None,
        one_in: 3,
        circumstance: LOOKS_LIKE_PHISHING,
    },
    Visitor {
        days_before_end: 200,
        from: "Marc Petit (via Google Drive) <drive-shares-noreply@google.com>",
        subject: "Plan.xlsx - invitation \u{e0} modifier",
        page: "<html><body><p>Marc Petit vous invite \u{e0} modifier le document suivant : <a href=\"https://docs.google.com/spreadsheets/d/{token}/edit\">Plan.xlsx</a></p></body></html>",
        fields: &[("Reply-To", "Marc Petit <marc.petit@boite-libre.example>")],
        attached: None,
        one_in: 2,
        circumstance: LOOKS_LIKE_PHISHING,
    },
    Visitor {
        days_before_end: 120,
        from: "La lettre des maires <lettre@lettre-des-maires.example>",
        subject: "La lettre de la semaine",
        page: "<html><body><table><tr><td><div style=\"display:none;max-height:0\">12 nouvelles de la semaine</div><p><a href=\"https://clics.envois-comptes.example/c/{token}\">www.lettre-des-maires.example</a></p><p>Connectez-vous \u{e0} votre compte pour vous d\u{e9}sabonner.</p></td></tr></table></body></html>",
        fields: &[
            (
                "List-Unsubscribe",
                "<https://clics.envois-comptes.example/non>",
            ),
            ("Reply-To", "redaction@maires-infos.example"),
        ],
        attached: None,
        one_in: 1,
        circumstance: LOOKS_LIKE_PHISHING,
    },
    Visitor {
        days_before_end: 90,
        from: "Boutique du Quai <service@boutique-du-quai.example>",
        subject: "R\u{e9}initialisation de votre mot de passe",
        page: "<html><body><p>Vous avez demand\u{e9} un nouveau mot de passe. Ce lien expire dans 24 heures : <a href=\"https://www.boutique-du-quai.example/mdp?e={to}&amp;k={token}\">www.boutique-du-quai.example/mdp</a></p></body></html>",
        fields: &[],
        attached: None,
        one_in: 2,
        circumstance: LOOKS_LIKE_PHISHING,
    },
];

/// The copies of all visitors' messages in the stolen mailboxes, in order of time.
pub(crate) fn copies(
    campaign: &Campaign,
    ring: &mut KeyRing,
    seed: u64,
) -> Result<Vec<Copy>, MakeError> {
    let mut random = Random::labelled(seed, "visitors");
    let mut copies = Vec::new();
    let owners: Vec<usize> = campaign.owners().collect();
    for (number, visitor) in VISITORS.iter().enumerate() {
        let day = period_end().plus(-visitor.days_before_end * DAY + 7 * HOUR);
        let chosen = owners
            .iter()
            .enumerate()
            .filter(|(at, _)| (at + number) % visitor.one_in == 0);
        for (_, owner) in chosen {
            let at = day.plus(random.between(0, 40) * MINUTE + random.between(0, 59) * SECOND);
            copies.extend(visit(visitor, campaign, *owner, at, &mut random)?);
        }
    }
    for owner in owners {
        copies.extend(notice(campaign, ring, owner, &mut random)?);
    }
    copies.sort_by_key(|copy| copy.at);
    Ok(copies)
}

fn visit(
    visitor: &Visitor,
    campaign: &Campaign,
    owner: usize,
    at: Moment,
    random: &mut Random,
) -> Result<Option<Copy>, MakeError> {
    let is_stranger = |person: &&Person| {
        person.mailbox.is_none() && !matches!(person.client, Client::Bulk | Client::Notice)
    };
    let (Some(person), Some(carrier), Some(team)) = (
        campaign.people.get(owner),
        campaign.people.iter().find(is_stranger),
        campaign.domains.first(),
    ) else {
        return Err(MakeError::Plan("nobody carries mail from outside"));
    };
    let mail = composed(visitor, person, &team.name, at, random);
    let sent = Sent {
        mail,
        at: at.plus(random.between(1, 4) * SECOND),
        domain: carrier.domain,
        sender: carrier.address.clone(),
        signatures: Vec::new(),
        intact: true,
    };
    let arrived = servers::deliver(&sent, campaign, owner, random)?;
    Ok(Some(Copy {
        owner,
        folder: Folder::Inbox,
        mail: arrived.mail,
        at: arrived.at,
        sender: sent.sender,
        proved: false,
        verdict: Verdict::genuine().with_circumstance(visitor.circumstance),
        documents: Vec::new(),
        enclosed: None,
        lf: false,
    }))
}

fn composed(visitor: &Visitor, to: &Person, team: &str, at: Moment, random: &mut Random) -> Mail {
    let label = team.split('.').next().unwrap_or_default();
    let page = visitor
        .page
        .replace("{to}", &to.address)
        .replace("{team}", team)
        .replace("{label}", label)
        .replace("{token}", &random.hex(8));
    let page = String::from_utf8_lossy(&quoted_printable(page.as_bytes())).into_owned();
    let subject = crate::mime::header_words(visitor.subject, crate::mime::Charset::Utf8, "UTF-8");
    let host = visitor
        .from
        .rsplit_once('@')
        .map_or("", |(_, host)| host.trim_end_matches('>'));
    let mut head = vec![
        Field::new("From", visitor.from),
        Field::new("To", to.address.clone()),
        Field::new("Subject", subject),
        Field::new("Date", at.rfc5322(&zone("Europe/Paris"))),
        Field::new("Message-ID", format!("<{}@{host}>", random.uuid())),
    ];
    head.extend(
        visitor
            .fields
            .iter()
            .map(|(name, value)| Field::new(name, *value)),
    );
    head.push(Field::new("MIME-Version", "1.0"));
    let (fields, body) = content(&page, visitor.attached, random);
    head.extend(
        fields
            .into_iter()
            .map(|(name, value)| Field::new(name, value)),
    );
    Mail {
        head,
        body: Bytes::from(body),
    }
}

/// The fields that say how to read the page, and the page, with another that it carries.
fn content(
    page: &str,
    attached: Option<&str>,
    random: &mut Random,
) -> (Vec<(&'static str, String)>, String) {
    match attached {
        None => (
            vec![
                ("Content-Type", "text/html; charset=utf-8".to_owned()),
                ("Content-Transfer-Encoding", "quoted-printable".to_owned()),
            ],
            format!("{page}\r\n"),
        ),
        Some(attached) => {
            let boundary = format!("=_{}", random.hex(24));
            let body = format!(
                "--{boundary}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{page}\r\n--{boundary}\r\nContent-Type: text/html; name=\"document.html\"\r\nContent-Disposition: attachment; filename=\"document.html\"\r\n\r\n{attached}\r\n--{boundary}--\r\n"
            );
            (
                vec![(
                    "Content-Type",
                    format!("multipart/mixed; boundary=\"{boundary}\""),
                )],
                body,
            )
        }
    }
}

/// A genuine notice of a house that writes often and signs: a password was asked for.
fn notice(
    campaign: &Campaign,
    ring: &mut KeyRing,
    owner: usize,
    random: &mut Random,
) -> Result<Vec<Copy>, MakeError> {
    let Some(from) = campaign
        .people
        .iter()
        .position(|person| person.client == Client::Notice)
    else {
        return Ok(Vec::new());
    };
    let Some(house) = campaign.people.get(from) else {
        return Ok(Vec::new());
    };
    let host = house.address.rsplit_once('@').map_or("", |(_, host)| host);
    let letter = Letter {
        seed: random.next(),
        from,
        to: vec![owner],
        cc: Vec::new(),
        bcc: Vec::new(),
        to_list: false,
        client: Client::Notice,
        language: house.language,
        zone: "UTC",
        subject: "Votre mot de passe expire".to_owned(),
        text: format!(
            "Bonjour,\n\nvotre mot de passe expire dans 24 heures. Connectez-vous \u{e0} votre compte :\nhttps://www.{host}/espace\n\nVotre banque"
        ),
        quote: None,
        turn: Turn::Answers,
        attachments: Vec::new(),
        occasion: Occasion::None,
        at: period_end().plus(-random.between(30, 300) * DAY + 9 * HOUR),
        clock_error: 0,
        waited: 0,
    };
    let composed = compose(&letter, campaign)?;
    let mut copies = deliver(&letter, &composed, campaign, ring)?;
    for copy in &mut copies {
        copy.verdict.circumstance = LOOKS_LIKE_PHISHING;
    }
    Ok(copies)
}
