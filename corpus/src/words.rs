//! The sentences people write. All in letters that Latin-1 holds, because some clients write nothing else.

use crate::people::Language;
use crate::random::Random;

const FRENCH: &[&str] = &[
    "Je te confirme le devis de {m} euros pour la salle de {v}, acompte compris.",
    "La réunion de {j} est maintenue à {h} heures, merci de prévenir {n}.",
    "Il nous manque encore {k} signatures pour le comité de {v}.",
    "{n} propose de décaler le déplacement à {v} d'une semaine.",
    "Peux-tu relire la note avant {j} soir et me dire ce que tu en penses ?",
    "Le budget des affiches passe à {m} euros, ce qui reste dans l'enveloppe.",
    "J'ai eu {n} au téléphone ce matin, tout est calé pour {v}.",
    "Nous attendons {k} personnes à {v}, il faudra ouvrir la seconde salle.",
    "La facture de {m} euros a été réglée par virement {j}.",
    "Merci de ne pas diffuser ce document avant la validation de {n}.",
    "Le camion part de {v} {j} à {h} heures, il reste deux places.",
    "Je joins la dernière version, les chiffres de la page {p} ont été corrigés.",
    "Le commissaire aux comptes demande le détail des {m} euros de frais de déplacement.",
    "On se voit {j} vers {h} heures au local, {n} sera là aussi.",
    "La presse locale de {v} couvrira la réunion publique.",
    "Il faut répondre au journal avant {h} heures, sinon ils publient sans nous.",
    "Les tracts arrivent {j}, {k} exemplaires par canton.",
    "Je n'ai pas encore reçu le contrat signé de l'imprimeur.",
    "Le loyer du local de {v} est de {m} euros par mois, charges comprises.",
    "Attention, deux bénévoles sont inscrits le même jour à {v}.",
    "Le sondage commandé nous coûte {m} euros, livraison {j}.",
    "{n} a préparé une fiche sur l'agriculture, je la trouve très claire.",
    "Peut-on compter sur {k} assesseurs dans le bureau de {v} ?",
    "Le train de {h} heures est complet, j'ai pris le suivant.",
    "Je valide la dépense de {m} euros sous réserve du contrat.",
    "Rien de neuf du côté de {v}, je relance {n} {j}.",
    "Le discours fait {p} pages, c'est trop long pour la radio.",
    "Nous avons reçu {k} dons cette semaine, moyenne en hausse.",
    "Pense à transmettre la liste des invités à l'accueil avant {j}.",
    "Le plan média est dans le tableau, onglet {p}.",
];

const ENGLISH: &[&str] = &[
    "The quote for the venue in {v} is {m} euros, deposit included.",
    "Could you send the final figures before {h} o'clock on {j}?",
    "{n} suggested moving the visit to {v} by one week.",
    "From what I understand, the printer needs the files by {j}.",
    "We expect {k} people, so the larger room will be needed.",
    "The invoice of {m} euros was paid on {j}.",
    "I spoke to {n} this morning and everything is settled.",
    "Please do not circulate the note before {n} has signed it off.",
    "The revised draft is attached, see page {p} for the changes.",
    "Our fee for the second phase would be {m} euros.",
    "The delivery to {v} is planned for {j}, {k} copies in total.",
    "Happy to discuss this on the phone at {h} o'clock.",
    "The poll will cost {m} euros and takes ten days.",
    "Let me know whether {n} can join the call on {j}.",
    "I have no news from {v} yet and will chase them tomorrow.",
    "The contract still lacks a signature on page {p}.",
];

const GERMAN: &[&str] = &[
    "Das Angebot für den Saal in {v} liegt bei {m} euros, Anzahlung inbegriffen.",
    "Könnten Sie mir die endgültigen Zahlen bis {j} schicken?",
    "{n} schlägt vor, den Termin in {v} um eine Woche zu verschieben.",
    "Die Druckerei benötigt die Dateien bis {j}, spätestens um {h} Uhr.",
    "Wir rechnen mit {k} Gästen, also brauchen wir den größeren Raum.",
    "Die Rechnung über {m} euros wurde am {j} überwiesen.",
    "Ich habe heute früh mit {n} gesprochen, alles ist geklärt.",
    "Bitte geben Sie die Notiz nicht weiter, bevor {n} zugestimmt hat.",
    "Die überarbeitete Fassung hängt an, siehe Seite {p}.",
    "Für die zweite Phase würden {m} euros anfallen.",
    "Die Lieferung nach {v} ist für {j} geplant, {k} Stück.",
    "Auf Seite {p} fehlt noch eine Unterschrift.",
];

const TOWNS: &[&str] = &[
    "Valmont",
    "Saint-Aubert",
    "Courcelles",
    "Montreval",
    "Belleroche",
    "Pontarlieu",
    "Arvigny",
    "Les Essarts",
    "Fontclaire",
    "Villedieu-sur-Orne",
];
const FIRST_NAMES: &[&str] = &[
    "Camille", "Nadia", "Thomas", "Hugo", "Solène", "Karim", "Édith", "Gaëlle", "Marc", "Inès",
    "Laurent", "Amélie",
];
const FRENCH_DAYS: &[&str] = &["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"];
const GERMAN_DAYS: &[&str] = &["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"];
const ENGLISH_DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];

const FRENCH_SUBJECTS: &[&str] = &[
    "Réunion publique à {v}",
    "Devis affiches",
    "Planning de la semaine",
    "Note agriculture",
    "Budget {v}",
    "Déplacement à {v}",
    "Facture salle de {v}",
    "Comité de {v}",
    "Relecture du discours",
    "Questions du journal",
    "Contrat imprimeur",
    "Bénévoles {v}",
    "Compte de campagne",
    "Sondage de {j}",
    "Liste des invités",
    "Point presse",
];
const ENGLISH_SUBJECTS: &[&str] = &[
    "Quote for {v}",
    "Draft report",
    "Poll timing",
    "Invoice",
    "Call on {j}",
    "Print files",
    "Revised budget",
    "Visit to {v}",
];

const GERMAN_SUBJECTS: &[&str] = &[
    "Angebot für {v}",
    "Entwurf",
    "Rückfrage zur Rechnung",
    "Termin am {j}",
    "Druckdaten",
    "Prüfung der Unterlagen",
];

/// A subject, without `Re:`.
pub(crate) fn subject(random: &mut Random, language: Language) -> String {
    let subjects = match language {
        Language::French => FRENCH_SUBJECTS,
        Language::English => ENGLISH_SUBJECTS,
        Language::German => GERMAN_SUBJECTS,
    };
    fill(random.pick(subjects), random, language)
}

/// Paragraphs of `n_sentences` sentences in all, separated by empty lines.
pub(crate) fn paragraphs(random: &mut Random, language: Language, n_sentences: usize) -> String {
    let mut text = String::new();
    let mut left_in_paragraph = random.between(2, 4);
    for number in 0..n_sentences {
        if left_in_paragraph == 0 {
            text.push_str("\n\n");
            left_in_paragraph = random.between(2, 4);
        } else if number > 0 {
            text.push(' ');
        }
        left_in_paragraph -= 1;
        text.push_str(&sentence(random, language));
    }
    text
}

/// One sentence.
pub(crate) fn sentence(random: &mut Random, language: Language) -> String {
    let sentences = match language {
        Language::French => FRENCH,
        Language::English => ENGLISH,
        Language::German => GERMAN,
    };
    fill(random.pick(sentences), random, language)
}

/// Greeting and farewell for a letter to this person.
pub(crate) fn greeting(
    random: &mut Random,
    language: Language,
    to: &str,
) -> (String, &'static str) {
    let first_name = to.split(' ').next().unwrap_or(to);
    match language {
        Language::French => (
            format!(
                "{} {first_name},",
                random.pick(&["Bonjour", "Cher", "Salut", "Bonsoir"])
            ),
            random.pick(&[
                "Bien à toi,",
                "Amitiés,",
                "Merci d'avance,",
                "À demain,",
                "Cordialement,",
            ]),
        ),
        Language::German => (
            format!("{} {first_name},", random.pick(&["Guten Tag", "Hallo"])),
            random.pick(&["Mit freundlichen Grüßen", "Viele Grüße"]),
        ),
        Language::English => (
            format!("{} {first_name},", random.pick(&["Dear", "Hello", "Hi"])),
            random.pick(&["Best regards,", "Kind regards,", "Many thanks,"]),
        ),
    }
}

/// What a program answers while its owner is away.
pub(crate) const fn absence(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::French => (
            "R\u{e9}ponse automatique : ",
            "Je suis absent du bureau cette semaine et lirai votre message \u{e0} mon retour.",
        ),
        Language::English => (
            "Automatic reply: ",
            "I am out of the office this week and will read your message on my return.",
        ),
        Language::German => (
            "Automatische Antwort: ",
            "Ich bin diese Woche nicht im B\u{fc}ro und lese Ihre Nachricht nach meiner R\u{fc}ckkehr.",
        ),
    }
}

/// An amount of euros as people write it: `45 000`.
pub(crate) fn amount(random: &mut Random) -> String {
    format!(
        "{} {:03}",
        random.between(2, 98),
        random.between(0, 19) * 50
    )
}

fn fill(template: &str, random: &mut Random, language: Language) -> String {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((slot, tail)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        filled.push_str(&slot_value(slot, random, language));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

fn slot_value(slot: &str, random: &mut Random, language: Language) -> String {
    match slot {
        "m" => amount(random),
        "v" => random.pick(TOWNS).to_owned(),
        "n" => random.pick(FIRST_NAMES).to_owned(),
        "j" if language == Language::French => random.pick(FRENCH_DAYS).to_owned(),
        "j" if language == Language::German => random.pick(GERMAN_DAYS).to_owned(),
        "j" => random.pick(ENGLISH_DAYS).to_owned(),
        "h" => random.between(8, 19).to_string(),
        "k" => random.between(12, 900).to_string(),
        _ => random.between(2, 14).to_string(),
    }
}

/// Another amount in place of the first one in the text, with its old and new form. `None` where there is none.
pub(crate) fn change_amount(text: &str, random: &mut Random) -> Option<(String, String, String)> {
    let end = text.find(" euros")?;
    let before = text.get(..end)?;
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, character)| character.is_ascii_digit() || *character == ' ')
        .last()?
        .0;
    let old = before.get(start..)?.trim();
    if old.is_empty() {
        return None;
    }
    let new = loop {
        let new = amount(random);
        if new != old {
            break new;
        }
    };
    let changed = text.replacen(&format!("{old} euros"), &format!("{new} euros"), 1);
    Some((changed, old.to_owned(), new))
}
