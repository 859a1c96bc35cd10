//! Words with which credentials are asked for, and words of notices about an account: English, French, German.

use crate::words::words;

/// What is asked for, lower case.
const ASKED: &[&str] = &[
    "password",
    "passwort",
    "kennwort",
    "mot de passe",
    "your account",
    "votre compte",
    "ihr konto",
    "ihr postfach",
    "your mailbox",
    "votre bo\u{ee}te",
    "messagerie",
    "identifiant",
    "credentials",
    "sign in",
    "log in",
    "login",
    "connectez-vous",
    "melden sie sich an",
    "se connecter",
    "acc\u{e8}s",
    "zugang",
];

/// Pressure, lower case.
const PRESSING: &[&str] = &[
    "within 24 hours",
    "within 48 hours",
    "24 hours",
    "24 heures",
    "48 heures",
    "24 stunden",
    "48 stunden",
    "immediately",
    "imm\u{e9}diatement",
    "sofort",
    "umgehend",
    "suspend",
    "suspendu",
    "gesperrt",
    "deactivat",
    "d\u{e9}sactiv",
    "deaktiviert",
    "expire",
    "l\u{e4}uft ab",
    "quota",
    "has been limited",
    "unusual sign-in",
    "unusual activity",
    "activit\u{e9} inhabituelle",
    "ungew\u{f6}hnliche",
    "verify your",
    "v\u{e9}rifiez votre",
    "v\u{e9}rifier votre",
    "best\u{e4}tigen sie",
    "confirm your",
    "confirmez votre",
    "someone has your password",
    "quelqu'un a votre mot de passe",
];

/// Notices of what happened to an account, lower case: subjects of providers.
const NOTICES: &[&str] = &[
    "new sign-in",
    "new login",
    "new device",
    "nouvelle connexion",
    "nouvel appareil",
    "neue anmeldung",
    "neues ger\u{e4}t",
    "security alert",
    "alerte de s\u{e9}curit\u{e9}",
    "sicherheitswarnung",
    "password changed",
    "password was changed",
    "mot de passe modifi\u{e9}",
    "mot de passe a \u{e9}t\u{e9} modifi\u{e9}",
    "passwort ge\u{e4}ndert",
    "app password",
    "mot de passe d'application",
    "forwarding",
    "transfert automatique",
    "weiterleitung",
    "recovery email",
    "recovery phone",
    "2-step verification",
    "validation en deux \u{e9}tapes",
    "connected to your account",
    "granted access",
    "suspicious sign",
];

/// Bytes of a text that are looked at.
const TEXT_BYTES_MAX: usize = 20_000;

/// The pressing phrase of a text that asks for a password or an account as well.
pub(super) fn presses(text: &str) -> Option<String> {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    let text = plain(text.get(..end).unwrap_or_default());
    ASKED.iter().find(|phrase| text.contains(**phrase))?;
    let pressing = PRESSING.iter().find(|phrase| text.contains(**phrase));
    pressing.map(|phrase| (*phrase).to_owned())
}

/// Whether a subject is that of a notice about an account.
pub(crate) fn is_account_notice(subject: &str) -> bool {
    let subject = plain(subject);
    NOTICES.iter().any(|phrase| subject.contains(phrase))
}

/// Lower case, one space between words, plain apostrophes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in words(text) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        if word.is_ascii() {
            plain.push_str(word);
        } else {
            let lower = word.chars().flat_map(char::to_lowercase);
            plain.extend(lower.map(|c| if c == '\u{2019}' { '\'' } else { c }));
        }
    }
    plain.make_ascii_lowercase();
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_a_thing_asked_for_and_pressure_are_needed() {
        assert_eq!(
            presses("Votre mot de passe expire dans\n24 heures").as_deref(),
            Some("24 heures")
        );
        assert_eq!(presses("Here is the password of the meeting room."), None);
        assert_eq!(presses("Please answer within 24 hours."), None);
        assert!(is_account_notice("Nouvelle  connexion \u{e0} votre compte"));
        assert!(!is_account_notice("New posters"));
    }
}
