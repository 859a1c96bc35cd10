//! Do the servers' records fit what is there?

use std::net::IpAddr;

use mabillon_case::{BodyHash, Finding, Hop, Message, Outcome, Signature, SignatureKind, Span};

use super::HOPS_MAX;
use crate::rewriter::rewriter;
use crate::signature::{MethodResult, Recorded, first_address, organisation, recorded};
use crate::test::declare_test;
use crate::tests_of::signature::printable;
use crate::{Run, World};

declare_test! {
    /// What receiving servers recorded of their checks fits the message.
    ///
    /// ## What it examines
    /// `Authentication-Results` and `Received-SPF`: whether a signature of the domain (and selector) that is recorded
    /// as passed is there and its hash fits the body; whether the address that SPF was checked for is that of a host
    /// that handed the message to the same server; whether the envelope sender that the last server recorded is that
    /// of `Return-Path`, by organisation.
    /// ## Why it matters
    /// It is the testimony of a server that saw the message arrive. It is not signed, so agreement says little; but
    /// who copies it from another message, or changes the message behind it, has to make each of these ends meet.
    /// ## Innocent explanations
    /// Lists and gateways take signatures out, sign anew, and keep or rename the records of earlier servers
    /// (`X-Original-Authentication-Results` is not examined). Exports drop fields and write bodies anew. Mail that was
    /// fetched or imported again has records of several servers; internal mail has none.
    /// ## References
    /// - RFC 8601, sections 2 and 5
    /// - RFC 7208, section 9
    pub(crate) static RECORDED_RESULTS = {
        id: "transmission/recorded-results",
        findings: &[
            "coherent",
            "passed-signature-absent",
            "passed-signature-absent-behind-rewriter",
            "passed-body-differs",
            "address-differs",
            "return-path-differs",
        ],
        run: Run::Signatures(recorded_results),
    }
}

/// Fields of `Received-SPF` that are read.
const SPF_FIELDS_MAX: usize = 20;

fn recorded_results(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let fields = recorded(message, "authentication-results");
    let checks = [
        signature_checks(message, &fields, signatures),
        address_checks(message, &fields),
        return_path_check(message, &fields).into_iter().collect(),
    ]
    .concat();
    let n_agreeing = checks
        .iter()
        .filter(|check| matches!(check, Check::Agrees(..)))
        .count();
    let mut findings: Vec<Finding> = Vec::new();
    for check in &checks {
        if let Check::Differs(finding) = check
            && findings.iter().all(|known| known.code != finding.code)
        {
            findings.push(finding.clone());
        }
    }
    if let (true, Some(Check::Agrees(what, at))) = (findings.is_empty(), checks.first()) {
        let more = match n_agreeing {
            1 => String::new(),
            n => format!(" In all {n} such records fit."),
        };
        findings.push(Finding::new("coherent", format!("{what}{more}")).at(*at));
    }
    if findings.is_empty() {
        return Outcome::NotApplicable("no server recorded anything that can be compared");
    }
    Outcome::Observed(findings)
}

/// What came of comparing one record.
#[derive(Clone)]
enum Check {
    Agrees(String, Span),
    Differs(Finding),
}

fn signature_checks(
    message: &Message,
    fields: &[Recorded],
    signatures: &[Signature],
) -> Vec<Check> {
    let of_field = |field: &Recorded| -> Vec<Check> {
        let passes = field.results.iter().filter(|one| one.is_pass_of_dkim());
        passes
            .filter_map(|result| signature_check(message, field, result, signatures))
            .collect()
    };
    fields.iter().flat_map(of_field).collect()
}

fn signature_check(
    message: &Message,
    field: &Recorded,
    result: &MethodResult,
    signatures: &[Signature],
) -> Option<Check> {
    let signer = result.signer().filter(|signer| signer.contains('.'))?;
    let meant = meant(result, &signer, signatures);
    let server = server(&field.server);
    let seen = format!(
        "{server} recorded that a signature of {} passed",
        printable(&signer)
    );
    let differs =
        |code, says: String| Some(Check::Differs(Finding::new(code, says).at(field.span)));
    let way = rewriter(message);
    if meant.is_empty() {
        return match way {
            Some(what) => differs(
                "passed-signature-absent-behind-rewriter",
                format!(
                    "{seen}, and none is there. The message passed {what}, which may have taken it out."
                ),
            ),
            None => differs(
                "passed-signature-absent",
                format!(
                    "{seen}, and none is there. It was taken out, or the record is that of another message."
                ),
            ),
        };
    }
    let all_differ = meant
        .iter()
        .all(|signature| signature.body_hash == BodyHash::Mismatch);
    if all_differ && way.is_none() {
        return differs(
            "passed-body-differs",
            format!(
                "{seen}; its hash is no longer that of the body. If the record is genuine, the body was changed after \
                 that server, by an edit or by an export."
            ),
        );
    }
    Some(Check::Agrees(
        format!("{seen}, and it is there."),
        field.span,
    ))
}

/// The DKIM signatures that a record may speak of: of that domain and, where it is named, that selector.
fn meant<'s>(
    result: &MethodResult,
    signer: &str,
    signatures: &'s [Signature],
) -> Vec<&'s Signature> {
    let selector = result.property("header.s");
    signatures
        .iter()
        .filter(|signature| signature.kind == SignatureKind::Dkim)
        .filter(|signature| {
            signature.by == signer || signer.ends_with(&format!(".{}", signature.by))
        })
        .filter(|signature| {
            selector.is_none_or(|selector| signature.selector.eq_ignore_ascii_case(selector))
        })
        .collect()
}

/// One record of an SPF check.
struct Spf {
    server: String,
    address: IpAddr,
    span: Span,
}

fn address_checks(message: &Message, fields: &[Recorded]) -> Vec<Check> {
    let in_results = fields.iter().flat_map(|field| {
        let checked = field.results.iter().filter(|one| one.method == "spf");
        checked.filter_map(|one| {
            Some(Spf {
                server: field.server.clone(),
                address: first_address(&one.comment)?,
                span: field.span,
            })
        })
    });
    let own_fields = message
        .fields_named("received-spf")
        .take(SPF_FIELDS_MAX)
        .filter_map(|field| {
            let text = message.unfold(field.value);
            Some(Spf {
                server: spf_server(&text),
                address: spf_address(&text)?,
                span: field.whole,
            })
        });
    in_results
        .chain(own_fields)
        .filter_map(|spf| address_check(message, &spf))
        .collect()
}

/// `client-ip=`, else the first address in the comment.
fn spf_address(text: &str) -> Option<IpAddr> {
    let (_, stated) = text.split_once("client-ip=").unwrap_or(("", text));
    first_address(stated)
}

/// `receiver=`, else the server before the colon in the comment: `pass (google.com: domain of ...`.
fn spf_server(text: &str) -> String {
    let receiver = text.split_once("receiver=").map(|(_, rest)| rest);
    let comment = || {
        let (_, comment) = text.split_once('(')?;
        comment.split_once(':').map(|(server, _)| server)
    };
    let named = receiver.or_else(comment).unwrap_or_default();
    let end = |character: char| character.is_whitespace() || matches!(character, ';' | ')' | ',');
    let name = named.split(end).next().unwrap_or_default();
    name.trim_matches('"').to_lowercase()
}

fn address_check(message: &Message, spf: &Spf) -> Option<Check> {
    let hops = || message.hops.iter().take(HOPS_MAX);
    let address = spf.address.to_canonical();
    let handed = |hop: &&Hop| hop.from_ip.is_some_and(|ip| ip.to_canonical() == address);
    let server = server(&spf.server);
    if let Some(hop) = hops().find(handed) {
        let by = hop.by.as_deref().unwrap_or("a relay");
        let says = format!(
            "{server} recorded an SPF check for {address}, and {} had the message from there.",
            printable(by)
        );
        return Some(Check::Agrees(says, spf.span));
    }
    let own = hops().find(|hop| {
        let by = hop.by.as_deref().unwrap_or_default().to_lowercase();
        let is_same = by.contains('.') && organisation(&by) == organisation(&spf.server);
        is_same && hop.from_ip.is_some_and(is_public)
    })?;
    let from = own.from_ip?;
    let says = format!(
        "{server} recorded an SPF check for {address}, but its own Received field says that it had the message from \
         {from}, and no other names that address."
    );
    let finding = Finding::new("address-differs", says).at(spf.span);
    Some(Check::Differs(finding))
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => !(ip.is_private() || ip.is_loopback() || ip.is_link_local()),
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

/// The envelope sender as the last server recorded it, against `Return-Path`. Only of a server above whose record no
/// other organisation received the message: later ones may write another envelope sender.
fn return_path_check(message: &Message, fields: &[Recorded]) -> Option<Check> {
    let field = fields.first().filter(|field| !field.server.is_empty())?;
    let is_last = message
        .hops
        .iter()
        .take_while(|hop| hop.span.start < field.span.start)
        .filter_map(|hop| hop.by.as_deref())
        .filter(|by| by.contains('.') && by.parse::<IpAddr>().is_err())
        .all(|by| organisation(&by.to_lowercase()) == organisation(&field.server));
    let stated = field
        .results
        .iter()
        .filter(|one| one.method == "spf")
        .find_map(|one| one.property("smtp.mailfrom").or(one.property("smtp.mail")))
        .filter(|_| is_last)?;
    let path = message.value("return-path")?;
    let path = path.trim_matches(['<', '>', ' ']);
    let (stated, path) = (domain(stated)?, domain(path)?);
    let server = server(&field.server);
    let (recorded, here) = (printable(&stated), printable(&path));
    if organisation(&stated) == organisation(&path) {
        let says =
            format!("{server} recorded an envelope sender of {recorded}, as Return-Path has it.");
        return Some(Check::Agrees(says, field.span));
    }
    let says = format!(
        "{server} recorded an envelope sender of {recorded}, but Return-Path, which the last server writes, has {here}."
    );
    let finding = Finding::new("return-path-differs", says).at(field.span);
    Some(Check::Differs(finding))
}

fn domain(address: &str) -> Option<String> {
    let domain = address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain);
    let domain = domain.trim_matches(['<', '>', '"']).to_lowercase();
    domain.contains('.').then_some(domain)
}

fn server(name: &str) -> String {
    if name.is_empty() {
        return "A server".to_owned();
    }
    printable(name)
}
