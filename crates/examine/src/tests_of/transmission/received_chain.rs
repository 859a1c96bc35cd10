//! Do the relays hand the message on to each other?

use std::net::IpAddr;

use mabillon_case::{Finding, Hop, Message, Outcome};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Each relay names the one it had the message from.
    ///
    /// ## What it examines
    /// The `Received` fields from the first relay to the last: the server that a field says it had the message from
    /// (`from`, its name by reverse look-up, its address) and the server that wrote the field below (`by`).
    /// They fit where they are the same host, hosts of one organisation, or where one is a private address.
    /// Fields without a sender (`(qmail 123 invoked by uid 1)`, `by 10.1.2.3 with SMTP`) are steps inside one server.
    /// Two signs of a chain put together by hand are reported apart: the same field twice, and a field of `mx.google.com`
    /// below which and above which no other server of Google appears, though Google always adds one on delivery.
    /// ## Why it matters
    /// A forger who writes or copies fields has to make each end meet the next.
    /// ## Innocent explanations
    /// Providers use other names inside than outside; fetching programs, mailing lists and privacy settings leave
    /// fields out; older servers state only the name that the other gave itself. A missing link alone therefore says little.
    /// ## References
    /// - RFC 5321, section 4.4
    pub(crate) static RECEIVED_CHAIN = {
        id: "transmission/received-chain",
        findings: &["links-meet", "link-missing", "field-repeated", "google-without-delivery"],
        run: Run::Message(received_chain),
    }
}

/// Fields examined at most.
const HOPS_MAX: usize = 200;

fn received_chain(message: &Message, _world: &World) -> Outcome {
    let hops = message
        .hops
        .get(..message.hops.len().min(HOPS_MAX))
        .unwrap_or_default();
    if hops.len() < 2 {
        return Outcome::NotApplicable("it has fewer than two Received fields");
    }
    let mut findings = Vec::new();
    findings.extend(repeated(message, hops));
    findings.extend(google_without_delivery(hops));
    let links: Vec<(&Hop, &Hop, bool)> = hops
        .iter()
        .zip(hops.iter().skip(1))
        .filter_map(|(above, below)| Some((above, below, is_linked(above, below)?)))
        .collect();
    findings.extend(links_finding(&links));
    if findings.is_empty() {
        return Outcome::NotApplicable("no two neighbouring Received fields name their servers");
    }
    Outcome::Observed(findings)
}

fn links_finding(links: &[(&Hop, &Hop, bool)]) -> Option<Finding> {
    let missing = links.iter().find(|(_, _, linked)| !linked);
    if let Some((above, below, _)) = missing {
        let says = format!(
            "{} says it had the message from {}, but the field below was written by {}. A step between them left no field, or uses another name.",
            above.by.as_deref().unwrap_or("A relay"),
            above.from.as_deref().unwrap_or("an unnamed host"),
            below.by.as_deref().unwrap_or("an unnamed host"),
        );
        return Some(Finding::new("link-missing", says).at(above.span));
    }
    let (above, _, _) = links.first()?;
    let says = format!(
        "Wherever it can be told ({} times), the relays hand the message on to each other.",
        links.len()
    );
    Some(Finding::new("links-meet", says).at(above.span))
}

/// Whether the upper field had the message from the server of the lower one; `None` where one of them names none.
fn is_linked(above: &Hop, below: &Hop) -> Option<bool> {
    let by = below.by.as_deref()?.to_ascii_lowercase();
    let names: Vec<String> = [&above.from, &above.from_rdns]
        .into_iter()
        .flatten()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    if names.is_empty() && above.from_ip.is_none() {
        return None;
    }
    let inside = above.from_ip.is_some_and(is_inside)
        || by.parse::<IpAddr>().is_ok_and(is_inside)
        || names
            .iter()
            .any(|name| name.starts_with("localhost") || !name.contains('.'));
    let same_address = above.from_ip.is_some_and(|ip| by.contains(&ip.to_string()));
    Some(
        inside
            || same_address
            || !by.contains('.')
            || names.iter().any(|name| same_organisation(name, &by)),
    )
}

fn same_organisation(a: &str, b: &str) -> bool {
    let a = a.trim_matches(['[', ']', '.']);
    a == b || psl::domain_str(a).is_some_and(|domain| psl::domain_str(b) == Some(domain))
}

fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The same field twice: a copy, since each carries its own id and time.
fn repeated(message: &Message, hops: &[Hop]) -> Option<Finding> {
    let mut seen: Vec<(&[u8], &Hop)> = hops
        .iter()
        .filter(|hop| hop.id.is_some() && hop.date.is_some())
        .map(|hop| (hop.span.of(&message.raw), hop))
        .collect();
    seen.sort_by(|a, b| a.0.cmp(b.0));
    let (_, hop) = seen
        .iter()
        .zip(seen.iter().skip(1))
        .find(|(a, b)| a.0 == b.0)
        .map(|(a, _)| a)?;
    let says = format!(
        "The Received field of {} with the id {} stands twice, letter for letter. A server never gives one id twice.",
        hop.by.as_deref().unwrap_or("a relay"),
        hop.id.as_deref().unwrap_or_default(),
    );
    Some(Finding::new("field-repeated", says).at(hop.span))
}

/// A field of Google's front door with nothing of Google above it.
fn google_without_delivery(hops: &[Hop]) -> Option<Finding> {
    let at = hops
        .iter()
        .position(|hop| hop.by.as_deref() == Some("mx.google.com"))?;
    let hop = hops.get(at)?;
    let above = at.checked_sub(1).and_then(|index| hops.get(index));
    if above.is_some_and(is_of_google) {
        return None;
    }
    let says = "A field says that mx.google.com received the message, but no server of Google stands above it. On delivery Google adds its own field above, and on sending the next server names Google.";
    Some(Finding::new("google-without-delivery", says).at(hop.span))
}

/// Whether the field was written inside Google, or by a server that had the message from Google.
fn is_of_google(hop: &Hop) -> bool {
    let by = hop.by.as_deref().unwrap_or_default();
    let inside = by.starts_with("10.") || by.starts_with("2002:") || by.parse::<IpAddr>().is_ok();
    let names = [Some(by), hop.from.as_deref(), hop.from_rdns.as_deref()];
    inside
        || names
            .into_iter()
            .flatten()
            .any(|name| name.ends_with("google.com") || name.ends_with("gmail.com"))
}
