//! PDF files: text saved by Word, and scans of a copying machine.

use pdf_writer::{Content, Date, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::{Properties, Recipe, jpeg};
use crate::mime::Charset;
use crate::moment::{Moment, zone};
use crate::people::Language;
use crate::plan::Scale;
use crate::random::Random;
use crate::{MakeError, words};

const WORD: &str = "Microsoft\u{ae} Word 2013";
const SCANNER: &str = "Canon iR-ADV C5235";
const SCANNER_LIBRARY: &str = "Adobe PSL 1.2e for Canon";
const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const METADATA: Ref = Ref::new(4);
const FONT: Ref = Ref::new(5);
/// Pages take numbers from here, two or three each.
const FIRST_PAGE: i32 = 6;
const LINES_ON_A_PAGE: usize = 48;
const A4: Rect = Rect {
    x1: 0.0,
    y1: 0.0,
    x2: 595.0,
    y2: 842.0,
};

pub(super) fn text(recipe: &Recipe, properties: &Properties) -> Vec<u8> {
    let mut random = Random::new(recipe.seed);
    let n_sentences = random.between(20, 140) as usize;
    let mut body = words::paragraphs(&mut random, Language::French, n_sentences);
    if let Some(amount) = recipe.edited_amount {
        body = format!("Montant total : {amount} euros.\n\n{body}");
    }
    let wrapped = crate::mime::wrap(&body, 88);
    let lines: Vec<&str> = wrapped.lines().collect();
    let sheets: Vec<&[&str]> = lines.chunks(LINES_ON_A_PAGE).collect();
    let mut pdf = start(sheets.len(), 2, properties, WORD, WORD);
    pdf.type1_font(FONT)
        .base_font(Name(b"Helvetica"))
        .encoding_predefined(Name(b"WinAnsiEncoding"));
    for (number, sheet) in (0_i32..).zip(sheets) {
        let (page, content) = (
            Ref::new(FIRST_PAGE + number * 2),
            Ref::new(FIRST_PAGE + number * 2 + 1),
        );
        let mut writer = pdf.page(page);
        writer.parent(PAGES).media_box(A4).contents(content);
        writer.resources().fonts().pair(Name(b"F1"), FONT);
        writer.finish();
        pdf.stream(content, &page_of_text(sheet));
    }
    pdf.finish()
}

fn page_of_text(lines: &[&str]) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text();
    content.set_font(Name(b"F1"), 11.0);
    content.set_leading(15.0);
    content.next_line(57.0, 780.0);
    for line in lines {
        content.show(Str(&Charset::Latin1.encode(line)));
        content.next_line(0.0, -15.0);
    }
    content.end_text();
    content.finish().to_vec()
}

pub(super) fn scan(recipe: &Recipe, properties: &Properties) -> Result<Vec<u8>, MakeError> {
    let mut random = Random::new(recipe.seed);
    let n_pages = if recipe.scale == Scale::Real {
        random.between(1, 4) as usize
    } else {
        1
    };
    let mut pdf = start(n_pages, 3, properties, SCANNER, SCANNER_LIBRARY);
    for number in (0_i32..).take(n_pages) {
        let first = FIRST_PAGE + number * 3;
        let (page, content, picture) = (Ref::new(first), Ref::new(first + 1), Ref::new(first + 2));
        let (jpeg, width, height) = jpeg::page(&mut random, recipe.scale)?;
        let mut writer = pdf.page(page);
        writer.parent(PAGES).media_box(A4).contents(content);
        writer.resources().x_objects().pair(Name(b"Im1"), picture);
        writer.finish();
        let mut drawing = Content::new();
        drawing.transform([595.0, 0.0, 0.0, 842.0, 0.0, 0.0]);
        drawing.x_object(Name(b"Im1"));
        pdf.stream(content, &drawing.finish());
        let mut image = pdf.image_xobject(picture, &jpeg);
        image.filter(Filter::DctDecode);
        image.width(i32::from(width)).height(i32::from(height));
        image.color_space().device_gray();
        image.bits_per_component(8);
    }
    Ok(pdf.finish())
}

/// Catalogue, page tree, properties and identifiers.
fn start(n_pages: usize, step: i32, properties: &Properties, creator: &str, producer: &str) -> Pdf {
    let mut pdf = Pdf::new();
    let pages = (0_i32..)
        .take(n_pages)
        .map(|number| Ref::new(FIRST_PAGE + number * step));
    pdf.catalog(CATALOG).pages(PAGES).metadata(METADATA);
    pdf.pages(PAGES).kids(pages).count(n_pages as i32);
    let mut info = pdf.document_info(INFO);
    info.title(TextStr(&properties.title))
        .author(TextStr(&properties.author));
    info.creator(TextStr(creator)).producer(TextStr(producer));
    info.creation_date(date(properties.created))
        .modified_date(date(properties.modified));
    info.finish();
    let packet = xmp(properties, creator, producer);
    pdf.metadata(METADATA, packet.as_bytes());
    let id = super::item_of(packet.as_bytes()).into_bytes();
    pdf.set_file_id((
        id.get(..16).unwrap_or_default().to_vec(),
        id.get(16..32).unwrap_or_default().to_vec(),
    ));
    pdf
}

fn date(moment: Moment) -> Date {
    let local = moment.local(&zone("Europe/Paris"));
    Date::new(local.year() as u16)
        .month(local.month() as u8)
        .day(local.day() as u8)
        .hour(local.hour() as u8)
        .minute(local.minute() as u8)
        .second(local.second() as u8)
        .utc_offset_hour((local.offset().seconds() / 3600) as i8)
        .utc_offset_minute(0)
}

/// The XMP packet (ISO 16684-1), its times equal to those of the Info dictionary.
fn xmp(properties: &Properties, creator: &str, producer: &str) -> String {
    let paris = zone("Europe/Paris");
    let time = |moment: Moment| moment.format(&paris, "%Y-%m-%dT%H:%M:%S%:z");
    let (created, modified) = (time(properties.created), time(properties.modified));
    let (title, author) = (&properties.title, &properties.author);
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"><pdf:Producer>{producer}</pdf:Producer>\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
         <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\
         <xmp:CreatorTool>{creator}</xmp:CreatorTool><xmp:CreateDate>{created}</xmp:CreateDate>\
         <xmp:ModifyDate>{modified}</xmp:ModifyDate></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
    )
}
