//! Has a message that claims to be of Thunderbird or Mozilla the form of one?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::{boundaries, mailer};
use crate::clock::gap::{self, MINUTE, NEXT_DAY};
use crate::clock::mozilla_id::{self, MozillaId};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// A message of Thunderbird or Mozilla Mail has the Message-ID and the boundary that the program makes.
    ///
    /// ## What it examines
    /// Messages whose `User-Agent` or `X-Mailer` names Thunderbird or Mozilla. Until about 2015 the Message-ID was the
    /// second of building in hexadecimal and four bytes of 0 to 9 (`3D78B3E5.3050706@host`), and the MIME boundary was
    /// twelve dashes and twelve such bytes. The second is compared with `Date`, the bytes with the rule.
    /// ## Why it matters
    /// The program makes the second in the id and the date in one go. Who edits the date leaves the id, and who invents
    /// an id or a boundary rarely knows the rule and writes true random digits.
    /// ## Innocent explanations
    /// A server or a mailing list may replace the id, and lists put their own boundaries around the sender's; ids of
    /// another form are therefore not held against the message. Messages kept for sending later may show a gap of hours.
    /// ## References
    /// - Mozilla source, `msg_generate_message_id`, `mime_make_separator`, `GenerateGlobalRandomBytes`
    pub(crate) static THUNDERBIRD_SHAPE = {
        id: "form/thunderbird-shape",
        findings: &["id-time-agrees", "id-time-apart", "id-time-disagrees", "shape-agrees", "digits-of-other-program"],
        run: Run::Message(thunderbird_shape),
    }
}

/// Later versions make ids and boundaries from UUIDs and true random digits.
const OLD_VERSION_MAX: u32 = 24;
/// Id and date are made in one go.
const TOGETHER_SECONDS_MAX: f64 = 10.0 * MINUTE;
/// Kept to be sent later the same day; of 114 real messages of 2002 none shows more than minutes.
const KEPT_SECONDS_MAX: f64 = NEXT_DAY;

fn thunderbird_shape(message: &Message, _world: &World) -> Outcome {
    let Some((field, mailer)) = mailer(message).filter(|(_, mailer)| is_mozilla(mailer)) else {
        return Outcome::NotApplicable("it does not name Thunderbird or Mozilla as its program");
    };
    let id = message.message_id.as_deref().and_then(mozilla_id::decode);
    let pairs: Vec<bool> = boundaries(message).filter_map(has_pairs_to_nine).collect();
    let mut findings = Vec::new();
    if let (Some(id), Some(date)) = (id, message.date) {
        findings.push(time_finding(id, date).at(message.message_id_span));
    }
    let id_digits = id.map(|id| id.is_random_like_mozilla);
    if is_old(&mailer) && (id_digits.is_some() || !pairs.is_empty()) {
        let fits = id_digits != Some(false) && !pairs.contains(&false);
        findings.push(digits_finding(fits).at(field.value));
    }
    if findings.is_empty() {
        return Outcome::NotApplicable(
            "neither its Message-ID nor its boundary has the form of old Mozilla programs",
        );
    }
    Outcome::Observed(findings)
}

fn is_mozilla(mailer: &str) -> bool {
    mailer.contains("Thunderbird/")
        || (mailer.starts_with("Mozilla/5.0") && mailer.contains("Gecko/"))
}

fn is_old(mailer: &str) -> bool {
    let Some((_, version)) = mailer.split_once("Thunderbird/") else {
        return true;
    };
    let digits: String = version
        .chars()
        .take_while(char::is_ascii_digit)
        .take(4)
        .collect();
    digits
        .parse()
        .is_ok_and(|major: u32| major <= OLD_VERSION_MAX)
}

/// Whether a boundary of twelve dashes and 24 hexadecimal digits has pairs of 00 to 09 only; `None` for other forms.
fn has_pairs_to_nine(boundary: &str) -> Option<bool> {
    let digits = boundary.strip_prefix("------------")?;
    let is_form = digits.len() == 24
        && digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    is_form.then(|| {
        digits
            .as_bytes()
            .chunks(2)
            .all(|pair| matches!(pair, [b'0', b'0'..=b'9']))
    })
}

fn time_finding(id: MozillaId, date: Stamp) -> Finding {
    let seconds = id.time.seconds_since(date);
    let length = gap::in_words(seconds);
    let seen = format!(
        "The Message-ID was made at {}, {length} from the date {date}.",
        id.time
    );
    if seconds.abs() <= TOGETHER_SECONDS_MAX {
        Finding::new(
            "id-time-agrees",
            format!("{seen} Mozilla makes both in one go."),
        )
    } else if seconds.abs() <= KEPT_SECONDS_MAX {
        Finding::new(
            "id-time-apart",
            format!(
                "{seen} It may have been kept to be sent later, or one of the two was changed."
            ),
        )
    } else {
        Finding::new(
            "id-time-disagrees",
            format!(
                "{seen} Mozilla makes both in one go; who edits the date or re-uses an old message leaves the id."
            ),
        )
    }
}

fn digits_finding(fits: bool) -> Finding {
    if fits {
        return Finding::new(
            "shape-agrees",
            "Message-ID and boundary are made of bytes from 0 to 9, as old Mozilla programs make them.",
        );
    }
    Finding::new(
        "digits-of-other-program",
        "Message-ID or boundary imitate Mozilla's form, but with digits that the program named here never writes: another program made them.",
    )
}
