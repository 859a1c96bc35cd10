//! Answers in the place of the server's `/api/`, after `apps/review/API.md`, made from the export of a case. Unlike
//! the server it makes no text safe: what the page does with the worst text is what is tested.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::chromium::{Answer, Answers};

const OPINIONS: [&str; 6] = [
    "authenticated",
    "corroborated",
    "consistent",
    "unresolved",
    "questioned",
    "contradicted",
];

/// What stands in for the server.
pub(crate) struct StandIn {
    items: Vec<Value>,
    exhibit: PathBuf,
    reviews: HashMap<String, Value>,
    /// Events that wait for the page, ready to send.
    pub(crate) events: Vec<String>,
    /// Every request that changes something: method, path, body.
    pub(crate) acts: Vec<(String, String, Value)>,
}

impl StandIn {
    pub(crate) fn of(export: Vec<Value>, exhibit: PathBuf) -> Rc<RefCell<Self>> {
        let judged = |item: &Value| !["mailbox", "archive"].contains(&text(&item["kind"]));
        let items = export.into_iter().filter(judged).collect();
        Rc::new(RefCell::new(Self {
            items,
            exhibit,
            reviews: HashMap::new(),
            events: Vec::new(),
            acts: Vec::new(),
        }))
    }

    /// To be handed to a page.
    pub(crate) fn answers(this: &Rc<RefCell<Self>>) -> Answers {
        let this = Rc::clone(this);
        Rc::new(RefCell::new(move |url: &str, method: &str, body: &str| {
            this.borrow_mut().answer(url, method, body)
        }))
    }

    /// Items of an opinion.
    pub(crate) fn of_opinion(&self, opinion: &str) -> Vec<String> {
        let found = self.items.iter().filter(|item| item["opinion"] == opinion);
        found.map(|item| text(&item["item"]).to_owned()).collect()
    }

    /// Items of a kind.
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<String> {
        let found = self.items.iter().filter(|item| item["kind"] == kind);
        found.map(|item| text(&item["item"]).to_owned()).collect()
    }

    /// What a colleague does; the page hears of it.
    pub(crate) fn colleague(&mut self, item: &str, decision: &str) {
        let mut review = self.act(item, &json!({"decision": decision}), "ben");
        review["by"] = json!("ben");
        self.events
            .push(format!("event: review\ndata: {review}\n\n"));
    }

    /// The same, of which no event comes: the page is not yet told.
    pub(crate) fn colleague_unheard(&mut self, item: &str, decision: &str) {
        self.act(item, &json!({"decision": decision}), "ben");
    }

    fn answer(&mut self, url: &str, method: &str, body: &str) -> Option<Answer> {
        let path = &url[url.find("/api/")?..];
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        if method != "GET" {
            self.acts
                .push((method.to_owned(), path.to_owned(), body.clone()));
        }
        let steps: Vec<&str> = path.split('/').skip(2).collect();
        let (status, value) = match (method, steps.as_slice()) {
            ("GET", ["events"]) => return Some(self.told()),
            ("POST", ["exports"]) => return Some(file(&body)),
            ("GET", ["items", _, "html"]) => return Some(html()),
            (_, ["session"]) => (200, session()),
            ("GET", ["overview"]) => (200, self.overview()),
            ("GET", ["items"]) => self.list(&parameters(query)),
            ("GET", ["items", item]) => (200, self.item(item)),
            ("GET", ["items", item, "headers"]) => (200, self.headers(item)),
            ("GET", ["items", item, "source"]) => (200, self.source(item)),
            ("GET", ["items", item, "related"]) => (200, self.related(item)),
            ("GET", ["items", _, "history"]) => (200, json!({"acts": []})),
            ("POST", ["items", item, "review"]) => self.review(item, &body),
            ("GET", ["compare"]) => (200, self.compare(&parameters(query))),
            ("GET", ["reviewers"]) => (
                200,
                json!({"reviewers": [{"name": "anna", "role": "lead"}, {"name": "ben", "role": "reviewer"}]}),
            ),
            ("GET", ["custody"]) => (200, json!({"lines": [], "total": 0})),
            ("POST", ["here"]) => (200, json!({})),
            _ => (404, json!({"error": {"code": "not-found", "says": path}})),
        };
        let body = value.to_string().into_bytes();
        Some(Answer {
            status,
            media_type: "application/json",
            body,
        })
    }

    fn told(&mut self) -> Answer {
        let events: String = self.events.drain(..).collect();
        let body =
            format!("retry: 150\n\nevent: hello\ndata: {{\"seq\": 1}}\n\n{events}").into_bytes();
        Answer {
            status: 200,
            media_type: "text/event-stream",
            body,
        }
    }

    fn standing(&self, item: &str) -> Value {
        let untouched = json!({"item": item, "version": 0, "decision": null, "decided_by": null, "decided_at": null, "tags": [], "assigned": null, "notes": [], "seq": 0});
        self.reviews.get(item).cloned().unwrap_or(untouched)
    }

    fn act(&mut self, item: &str, changes: &Value, by: &str) -> Value {
        let mut review = self.standing(item);
        review["version"] = json!(review["version"].as_u64().unwrap() + 1);
        if let Some(decision) = changes.get("decision") {
            review["decision"] = decision.clone();
            review["decided_by"] = json!(by);
            review["decided_at"] = json!("2026-03-01T10:00:00Z");
        }
        if let Some(note) = changes.get("note") {
            let notes = review["notes"].as_array_mut().unwrap();
            notes.push(
                json!({"n": notes.len() + 1, "text": note, "by": by, "at": "2026-03-01T10:00:00Z"}),
            );
        }
        self.reviews.insert(item.to_owned(), review.clone());
        review
    }

    fn review(&mut self, item: &str, body: &Value) -> (u16, Value) {
        let theirs = self.standing(item);
        if body["version"] != theirs["version"] {
            return (
                409,
                json!({"error": {"code": "conflict", "says": "somebody was first"}, "theirs": theirs}),
            );
        }
        (200, self.act(item, body, "anna"))
    }

    fn row(&self, item: &Value) -> Value {
        let (message, document, place) = (&item["message"], &item["document"], &item["places"][0]);
        let review = self.standing(text(&item["item"]));
        let about = [&message["subject"], &document["title"], &place["path"]];
        json!({
            "item": item["item"], "kind": item["kind"], "media_type": item["media_type"], "opinion": item["opinion"], "log10_lr": item["log10_lr"],
            "date": message["date"], "by": message["from"], "to": message["to"][0], "n_recipients": 1,
            "about": about.into_iter().map(text).find(|text| !text.is_empty()).unwrap_or_default(),
            "size_bytes": item["size_bytes"], "n_attachments": 0, "signature": "none", "not_examined": item["not_examined"], "partial": null,
            "because": because(item), "place": format!("{}!{}", text(&place["exhibit"]), text(&place["path"])), "n_places": 1,
            "decision": review["decision"], "decided_by": review["decided_by"], "tags": review["tags"], "assigned": review["assigned"], "n_notes": 0,
            "version": review["version"], "snippet": null,
        })
    }

    fn list(&self, wanted: &[(String, String)]) -> (u16, Value) {
        let of = |name: &str| {
            wanted
                .iter()
                .filter(move |(key, _)| key == name)
                .map(|(_, value)| value.clone())
                .collect::<Vec<_>>()
        };
        let (opinions, words) = (of("opinion"), of("q"));
        let fits = |item: &&Value| {
            (opinions.is_empty() || opinions.iter().any(|opinion| item["opinion"] == **opinion))
                && words.iter().all(|word| {
                    item.to_string()
                        .to_lowercase()
                        .contains(&word.to_lowercase())
                })
        };
        let mut rows: Vec<Value> = self
            .items
            .iter()
            .filter(fits)
            .map(|item| self.row(item))
            .collect();
        rows.sort_by_key(|row| text(&row["date"]).to_owned());
        for row in rows.iter_mut().filter(|_| !words.is_empty()) {
            row["snippet"] =
                json!({"text": text(&row["about"]), "marks": [[0, 3]], "quoted": false});
        }
        let number = |name: &str| {
            of(name)
                .first()
                .and_then(|value| value.parse::<usize>().ok())
        };
        let (limit, at) = (number("limit").unwrap_or(50), number("at").unwrap_or(0));
        let around = of("around")
            .first()
            .and_then(|item| rows.iter().position(|row| row["item"] == **item));
        let at = around.map_or(at, |place| place / limit * limit);
        let values = self.opinion_counts();
        let page: Vec<&Value> = rows.iter().skip(at).take(limit).collect();
        (
            200,
            json!({"total": rows.len(), "all": self.items.len(), "at": at, "next": null, "previous": null, "items": page,
            "facets": {"opinion": {"values": values, "more": 0}}, "took_ms": 1}),
        )
    }

    fn opinion_counts(&self) -> Vec<Value> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for item in &self.items {
            *counts.entry(text(&item["opinion"])).or_default() += 1;
        }
        counts
            .iter()
            .map(|(value, n)| json!({"value": value, "items": n}))
            .collect()
    }

    fn found(&self, item: &str) -> &Value {
        self.items.iter().find(|one| one["item"] == item).unwrap()
    }

    fn item(&self, id: &str) -> Value {
        let item = self.found(id);
        let row = self.row(item);
        let other = self.copy(item);
        let findings: Vec<Value> = (0..)
            .zip(item["findings"].as_array().unwrap())
            .map(|(n, finding)| Self::finding(n, finding, other.as_deref()))
            .collect();
        let mut message = item["message"].clone();
        if !message.is_null() {
            message["from_name"] = json!("");
        }
        let mut document = item["document"].clone();
        if !document.is_null() {
            document["company"] = document["title"].clone();
        }
        let places: Vec<Value> = item["places"]
            .as_array()
            .unwrap()
            .iter()
            .map(place)
            .collect();
        json!({
            "item": id, "kind": item["kind"], "media_type": item["media_type"], "size_bytes": item["size_bytes"], "title": row["about"], "is_reference": false,
            "opinion": {"class": item["opinion"], "basis": item["basis"], "basis_means": "weighed findings", "log10_lr": item["log10_lr"], "words": "", "because": because(item), "means": "", "groups": []},
            "findings": findings, "not_run": [], "warnings": item["warnings"], "not_examined": item["not_examined"], "partial": null,
            "signatures": [], "message": message, "document": document,
            "attachments": [{"item": id, "file_name": row["about"], "media_type": item["media_type"], "size_bytes": 1, "kind": "document", "opinion": "unresolved", "is_known": true}],
            "places": places, "text": {"own": self.bytes(item), "quotations": [{"attribution": row["about"], "text": row["about"], "depth": 1}], "html_alternative": row["about"], "cut": false},
            "has_html": true, "has_preview": false, "can_reread": true, "review": self.standing(id),
        })
    }

    fn finding(n: u64, finding: &Value, other: Option<&str>) -> Value {
        let is_proof = finding["log10_lr"].as_f64().is_some_and(|lr| lr <= -4.0);
        let difference = json!({"of": "text", "changes": [{"same": "the budget of"}, {"only_there": "15 000"}, {"only_here": "87 000"}]});
        json!({
            "n": n, "test": finding["test"], "code": finding["code"], "says": finding["says"], "summary": "", "matters": "Why it *matters*.", "innocent": "- One\n- `Two`",
            "group": finding["group"], "log10_lr": finding["log10_lr"], "weight": "in words", "effect": if is_proof { "contradicts" } else { "weighs" },
            "at": finding["at"], "in": if finding["at"].is_null() { Value::Null } else { json!("header") },
            "compared_with": if is_proof { json!(other) } else { Value::Null }, "difference": if is_proof { difference } else { Value::Null },
        })
    }

    fn copy(&self, item: &Value) -> Option<String> {
        let id = text(&item["message"]["message_id"]);
        let is_copy = |one: &&Value| {
            !id.is_empty() && one["item"] != item["item"] && one["message"]["message_id"] == id
        };
        self.items
            .iter()
            .find(is_copy)
            .map(|one| text(&one["item"]).to_owned())
    }

    fn bytes(&self, item: &Value) -> String {
        let place = &item["places"][0];
        let file = self
            .exhibit
            .join(text(&place["path"]).split('!').next().unwrap_or_default());
        let number = |name: &str| usize::try_from(place[name].as_u64().unwrap()).unwrap();
        let (from, length) = (number("offset"), number("length"));
        let whole = std::fs::read(if file.is_file() {
            file
        } else {
            self.exhibit.clone()
        })
        .unwrap_or_default();
        String::from_utf8_lossy(whole.get(from..from + length).unwrap_or_default()).into_owned()
    }

    /// Runs of the source, cut where findings begin and end; lengths are right where the source is ASCII.
    fn segments(&self, item: &Value) -> Vec<Value> {
        let source = self.bytes(item);
        let spans: Vec<(u64, u64)> = item["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                (
                    number(&finding["at"]["start"]),
                    number(&finding["at"]["end"]),
                )
            })
            .collect();
        let mut cuts: Vec<u64> = spans
            .iter()
            .flat_map(|(start, end)| [*start, *end])
            .chain([0, source.len() as u64])
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        let pieces = cuts.windows(2).filter_map(|cut| {
            let text = source.get(usize::try_from(cut[0]).unwrap()..usize::try_from(cut[1]).unwrap())?;
            let findings: Vec<usize> = (0..spans.len()).filter(|n| spans[*n].0 <= cut[0] && cut[1] <= spans[*n].1).collect();
            Some(json!({"text": text, "start": cut[0], "end": cut[1], "findings": findings, "signed_by": []}))
        });
        pieces.collect()
    }

    fn headers(&self, id: &str) -> Value {
        let item = self.found(id);
        let source = self.bytes(item);
        let header = source.split("\n\n").next().unwrap_or_default();
        let fields: Vec<Value> = header.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| {
            json!({"name": name, "value": value, "raw": "", "start": 0, "end": 1, "signed_by": [], "findings": [], "segments": [{"text": value, "start": 0, "end": 1, "findings": [], "signed_by": []}]})
        }).collect();
        let clock = json!({"at": "2016-03-01T10:00:00Z", "what": self.row(item)["about"], "kind": "hidden", "precision_seconds": 1, "offset_known": true, "test": null, "start": 0, "end": 1});
        let hop = json!({"n": 0, "at": "2016-03-01T10:00:00Z", "from": self.row(item)["about"], "from_ip": null, "by": self.row(item)["by"], "with": null, "id": null, "for": null, "start": 0, "end": 1});
        json!({"header": {"start": 0, "end": 1}, "body": {"start": 1, "end": 2}, "fields": fields, "coverage": [], "hops": [hop], "clocks": [clock]})
    }

    fn source(&self, id: &str) -> Value {
        let item = self.found(id);
        json!({"size_bytes": item["size_bytes"], "start": 0, "end": item["size_bytes"], "encoding": "utf-8", "segments": self.segments(item)})
    }

    fn related(&self, id: &str) -> Value {
        let mut row = self.row(self.found(id));
        row["why"] = row["about"].clone();
        json!({"copies": [row], "thread": [], "carried_by": [], "carries": [], "same_attachment": [], "compared_with": [], "versions": [], "more": {}})
    }

    fn compare(&self, wanted: &[(String, String)]) -> Value {
        let of = |name: &str| self.found(&wanted.iter().find(|(key, _)| key == name).unwrap().1);
        let (here, there) = (of("here"), of("there"));
        let (one, other) = (self.row(here), self.row(there));
        let changes = json!([{"same": "the budget of the posters"}, {"only_here": one["because"]}, {"only_there": other["because"]}]);
        let field = json!({"name": "Subject", "here": one["about"], "there": other["about"], "same": false, "changes": [{"only_here": one["about"]}, {"only_there": other["about"]}]});
        let part =
            |changes: &Value, same: bool| json!({"changes": changes, "same": same, "cut": false});
        json!({"here": one, "there": other, "same_bytes": false, "same_text": false, "fields": [field], "text": part(&changes, false),
            "html": part(&json!([]), true), "quotations": part(&json!([]), true), "attachments": [], "properties": [], "headers": "exact"})
    }

    fn overview(&self) -> Value {
        let count = |opinion: &str| {
            self.items
                .iter()
                .filter(|item| item["opinion"] == opinion)
                .count()
        };
        let opinions: serde_json::Map<String, Value> = OPINIONS
            .iter()
            .map(|opinion| ((*opinion).to_owned(), json!(count(opinion))))
            .collect();
        let mut senders: BTreeMap<&str, u64> = BTreeMap::new();
        for item in &self.items {
            *senders.entry(text(&item["message"]["from"])).or_default() += 1;
        }
        let ranked: Vec<Value> = senders
            .iter()
            .take(50)
            .map(|(value, n)| json!({"value": value, "items": n, "opinions": opinions}))
            .collect();
        let decided = self
            .reviews
            .values()
            .filter(|review| !review["decision"].is_null())
            .count();
        json!({
            "headline": format!("Of {} items", self.items.len()), "summary": "", "items": self.items.len(), "opinions": opinions, "meanings": [], "kinds": [],
            "timeline": {"unit": "month", "buckets": [{"start": "2016-03-01", "end": "2016-04-01", "label": "2016-03", "opinions": opinions}, {"start": "2016-04-01", "end": "2016-05-01", "label": "2016-04", "opinions": opinions}], "undated": 0, "outside": 0},
            "mailboxes": [], "senders": ranked, "sender_domains": [], "keys": [], "not_examined": [], "partial": [],
            "progress": {"items": self.items.len(), "decided": decided, "use": decided, "do_not_use": 0, "needs_work": 0, "undecided": self.items.len() - decided, "questioned_or_contradicted": 0, "of_these_decided": 0, "by_reviewer": [], "assigned": []},
            "examination": {"version": "", "started": "2026-03-01", "ended": "", "exhibits": [], "options": [], "sources": []},
        })
    }
}

fn session() -> Value {
    json!({"name": "anna", "role": "lead", "csrf": "csrf-of-anna", "redacted": false, "may_show": true, "expires": "", "program": "Mabillon",
        "case": {"name": "case", "content_digest": "", "seal": "", "examined": ""}})
}

fn file(body: &Value) -> Answer {
    Answer {
        status: 200,
        media_type: "application/octet-stream",
        body: body.to_string().into_bytes(),
    }
}

fn html() -> Answer {
    Answer {
        status: 200,
        media_type: "text/html",
        body: b"<p>as sent</p>".to_vec(),
    }
}

fn because(item: &Value) -> String {
    let findings = item["findings"].as_array().unwrap();
    let weight = |finding: &&Value| finding["log10_lr"].as_f64().unwrap_or(0.0);
    let gravest = findings
        .iter()
        .min_by(|a, b| weight(a).total_cmp(&weight(b)));
    gravest.map_or_else(
        || "Too little to say.".to_owned(),
        |finding| text(&finding["says"]).to_owned(),
    )
}

fn place(place: &Value) -> Value {
    let mut place = place.clone();
    let steps: Vec<&str> = text(&place["path"]).split('!').collect();
    let steps = json!(steps);
    place["steps"] = steps;
    place["exhibit_sha256"] = json!("00");
    place["parent"] = Value::Null;
    place["origin"] = json!("collection");
    place
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// Parameters of an address, decoded.
fn parameters(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect()
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
