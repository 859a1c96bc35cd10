//! The language of a text, told by its function words: the small words that every text of a language is full of.
//!
//! It serves the account of which mail is proved, nothing that weighs: texts of several languages, and short ones, are
//! left without.

use std::sync::OnceLock;

use crate::sketch::hash_bytes;

/// Words of a text that are looked at.
const WORDS_READ_MAX: u32 = 400;
/// Function words of a language that must be among them.
const FOUND_MIN: u32 = 6;
/// One word in so many must be a function word of the language. In running text it is one in three or four.
const FOUND_ONE_IN: u32 = 10;
/// Places of the table, a power of two, several times the number of words.
const TABLE_LENGTH: usize = 1_024;

/// The most frequent function words of each language (BCP 47), without those of one letter.
const LANGUAGES: [(&str, &str); 12] = [
    (
        "de",
        "der die das und ist nicht ich sie wir mit auf für den von zu ein eine auch dass es im sich dem als bei",
    ),
    (
        "en",
        "the and to of in is that for you it on with this be are have as will we not at your from was our",
    ),
    (
        "es",
        "el la los las de que en un una por con para no se es del al lo como más su pero este está usted",
    ),
    (
        "fr",
        "le la les des et est un une que pour pas dans vous nous je il sur avec qui ce du en au sont mais",
    ),
    (
        "it",
        "il la le di che non per un una con sono del della è si lo gli come più anche alla dei nel ma questo",
    ),
    (
        "nl",
        "de het een en van is dat niet ik je zijn op voor met te aan er maar ook als wij naar bij deze heeft",
    ),
    (
        "pl",
        "nie to jest się na do że jak ale czy tak co za od po dla są przez być już tego przy oraz może jego",
    ),
    (
        "pt",
        "de que não um uma para com os as em por mais do da no na se foi são como ao mas pelo isso você",
    ),
    (
        "ru",
        "не на что это как но по от для мы вы он она из за все так его бы только или был уже если при",
    ),
    (
        "sv",
        "och att det som är en inte jag på för med av till vi den har om ett så men de kan var från eller",
    ),
    (
        "tr",
        "ve bir bu için ile çok daha olarak da de ne gibi ama kadar sonra olan var mi ben biz siz o her şey en",
    ),
    (
        "uk",
        "не на що це як але та від для ми ви він вона із за все так його би тільки або був вже якщо при",
    ),
];

/// The function words among the first words of a text.
#[derive(Default)]
pub(crate) struct FunctionWords {
    n_read: u32,
    /// How many of each language.
    found: [u32; LANGUAGES.len()],
}

impl FunctionWords {
    /// Reads the next word of the text, of which this is the hash.
    pub(crate) fn add(&mut self, word: u64) {
        if self.n_read == WORDS_READ_MAX {
            return;
        }
        self.n_read += 1;
        let mut of_word = TABLE.get_or_init(Table::new).languages_of(word);
        while of_word != 0 {
            if let Some(n) = self.found.get_mut(of_word.trailing_zeros() as usize) {
                *n += 1;
            }
            of_word &= of_word - 1;
        }
    }

    /// The language of the text; empty where its words do not tell.
    pub(crate) fn language(&self) -> &'static str {
        winner(self.found, self.n_read)
    }
}

/// The language with most words, where there are enough and no other has nearly as many.
fn winner(found: [u32; LANGUAGES.len()], n_read: u32) -> &'static str {
    let Some((best, most)) = (0..).zip(found).max_by_key(|(_, n)| *n) else {
        return "";
    };
    let others = (0_usize..).zip(found).filter(|(index, _)| *index != best);
    let second = others.map(|(_, n)| n).max().unwrap_or(0);
    let is_told = most >= FOUND_MIN && most * FOUND_ONE_IN >= n_read && second * 4 <= most * 3;
    let told = LANGUAGES.get(best).filter(|_| is_told);
    told.map_or("", |(name, _)| name)
}

static TABLE: OnceLock<Table> = OnceLock::new();

/// The hash of every function word, with a bit for each language it is of; nought is an empty place.
struct Table(Vec<(u64, u16)>);

impl Table {
    fn new() -> Self {
        let mut table = Self(vec![(0, 0); TABLE_LENGTH]);
        for (index, (_, words)) in LANGUAGES.iter().enumerate() {
            for word in words.split(' ') {
                table.add(hash_bytes(0, word.as_bytes()), 1 << index);
            }
        }
        table
    }

    fn add(&mut self, hash: u64, language: u16) {
        let place = self.place(hash);
        if let Some((slot, languages)) = self.0.get_mut(place) {
            *slot = hash;
            *languages |= language;
        }
    }

    /// Where the word stands, or would: most words are no function words, and end at an empty place at once.
    fn place(&self, hash: u64) -> usize {
        let start = usize::try_from(hash % TABLE_LENGTH as u64).unwrap_or(0);
        let mut place = start;
        while self
            .0
            .get(place)
            .is_some_and(|(slot, languages)| *languages != 0 && *slot != hash)
        {
            place = (place + 1) % TABLE_LENGTH;
        }
        place
    }

    fn languages_of(&self, hash: u64) -> u16 {
        let (slot, languages) = self.0.get(self.place(hash)).copied().unwrap_or((0, 0));
        if slot == hash { languages } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use mabillon_case::Text;

    use crate::sketch::text_facts;

    fn language_of(own: &str) -> String {
        let text = Text {
            own: own.to_owned(),
            ..Text::default()
        };
        text_facts(&text).language
    }

    #[test]
    fn running_text_tells_its_language() {
        let texts = [
            (
                "en",
                "We will meet on Monday to agree on the costs of the hall, and I have asked for an offer from the printers.",
            ),
            (
                "fr",
                "Nous avons reçu les factures et je vous les envoie dans la journée avec le contrat, mais il n'est pas signé.",
            ),
            (
                "de",
                "Wir haben die Rechnung nicht erhalten und bitten Sie, sie mit der Post an das Büro zu schicken.",
            ),
            (
                "es",
                "No hemos recibido la factura que usted envió por correo, pero el contrato está en la oficina con los anexos.",
            ),
            (
                "pt",
                "Não recebemos a fatura que foi enviada pelo correio, mas o contrato está com os anexos para você.",
            ),
            (
                "ru",
                "Мы не получили счёт, но договор уже у нас, и если вы не против, мы его подпишем при встрече.",
            ),
            (
                "uk",
                "Ми не отримали рахунок, але договір вже у нас, і якщо ви не проти, ми його підпишемо при зустрічі та все.",
            ),
        ];
        for (language, text) in texts {
            assert_eq!(language_of(text), language, "{text}");
        }
    }

    #[test]
    fn figures_names_and_short_texts_tell_none() {
        for text in [
            "",
            "Yes, agreed.",
            "FR76 3000 6000 0112 3456 7890 189",
            "a b c d e f g h",
        ] {
            assert_eq!(language_of(text), "", "{text}");
        }
    }
}
