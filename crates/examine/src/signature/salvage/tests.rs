//! What lists, gateways and exporters do to signed messages, undone; and what people do, which is not.

use mabillon_case::{BodyHash, Coverage, Message, Signature, SignatureResult};

use crate::signature::damaged::{LETTER, as_it_stands, keys, pem, signed, signer::sign};
use crate::signature::{signed_bytes, verify};

const RELAXED: &str = "a=rsa-sha256; c=relaxed/relaxed";
const FOOTER: &str = "_______________________________________________\r\nharbour mailing list\r\n";
const NOTICE: &str = "CAUTION: this message comes from outside.\r\n\r\n";

/// A text and its HTML, in quoted-printable, as many programs send them.
const PLAIN: &str = "Jon,=20\r\n\r\nthe caf=C3=A9 is ours from Monday on, and the hall as well, which we had ne=\r\nver hoped for.\r\n\r\nIda\r\n";
const HTML: &str = "<div dir=3D\"ltr\">Jon,<br><br>the caf=C3=A9 is ours from Monday on, and the =\r\nhall as well, which we had never hoped for.<br><br>Ida</div>\r\n";

fn message(bytes: &[u8]) -> Message {
    mabillon_decode::message(bytes.to_vec().into(), None).message
}

fn verified(text: &str) -> Signature {
    verify(&message(text.as_bytes()), &keys()).remove(0)
}

/// A part with this text in these words of an encoding.
fn part(kind: &str, encoding: &str, content: &str) -> String {
    format!("Content-Type: {kind}; charset=utf-8\r\n{encoding}\r\n{content}")
}

fn alternative(plain: &str, html: &str) -> String {
    format!("--b1\r\n{plain}\r\n--b1\r\n{html}\r\n--b1--\r\n")
}

fn header(more: &str) -> String {
    format!(
        "From: Ida Brandt <ida@northquay.example>\r\nTo: jon@northquay.example\r\n\
         Date: Tue, 14 Mar 2017 09:12:44 +0100\r\nMessage-ID: <a1@northquay.example>\r\n\
         Subject: Halls\r\nMIME-Version: 1.0\r\n{more}"
    )
}

const PRINTABLE: &str = "Content-Transfer-Encoding: quoted-printable\r\n";
const BASE64: &str = "Content-Transfer-Encoding: base64\r\n";

/// The letter in two forms, signed; and its body.
fn in_two_forms() -> (String, String) {
    let body = alternative(
        &part("text/plain", PRINTABLE, PLAIN),
        &part("text/html", PRINTABLE, HTML),
    );
    let head = header("Content-Type: multipart/alternative; boundary=b1\r\n");
    let text = signed("s2048", RELAXED, &format!("{head}\r\n{body}"));
    let head = text.split_once("\r\n\r\n").unwrap().0.to_owned();
    (head, body)
}

fn base64(text: &str) -> String {
    let text = base64_simd::STANDARD.encode_to_string(text);
    let lines: Vec<&str> = (0..text.len().div_ceil(76))
        .map(|line| &text[line * 76..text.len().min(line * 76 + 76)])
        .collect();
    lines.join("\r\n")
}

fn decoded(printable: &str) -> String {
    String::from_utf8(super::transfer::from_quoted_printable(printable.as_bytes())).unwrap()
}

#[test]
fn texts_that_were_encoded_anew_read_the_same_and_verify_as_a_whole() {
    let (head, body) = in_two_forms();
    let ways = [
        alternative(
            &part("text/plain", BASE64, &base64(&decoded(PLAIN))),
            &part("text/html", BASE64, &base64(&decoded(HTML))),
        ),
        alternative(
            &part(
                "text/plain",
                "Content-Transfer-Encoding: 8bit\r\n",
                &decoded(PLAIN),
            ),
            &part("text/html", PRINTABLE, HTML),
        ),
        // Another program breaks lines elsewhere and moves the field.
        alternative(
            &format!(
                "{PRINTABLE}Content-Type: text/plain; charset=utf-8\r\n\r\n{}",
                PLAIN.replace("ne=\r\nver", "=\r\nnever")
            ),
            &format!(
                "{PRINTABLE}Content-Type: text/html; charset=utf-8\r\n\r\n{}",
                HTML.replace("the =\r\nhall", "the hall=\r\n")
            ),
        ),
    ];
    for anew in ways {
        assert_ne!(anew, body);
        let text = format!("{head}\r\n\r\n{anew}");
        let found = verified(&text);
        assert_eq!(found.result, SignatureResult::Pass, "{anew}");
        assert_eq!(found.repairs, ["transfer-encoding"]);
        assert_eq!(
            (found.covers, found.body_hash),
            (Coverage::All, BodyHash::Match)
        );
        assert!(found.removed.is_empty());
        // For who checks it again: the bytes that were hashed.
        let message = message(text.as_bytes());
        let keys = keys();
        let bytes = signed_bytes(&message, &keys);
        let as_signed = format!("{head}\r\n\r\n{body}");
        let intact = self::message(as_signed.as_bytes());
        assert_eq!(bytes[0].body, signed_bytes(&intact, &keys)[0].body);
    }
}

#[test]
fn a_message_is_not_salvaged_where_no_repair_is_to_be_tried() {
    let (head, _) = in_two_forms();
    let anew = alternative(
        &part("text/plain", BASE64, &base64(&decoded(PLAIN))),
        &part("text/html", BASE64, &base64(&decoded(HTML))),
    );
    let text = format!("{head}\r\n\r\n{anew}");
    assert_eq!(verified(&text).result, SignatureResult::Pass);
    let strictly = as_it_stands(&text);
    assert_eq!(
        (
            strictly.result,
            strictly.header_verified,
            strictly.body_hash
        ),
        (SignatureResult::Fail, Some(true), BodyHash::Mismatch)
    );
}

#[test]
fn a_banner_in_texts_that_were_encoded_anew_is_taken_away_and_shown() {
    let (head, _) = in_two_forms();
    let banner = "<div style=\"border:1px solid\">CAUTION: this message comes from outside.</div>";
    let plain = format!("{NOTICE}{}", decoded(PLAIN));
    let html = format!("{banner}{}", decoded(HTML));
    let anew = alternative(
        &part("text/plain", BASE64, &base64(&plain)),
        &part("text/html", BASE64, &base64(&html)),
    );
    let head = head.replace("Subject: ", "Subject: [EXT] [harbour] ");
    let found = verified(&format!("{head}\r\n\r\n{anew}"));
    assert_eq!(found.result, SignatureResult::Pass, "{found:?}");
    assert_eq!(
        found.repairs,
        ["subject-tag", "notice-on-top", "transfer-encoding"]
    );
    assert_eq!(
        (found.covers, found.body_hash),
        (Coverage::Part, BodyHash::Mismatch)
    );
    let shown: Vec<&str> = found
        .removed
        .iter()
        .map(|removed| removed.text.as_str())
        .collect();
    assert_eq!(shown, ["[EXT] ", "[harbour] ", NOTICE, banner]);

    // The same banner, and one figure changed below it.
    let html = html.replace("Monday", "Friday");
    let plain = plain.replace("Monday", "Friday");
    let edited = alternative(
        &part("text/plain", BASE64, &base64(&plain)),
        &part("text/html", BASE64, &base64(&html)),
    );
    let found = verified(&format!("{head}\r\n\r\n{edited}"));
    assert_eq!(found.result, SignatureResult::Fail);
    assert_eq!(found.body_hash, BodyHash::Mismatch);
    // Only one of the two forms changed.
    let half = alternative(
        &part("text/plain", BASE64, &base64(&plain)),
        &part("text/html", PRINTABLE, HTML),
    );
    assert_eq!(
        verified(&format!("{head}\r\n\r\n{half}")).result,
        SignatureResult::Fail
    );
}

#[test]
fn a_multipart_of_the_list_is_taken_off_with_its_content_type() {
    let (head, body) = in_two_forms();
    let (before, own_type) = head.rsplit_once("Content-Type: ").unwrap();
    let (own_type, after) = own_type.split_once("\r\n").unwrap_or((own_type, ""));
    let outer = format!("{before}Content-Type: multipart/mixed; boundary=\"list\"\r\n{after}");
    let outer = outer.trim_end();
    let footer = format!("--list\r\nContent-Type: text/plain\r\n\r\n{FOOTER}\r\n--list--\r\n");
    let wrapped = format!("--list\r\nContent-Type: {own_type}\r\n\r\n{body}\r\n{footer}");
    let found = verified(&format!("{outer}\r\n\r\n{wrapped}"));
    assert_eq!(found.result, SignatureResult::Pass, "{found:?}");
    assert_eq!(found.repairs, ["wrapped-by-list"]);
    assert_eq!(found.covers, Coverage::Part);
    assert!(
        found.removed[0]
            .text
            .starts_with("Content-Type: multipart/mixed")
    );
    assert!(
        found
            .removed
            .iter()
            .any(|removed| removed.text.contains("harbour mailing list"))
    );

    let edited = wrapped.replace("Monday", "Friday");
    let found = verified(&format!("{outer}\r\n\r\n{edited}"));
    assert_eq!(
        (found.result, found.body_hash),
        (SignatureResult::Fail, BodyHash::Mismatch)
    );
}

#[test]
fn added_text_is_taken_away_and_shown_and_never_makes_a_whole() {
    let whole = signed("s2048", RELAXED, LETTER);
    let cases: [(String, &[&str], &str); 6] = [
        (
            format!("{whole}{FOOTER}"),
            &["list-footer"],
            "harbour mailing list",
        ),
        (
            format!("{whole}\r\nDisclaimer: none.\r\n"),
            &["appended-text"],
            "Disclaimer",
        ),
        (
            whole.replace("\r\n\r\nJon,", &format!("\r\n\r\n{NOTICE}Jon,")),
            &["notice-on-top"],
            "CAUTION",
        ),
        (
            whole.replace("Subject: ", "Subject: [harbour] "),
            &["subject-tag"],
            "[harbour]",
        ),
        (
            format!("{whole}{FOOTER}").replace("Subject: ", "Subject: [EXTERNAL] "),
            &["subject-tag", "list-footer"],
            "[EXTERNAL]",
        ),
        // What an exporter did afterwards is undone first.
        (
            format!("{whole}{FOOTER}").replace("\nFrom Mon", "\n>From Mon"),
            &["mbox-from-quoting", "list-footer"],
            "harbour mailing list",
        ),
    ];
    for (text, names, shown) in cases {
        let found = verified(&text);
        assert_eq!(found.result, SignatureResult::Pass, "{names:?} {found:?}");
        assert_eq!(found.repairs, names);
        assert!(found.removed[0].text.contains(shown), "{:?}", found.removed);
        for removed in &found.removed {
            assert_eq!(removed.span.of(text.as_bytes()), removed.text.as_bytes());
        }
        assert_eq!(found.covers, Coverage::Part);
        assert!(!found.proves_all());
    }
}

/// A signed single text whose encoding was changed on the way, the field that says so signed as well.
#[test]
fn an_encoding_that_is_signed_is_believed_only_with_the_body_it_belongs_to() {
    let names = "from:to:date:message-id:subject:content-type:content-transfer-encoding";
    let tags = format!("v=1; d=northquay.example; s=s2048; h={names}; {RELAXED}");
    let text = "Jon,\r\n\r\nthe café is ours.\r\n";
    let kind = "Content-Type: text/plain; charset=utf-8\r\n";
    let head = header(&format!("{kind}Content-Transfer-Encoding: 8bit\r\n"));
    let whole = sign(&pem("s2048"), &tags, &format!("{head}\r\n{text}")).unwrap();
    assert_eq!(verified(&whole).result, SignatureResult::Pass);

    let downgraded = whole
        .replace(
            "Content-Transfer-Encoding: 8bit",
            "Content-Transfer-Encoding: quoted-printable",
        )
        .replace("café", "caf=C3=A9");
    let found = verified(&downgraded);
    assert_eq!(found.result, SignatureResult::Pass, "{found:?}");
    assert_eq!(found.repairs, ["transfer-encoding"]);
    assert_eq!(found.covers, Coverage::All);

    // The body as it was signed under another encoding reads otherwise.
    let relabelled = whole.replace("Encoding: 8bit", "Encoding: base64");
    let found = verified(&relabelled);
    assert_eq!(found.result, SignatureResult::Fail);
    assert_eq!(found.header_verified, Some(false));
}

#[test]
fn dropped_fields_that_the_rest_determines_are_written_again() {
    let names = "from:to:subject:mime-version:list-unsubscribe";
    let link = "https://lists.northquay.example/leave/81f3";
    let tags = format!("v=1; d=northquay.example; s=s2048; h={names}; {RELAXED}");
    let letter = format!(
        "{}\r\nNews.\r\n\r\nTo leave: {link}\r\n",
        header(&format!("List-Unsubscribe: <{link}>\r\n"))
    );
    let whole = sign(&pem("s2048"), &tags, &letter).unwrap();
    let without = whole
        .replace(&format!("List-Unsubscribe: <{link}>\r\n"), "")
        .replace("MIME-Version: 1.0\r\n", "");
    let found = verified(&without);
    assert_eq!(found.result, SignatureResult::Pass, "{found:?}");
    assert_eq!(found.repairs, ["dropped-field"]);
    // Another link in the text: it is the body that does not fit, and no value for the field is found either.
    let other = without.replace("81f3", "81f4");
    let found = verified(&other);
    assert_eq!(
        (found.result, found.header_verified),
        (SignatureResult::Fail, Some(false))
    );

    let copied = format!("{tags}; z=Subject:=20Halls|To:=20jon@northquay.example");
    let whole = sign(&pem("s2048"), &copied, &letter).unwrap();
    let found = verified(&whole.replace("Subject: Halls\r\n", ""));
    assert_eq!(found.repairs, ["dropped-field"]);
    // A field that stands there otherwise is no dropped one.
    let found = verified(&whole.replace("Subject: Halls", "Subject: Hells"));
    assert_eq!(found.result, SignatureResult::Fail);
}

#[test]
fn attachments_of_another_width_are_wrapped_again() {
    let data = base64(&"0123456789 words of a document. ".repeat(20));
    let attached = format!(
        "--b1\r\nContent-Type: text/plain\r\n\r\nJon\r\n--b1\r\nContent-Type: application/pdf\r\n{BASE64}\r\n{data}\r\n--b1--\r\n"
    );
    let head = header("Content-Type: multipart/mixed; boundary=b1\r\n");
    let whole = signed("s2048", RELAXED, &format!("{head}\r\n{attached}"));
    let narrow = data.replace("\r\n", "");
    let lines: Vec<&str> = (0..narrow.len().div_ceil(60))
        .map(|line| &narrow[line * 60..narrow.len().min(line * 60 + 60)])
        .collect();
    let found = verified(&whole.replace(&data, &lines.join("\r\n")));
    assert_eq!(found.result, SignatureResult::Pass, "{found:?}");
    assert_eq!(found.repairs, ["transfer-encoding"]);
    assert_eq!(found.covers, Coverage::All);
}

/// Exchange makes its boundaries of the Message-ID; an exporter put one of its own.
#[test]
fn a_boundary_that_the_message_id_tells_is_put_back() {
    let own = "_000_a1northquayexample_";
    let body = alternative(
        &part("text/plain", PRINTABLE, PLAIN),
        &part("text/html", PRINTABLE, HTML),
    );
    let body = body.replace("--b1", &format!("--{own}"));
    for names in ["from:subject:content-type", "from:subject"] {
        let tags = format!("v=1; d=northquay.example; s=s2048; h={names}; {RELAXED}");
        let head = header(&format!(
            "Content-Type: multipart/alternative; boundary=\"{own}\"\r\n"
        ));
        let whole = sign(&pem("s2048"), &tags, &format!("{head}\r\n{body}")).unwrap();
        let exported = whole.replace(own, "exporter-1");
        let found = verified(&exported);
        assert_eq!(found.result, SignatureResult::Pass, "{names} {found:?}");
        assert_eq!(found.repairs, ["boundary"]);
        assert!(found.removed.is_empty());

        let edited = exported.replace("Monday", "Friday");
        assert_eq!(verified(&edited).result, SignatureResult::Fail);
        // Another boundary in the header alone: the parts are not those that were signed.
        let foreign = whole.replacen(own, "exporter-1", 1);
        let found = verified(&foreign);
        assert_ne!(
            (found.result, found.covers),
            (SignatureResult::Pass, Coverage::All),
            "{names}"
        );
        // One delimiter left as it was is shown as text.
        let merged = exported.replacen("--exporter-1\r\n", &format!("--{own}\r\n"), 1);
        assert_eq!(verified(&merged).result, SignatureResult::Fail);
    }
}

/// A message in which nothing fits costs no more than the bounds say.
#[test]
fn the_search_is_bounded() {
    let (head, _) = in_two_forms();
    let many = "<p>one</p>\r\n-----\r\n\r\n".repeat(4_000);
    let anew = alternative(
        &part("text/plain", BASE64, &base64(&many)),
        &part("text/html", BASE64, &base64(&many)),
    );
    let text = format!("{head}\r\n\r\n{anew}");
    let message = message(text.as_bytes());
    let keys = keys();
    let terms = crate::signature::parse::signature_field(
        message
            .fields_named("dkim-signature")
            .next()
            .unwrap()
            .value
            .of(&message.raw),
    )
    .terms
    .unwrap();
    let mut octets_left = 4_000_000;
    let ways = super::Ways {
        may_remove: true,
        boundaries: Vec::new(),
    };
    assert!(super::salvage(&message, &terms, &ways, &mut octets_left).is_none());
    assert!(octets_left < message.body.len() as u64 + 1, "{octets_left}");
    assert_eq!(verify(&message, &keys)[0].result, SignatureResult::Fail);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]

    /// Whatever word of the text is put in place of another, and however the texts are encoded: never a whole.
    #[test]
    fn an_altered_text_never_verifies_as_a_whole(at in 0_usize..70, with in "[a-zA-Z0-9]", form in 0_u8..3) {
        let (head, _) = in_two_forms();
        let (mut plain, html) = (decoded(PLAIN), decoded(HTML));
        let at = plain.char_indices().map(|(at, _)| at).filter(|&at| plain.as_bytes()[at].is_ascii_alphanumeric()).nth(at % 40).unwrap();
        proptest::prop_assume!(&plain[at..=at] != with.as_str());
        plain.replace_range(at..=at, &with);
        let (encoding, plain, html) = match form {
            0 => ("Content-Transfer-Encoding: 8bit\r\n", plain, html),
            _ => (BASE64, base64(&plain), base64(&html)),
        };
        let anew = alternative(&part("text/plain", encoding, &plain), &part("text/html", encoding, &html));
        let found = verified(&format!("{head}\r\n\r\n{anew}"));
        proptest::prop_assert_eq!(found.result, SignatureResult::Fail);
        proptest::prop_assert!(!found.proves_all());
    }

    /// Whatever is inserted anywhere into the text: what verifies shows it and does not cover all.
    #[test]
    fn an_insertion_is_never_covered(at in 0_usize..90, words in "[a-z ]{1,12}(\r\n\r\n)?") {
        let whole = signed("s2048", RELAXED, LETTER);
        let start = whole.find("\r\n\r\nJon").unwrap() + 4;
        let at = (start + at).min(whole.len());
        let at = (at..=whole.len()).find(|&at| whole.is_char_boundary(at)).unwrap();
        let text = format!("{}{words}{}", &whole[..at], &whole[at..]);
        let found = verified(&text);
        let is_blank = words.trim().is_empty();
        if found.result == SignatureResult::Pass && !is_blank {
            proptest::prop_assert_eq!(found.covers, Coverage::Part);
            let shown: String = found.removed.iter().map(|removed| removed.text.as_str()).collect();
            proptest::prop_assert!(shown.contains(words.trim()), "{:?} in {:?}", words, found.removed);
        }
    }
}
