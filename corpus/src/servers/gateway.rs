//! Gateways that write into mail: a warning on what comes from outside, a disclaimer on what goes out.
//!
//! Both leave no field that says so, as the rules of many mail servers do.

use crate::mime::Mail;
use crate::parts;

const TAG: &str = "[EXTERNE]";
const WARNING: &str = "ATTENTION : ce message provient de l'exterieur. N'ouvrez pas les pieces jointes si vous doutez de l'expediteur.";
const DISCLAIMER: &str = "Ce message et ses pieces jointes sont confidentiels et reserves a leurs destinataires. \
                          Si vous l'avez recu par erreur, merci de le detruire.";

/// Puts a warning above the text of a message and a tag before its subject.
pub(super) fn warn(mail: &mut Mail) {
    let subject = mail.value("Subject").unwrap_or_default().to_owned();
    if !subject.contains(TAG) {
        mail.set("Subject", format!("{TAG} {subject}"));
    }
    *mail = with_texts(mail, |text, is_html| {
        let block = if is_html {
            format!("<div style=\"border:1px solid\">{WARNING}</div>")
        } else {
            format!("{WARNING}\r\n\r\n")
        };
        [block.as_bytes(), text].concat()
    });
}

/// Puts a disclaimer below the text of a message.
pub(super) fn disclaim(mail: &mut Mail) {
    *mail = with_texts(mail, |text, is_html| {
        let block = if is_html {
            format!("<p>{DISCLAIMER}</p>")
        } else {
            format!("\r\n\r\n{DISCLAIMER}\r\n")
        };
        [text, block.as_bytes()].concat()
    });
}

/// The message with its first text and its first HTML part changed, encoded again.
fn with_texts(mail: &Mail, change: impl Fn(&[u8], bool) -> Vec<u8>) -> Mail {
    let leaves = parts::leaves(mail);
    let first = |kind: &str| leaves.iter().position(|leaf| leaf.is(kind));
    let (plain, html) = (first("text/plain"), first("text/html"));
    let changed: Vec<_> = leaves
        .into_iter()
        .enumerate()
        .filter(|(place, _)| Some(*place) == plain || Some(*place) == html)
        .map(|(place, leaf)| {
            let text = change(&leaf.decoded(mail), Some(place) == html);
            (leaf, text)
        })
        .collect();
    parts::with_base64_contents(mail, &changed)
}
