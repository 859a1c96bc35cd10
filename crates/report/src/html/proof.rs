//! What proved what, and what no such proof can say.

use std::io::{self, Write};

use super::escape::Esc;
use super::{count_cell, end_section, end_table, section, selection, table};
use crate::model::{KeyRow, Keys, LostKeySummary, Report};
use crate::words::{counted, key_source_meaning, number, signature_kind_word};

/// The keys, those that prove most first.
pub(super) fn keys(keys: &Keys, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "keys",
        "What proved what",
        "Which key verified how many items. An item is proved whole when the key is anchored outside the collection, long \
        enough, of the sender's domain, and covers all that is shown.",
    )?;
    writeln!(
        out,
        "<p>{} of {} proved whole by a signature.</p>",
        number(keys.n_proved_items),
        counted(keys.n_signed_items, "signed item is", "signed items are"),
    )?;
    table(out, "", "", &KEY_COLUMNS)?;
    for row in &keys.rows {
        key_row(row, out)?;
    }
    if keys.rows.is_empty() {
        out.write_all(
            b"<tr><td colspan=\"12\" class=\"faint\">No item carries a signature.</td></tr>",
        )?;
    }
    end_table(out)?;
    if keys.n_left_out > 0 {
        writeln!(
            out,
            "<p class=\"small\">{} not listed; every signature is in the JSONL export.</p>",
            counted(keys.n_left_out, "more key", "more keys")
        )?;
    }
    out.write_all(b"<p class=\"small\">Repaired: the signature verifies once a named, reversible change made by an export, a list or a gateway is undone. \
        Failed and No key: no evidence of forgery. A key recovered from the collection or supplied with it proves nothing by itself until it is anchored elsewhere.</p>\n")?;
    end_section(out)
}

/// The keys that were lost, and what the search for them came to.
pub(super) fn lost_keys(lost: &LostKeySummary, out: &mut impl Write) -> io::Result<()> {
    if lost.n_selectors == 0 {
        return Ok(());
    }
    section(
        out,
        "lost-keys",
        "Lost keys",
        "Two signatures made with one lost RSA key give the key back. A key that is recovered shows that one hand made all \
        signatures it verifies; whose hand, is known only where something outside the collection anchors it.",
    )?;
    writeln!(
        out,
        "<p>{} of {} recovered, {} of them anchored; {} not tried to the end.</p>",
        number(lost.n_recovered),
        counted(lost.n_selectors, "selector", "selectors"),
        number(lost.n_anchored),
        number(lost.n_unfinished)
    )?;
    table(
        out,
        "",
        "",
        &[
            "Name of the key",
            "#Signatures",
            "#Bits",
            "What the search came to",
        ],
    )?;
    for row in &lost.rows {
        write!(out, "<tr><th scope=\"row\">{}</th>", Esc(&row.name))?;
        count_cell(out, row.n_signatures)?;
        writeln!(
            out,
            "<td class=\"n\">{}</td><td class=\"lines\">{}</td></tr>",
            row.bits,
            Esc(&row.outcome)
        )?;
    }
    end_table(out)?;
    if lost.n_left_out > 0 {
        writeln!(
            out,
            "<p class=\"small\">{} not listed; what came of each is beside its signatures in the JSONL export.</p>",
            counted(lost.n_left_out, "more selector", "more selectors")
        )?;
    }
    end_section(out)
}

const KEY_COLUMNS: [&str; 12] = [
    "Signer",
    "Selector",
    "Kind",
    "#Key bits",
    "Source of the key",
    "Anchored",
    "#Proved",
    "#Verified",
    "#Repaired",
    "#Failed",
    "#No key",
    "Dates stated",
];

fn key_row(row: &KeyRow, out: &mut impl Write) -> io::Result<()> {
    let class = if row.counts.proved > 0 {
        " class=\"strong\""
    } else {
        ""
    };
    write!(
        out,
        "<tr{class}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td>",
        Esc(&row.by),
        Esc(&row.selector),
        signature_kind_word(row.kind),
        row.bits
            .map_or_else(|| "–".to_owned(), |bits| bits.to_string()),
        key_source_meaning(row.source),
        if row.is_anchored { "yes" } else { "no" }
    )?;
    for n in [
        row.counts.proved,
        row.counts.verified,
        row.counts.repaired,
        row.counts.failed,
        row.counts.without_key,
    ] {
        count_cell(out, n)?;
    }
    let dates = row.times.map(|(first, last)| {
        let day = |stamp: mabillon_case::Stamp| stamp.civil().date().to_string();
        format!("{} to {}", day(first), day(last))
    });
    writeln!(out, "<td>{}</td></tr>", dates.unwrap_or_default())
}

/// The boxes that belong beside every number of verified mails.
pub(super) fn limits_of_proof(report: &Report, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "limits",
        "What this does not prove",
        "Read before quoting a share of verified mails.",
    )?;
    not_proved(out)?;
    selection::selection(&report.making.record.selection, out)?;
    base_rates(out)?;
    assumed_forger(out)?;
    end_section(out)
}

fn not_proved(out: &mut impl Write) -> io::Result<()> {
    out.write_all(
        b"<div class=\"box\"><h3>What DKIM does not prove</h3><ul>\
        <li>It proves that a server of the domain signed these bytes, not who sat at the keyboard. Accounts are taken over, and anyone can open one under another's name at a large provider.</li>\
        <li>It does not prove that what a message says is true.</li>\
        <li>It covers the header fields it names and, where a length is given, only the start of the body. What lies outside may have been added by anyone.</li>\
        <li>It does not prove the date. The date is the sender's claim; only the life of the key bounds it.</li>\
        <li>It does not prove who received this copy. A signed message can be sent again to others.</li>\
        <li>It is worth what its key is worth. Short keys can be broken, old private keys get published, and a key that comes with the collection may be the forger's own.</li>\
        <li>A signature that fails, or none at all, is no evidence of forgery. Lists, gateways, exports and lost keys break the signatures of genuine mail.</li>\
        </ul></div>\n",
    )
}

fn assumed_forger(out: &mut impl Write) -> io::Result<()> {
    out.write_all(
        b"<div class=\"box\"><h3>Which forger is assumed</h3>\
        <p>Findings without a signature are weighed against a forger who edits or invents single items and does not know every trace that programs and servers leave. \
        One who knows these tests can satisfy most of them; then such findings weigh little. Only signatures under anchored keys, independent copies and originals withstand him.</p></div>\n",
    )
}

/// One published leak: name, mails, share verified, what was reported, source.
type BaseRate = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const BASE_RATES: [BaseRate; 4] = [
    (
        "Macron campaign, published by WikiLeaks (31 July 2017)",
        "71,848",
        "29.3 % (21,075)",
        "The publisher expected the rest to be genuine from statistical sampling. About 5,000 senders, 2009 to 2017.",
        "WikiLeaks, as reported by Corriere Comunicazioni and Sputnik",
    ),
    (
        "The same, one topic (Besançon)",
        "21",
        "2 mails",
        "Most certified mails of the leak were found to be newsletters and press articles.",
        "France-Soir, 2017",
    ),
    (
        "Podesta mails (24 October 2016)",
        "about 23,000",
        "about 25 %",
        "About 25 % fail, about 50 % unsigned. Most failures come from changed keys; half of them are of 2007 to 2014.",
        "Daily Caller, 2016",
    ),
    (
        "\u{201c}Hunter Biden\u{201d} drive (March 2022)",
        "about 129,000",
        "17 % (about 22,000)",
        "No clear evidence of tampering, and the rest not verifiable. Many verified ones are newsletters; 1,200 came from one bank.",
        "The Washington Post, 2022",
    ),
];

fn base_rates(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"<div class=\"box\"><h3>How much verifies in real leaks</h3>\
        <p>In published leaks that are held to be genuine, 70 to 83 % of the mail does not verify. A low share here is normal.</p>")?;
    table(
        out,
        "",
        "",
        &[
            "Leak",
            "#Mails",
            "#DKIM verified",
            "What was reported",
            "Source",
        ],
    )?;
    for (leak, mails, verified, note, source) in BASE_RATES {
        writeln!(
            out,
            "<tr><th scope=\"row\">{leak}</th><td class=\"n\">{mails}</td><td class=\"n\">{verified}</td><td class=\"lines\">{note}</td><td>{source}</td></tr>"
        )?;
    }
    end_table(out)?;
    out.write_all(b"</div>\n")
}
