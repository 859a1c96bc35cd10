//! Marks of mailing lists and gateways that change messages on their way.
//!
//! Not a sign of anything wrong: it lowers what other tests may expect.

use mabillon_case::Message;

/// Header fields that a mailing list manager or a rewriting gateway adds, and what each is.
const MARKS: &[(&str, &str)] = &[
    ("List-Id", "a mailing list"),
    ("List-Post", "a mailing list"),
    ("X-Mailing-List", "a mailing list"),
    ("Mailing-List", "a mailing list"),
    ("X-Mailman-Version", "the mailing list manager Mailman"),
    ("X-Loop", "a mailing list"),
    ("X-BeenThere", "the mailing list manager Mailman"),
    ("X-Sympa-To", "the mailing list manager Sympa"),
    ("X-Google-Group-Id", "Google Groups"),
    ("X-MIMETrack", "a Lotus Notes gateway"),
    ("X-MDRemoteIP", "an MDaemon gateway"),
    ("X-Proofpoint-Virus-Version", "a Proofpoint gateway"),
    ("X-Barracuda-Connect", "a Barracuda gateway"),
    ("X-Mimecast-Spam-Score", "a Mimecast gateway"),
    ("X-MS-TNEF-Correlator", "an Exchange server"),
    ("Resent-From", "a re-sending client"),
];

/// What on the way of this message is known to rewrite messages, if anything.
pub(crate) fn rewriter(message: &Message) -> Option<&'static str> {
    let found = MARKS.iter().find(|(name, _)| message.field(name).is_some());
    if let Some((_, what)) = found {
        return Some(what);
    }
    let precedence = message.value("Precedence")?;
    precedence
        .eq_ignore_ascii_case("list")
        .then_some("a mailing list")
}
