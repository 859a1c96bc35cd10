//! The exact bytes: read again from the exhibit, marked with what was found in them and what is signed.

use bytes::Bytes;
use mabillon_case::{Kind, Message, Span, Stamp};
use mabillon_examine::hidden_clocks;
use mabillon_keep::ItemRow;
use mabillon_report::printable;
use serde_json::{Value, json};

use crate::Reading;
use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::item::{finding_spans, lines, row, time};

/// Bytes of the source in one answer.
const WINDOW_BYTES: u64 = 64 << 10;
const WINDOW_BYTES_MAX: u64 = 256 << 10;

/// The exact bytes of an item.
pub(crate) fn bytes(desk: &Desk, row: &ItemRow) -> Result<Bytes, Refusal> {
    let (item, places) = (row.facts.item, row.facts.places.as_slice());
    desk.read.of(item, || {
        let around = desk.with_case(|case| Ok(case.around(places)?))?;
        let reading = Reading {
            item,
            places,
            around: &around,
        };
        let settings = &desk.settings;
        (settings.reread)(&desk.examination, &reading, settings.exhibits.as_deref())
            .map_err(|error| Refusal::new(422, "cannot-read", error.to_string()))
    })
}

/// The message of an item, read as it was examined: from bytes of its own, or put together by a store.
pub(crate) fn message(row: &ItemRow, bytes: Bytes) -> Message {
    let facts = row.facts.message.as_ref();
    if facts.is_some_and(|message| message.is_assembled) {
        return mabillon_decode::stored_message(bytes).message;
    }
    mabillon_decode::message(bytes, None).message
}

/// What is marked in the bytes of an item.
struct Marks {
    findings: Vec<Option<Span>>,
    /// Spans that each signature covers.
    signed: Vec<Vec<Span>>,
}

impl Marks {
    fn of(row: &ItemRow, message: Option<&Message>) -> Self {
        let signed = row.facts.signatures.iter().map(|signature| {
            let Some(message) = message else {
                return Vec::new();
            };
            signed_spans(message, signature.span)
        });
        Self {
            findings: finding_spans(row),
            signed: signed.collect(),
        }
    }

    /// The bytes from `start` to `end` in pieces that are marked alike.
    fn segments(&self, bytes: &[u8], start: usize, end: usize) -> Vec<Value> {
        let spans = || {
            self.findings
                .iter()
                .flatten()
                .chain(self.signed.iter().flatten())
        };
        let mut cuts: Vec<usize> = spans()
            .flat_map(|span| [span.start, span.end])
            .filter(|at| (start..end).contains(at))
            .collect();
        cuts.extend([start, end]);
        cuts.sort_unstable();
        cuts.dedup();
        let pieces = cuts.iter().zip(cuts.iter().skip(1)).map(|(from, to)| {
            let holds = |span: &Span| span.start <= *from && *to <= span.end;
            let findings: Vec<usize> = numbered(self.findings.iter().map(|span| span.as_ref().is_some_and(holds)));
            let signed: Vec<usize> = numbered(self.signed.iter().map(|spans| spans.iter().any(holds)));
            let text = String::from_utf8_lossy(bytes.get(*from..*to).unwrap_or_default());
            json!({"text": lines(&text), "start": from, "end": to, "findings": findings, "signed_by": signed})
        });
        pieces.collect()
    }
}

fn numbered(flags: impl Iterator<Item = bool>) -> Vec<usize> {
    flags
        .enumerate()
        .filter(|(_, is_set)| *is_set)
        .map(|(n, _)| n)
        .collect()
}

/// The header fields that a signature field names in `h=`, from the bottom up (RFC 6376, section 5.4.2), and the body as
/// far as `l=` reaches.
fn signed_spans(message: &Message, at: Span) -> Vec<Span> {
    let text = message.unfold(at);
    let tags: Vec<(&str, &str)> = text
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .collect();
    let tag = |name: &str| {
        tags.iter()
            .find(|(key, _)| {
                key.rsplit([':', ' ', '\t'])
                    .next()
                    .unwrap_or_default()
                    .trim()
                    == name
            })
            .map(|(_, value)| value.trim())
    };
    let Some(names) = tag("h") else {
        return Vec::new();
    };
    let mut left: Vec<_> = message.fields().iter().collect();
    let mut spans = Vec::new();
    for name in names.split(':').map(str::trim) {
        let found = left.iter().rposition(|field| {
            field
                .name
                .of(&message.raw)
                .eq_ignore_ascii_case(name.as_bytes())
        });
        if let Some(place) = found {
            spans.push(left.remove(place).whole);
        }
    }
    let body = message.body;
    let end = tag("l")
        .and_then(|length| length.parse::<usize>().ok())
        .map_or(body.end, |length| {
            body.end.min(body.start.saturating_add(length))
        });
    spans.push(Span::new(body.start, end));
    spans
}

/// `GET /api/items/{item}/headers`
pub(crate) fn headers(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let row = row(desk, call.first())?;
    if row.facts.kind != Kind::Message {
        return Err(Refusal::not_found("header: the item is no message"));
    }
    let bytes = bytes(desk, &row)?;
    let message = message(&row, bytes.clone());
    let marks = Marks::of(&row, Some(&message));
    let fields = message.fields().iter().map(|field| {
        let span = field.whole;
        let touches = |other: &Span| other.start < span.end && span.start < other.end;
        let name = String::from_utf8_lossy(field.name.of(&bytes));
        json!({
            "name": printable(&name), "value": printable(&message.unfold(field.value)),
            "raw": lines(&String::from_utf8_lossy(span.of(&bytes))), "start": span.start, "end": span.end,
            "signed_by": numbered(marks.signed.iter().map(|spans| spans.contains(&span))),
            "findings": numbered(marks.findings.iter().map(|at| at.as_ref().is_some_and(touches))),
            "segments": marks.segments(&bytes, span.start, span.end),
        })
    });
    let fields: Vec<Value> = fields.collect();
    let coverage = row.facts.signatures.iter().enumerate().map(|(n, signature)| {
        let spans = marks.signed.get(n).map_or(&[][..], Vec::as_slice);
        let signed: Vec<String> = message
            .fields()
            .iter()
            .filter(|field| spans.contains(&field.whole))
            .map(|field| printable(&String::from_utf8_lossy(field.name.of(&bytes))).into_owned())
            .collect();
        let body = spans.last().copied().unwrap_or_default();
        let body_is = if spans.is_empty() { "none" } else if body.end < message.body.end { "part" } else { "whole" };
        json!({"signature": n, "signed_fields": signed, "unsigned_fields": signature.unsigned_fields,
            "body": {"start": body.start, "end": body.end}, "body_is": body_is})
    });
    let coverage: Vec<Value> = coverage.collect();
    let hops: Vec<Value> = message.hops.iter().enumerate().map(|(n, hop)| {
        let text = |value: &Option<String>| value.as_deref().map(|value| printable(value).into_owned());
        json!({"n": n, "at": time(hop.date), "from": text(&hop.from), "from_ip": hop.from_ip.map(|ip| ip.to_string()), "by": text(&hop.by),
            "with": text(&hop.with), "id": text(&hop.id), "for": text(&hop.for_), "start": hop.span.start, "end": hop.span.end})
    }).collect();
    Ok(Reply::json(json!({
        "header": {"start": message.header.start, "end": message.header.end}, "body": {"start": message.body.start, "end": message.body.end},
        "fields": fields, "coverage": coverage, "hops": hops, "clocks": clocks(&row, &message),
        "has_html": mabillon_decode::html_body(&message).is_some(),
    })))
}

/// One clock of a message.
struct Clock {
    at: Stamp,
    what: String,
    kind: &'static str,
    span: Span,
    precision_seconds: u32,
    /// Whether it is known how far the clock was from universal time.
    is_zoned: bool,
    test: &'static str,
}

/// The clocks of `Date`, of each hop, of each signature, and those hidden in identifiers, in order of time.
fn clocks(row: &ItemRow, message: &Message) -> Vec<Value> {
    let mut clocks: Vec<Clock> = Vec::new();
    let stated = |at: Stamp, what: String, kind, span| Clock {
        at,
        what,
        kind,
        span,
        precision_seconds: 1,
        is_zoned: at.offset_minutes.is_some(),
        test: "",
    };
    if let Some(date) = message.date {
        clocks.push(stated(date, "Date".to_owned(), "date", message.date_span));
    }
    for hop in &message.hops {
        if let Some(date) = hop.date {
            let by = hop.by.as_deref().unwrap_or("an unnamed server");
            let what = format!("Received by {}", printable(by));
            clocks.push(stated(date, what, "received", hop.date_span));
        }
    }
    for signature in &row.facts.signatures {
        if let Some(at) = signature.signed_at {
            let what = format!("signature of {}", printable(&signature.by));
            clocks.push(stated(at, what, "signature", signature.span));
        }
    }
    clocks.extend(hidden_clocks(message).into_iter().map(|hidden| Clock {
        at: hidden.at,
        what: printable(&hidden.what).into_owned(),
        kind: "hidden",
        span: hidden.span,
        precision_seconds: hidden.precision_seconds,
        is_zoned: !hidden.is_wall,
        test: hidden.test,
    }));
    clocks.sort_by_key(|clock| clock.at.unix_micros);
    clocks
        .iter()
        .map(|clock| {
            json!({"at": clock.at.to_string(), "what": clock.what, "kind": clock.kind, "precision_seconds": clock.precision_seconds,
                "offset_known": clock.is_zoned, "test": (!clock.test.is_empty()).then_some(clock.test),
                "start": clock.span.start, "end": clock.span.end})
        })
        .collect()
}

/// `GET /api/items/{item}/source`
pub(crate) fn source(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    // What is encoded in the source cannot be masked.
    if call
        .visitor
        .session
        .as_ref()
        .is_some_and(|session| session.redacted)
    {
        return Err(Refusal::new(
            403,
            "redacted",
            "the source cannot be masked and is not shown in redaction mode",
        ));
    }
    let row = row(desk, call.first())?;
    let bytes = bytes(desk, &row)?;
    let number = |name: &str, or: u64| Ok::<_, Refusal>(call.query.number(name)?.unwrap_or(or));
    let start = usize::try_from(number("start", 0)?)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let length =
        usize::try_from(number("length", WINDOW_BYTES)?.min(WINDOW_BYTES_MAX)).unwrap_or(0);
    let end = start.saturating_add(length).min(bytes.len());
    let window = bytes.get(start..end).unwrap_or_default();
    let end = match window.iter().rposition(|byte| *byte == b'\n') {
        Some(line_end) if end < bytes.len() => start + line_end + 1,
        _ => end,
    };
    let is_message = row.facts.kind == Kind::Message;
    let message = is_message.then(|| message(&row, bytes.clone()));
    let marks = Marks::of(&row, message.as_ref());
    Ok(Reply::json(
        json!({"size_bytes": bytes.len(), "start": start, "end": end, "encoding": "utf-8", "segments": marks.segments(&bytes, start, end)}),
    ))
}

/// `GET /api/items/{item}/raw`
pub(crate) fn raw(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let row = row(desk, call.first())?;
    let bytes = bytes(desk, &row)?;
    let name = format!("attachment; filename=\"{}.bin\"", row.facts.item);
    Ok(Reply::bytes("application/octet-stream", bytes)
        .with("content-disposition", name)
        .with("content-security-policy", "default-src 'none'; sandbox"))
}
