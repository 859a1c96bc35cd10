//! Does a message try to obtain credentials?

use mabillon_case::{
    CollectionRecord, Facts, Finding, LureKind, LureSign, Outcome, PhishingCandidate,
};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// A message does not try to obtain somebody's password.
    ///
    /// ## What it examines
    /// Links (hosts that look like those of a known house or of the owners of the mailboxes, letters of other scripts, a host
    /// shown and another led to, shortened addresses, the recipient's address in the link), the name beside the sender's
    /// address, where answers go, forms in the message and in pages it carries, words that press for a password or an
    /// account, what the receiving server noted of the sender, and whether that house ever wrote before. Messages with the
    /// same hosts, senders, subjects or page are one campaign. Notices of providers about sign-ins, passwords and forwarding
    /// that came to the same mailbox in the two weeks after are named beside it. Words are looked for in the first 20,000
    /// bytes of a text.
    /// ## Why it matters
    /// Most leaks begin with such a message. It dates the theft and tells whose mailbox was aimed at.
    /// It says nothing of authenticity: such messages are usually just what was sent, and no finding here has a weight.
    /// ## Innocent explanations
    /// Newsletters lead through services that count, houses write from addresses of their mailers, notices of a changed
    /// password press too, a colleague passes a warning on. Each of these alone is not enough, and a sender with a history
    /// or one that the receiving server confirmed is left alone. An exercise of the house's own department looks the same.
    /// That a notice came after a message does not say that it came of it.
    /// ## References
    /// - Unicode Technical Standard 39 (confusable characters); RFC 3492 (internationalised names)
    /// - `SecureWorks`, 2016: shortened links sent to Gmail accounts of a campaign; Trend Micro, 2017: names of sites beside
    ///   that of a campaign
    pub(crate) static CREDENTIAL_PHISHING = {
        id: "collection/credential-phishing",
        findings: &["candidate-alone", "candidate-in-campaign", "account-notice-after"],
        run: Run::InCollection(credential_phishing),
    }
}

/// Signs named in a sentence.
const SIGNS_MAX: usize = 5;

fn credential_phishing(facts: &Facts, record: &CollectionRecord, _world: &World) -> Outcome {
    if facts.message.is_none() {
        return Outcome::NotApplicable("it is no message");
    }
    if let Some(candidate) = record.phishing.candidate(facts.item) {
        return Outcome::one(told(candidate, record));
    }
    if let Some(campaign) = record.phishing.followed(facts.item) {
        let says = format!(
            "A notice about an account, which came to the same mailbox in the two weeks after messages of phishing campaign {} (first seen {}). That it came after does not say that it came of it.",
            campaign.number,
            campaign.first.map_or_else(
                || "at an unknown time".to_owned(),
                |first| first.to_string()
            ),
        );
        return Outcome::one(Finding::new("account-notice-after", says));
    }
    Outcome::NotApplicable("nothing in it asks for credentials")
}

fn told(candidate: &PhishingCandidate, record: &CollectionRecord) -> Finding {
    let campaign = record
        .phishing
        .campaigns
        .iter()
        .find(|campaign| campaign.number == candidate.campaign);
    let n_messages = campaign.map_or(1, |campaign| campaign.n_messages);
    let name = campaign
        .map(|campaign| &*campaign.imitates)
        .filter(|name| !name.is_empty());
    let in_name = name.map_or_else(String::new, |name| format!(" in the name of {name}"));
    let signs: Vec<String> = candidate
        .signs
        .iter()
        .filter(|sign| sign.kind != LureKind::Confirmed)
        .take(SIGNS_MAX)
        .map(in_words)
        .collect();
    let (code, of_campaign) = if n_messages > 1 {
        (
            "candidate-in-campaign",
            format!(
                " It is one of {n_messages} messages of phishing campaign {}.",
                candidate.campaign
            ),
        )
    } else {
        ("candidate-alone", String::new())
    };
    let says = format!(
        "It seems to try to obtain credentials{in_name}: {}.{of_campaign} This says nothing of whether it is authentic.",
        signs.join("; ")
    );
    Finding::new(code, says)
}

fn in_words(sign: &LureSign) -> String {
    format!("{} ({})", sign.kind.in_words(), sign.seen)
}
