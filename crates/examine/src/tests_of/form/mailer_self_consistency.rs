//! Do the Message-ID and the boundary fit the program that the message names?

use mabillon_case::{Finding, Message, Outcome};

use super::{boundaries, mailer};
use crate::clock::{gmail_boundary, java_mail, mimeole_boundary, mozilla_id, outlook_id, uuid};
use crate::rewriter::rewriter;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Message-ID and boundary are of the program that the message names.
    ///
    /// ## What it examines
    /// `X-Mailer` or `User-Agent` on one side; on the other the forms of the Message-ID and of the MIME boundaries, as far
    /// as they are known to be made by one family of programs only: Outlook, Mozilla, Apple Mail, Mutt, Pine, The Bat!,
    /// JavaMail, Gmail. Messages of Outlook Express are also asked for the field `X-MimeOLE`, which it always writes.
    /// ## Why it matters
    /// A message put together from parts of others, or by a tool that claims to be a well-known program, mixes forms.
    /// ## Innocent explanations
    /// Servers, mailing lists, gateways and programs that export mail replace ids and boundaries and drop fields; forms that are not known to belong
    /// to a program are never held against the message, nor are boundaries of messages that a list has handled.
    /// Junk mail tools claim to be Outlook all the time: that says who wrote the message, not that this copy was altered.
    /// ## References
    /// - SpamAssassin, rules `20_ratware.cf` (forms re-described, none copied)
    pub(crate) static MAILER_SELF_CONSISTENCY = {
        id: "form/mailer-self-consistency",
        findings: &["forms-agree", "id-of-other-program", "boundary-of-other-program", "mimeole-missing"],
        run: Run::Message(mailer_self_consistency),
    }
}

/// Programs that make the same forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Outlook,
    Mozilla,
    Apple,
    Mutt,
    Pine,
    TheBat,
    JavaMail,
    Gmail,
}

fn mailer_self_consistency(message: &Message, _world: &World) -> Outcome {
    let Some((field, mailer)) = mailer(message) else {
        return Outcome::NotApplicable("it does not name its program");
    };
    let Some(claimed) = claimed(&mailer) else {
        return Outcome::NotApplicable("the forms of the program it names are not known");
    };
    let rebuilt = rewriter(message).is_some();
    let id = message.message_id.as_deref().and_then(id_makers);
    let boundary = boundaries(message)
        .find_map(boundary_makers)
        .filter(|_| !rebuilt);
    let mut findings = Vec::new();
    if let Some(makers) = id.filter(|makers| !makers.contains(&claimed)) {
        let finding = other("id-of-other-program", "Message-ID", &mailer, makers);
        findings.push(finding.at(message.message_id_span));
    }
    if let Some(makers) = boundary.filter(|makers| !makers.contains(&claimed)) {
        let finding = other(
            "boundary-of-other-program",
            "MIME boundary",
            &mailer,
            makers,
        );
        findings.push(finding.at(field.value));
    }
    if !rebuilt {
        findings.extend(mimeole_missing(message, &mailer).map(|finding| finding.at(field.value)));
    }
    match (findings.is_empty(), id.or(boundary)) {
        (false, _) => Outcome::Observed(findings),
        (true, Some(_)) => Outcome::one(
            Finding::new(
                "forms-agree",
                format!("Message-ID and boundary have forms that {mailer} makes."),
            )
            .at(field.value),
        ),
        (true, None) => Outcome::NotApplicable(
            "neither its Message-ID nor its boundary has a form known to be of one program",
        ),
    }
}

fn other(code: &'static str, what: &str, mailer: &str, makers: &[Family]) -> Finding {
    let maker = makers
        .first()
        .map_or("another program", |maker| maker.name());
    Finding::new(
        code,
        format!(
            "It names {mailer} as its program, but its {what} has the form that {maker} makes. Another program made it, or parts of two messages were joined."
        ),
    )
}

impl Family {
    const fn name(self) -> &'static str {
        match self {
            Self::Outlook => "Outlook",
            Self::Mozilla => "Mozilla",
            Self::Apple => "Apple Mail",
            Self::Mutt => "Mutt",
            Self::Pine => "Pine",
            Self::TheBat => "The Bat!",
            Self::JavaMail => "JavaMail",
            Self::Gmail => "Gmail",
        }
    }
}

/// The family of the program that names itself.
fn claimed(mailer: &str) -> Option<Family> {
    const NAMES: &[(&str, Family)] = &[
        ("Microsoft Outlook", Family::Outlook),
        ("Microsoft Office Outlook", Family::Outlook),
        ("Microsoft Windows Mail", Family::Outlook),
        ("Microsoft Windows Live Mail", Family::Outlook),
        ("Thunderbird", Family::Mozilla),
        ("Apple Mail (", Family::Apple),
        ("iPhone Mail (", Family::Apple),
        ("iPad Mail (", Family::Apple),
        ("Mutt/", Family::Mutt),
        ("The Bat!", Family::TheBat),
    ];
    // The Outlook Express of the Macintosh is another program under the same name.
    if mailer.contains("Macintosh") {
        return None;
    }
    if mailer.starts_with("Mozilla/5.0") {
        return Some(Family::Mozilla);
    }
    NAMES
        .iter()
        .find(|(name, _)| mailer.starts_with(name))
        .map(|(_, family)| *family)
}

/// The programs known to make ids of this form.
fn id_makers(id: &str) -> Option<&'static [Family]> {
    let (local, domain) = id.rsplit_once('@')?;
    if outlook_id::decode(id).is_some() {
        // The Bat! and Mozilla have forms of their own, but Eudora and several libraries write this one, too.
        return Some(&[Family::Outlook]);
    }
    if mozilla_id::decode(id).is_some() {
        return Some(&[Family::Mozilla]);
    }
    if uuid::decode(local).is_some() {
        return Some(&[Family::Apple, Family::Mozilla, Family::Outlook]);
    }
    if java_mail::decode_id(id).is_some() {
        return Some(&[Family::JavaMail, Family::Gmail]);
    }
    if local.starts_with("Pine.") {
        return Some(&[Family::Pine]);
    }
    if domain.eq_ignore_ascii_case("mail.gmail.com") && local.starts_with("CA") {
        return Some(&[Family::Gmail]);
    }
    is_mutt(local).then_some(&[Family::Mutt])
}

/// `20020902155851.A22343` or `20170327142210.GA1234`: a date and time, and a letter or two before a number.
fn is_mutt(local: &str) -> bool {
    let Some((time, counter)) = local.split_once('.') else {
        return false;
    };
    let letters = counter.chars().take_while(char::is_ascii_uppercase).count();
    let digits = counter.get(letters..).unwrap_or_default();
    matches!(time.len(), 12 | 14)
        && time.bytes().all(|byte| byte.is_ascii_digit())
        && counter.starts_with('G')
        && letters == 2
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The programs known to make boundaries of this form.
fn boundary_makers(boundary: &str) -> Option<&'static [Family]> {
    if mimeole_boundary::decode(boundary).is_some() {
        return Some(&[Family::Outlook]);
    }
    if java_mail::decode_boundary(boundary).is_some() {
        return Some(&[Family::JavaMail, Family::Gmail]);
    }
    if boundary.trim_start_matches('-').starts_with("Apple-Mail") {
        return Some(&[Family::Apple]);
    }
    gmail_boundary::decode(boundary)
        .is_some()
        .then_some(&[Family::Gmail])
}

fn mimeole_missing(message: &Message, mailer: &str) -> Option<Finding> {
    let claims = mailer.starts_with("Microsoft Outlook Express") && !mailer.contains("Macintosh");
    (claims && message.field("X-MimeOLE").is_none()).then(|| {
        Finding::new("mimeole-missing", "It names Outlook Express as its program, but lacks the field X-MimeOLE that Outlook Express writes: a server dropped it, or another program made the message.")
    })
}
