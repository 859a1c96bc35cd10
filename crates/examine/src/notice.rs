//! Notices that mail servers write above or below the words of others: warnings of mail from outside, disclaimers.
//!
//! Most leave no header field that says so. What counts as a notice is narrow: a known phrase, no figure, few words.

/// Words of a notice at most.
const NOTICE_WORDS_MAX: usize = 80;

/// Phrases of such notices, lower case, with and without accents: French, English, German.
///
/// A judgement: phrases that recur in such notices, chosen by reading, not taken from a list that somebody keeps.
/// A notice in other words counts as an addition at the end, which is named and weighs little.
const PHRASES: &[&str] = &[
    "message provient de l'ext",
    "courriel provient de l'ext",
    "expéditeur externe",
    "expediteur externe",
    "sont confidentiels",
    "est confidentiel",
    "reçu par erreur",
    "recu par erreur",
    "email originated from outside",
    "message originated from outside",
    "external sender",
    "external email",
    "intended recipient",
    "is confidential",
    "are confidential",
    "received this email in error",
    "received this message in error",
    "von außerhalb",
    "externer absender",
    "vertrauliche informationen",
    "irrtümlich erhalten",
];

/// Whether these words, added before or behind a text, are a notice: they say nothing of what the text is about.
pub(crate) fn is_notice(words: &[&str]) -> bool {
    let has_figure = |word: &&str| word.bytes().any(|byte| byte.is_ascii_digit());
    has_notice_phrase(words) && !words.iter().any(has_figure)
}

/// Whether a phrase of such notices stands in these few words. Register and telephone numbers of the house often stand
/// there too, and so may anything that somebody put there: what has a figure is not vouched for.
pub(crate) fn has_notice_phrase(words: &[&str]) -> bool {
    if words.len() > NOTICE_WORDS_MAX {
        return false;
    }
    let text = words.join(" ").to_lowercase();
    PHRASES.iter().any(|phrase| text.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_no_part_of_a_notice() {
        let words = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
        assert!(is_notice(&words(
            "Ce message et ses pièces jointes sont confidentiels."
        )));
        assert!(!is_notice(&words("Ces 45 000 euros sont confidentiels.")));
        assert!(has_notice_phrase(&words(
            "This email is confidential. Registered in England, no. 1234567."
        )));
        assert!(!is_notice(&words("Passe par l'autre compte.")));
    }
}
