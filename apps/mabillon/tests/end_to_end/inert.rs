//! What an item says is shown, never obeyed: not by a terminal, a spreadsheet or a browser, whatever field it stands in.

use std::collections::BTreeSet;

use crate::case_read::items;
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::packed::{tar_of, zip_of};

/// Turns the cursor, rings, reverses, hides, and would be a formula, a tag or an attribute. Without `/`, so that a file
/// may have this name.
const PAYLOAD: &str = "=cmd|' C calc'!A0\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\
                       <script>alert(1)<script><img src=x onerror=alert(1)>'\" onmouseover=alert(1) x='&#x3c;svg onload=x>";

/// As long and as wide, and harmless.
const PLAIN: &str = "plain words of no consequence";

/// Every byte as this sign and two digits.
fn escaped_by(text: &str, sign: char) -> String {
    text.bytes().fold(String::new(), |escaped, byte| {
        escaped + &format!("{sign}{byte:02X}")
    })
}

/// The text without what ends an address or a parameter.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !"<>,;\"' ".contains(*c)).collect()
}

/// A message with this text in every field; in some raw, in others in encoded words.
fn message(text: &str) -> String {
    let (raw, bare) = (text, bare(text));
    let word = format!("=?utf-8?q?{}?=", escaped_by(text, '='));
    let percent = escaped_by(text, '%');
    format!(
        "Return-Path: <{bare}@northquay.example>\n\
         Received: from {bare} ({raw}) by {bare} with {bare} id {bare}; Tue, 14 Mar 2017 10:00:00 +0100 ({raw})\n\
         DKIM-Signature: v=1; a=rsa-sha256; d={bare}; s={bare}; h=from; bh=QUJD; b=QUJD\n\
         Authentication-Results: {bare}; dkim=pass reason=\"{raw}\" header.d={bare}\n\
         From: {word} <{bare}@northquay.example>\n\
         To: \"{bare}\" <{bare}@northquay.example>\n\
         Cc: {word} <jon@northquay.example>\n\
         Date: {raw}\n\
         Message-ID: <{bare}@northquay.example>\n\
         In-Reply-To: <{bare}.1@northquay.example>\n\
         References: <{bare}.2@northquay.example>\n\
         X-Mailer: {raw}\n\
         User-Agent: {word}\n\
         Subject: {word} {raw}\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"edge\"; x=\"{bare}\"\n\
         \n\
         --edge\n\
         Content-Type: text/plain; charset={bare}\n\
         \n\
         printers {raw}\n\
         > {raw}\n\
         --edge\n\
         Content-Type: text/html; charset=utf-8\n\
         \n\
         <p>printers {raw}</p><script>alert(2)</script>\n\
         --edge\n\
         Content-Type: application/{bare}; name*=utf-8''{percent}\n\
         Content-Disposition: attachment; filename*=utf-8''{percent}\n\
         \n\
         binary \0 {raw}\n\
         --edge--\n"
    )
}

/// The same collection with this text in every field that an item, a name or an archive has.
fn collection(dir: &Dir, text: &str) {
    let (message, bare) = (message(text), bare(text));
    dir.write("leak/1.eml", &message);
    dir.write(&format!("leak/{text}/cur/{text}.eml"), &message);
    dir.write(
        &format!("leak/{text}.mbox"),
        format!("From {bare} Tue Mar 14 09:12:44 2017\n{message}\n"),
    );
    let name: Vec<u8> = bare.bytes().take(99).collect();
    dir.write(
        "leak/a.zip",
        zip_of(&[(text, message.as_bytes()), ("b", b"\0")]),
    );
    dir.write("leak/a.tar", tar_of(&[(&name, message.as_bytes())]));
    dir.write(&format!("leak/{text}.cab"), b"MSCF\0\0\0\0rest");
    documents(dir, text);
}

/// Documents with this text in every property.
fn documents(dir: &Dir, text: &str) {
    let info = text.replace(['\\', '{', '}'], "");
    let info = info.chars().fold(String::new(), |info, c| {
        if c.is_ascii() {
            info + c.encode_utf8(&mut [0; 4])
        } else {
            info + &format!("\\u{}?", u32::from(c).min(0xffff))
        }
    });
    dir.write(
        "leak/a.rtf",
        format!("{{\\rtf1\\ansi{{\\info{{\\title {info}}}{{\\author {info}}}{{\\operator {info}}}{{\\company {info}}}}}{{\\*\\generator {info};}} printers {info}\\par}}"),
    );
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let core = format!(
        "<p><dc:title>{escaped}</dc:title><dc:creator>{escaped}</dc:creator><cp:lastModifiedBy>{escaped}</cp:lastModifiedBy></p>"
    );
    let types = br#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#;
    let document = format!("<w:document><w:p><w:t>printers {escaped}</w:t></w:p></w:document>");
    dir.write(
        "leak/a.docx",
        zip_of(&[
            ("[Content_Types].xml", types),
            ("word/document.xml", document.as_bytes()),
            ("docProps/core.xml", core.as_bytes()),
            (text, b"x"),
        ]),
    );
}

/// Everything that the program says of a case, by the face it says it on.
fn faces(dir: &Dir, summary: String) -> Vec<(String, String)> {
    let mut faces = vec![("summary".to_owned(), summary)];
    let mut say = |args: &[&str]| {
        let ran = run(dir, args);
        faces.push((args.join(" "), ran.out));
        faces.push((format!("{}, errors", args.join(" ")), ran.err));
    };
    for query in ["printers", "onerror", "\"alert\"", PAYLOAD] {
        say(&["search", "case", query]);
    }
    say(&["keys", "list", "case"]);
    say(&["verify", "case"]);
    say(&["show", "case", PAYLOAD]);
    for format in ["csv", "jsonl"] {
        say(&["export", "case", "--format", format]);
    }
    for item in items(dir) {
        say(&["show", "case", item["item"].as_str().unwrap()]);
    }
    faces
}

/// Whether a terminal would do something at this character, or a reader be deceived.
fn acts(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r'))
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[test]
fn nothing_an_item_says_reaches_the_terminal_raw() {
    let dir = Dir::new();
    collection(&dir, PAYLOAD);
    let ran = examine(&dir, &["leak"]);
    assert!(matches!(ran.code, 0 | 3), "{}", ran.err);
    let n_items = items(&dir).len();
    assert!(n_items >= 8, "{n_items}");
    let faces = faces(&dir, ran.out + &ran.err);
    let shown: usize = faces
        .iter()
        .filter(|(_, text)| text.contains("onerror"))
        .count();
    assert!(shown > n_items, "the payload is shown nowhere: {shown}");
    for (face, text) in faces {
        if let Some(at) = text.find(acts) {
            let end = text.ceil_char_boundary(at + 40);
            let start = text.floor_char_boundary(at.saturating_sub(40));
            panic!("{face} prints {:?}", &text[start..end]);
        }
    }
}

/// The cells of a CSV table (RFC 4180).
fn cells(table: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for c in table.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' | '\n' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

#[test]
fn no_cell_of_an_item_is_a_formula() {
    let dir = Dir::new();
    for formula in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(1)",
        " =1",
        "\t=1",
        "\u{feff}=1",
        "＝1",
        "\u{200b}=1",
    ] {
        collection(&dir, &format!("{formula}|cmd"));
    }
    examine(&dir, &["leak"]);
    let table = run(&dir, &["export", "case", "--format", "csv"])
        .ended(0)
        .out;
    assert!(table.contains("'=1+1|cmd"), "{table}");
    for cell in cells(&table) {
        let begins = cell.trim_start().chars().next();
        let is_formula = begins.is_some_and(|c| "=+-@＝＋－＠\t".contains(c));
        assert!(
            !is_formula || cell.trim().parse::<f64>().is_ok(),
            "{cell:?}"
        );
    }
}

/// The tags of a page, each with the names of its attributes.
fn tags(page: &str) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    for rest in page.split('<').skip(1) {
        let mut tag = String::new();
        let mut is_value = None;
        for c in rest.chars() {
            match (is_value, c) {
                (None, '>') => break,
                (None, '"' | '\'') => is_value = Some(c),
                (Some(quote), c) if c == quote => is_value = None,
                (None, c) => tag.push(c),
                _ => {}
            }
        }
        let words: BTreeSet<&str> = tag
            .split_whitespace()
            .skip(1)
            .map(|word| word.split('=').next().unwrap_or_default())
            .collect();
        for word in &words {
            tags.insert(format!(
                "{} {word}",
                tag.split_whitespace().next().unwrap_or_default()
            ));
        }
        tags.insert(tag.split_whitespace().next().unwrap_or_default().to_owned());
    }
    tags
}

#[test]
fn no_item_adds_a_tag_or_an_attribute_to_the_report() {
    let page = |text: &str| {
        let dir = Dir::new();
        collection(&dir, text);
        examine(&dir, &["leak"]);
        String::from_utf8(dir.read("case/report.html")).unwrap()
    };
    let (hostile, plain) = (page(PAYLOAD), page(PLAIN));
    assert!(
        hostile.contains("onerror"),
        "the payload is not in the report"
    );
    let added: Vec<String> = tags(&hostile).difference(&tags(&plain)).cloned().collect();
    assert_eq!(added, Vec::<String>::new());
    for page in [&hostile, &plain] {
        assert!(!page.contains("<script"));
        assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
        assert!(
            !page.contains(acts),
            "{:?}",
            page.chars().find(|c| acts(*c))
        );
    }
}
