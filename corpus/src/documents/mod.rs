//! Documents with true properties: made by real writers, named, reused, and made again by forgers.

mod jpeg;
mod office;
mod pdf;
mod sheet;

use std::collections::VecDeque;
use std::rc::Rc;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;

use crate::MakeError;
use crate::moment::{DAY, HOUR, MINUTE, Moment};
use crate::people::{Client, Language, Person};
use crate::plan::Scale;
use crate::random::Random;

/// The cabinet remembers this many documents, to attach them again.
const REMEMBERED: usize = 36;

/// A document as bytes, with what it says of itself and how to make it again.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Bytes,
    /// SHA-256 of the bytes, hexadecimal.
    pub(crate) item: String,
    pub(crate) properties: Properties,
    pub(crate) recipe: Recipe,
}

impl Document {
    /// Some letters and digits of its own.
    pub(crate) fn short_id(&self) -> &str {
        self.item.get(..10).unwrap_or_default()
    }
}

/// What a document says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Properties {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) last_modified_by: String,
    pub(crate) company: String,
    pub(crate) created: Moment,
    pub(crate) modified: Moment,
    pub(crate) revision: u64,
    pub(crate) minutes: u64,
    /// The language of the program that saved it last.
    pub(crate) locale: Locale,
}

/// The language of an Office program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locale {
    French,
    English,
    Russian,
}

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocumentKind {
    Docx,
    Xlsx,
    TextPdf,
    ScannedPdf,
    Photo,
}

/// Enough to make a document again: the same content for the same seed, but for what was edited.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) kind: DocumentKind,
    pub(crate) seed: u64,
    pub(crate) scale: Scale,
    /// A number that replaces one of the document's own amounts.
    pub(crate) edited_amount: Option<u64>,
}

/// Makes a document.
pub(crate) fn make(
    name: &str,
    recipe: &Recipe,
    properties: &Properties,
) -> Result<Document, MakeError> {
    let (media_type, bytes) = match recipe.kind {
        DocumentKind::Docx => (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            office::docx(recipe, properties)?,
        ),
        DocumentKind::Xlsx => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            sheet::xlsx(recipe, properties)?,
        ),
        DocumentKind::TextPdf => ("application/pdf", pdf::text(recipe, properties)),
        DocumentKind::ScannedPdf => ("application/pdf", pdf::scan(recipe, properties)?),
        DocumentKind::Photo => ("image/jpeg", jpeg::photo(recipe, properties)?),
    };
    Ok(Document {
        name: name.to_owned(),
        media_type,
        item: item_of(&bytes),
        bytes: Bytes::from(bytes),
        properties: properties.clone(),
        recipe: recipe.clone(),
    })
}

/// The identity of some bytes: their SHA-256, hexadecimal.
pub(crate) fn item_of(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |hex, byte| {
            format!("{hex}{byte:02x}")
        })
}

/// Where documents come from: new ones, and those of the last weeks again.
pub(crate) struct Cabinet {
    scale: Scale,
    recent: VecDeque<Rc<Document>>,
    /// Spreadsheets, the newest last, for whoever saves them again.
    pub(crate) sheets: VecDeque<Rc<Document>>,
    /// Made since this was last emptied.
    pub(crate) fresh: Vec<Rc<Document>>,
}

impl Cabinet {
    pub(crate) const fn new(scale: Scale) -> Self {
        Self {
            scale,
            recent: VecDeque::new(),
            sheets: VecDeque::new(),
            fresh: Vec::new(),
        }
    }

    /// How large the pictures and scans of this collection are.
    pub(crate) const fn scale(&self) -> Scale {
        self.scale
    }

    /// One to three documents to attach to a letter of this time.
    pub(crate) fn take(
        &mut self,
        author: &Person,
        at: Moment,
        random: &mut Random,
    ) -> Result<Vec<Rc<Document>>, MakeError> {
        let n_documents = [1, 1, 1, 1, 2, 2, 3]
            .get(random.index(7))
            .copied()
            .unwrap_or(1);
        let mut taken: Vec<Rc<Document>> = Vec::new();
        for _ in 0..n_documents {
            let document = self.one(author, at, random)?;
            if taken.iter().all(|other| other.item != document.item) {
                taken.push(document);
            }
        }
        Ok(taken)
    }

    fn one(
        &mut self,
        author: &Person,
        at: Moment,
        random: &mut Random,
    ) -> Result<Rc<Document>, MakeError> {
        if self.recent.len() > 4 && random.percent(60) {
            let index = random.index(self.recent.len());
            if let Some(document) = self.recent.get(index) {
                return Ok(Rc::clone(document));
            }
        }
        let kind = kind(author, random);
        self.create(kind, author, at, random)
    }

    /// A new document of this kind and author, saved for the last time before this time.
    pub(crate) fn create(
        &mut self,
        kind: DocumentKind,
        author: &Person,
        at: Moment,
        random: &mut Random,
    ) -> Result<Rc<Document>, MakeError> {
        let recipe = Recipe {
            kind,
            seed: random.next(),
            scale: self.scale,
            edited_amount: None,
        };
        let modified = at
            .plus(-random.between(10 * MINUTE, 60 * HOUR))
            .whole_second();
        let minutes = random.between(3, 400) as u64;
        let age = random.between(0, 40) * DAY + (minutes as i64 + 5) * MINUTE;
        let company = if author.client == Client::OutlookExchange {
            "Cabinet"
        } else {
            ""
        };
        let name = file_name(recipe.kind, modified, random);
        let properties = Properties {
            title: name.split('.').next().unwrap_or_default().replace('_', " "),
            author: author.name.to_owned(),
            last_modified_by: author.name.to_owned(),
            company: company.to_owned(),
            created: modified.plus(-age).whole_second(),
            modified,
            revision: random.between(2, 30) as u64,
            minutes,
            locale: if author.language == Language::French {
                Locale::French
            } else {
                Locale::English
            },
        };
        let document = Rc::new(make(&name, &recipe, &properties)?);
        remember(&mut self.recent, &document);
        if recipe.kind == DocumentKind::Xlsx {
            remember(&mut self.sheets, &document);
        }
        self.fresh.push(Rc::clone(&document));
        Ok(document)
    }
}

fn remember(documents: &mut VecDeque<Rc<Document>>, document: &Rc<Document>) {
    documents.push_back(Rc::clone(document));
    if documents.len() > REMEMBERED {
        documents.pop_front();
    }
}

fn kind(author: &Person, random: &mut Random) -> DocumentKind {
    match random.below(100) {
        0..=19 => DocumentKind::Docx,
        20..=41 => DocumentKind::Xlsx,
        42..=61 => DocumentKind::TextPdf,
        62..=79 => DocumentKind::ScannedPdf,
        _ if author.phone.is_none() && random.percent(50) => DocumentKind::ScannedPdf,
        _ => DocumentKind::Photo,
    }
}

fn file_name(kind: DocumentKind, modified: Moment, random: &mut Random) -> String {
    let number = random.between(100, 9999);
    let day = modified
        .rfc3339()
        .get(..10)
        .unwrap_or_default()
        .replace('-', "");
    match kind {
        DocumentKind::Docx => format!(
            "{}_{number}.docx",
            random.pick(&["Note", "Contrat", "Discours", "Compte_rendu"])
        ),
        DocumentKind::Xlsx => format!(
            "{}_{number}.xlsx",
            random.pick(&["Budget", "Depenses", "Planning", "Factures"])
        ),
        DocumentKind::TextPdf => format!(
            "{}_{number}.pdf",
            random.pick(&["Devis", "Facture", "Programme", "Convention"])
        ),
        DocumentKind::ScannedPdf => format!("Scan_{day}_{number}.pdf"),
        DocumentKind::Photo => format!("IMG_{number}.jpg"),
    }
}

/// Properties parts of an Office Open XML package (ISO/IEC 29500-1, section 15.2.12).
fn core_properties(properties: &Properties) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<cp:coreProperties \
         xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:dcmitype=\"http://purl.org/dc/dcmitype/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <dc:title>{}</dc:title><dc:creator>{}</dc:creator><cp:lastModifiedBy>{}</cp:lastModifiedBy>\
         <cp:revision>{}</cp:revision><dcterms:created xsi:type=\"dcterms:W3CDTF\">{}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{}</dcterms:modified></cp:coreProperties>",
        properties.title,
        properties.author,
        properties.last_modified_by,
        properties.revision,
        properties.created.rfc3339(),
        properties.modified.rfc3339(),
    )
}
