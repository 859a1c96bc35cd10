//! The names that are masked: what the collection itself says is a name.
//!
//! Sure are the words of display names and of the local parts of addresses. Told are the words of signatures, greetings
//! and the heads of quotations: such a word may be a common one, so it is masked only where it is written as a name is,
//! and only if the collection does not mostly write it in lower case. A name that stands in none of these places is not
//! known.

use std::collections::{HashMap, HashSet};

use mabillon_case::Text;

use crate::table::hash;

/// Words that stand in display names, addresses, greetings and signatures, and are nobody's name.
const NOT_NAMES: &[&str] = &[
    "abs",
    "admin",
    "all",
    "and",
    "bcc",
    "best",
    "colleague",
    "colleagues",
    "com",
    "contact",
    "dame",
    "dear",
    "doctor",
    "dr",
    "everyone",
    "for",
    "frau",
    "friends",
    "from",
    "gmbh",
    "hello",
    "herr",
    "info",
    "ltd",
    "madam",
    "madame",
    "mail",
    "mailer",
    "messrs",
    "miss",
    "mister",
    "mme",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "net",
    "news",
    "newsletter",
    "noreply",
    "office",
    "org",
    "postmaster",
    "prof",
    "professor",
    "regards",
    "reply",
    "señor",
    "señora",
    "sincerely",
    "sir",
    "sra",
    "support",
    "team",
    "thanks",
    "the",
    "via",
    "webmaster",
    "www",
];
/// Words between the parts of a name that are written in lower case.
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "la", "le",
    "ten", "van", "von", "zu",
];
/// Fields of the head of a quoted message that hold people, as mail programs write them in several languages.
const PEOPLE_FIELDS: &[&str] = &[
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "von",
    "an",
    "de",
    "à",
    "para",
    "da",
    "a",
    "van",
    "aan",
    "fra",
    "til",
    "från",
    "till",
    "od",
    "do",
    "от",
    "кому",
    "копия",
];
/// Words that are counted; further ones are not.
const VOCABULARY_MAX: usize = 500_000;
/// Letters of a word that is counted.
const WORD_CHARS_MAX: usize = 40;
/// Words of a name, and letters of the shortest that is masked however it is written.
const NAME_WORDS_MAX: usize = 4;
const SURE_CHARS_MIN: usize = 3;
/// Lines at the end of a text in which a signature is looked for.
const CLOSING_LINES: usize = 12;
/// Words of a line that opens or closes a letter.
const PHRASE_WORDS_MAX: usize = 5;

/// The names that are masked.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// In lower case; masked however they are written.
    sure: HashSet<String>,
    /// In lower case; masked where they begin with a capital.
    told: HashSet<String>,
}

impl Names {
    /// Whether a word is masked.
    pub(super) fn holds(&self, word: &str) -> bool {
        let lower = word.to_lowercase();
        self.sure.contains(&lower) || (is_capital(word) && self.told.contains(&lower))
    }
}

/// Gathers names from a whole case.
#[derive(Default)]
pub(crate) struct Gatherer {
    sure: HashSet<String>,
    told: HashSet<String>,
    /// How often a word was written with a capital, less how often it was not; by its hash.
    capitals: HashMap<u64, i64>,
}

impl Gatherer {
    /// A sender, recipient or author: `Anna Berg <a.berg@example.org>`, or one of both.
    pub(crate) fn person(&mut self, text: &str) {
        let (name, address) = match text.split_once('<') {
            Some((name, address)) => (name, address),
            None if text.contains('@') => ("", text),
            None => (text, ""),
        };
        let local = address.split('@').next().unwrap_or_default();
        let words = |text: &str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric());
            words.map(str::to_lowercase).collect()
        };
        for word in words(local) {
            self.sure(word);
        }
        for word in words(name) {
            // A short word of a name may be any word: it is masked where it is written as one.
            if word.chars().count() < SURE_CHARS_MIN {
                self.told(&word);
            } else {
                self.sure(word);
            }
        }
    }

    fn sure(&mut self, word: String) {
        let is_number = word.chars().all(|c| c.is_ascii_digit());
        let is_short = word.chars().count() < SURE_CHARS_MIN;
        if !is_number && !is_short && !NOT_NAMES.contains(&word.as_str()) {
            self.sure.insert(word);
        }
    }

    fn told(&mut self, word: &str) {
        let word = word.to_lowercase();
        let is_name = word.chars().count() >= 2
            && word.chars().all(char::is_alphabetic)
            && !NOT_NAMES.contains(&word.as_str())
            && !PARTICLES.contains(&word.as_str());
        if is_name {
            self.told.insert(word);
        }
    }

    /// A text: its greeting, its signature, the heads of what it quotes.
    pub(crate) fn text(&mut self, text: &Text) {
        self.passage(&text.own);
        for quotation in &text.quotations {
            self.head(&quotation.attribution);
            self.passage(&quotation.text);
        }
    }

    fn passage(&mut self, text: &str) {
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        if let Some(first) = lines.first() {
            self.greeting(first);
        }
        for line in &lines {
            if line.contains('@') {
                self.people_field(line);
            }
            self.count(line);
        }
        self.signature(&lines);
    }

    /// `Dear Mr Diaz,`: the words behind the first that begin with a capital.
    fn greeting(&mut self, line: &str) {
        let Some(phrase) = line.strip_suffix([',', '!', ':']) else {
            return;
        };
        let words: Vec<&str> = phrase.split_whitespace().collect();
        if words.len() > PHRASE_WORDS_MAX {
            return;
        }
        for word in words.iter().skip(1).filter(|word| is_capital(word)) {
            self.name(word);
        }
    }

    /// The lines behind `-- ` (RFC 3676, section 4.3), what follows a closing phrase such as `Best regards,`, and a last
    /// line that is a name and nothing else.
    fn signature(&mut self, lines: &[&str]) {
        let last = lines.len().saturating_sub(CLOSING_LINES);
        let end = lines.get(last..).unwrap_or_default();
        for (at, line) in end.iter().enumerate() {
            let following = end.get(at + 1..).unwrap_or_default();
            let is_closing =
                line.ends_with(',') && line.split_whitespace().count() <= PHRASE_WORDS_MAX;
            let n_lines = match *line {
                "--" => 2,
                _ if is_closing => 1,
                _ => 0,
            };
            for line in following.iter().take(n_lines) {
                self.name_line(line);
            }
        }
        if let (Some(line), true) = (end.last(), lines.len() > 1) {
            self.name_line(line.trim_start_matches(['-', '–', '—', ' ']));
        }
    }

    fn name_line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_of_name = |word: &&str| is_capital(word) || PARTICLES.contains(word);
        if words.len() <= NAME_WORDS_MAX && words.iter().all(is_of_name) {
            for word in words {
                self.name(word);
            }
        }
    }

    /// The head of a quotation: a line that says who wrote, or the fields of the message.
    fn head(&mut self, attribution: &str) {
        for line in attribution.lines() {
            let first = line.split_whitespace().next().unwrap_or_default();
            if !self.people_field(line) && !first.ends_with(':') {
                self.attribution(line);
            }
        }
    }

    /// `To: Anna Berg; Ben Cole <b@example.org>`; false where the line is no such field.
    fn people_field(&mut self, line: &str) -> bool {
        let Some((field, people)) = line.split_once(':') else {
            return false;
        };
        let field = field.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '>'));
        if !PEOPLE_FIELDS.contains(&field.to_lowercase().as_str()) {
            return false;
        }
        for one in people.split([';', ',']) {
            let name = one.split(['<', '[', '(']).next().unwrap_or_default();
            for word in name.split_whitespace().filter(|word| is_capital(word)) {
                self.name(word);
            }
        }
        true
    }

    /// `On 3 April 2017, Anna Berg <a@example.org> wrote:`: the words with capitals before the address; without one, the
    /// last of them.
    fn attribution(&mut self, line: &str) {
        let before = line.split(['<', '[']).next().unwrap_or_default();
        let mut run: Vec<&str> = Vec::new();
        let mut last_run = Vec::new();
        for word in before.split_whitespace() {
            if is_capital(word) || (!run.is_empty() && PARTICLES.contains(&word)) {
                run.push(word);
            } else {
                run.clear();
            }
            if !run.is_empty() {
                last_run.clone_from(&run);
            }
            if word.ends_with([',', ':', ';']) {
                run.clear();
            }
        }
        let names = last_run.len().saturating_sub(NAME_WORDS_MAX);
        for word in last_run.iter().skip(names) {
            self.name(word);
        }
    }

    fn name(&mut self, word: &str) {
        for part in word.split(|c: char| !c.is_alphanumeric()) {
            self.told(part);
        }
    }

    fn count(&mut self, line: &str) {
        for word in line.split(|c: char| !c.is_alphabetic()) {
            if word.len() < 2 || word.len() > WORD_CHARS_MAX {
                continue;
            }
            let way = if is_capital(word) { 1 } else { -1 };
            let number = hash(&word.to_lowercase());
            if let Some(count) = self.capitals.get_mut(&number) {
                *count += way;
            } else if self.capitals.len() < VOCABULARY_MAX {
                self.capitals.insert(number, way);
            }
        }
    }

    /// What was gathered, without the words that the collection mostly writes in lower case.
    pub(crate) fn finish(self) -> Names {
        let Self {
            sure,
            told,
            capitals,
        } = self;
        let is_name = |word: &String| capitals.get(&hash(word)).is_none_or(|count| *count >= 0);
        Names {
            sure,
            told: told.into_iter().filter(is_name).collect(),
        }
    }
}

fn is_capital(word: &str) -> bool {
    let first = word.chars().find(|c| c.is_alphanumeric());
    first.is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use mabillon_case::Quotation;

    use super::*;

    fn text(own: &str, attribution: &str) -> Text {
        Text {
            own: own.to_owned(),
            quotations: vec![Quotation {
                attribution: attribution.to_owned(),
                ..Quotation::default()
            }],
            ..Text::default()
        }
    }

    fn gathered(texts: &[Text]) -> Names {
        let mut gatherer = Gatherer::default();
        for text in texts {
            gatherer.text(text);
        }
        gatherer.finish()
    }

    fn hold(names: &Names, words: &[&str]) {
        for word in words {
            assert!(names.holds(word), "{word} is a name");
        }
    }

    fn do_not_hold(names: &Names, words: &[&str]) {
        for word in words {
            assert!(!names.holds(word), "{word} is no name");
        }
    }

    #[test]
    fn names_of_address_fields_are_masked_however_they_are_written() {
        let mut gatherer = Gatherer::default();
        gatherer.person("Anna van Berg <a.kowalska@example.org>");
        gatherer.person("carlos.diaz77@example.net");
        gatherer.person("The Info Team <info@example.org>");
        gatherer.person("Li Wu <lw@example.org>");
        let names = gatherer.finish();
        hold(
            &names,
            &[
                "Anna", "anna", "ANNA", "BERG", "kowalska", "diaz77", "Carlos", "Li", "Wu",
            ],
        );
        do_not_hold(&names, &["the", "The", "info", "team", "li", "example"]);
    }

    #[test]
    fn names_of_greetings_and_signatures_are_known() {
        let letter = "Dear Mr Fischer,\n\nthe money will come. Thank you, you know why.\n\nBest regards,\nIrina Petrova\n";
        let names = gathered(&[
            text(letter, ""),
            text(
                "Hello\n-- \nJean-Luc Moreau\nTreasurer of Something Long Here\n",
                "",
            ),
            text("see below\n\n— Bo", ""),
            text("That was all. Thank You", ""),
        ]);
        hold(
            &names,
            &["Fischer", "Irina", "Petrova", "Luc", "Moreau", "Bo"],
        );
        do_not_hold(
            &names,
            &[
                "Mr",
                "Dear",
                "fischer",
                "You",
                "Thank",
                "money",
                "The",
                "Something",
            ],
        );
    }

    #[test]
    fn names_of_quoted_heads_are_known() {
        let names = gathered(&[
            text(
                "",
                "On Mon, 3 Apr 2017 at 10:00, Olga de Vries <o@example.org> wrote:",
            ),
            text("", "Am 3. April 2017 schrieb Ute Krämer:"),
            text(
                "",
                "From: Sam Ode\nSent: Monday\nTo: Kim Roe; Lea Zorn\nSubject: Harvest",
            ),
            text("Forwarded:\nCc: Nils Holm <n@example.org>\n", ""),
        ]);
        hold(
            &names,
            &[
                "Olga", "Vries", "Ute", "Krämer", "Sam", "Ode", "Kim", "Roe", "Lea", "Zorn",
                "Nils", "Holm",
            ],
        );
        do_not_hold(&names, &["Harvest", "wrote", "schrieb", "de"]);
    }

    /// What cannot be known is not: a name in running text alone.
    #[test]
    fn a_name_that_stands_in_running_text_alone_is_not_known() {
        let names = gathered(&[text(
            "Hello,\nyesterday we talked to Okafor about it.\nBest,\nAnna\n",
            "",
        )]);
        hold(&names, &["Anna"]);
        do_not_hold(&names, &["Okafor"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_gathered(own in "\\PC{0,300}", attribution in "\\PC{0,200}", person in "\\PC{0,60}") {
            let mut gatherer = Gatherer::default();
            gatherer.text(&text(&own, &attribution));
            gatherer.person(&person);
            let names = gatherer.finish();
            names.holds(&person);
        }
    }
}
