//! Were the forms that Gmail left in the message in use at its date?

use mabillon_case::{Finding, Message, Outcome, Span};

use crate::clock::gmail_boundary;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The forms that Gmail's servers left were in use at the date of the message.
    ///
    /// ## What it examines
    /// Marks that Gmail changed in 2018: inside Google, `Received` fields named servers by addresses like `10.157.15.141`
    /// before and like `2002:a05:6102:1234::` after; MIME boundaries began with the number of a network card
    /// (`001a11`, `94eb2c`) before and with zeros after. A new mark is compared with the latest time in the message,
    /// an old mark with the earliest.
    /// ## Why it matters
    /// Who makes a message of 2017 today, by sending it to himself and changing the dates, leaves the forms of today.
    /// ## Innocent explanations
    /// The changes came over weeks in spring 2018, and the limits here lie months away on either side.
    /// An old message sent again, or imported, gets new fields on top while its date and boundary stay; since these
    /// fields carry the new time it is not held against it, unless they are lost.
    /// ## References
    /// - Observed in public mailing list archives: `10.` on 5 April 2018, `2002:` in 2019 and later
    pub(crate) static GMAIL_STRUCTURE_ERA = {
        id: "transmission/gmail-structure-era",
        findings: &["form-of-the-time", "form-of-later-time", "form-of-earlier-time"],
        run: Run::Message(gmail_structure_era),
    }
}

/// Forms of after spring 2018 are not seen before 1 October 2017.
const NEW_FROM_SECONDS: i64 = 1_506_816_000;
/// Forms of before spring 2018 are not seen after 1 July 2019.
const OLD_UNTIL_SECONDS: i64 = 1_561_939_200;
/// Fields examined at most.
const HOPS_MAX: usize = 200;

/// One mark, and whether it is of after the change.
struct Mark {
    what: &'static str,
    is_new: bool,
    at: Span,
}

fn gmail_structure_era(message: &Message, _world: &World) -> Outcome {
    let times = || {
        message
            .hops
            .iter()
            .take(HOPS_MAX)
            .filter_map(|hop| hop.date)
            .chain(message.date)
    };
    let (Some(earliest), Some(latest)) = (times().min(), times().max()) else {
        return Outcome::NotApplicable("it has no readable time");
    };
    let marks: Vec<Mark> = relay_marks(message)
        .chain(boundary_marks(message))
        .collect();
    let Some(first) = marks.first() else {
        return Outcome::NotApplicable("it has no mark of Gmail that changed with time");
    };
    let early = marks
        .iter()
        .find(|mark| mark.is_new && latest.unix_seconds() < NEW_FROM_SECONDS);
    let late = marks
        .iter()
        .find(|mark| !mark.is_new && earliest.unix_seconds() > OLD_UNTIL_SECONDS);
    let finding = match (early, late) {
        (Some(mark), _) => Finding::new(
            "form-of-later-time",
            format!("Gmail writes {} since spring 2018, but the latest time in the message is {latest}: it was made later than it says.", mark.what),
        )
        .at(mark.at),
        (None, Some(mark)) => Finding::new(
            "form-of-earlier-time",
            format!("Gmail wrote {} until spring 2018, but the earliest time in the message is {earliest}: it was made from an older one, or its dates were changed.", mark.what),
        )
        .at(mark.at),
        (None, None) => {
            Finding::new("form-of-the-time", format!("Gmail wrote {} at that time.", first.what)).at(first.at)
        }
    };
    Outcome::one(finding)
}

/// Fields of servers inside Google, told by their ids of Gmail's form.
fn relay_marks(message: &Message) -> impl Iterator<Item = Mark> {
    message.hops.iter().take(HOPS_MAX).filter_map(|hop| {
        let by = hop.by.as_deref()?;
        let is_smtp_id =
            hop.with.as_deref() == Some("SMTP") && hop.from.is_none() && hop.id.is_some();
        let (what, is_new) = match by {
            by if by.starts_with("2002:a") => ("server addresses that begin with 2002:a", true),
            by if by.starts_with("10.") => ("server addresses that begin with 10.", false),
            _ => return None,
        };
        is_smtp_id.then_some(Mark {
            what,
            is_new,
            at: hop.span,
        })
    })
}

fn boundary_marks(message: &Message) -> impl Iterator<Item = Mark> {
    message.parts.iter().filter_map(|part| {
        let boundary = part.boundary.as_deref()?;
        gmail_boundary::decode(boundary)?;
        let (what, is_new) = match boundary.get(..6)? {
            "000000" => ("boundaries that begin with zeros", true),
            "001a11" | "94eb2c" => (
                "boundaries that begin with the number of a network card",
                false,
            ),
            _ => return None,
        };
        Some(Mark {
            what,
            is_new,
            at: part.boundary_span,
        })
    })
}
