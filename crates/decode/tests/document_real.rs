//! Documents of other projects, where they are at hand: nothing panics, nothing takes long, and how much is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mabillon_case::{Form, Passwords};
use mabillon_decode::{DecodedDocument, ui_language};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

/// No document there is larger than 2 MB; far more than this would be a loop. Unoptimised, on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// Decodes without passwords.
fn document(bytes: &Bytes, form: Form) -> DecodedDocument {
    mabillon_decode::document(bytes, form, &Passwords::default())
}

#[derive(Default)]
struct Row {
    n_files: usize,
    n_author: usize,
    n_created: usize,
    n_modified: usize,
    n_application: usize,
    n_text: usize,
    n_partial: usize,
    text_bytes: usize,
    time: Duration,
}

#[test]
fn every_document_is_read_without_panic_and_in_time() {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for folder in ["poi", "pyhanko", "msg", "fuzz"] {
        let files = files(&Path::new(DATA).join(folder));
        if files.is_empty() {
            println!("skipped: {DATA}/{folder} is not here");
        }
        for path in files {
            let bytes = Bytes::from(std::fs::read(&path).unwrap());
            let form = form(&bytes, &path);
            let start = Instant::now();
            let decoded = document(&bytes, form);
            let time = start.elapsed();
            assert!(time < LONGEST, "{} took {time:?}", path.display());
            count(rows.entry(name(form)).or_default(), &decoded, time);
            print!("{}", shown_if_asked(&path, &decoded));
        }
    }
    println!("format  files author created modified program   text partial  text bytes       time");
    for (name, row) in rows {
        println!(
            "{name:7} {:5} {:6} {:7} {:8} {:7} {:6} {:7} {:11} {:>10.1?}",
            row.n_files,
            row.n_author,
            row.n_created,
            row.n_modified,
            row.n_application,
            row.n_text,
            row.n_partial,
            row.text_bytes,
            row.time
        );
    }
}

/// Hostile seeds made for other formats, read as every kind of document.
#[test]
fn fuzz_seeds_are_read_as_every_form_without_panic() {
    let files = files(&Path::new(DATA).join("fuzz"));
    if files.is_empty() {
        println!("skipped: {DATA}/fuzz is not here");
    }
    for path in files {
        let bytes = Bytes::from(std::fs::read(&path).unwrap());
        for form in FORMS {
            let start = Instant::now();
            document(&bytes, form);
            assert!(start.elapsed() < LONGEST, "{} as {form:?}", path.display());
        }
    }
}

/// Damage in the middle of real documents: every 97th byte in turn, and cuts.
#[test]
fn damaged_real_documents_are_read_without_panic() {
    let mut files = files(&Path::new(DATA).join("poi"));
    files.extend(self::files(&Path::new(DATA).join("pyhanko")));
    if files.is_empty() {
        println!("skipped: {DATA}/poi is not here");
    }
    files.retain(|path| path.metadata().unwrap().len() < 20_000);
    for path in files.iter().step_by(3) {
        let whole = std::fs::read(path).unwrap();
        let form = form(&whole, path);
        for step in 1..12 {
            let mut bytes = whole.clone();
            for at in (step * 31..bytes.len()).step_by(97 * step) {
                bytes[at] ^= 0xa5;
            }
            document(&Bytes::from(bytes), form);
            let cut = whole.len() * step / 12;
            document(&Bytes::copy_from_slice(&whole[..cut]), form);
        }
    }
}

const FORMS: [Form; 10] = [
    Form::Ooxml,
    Form::Odf,
    Form::Ole2,
    Form::Pdf,
    Form::Rtf,
    Form::Image("image/jpeg"),
    Form::Image("image/tiff"),
    Form::Text,
    Form::Html,
    Form::Other,
];

fn count(row: &mut Row, decoded: &DecodedDocument, time: Duration) {
    let document = &decoded.document;
    row.n_files += 1;
    row.n_author += usize::from(!document.author.is_empty());
    row.n_created += usize::from(document.created.is_some());
    row.n_modified += usize::from(document.modified.is_some());
    row.n_application += usize::from(!document.application.is_empty());
    row.n_text += usize::from(!document.text.own.is_empty());
    row.n_partial += usize::from(decoded.partial.is_some());
    row.text_bytes += document.text.own.len();
    row.time += time;
}

/// With `SHOW=part of a name` in the environment: what was read of the files of that name.
fn shown_if_asked(path: &Path, decoded: &DecodedDocument) -> String {
    let asked = std::env::var("SHOW").unwrap_or_default();
    if asked.is_empty() || !path.to_string_lossy().contains(&asked) {
        return String::new();
    }
    let mut shown = decoded.clone();
    let text = std::mem::take(&mut shown.document.text.own);
    shown.document.zip = None;
    let text: String = text.chars().take(600).collect();
    let language = ui_language(&decoded.document);
    format!(
        "{}\n{shown:#?}\nlanguage {language:?}\n{text}\n",
        path.display()
    )
}

fn form(bytes: &[u8], path: &Path) -> Form {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match bytes {
        [b'P', b'K', 3, 4, ..] if !path.starts_with(Path::new(DATA).join("fuzz")) => Form::Ooxml,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Form::Ole2,
        [b'%', b'P', b'D', b'F', ..] => Form::Pdf,
        [b'{', b'\\', b'r', b't', b'f', ..] => Form::Rtf,
        [0xff, 0xd8, ..] => Form::Image("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Form::Image("image/png"),
        _ if extension == "html" => Form::Html,
        _ if extension == "txt" => Form::Text,
        _ => Form::Other,
    }
}

const fn name(form: Form) -> &'static str {
    match form {
        Form::Ooxml => "ooxml",
        Form::Ole2 => "ole2",
        Form::Pdf => "pdf",
        Form::Rtf => "rtf",
        Form::Image(_) => "image",
        Form::Html => "html",
        Form::Text => "text",
        _ => "other",
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
