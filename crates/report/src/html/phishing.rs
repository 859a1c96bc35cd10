//! Attempts to obtain credentials: campaigns, whom they aimed at, when, and what came after.

use std::io::{self, Write};

use mabillon_case::{PhishingCampaign, PhishingRecord, Stamp};

use super::escape::Esc;
use super::{count_cell, end_section, end_table, section, table};
use crate::limits::{MAX_CAMPAIGNS_SHOWN, MAX_PHISHING_SHOWN};
use crate::words::{counted, number};

/// Names shown of one list.
const NAMES_SHOWN: usize = 4;

pub(super) fn phishing(record: &PhishingRecord, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "phishing",
        "Attempts to obtain credentials",
        "Messages that seem to ask for passwords in somebody else's name. They tell when and how mailboxes may have been taken. \
        It says nothing of authenticity: such messages are usually just what was sent. Open none of the addresses.",
    )?;
    let n = record.candidates.len() as u64 + record.n_left_out;
    writeln!(
        out,
        "<p>{} in {}. Search for <span class=\"mono\">phishing:yes</span>; all of it is in <span class=\"mono\">collection.json</span>.</p>",
        counted(n, "message", "messages"),
        counted(record.campaigns.len() as u64, "campaign", "campaigns"),
    )?;
    campaigns(&record.campaigns, out)?;
    messages(record, n, out)?;
    out.write_all(b"<p class=\"small\">That a notice about an account came in the two weeks after does not say that it came of it.</p>\n")?;
    end_section(out)
}

fn campaigns(campaigns: &[PhishingCampaign], out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "Campaigns",
        &[
            "",
            "In the name of",
            "#Messages",
            "#Addresses aimed at",
            "First",
            "Last",
            "From",
            "Subject",
            "Leads to",
            "#Notices about accounts after it",
        ],
    )?;
    for campaign in campaigns.iter().take(MAX_CAMPAIGNS_SHOWN) {
        row(campaign, out)?;
    }
    end_table(out)?;
    let n_more = campaigns.len().saturating_sub(MAX_CAMPAIGNS_SHOWN) as u64;
    if n_more > 0 {
        writeln!(
            out,
            "<p class=\"small\">{} not shown.</p>",
            counted(n_more, "more campaign", "more campaigns")
        )?;
    }
    Ok(())
}

/// The messages with their signs, as many as are shown of `n`.
fn messages(record: &PhishingRecord, n: u64, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"<ul class=\"places\">")?;
    for candidate in record.candidates.iter().take(MAX_PHISHING_SHOWN) {
        let signs: Vec<String> = candidate
            .signs
            .iter()
            .map(|sign| format!("{} ({})", sign.kind.in_words(), sign.seen))
            .collect();
        writeln!(
            out,
            "<li><span class=\"mono\">{}</span> campaign {}: {}</li>",
            candidate.item,
            number(candidate.campaign),
            Esc(signs.join("; "))
        )?;
    }
    out.write_all(b"</ul>\n")?;
    if n > MAX_PHISHING_SHOWN as u64 {
        writeln!(
            out,
            "<p class=\"small\">{} not shown.</p>",
            counted(
                n - MAX_PHISHING_SHOWN as u64,
                "more message",
                "more messages"
            )
        )?;
    }
    Ok(())
}

fn row(campaign: &PhishingCampaign, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "<tr><td class=\"n\">{}</td><td>{}</td>",
        campaign.number,
        Esc(&campaign.imitates)
    )?;
    count_cell(out, campaign.n_messages)?;
    count_cell(out, campaign.targets.len() as u64)?;
    for stamp in [campaign.first, campaign.last] {
        write!(out, "<td>{}</td>", Esc(shown(stamp)))?;
    }
    for names in [&campaign.senders, &campaign.subjects, &campaign.hosts] {
        write!(out, "<td>{}</td>", Esc(some_of(names)))?;
    }
    count_cell(out, campaign.followed_by.len() as u64)?;
    out.write_all(b"</tr>\n")
}

fn shown(stamp: Option<Stamp>) -> String {
    stamp.map(|stamp| stamp.to_string()).unwrap_or_default()
}

fn some_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN).map(String::as_str).collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}
