//! Messages and mailboxes.

use std::fmt::Write as _;

use super::{Family, READ, numbered};
use crate::letters::{letter, letter_carrying};
use crate::packed::zip_of;

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "multiparts_in_multiparts.eml",
        bytes: mime_depth,
        says: "levels",
    },
    Family {
        name: "parts_without_end.eml",
        bytes: mime_width,
        says: "parts",
    },
    Family {
        name: "messages_in_messages.eml",
        bytes: nested_messages,
        says: "nested more than 24 levels deep",
    },
    Family {
        name: "fields_without_end.eml",
        bytes: field_flood,
        says: "(20000 fields)",
    },
    Family {
        name: "one_endless_field.eml",
        bytes: endless_field,
        says: "only the first 1048576 bytes of Subject are read",
    },
    Family {
        name: "addresses_without_end.eml",
        bytes: address_flood,
        says: "only 10000 addresses",
    },
    Family {
        name: "comments_in_comments.eml",
        bytes: comment_depth,
        says: READ,
    },
    Family {
        name: "groups_of_addresses.eml",
        bytes: address_groups,
        says: READ,
    },
    Family {
        name: "boundaries_that_begin_alike.eml",
        bytes: boundary_clash,
        says: "has no closing boundary",
    },
    Family {
        name: "a_boundary_of_a_megabyte.eml",
        bytes: long_boundary,
        says: "multipart-without-boundary",
    },
    Family {
        name: "encoded_words_without_end.eml",
        bytes: encoded_word_flood,
        says: READ,
    },
    Family {
        name: "received_without_end.eml",
        bytes: received_flood,
        says: "only the first 1000 of 19000 Received fields",
    },
    Family {
        name: "signatures_without_end.eml",
        bytes: signature_flood,
        says: "8980 further DKIM signatures are not examined",
    },
    Family {
        name: "a_signature_over_everything.eml",
        bytes: signed_fields_flood,
        says: "states a hash that the body does not have",
    },
    Family {
        name: "seals_without_end.eml",
        bytes: seal_flood,
        says: "further ARC signatures are not examined",
    },
    Family {
        name: "references_without_end.eml",
        bytes: reference_flood,
        says: "only the first 10000 identifiers",
    },
    Family {
        name: "parameters_in_pieces.eml",
        bytes: parameter_flood,
        says: "only the first 1000 parameters",
    },
    Family {
        name: "a_date_of_digits.eml",
        bytes: digits_of_date,
        says: READ,
    },
    Family {
        name: "shifts_of_charset.eml",
        bytes: charset_shifts,
        says: "only the start of the text",
    },
    Family {
        name: "soft_line_ends.eml",
        bytes: soft_line_ends,
        says: "start no escape",
    },
    Family {
        name: "base64_of_nothing.eml",
        bytes: base64_of_blanks,
        says: READ,
    },
    Family {
        name: "quotations_in_quotations.eml",
        bytes: quotation_depth,
        says: "only the start of the text",
    },
    Family {
        name: "attributions_without_end.eml",
        bytes: attribution_flood,
        says: "more than 1000 quoted passages",
    },
    Family {
        name: "flowed_without_end.eml",
        bytes: flowed_flood,
        says: "only the start of the text",
    },
    Family {
        name: "tags_in_tags.eml",
        bytes: html_depth,
        says: READ,
    },
    Family {
        name: "a_tag_that_does_not_end.eml",
        bytes: html_open_tags,
        says: READ,
    },
    Family {
        name: "entities_without_end.eml",
        bytes: html_entities,
        says: "only the start of the text",
    },
    Family {
        name: "uuencoded_lies.eml",
        bytes: uuencode_lies,
        says: READ,
    },
    Family {
        name: "line_ends_of_all_kinds.eml",
        bytes: odd_line_ends,
        says: "only the start of the text",
    },
    Family {
        name: "letters_in_archives_in_letters.eml",
        bytes: multiplying,
        says: "expands too far",
    },
    Family {
        name: "a_large_archive_in_an_attached_one.eml",
        bytes: large_archive_inside,
        says: READ,
    },
    Family {
        name: "a_message_of_170_megabytes.eml",
        bytes: large_message,
        says: "larger than one item may be",
    },
    Family {
        name: "a_message_of_100_megabytes.eml",
        bytes: large_attachment,
        says: "larger than 64 MiB; only its beginning",
    },
    Family {
        name: "separators_without_end.mbox",
        bytes: separator_flood,
        says: "only the start of the text",
    },
    Family {
        name: "lengths_that_lie.mbox",
        bytes: lying_content_length,
        says: READ,
    },
    Family {
        name: "one_endless_message.mbox",
        bytes: endless_message,
        says: "larger than one item may be",
    },
];

const HEAD: &str = "From: ida@northquay.example\nTo: jon@northquay.example\nMIME-Version: 1.0\n";

/// A message with these fields and this body.
fn with(fields: &str, body: &str) -> Vec<u8> {
    format!("{HEAD}{fields}\n{body}").into_bytes()
}

/// A message of plain text.
fn text(body: &str) -> Vec<u8> {
    with("Content-Type: text/plain; charset=utf-8\n", body)
}

fn html(body: &str) -> Vec<u8> {
    with("Content-Type: text/html; charset=utf-8\n", body)
}

fn mime_depth() -> Vec<u8> {
    let nested = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
    format!("{HEAD}{}", numbered(30_000, nested)).into_bytes()
}

fn mime_width() -> Vec<u8> {
    let fields = "Content-Type: multipart/mixed; boundary=b\n";
    with(fields, &"--b\n\nx\n".repeat(500_000))
}

fn nested_messages() -> Vec<u8> {
    let one = "Subject: Nested\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n";
    (one.repeat(30_000) + &letter(1)).into_bytes()
}

fn field_flood() -> Vec<u8> {
    with(&numbered(300_000, |n| format!("X-{n}: {n}\n")), "flood")
}

fn endless_field() -> Vec<u8> {
    with(&format!("Subject: {}\n", "endless\n ".repeat(3 << 20)), "x")
}

fn address_flood() -> Vec<u8> {
    let addresses = numbered(40_000, |n| {
        format!(" \"{n}, (\" <a{n}@northquay.example>,\n")
    });
    with(
        &format!("Cc: nobody@northquay.example,\n{addresses} z@northquay.example\n"),
        "x",
    )
}

fn comment_depth() -> Vec<u8> {
    let fields = format!(
        "Cc: {}\nReply-To: {}\n",
        "(".repeat(900_000),
        "\"\\".repeat(450_000)
    );
    with(&fields, "x")
}

fn address_groups() -> Vec<u8> {
    with(
        &format!(
            "Cc: {}\nBcc: {}\n",
            "g:".repeat(400_000),
            "<<@,:".repeat(180_000)
        ),
        "x",
    )
}

fn boundary_clash() -> Vec<u8> {
    let depth = 90;
    let head = numbered(depth, |n| {
        let boundary = "b".repeat(n + 1);
        format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\n\n--{boundary}\n")
    });
    let lines = format!("--{}x\n", "b".repeat(depth)).repeat(60_000);
    format!("{HEAD}{head}{lines}").into_bytes()
}

fn long_boundary() -> Vec<u8> {
    let boundary = "x".repeat(1 << 20);
    let fields = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\n");
    with(&fields, &format!("--{boundary}\n\none\n--{boundary}--\n"))
}

fn encoded_word_flood() -> Vec<u8> {
    let words = " =?utf-8?q?=C3=A9?=\n =?utf-7?b?K0FPay0=?=\n =?x?y?z?=\n =?iso-2022-jp?b?GyRC?=\n";
    with(&format!("Subject: flood\n{}", words.repeat(12_000)), "x")
}

fn received_flood() -> Vec<u8> {
    let received = |n: usize| {
        format!(
            "Received: from a{n} ([10.0.0.{}]) by b with SMTP id {n} for <c@d>;\n Tue, 14 Mar 2017 10:00:00 +0100\n",
            n % 250
        )
    };
    with(&numbered(19_000, received), "x")
}

fn signature_flood() -> Vec<u8> {
    let signature = |n: usize| {
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=northquay.example; s=s{n};\n h=from:to:subject; \
             bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; l={n}; b={}\n",
            "QUJD".repeat(64)
        )
    };
    with(&numbered(9_000, signature), &"body\n".repeat(200_000))
}

fn signed_fields_flood() -> Vec<u8> {
    let fields = numbered(15_000, |_| "X-A: b\n".to_owned());
    let names = "x-a:".repeat(15_000);
    let signature = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=northquay.example; s=s; h={names}from;\n \
         bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=QUJD\n"
    );
    with(&(fields + &signature.repeat(40)), "x")
}

fn seal_flood() -> Vec<u8> {
    let set = |n: usize| {
        format!(
            "ARC-Seal: i={n}; a=rsa-sha256; d=northquay.example; s=s; cv=pass; b=QUJD\n\
             ARC-Message-Signature: i={n}; a=rsa-sha256; d=northquay.example; s=s; h=from; bh=QUJD; b=QUJD\n\
             ARC-Authentication-Results: i={n}; northquay.example; dkim=pass\n"
        )
    };
    with(&numbered(6_000, set), "x")
}

fn reference_flood() -> Vec<u8> {
    let ids = numbered(40_000, |n| format!(" <{n}@northquay.example>\n"));
    with(
        &format!("References:{ids}In-Reply-To: {}\n", "<".repeat(400_000)),
        "x",
    )
}

fn parameter_flood() -> Vec<u8> {
    let pieces = numbered(30_000, |n| format!(";\n name*{n}*=%41"));
    let again = "; name=a".repeat(30_000);
    with(&format!("Content-Type: text/plain{pieces}{again}\n"), "x")
}

fn digits_of_date() -> Vec<u8> {
    let digits = "9".repeat(900_000);
    with(
        &format!("Date: Tue, {digits} Mar {digits}\nDate: 14 Mar 2017 10:00:00 +{digits}\n"),
        "x",
    )
}

fn charset_shifts() -> Vec<u8> {
    let shifts = |charset: &str, shift: &str, n: usize| {
        format!(
            "--b\nContent-Type: text/plain; charset={charset}\n\n{}\n",
            shift.repeat(n)
        )
    };
    let body = [
        shifts("iso-2022-jp", "\x1b$B\x1b(B", 500_000),
        shifts("utf-7", "+AGE-", 500_000),
        shifts("hz-gb-2312", "~{~}", 500_000),
        shifts("no-such-charset", "\u{e9}", 500_000),
    ];
    with(
        "Content-Type: multipart/mixed; boundary=b\n",
        &body.concat(),
    )
}

fn soft_line_ends() -> Vec<u8> {
    let fields = "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n";
    with(
        fields,
        &("=\n".repeat(1 << 20) + &"=3D=\n=".repeat(1 << 18)),
    )
}

fn base64_of_blanks() -> Vec<u8> {
    let fields = "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n";
    with(
        fields,
        &("QQ==".to_owned() + &" \n".repeat(4 << 20) + &"=".repeat(1 << 20)),
    )
}

fn quotation_depth() -> Vec<u8> {
    text(&(">".repeat(200_000) + "\n" + &numbered(1_500, |n| format!("{} x\n", ">".repeat(n)))))
}

fn attribution_flood() -> Vec<u8> {
    text(&"On Tue, 14 Mar 2017, Ida wrote:\n> yes\n-----Original Message-----\nFrom: Ida\nSent: x\n\nno\n".repeat(40_000))
}

fn flowed_flood() -> Vec<u8> {
    let fields = "Content-Type: text/plain; format=flowed; delsp=yes\n";
    with(
        fields,
        &("a \n".repeat(500_000) + &"> \n>> \n".repeat(300_000)),
    )
}

fn html_depth() -> Vec<u8> {
    html(&("<blockquote><div><b>".repeat(150_000) + "deep"))
}

fn html_open_tags() -> Vec<u8> {
    html(&("<a x=\"".repeat(300_000) + &"<!--".repeat(200_000) + &"<![CDATA[<?".repeat(100_000)))
}

fn html_entities() -> Vec<u8> {
    html(
        &("&".repeat(800_000)
            + &"&CounterClockwiseContourIntegral;".repeat(30_000)
            + &"&#x110000;&#9999999999".repeat(50_000)),
    )
}

fn uuencode_lies() -> Vec<u8> {
    let fields = "Content-Type: application/octet-stream\nContent-Transfer-Encoding: x-uuencode\n";
    with(
        fields,
        &"begin 644 ../../../etc/passwd\nM\n_~~~~\n`\nend\n".repeat(150_000),
    )
}

fn odd_line_ends() -> Vec<u8> {
    let fields = "Content-Type: multipart/mixed; boundary=b\r\r\n";
    let body = "--b\r\r\n\r\n\0\r--b\n\r\u{0}\r\n--b--\r".repeat(150_000);
    [format!("{HEAD}{fields}\n").into_bytes(), body.into_bytes()].concat()
}

fn multiplying() -> Vec<u8> {
    let mut message = letter(1).into_bytes();
    for n in 2..9 {
        let names: Vec<String> = (0..10).map(|copy| format!("{copy}.eml")).collect();
        let members: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), message.as_slice()))
            .collect();
        message = letter_carrying(n, "application/zip", "more.zip", &zip_of(&members));
    }
    message
}

fn large_archive_inside() -> Vec<u8> {
    // Above what is kept in memory where there are files; nothing in it can be packed.
    let inner = zip_of(&[
        ("1.eml", letter(71).as_bytes()),
        ("noise", &super::noise(65 << 20)),
    ]);
    letter_carrying(
        3,
        "application/zip",
        "outer.zip",
        &zip_of(&[("inner.zip", &inner)]),
    )
}

fn large_message() -> Vec<u8> {
    text(&"seventeen bytes.\n".repeat(10 << 20))
}

fn large_attachment() -> Vec<u8> {
    let fields = "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n";
    let line = "QUJD".repeat(19) + "\n";
    with(fields, &line.repeat((100 << 20) / 77))
}

fn separator_flood() -> Vec<u8> {
    let one = "From ida@northquay.example Tue Mar 14 09:12:44 2017\n";
    let odd = "\nFrom \nFrom x\nFrom ida Tue Mar 99\n";
    (one.to_owned() + &letter(72) + "\n" + &one.repeat(20_000) + &odd.repeat(50_000)).into_bytes()
}

fn lying_content_length() -> Vec<u8> {
    let mut mailbox = String::new();
    for n in 0..2_000_u64 {
        let length = n.wrapping_mul(9_223_372_036_854_775_807);
        let _ = write!(
            mailbox,
            "From ida@northquay.example Tue Mar 14 09:12:44 2017\nContent-Length: {length}\nSubject: {n}\n\ntext\n\n"
        );
    }
    mailbox.into_bytes()
}

fn endless_message() -> Vec<u8> {
    let separator = "From ida@northquay.example Tue Mar 14 09:12:44 2017\n";
    let body = "seventeen bytes.\n".repeat(10 << 20);
    format!(
        "{separator}{}\n{separator}Subject: Endless\n\n{body}\n{separator}{}",
        letter(73),
        letter(74)
    )
    .into_bytes()
}
