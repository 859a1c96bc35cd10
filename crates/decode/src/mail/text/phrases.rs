//! The words by which mail programs introduce what they quote, in the languages met most.

/// What a line of a quoted header states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    From,
    Date,
    To,
    Cc,
    Subject,
    Other,
}

/// The longest key of a quoted header line, in bytes, with its stars and spaces.
const KEY_BYTES_MAX: usize = 40;

const KEYS: [(Role, &[&str]); 6] = [
    (
        Role::From,
        &[
            "from",
            "de",
            "von",
            "da",
            "от",
            "от кого",
            "van",
            "fra",
            "från",
            "od",
            "expéditeur",
            "absender",
            "remitente",
            "mittente",
            "від",
        ],
    ),
    (
        Role::Date,
        &[
            "sent",
            "date",
            "envoyé",
            "envoyé le",
            "gesendet",
            "datum",
            "enviado",
            "enviado el",
            "enviada",
            "fecha",
            "inviato",
            "data",
            "отправлено",
            "дата",
            "verzonden",
            "sendt",
            "skickat",
            "wysłano",
            "надіслано",
        ],
    ),
    (
        Role::To,
        &[
            "to",
            "à",
            "a",
            "an",
            "para",
            "кому",
            "aan",
            "til",
            "till",
            "do",
            "destinataire",
            "pour",
        ],
    ),
    (
        Role::Cc,
        &["cc", "copie à", "kopie", "copia", "копия", "kopi", "dw"],
    ),
    (
        Role::Subject,
        &[
            "subject",
            "objet",
            "sujet",
            "betreff",
            "asunto",
            "oggetto",
            "тема",
            "assunto",
            "onderwerp",
            "emne",
            "ämne",
            "temat",
        ],
    ),
    (
        Role::Other,
        &[
            "reply-to",
            "importance",
            "importance élevée",
            "attachments",
            "attachment",
            "pièces jointes",
            "anlagen",
            "organization",
            "organisation",
            "bcc",
            "cci",
            "wichtigkeit",
            "priority",
            "newsgroups",
            "message-id",
        ],
    ),
];

const SEPARATORS: [&str; 20] = [
    "original message",
    "original appointment",
    "message d'origine",
    "message original",
    "message initial",
    "ursprüngliche nachricht",
    "originalnachricht",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "исходное сообщение",
    "оригинальное сообщение",
    "oorspronkelijk bericht",
    "forwarded message",
    "message transféré",
    "weitergeleitete nachricht",
    "mensaje reenviado",
    "messaggio inoltrato",
    "пересылаемое сообщение",
    "пересланное сообщение",
];

const FORWARDINGS: [&str; 5] = [
    "begin forwarded message",
    "début du message réexpédié",
    "début du message transféré",
    "anfang der weitergeleiteten nachricht",
    "inicio del mensaje reenviado",
];

const OPENINGS: [&str; 9] = [
    "On ", "Le ", "Am ", "El ", "Il ", "Op ", "Den ", "Em ", "W dniu ",
];

const VERBS: [&str; 17] = [
    "wrote",
    "writes",
    "a écrit",
    "a ecrit",
    "schrieb",
    "escribió",
    "escribio",
    "ha scritto",
    "scritto:",
    "schreef",
    "skrev",
    "escreveu",
    "napisał",
    "написал",
    "пишет",
    "писал",
    "пише",
];

/// Whether a line can be the first of an introduction: a cheap look before the dear ones.
pub(super) fn may_introduce(line: &str) -> bool {
    let line = line.trim_start();
    match line.as_bytes().first() {
        Some(b'-' | b'_' | b'*') => true,
        Some(_) => {
            let start = line.as_bytes();
            let start = start
                .get(..start.len().min(KEY_BYTES_MAX))
                .unwrap_or_default();
            memchr::memchr(b':', start).is_some() || opens_attribution(line)
        }
        None => false,
    }
}

/// What a line of a quoted header states, by its key before the colon; bold marks around the key are allowed.
pub(super) fn role(line: &str) -> Option<Role> {
    let line = line.trim_start();
    let start = line.get(..line.floor_char_boundary(KEY_BYTES_MAX))?;
    let (key, _) = start.split_once(':')?;
    let key = key.trim_matches(|c: char| c.is_whitespace() || c == '*' || c == '_');
    if key.is_empty() {
        return None;
    }
    let key = key.to_lowercase();
    let found = KEYS.iter().find(|(_, keys)| keys.contains(&&*key))?;
    Some(found.0)
}

/// Whether a line says that the message that is answered or forwarded begins: `-----Original Message-----`.
pub(super) fn is_separator(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 200 {
        return false;
    }
    let starts = |list: &[&str], text: &str| list.iter().any(|phrase| text.starts_with(phrase));
    if line.starts_with("--") && line.ends_with("--") {
        let words = line.trim_matches(|c: char| c == '-' || c.is_whitespace());
        let words = words.to_lowercase().replace('\u{2019}', "'");
        return starts(&SEPARATORS, &words);
    }
    line.ends_with(':') && starts(&FORWARDINGS, &line.to_lowercase())
}

/// Whether a line is the rule that Outlook draws above a quoted header.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 8 && (line.bytes().all(|b| b == b'_') || line.bytes().all(|b| b == b'-'))
}

/// Whether a line begins as attributions do: `On `, `Le `, `Am `.
pub(super) fn opens_attribution(line: &str) -> bool {
    OPENINGS
        .iter()
        .any(|opening| line.trim_start().starts_with(opening))
}

/// Whether the text says that somebody wrote something.
pub(super) fn has_attribution_verb(text: &str) -> bool {
    let text = text.to_lowercase();
    VERBS.iter().any(|verb| text.contains(verb))
}

/// Whether text that ends with a colon attributes what follows: it says so, or names an address and a time.
pub(super) fn is_attribution(text: &str) -> bool {
    let names_address_and_time =
        text.contains('@') && text.bytes().filter(u8::is_ascii_digit).count() >= 4;
    names_address_and_time || has_attribution_verb(text)
}
