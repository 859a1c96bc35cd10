//! Requests as the handlers see them, and what they answer with.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::StatusCode;
use hyper::body::{Body, Frame, SizeHint};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::limits::PARAMETERS_MAX;
use crate::session::Visitor;

/// One request that passed all checks.
pub(crate) struct Call<'r> {
    /// Who asks; a visitor without a session where the route needs none.
    pub(crate) visitor: &'r Visitor,
    /// What stands in the place of `{…}` in the path of the route.
    pub(crate) captured: &'r [String],
    /// The parameters.
    pub(crate) query: Query,
    /// The body.
    pub(crate) body: Bytes,
    /// `Last-Event-ID` or `If-None-Match`, whichever the route reads.
    pub(crate) resume: Option<String>,
}

impl Call<'_> {
    /// The body as JSON of this type.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Refusal::new(
                400,
                "bad-json",
                format!("the body is not what is expected here: {error}"),
            )
        })
    }

    /// The first thing captured from the path.
    pub(crate) fn first(&self) -> &str {
        self.captured.first().map_or("", String::as_str)
    }
}

/// The parameters of a query, decoded, in their order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `application/x-www-form-urlencoded` parameters (WHATWG URL, section 5.1), refusing what it would guess at.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut parameters = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == PARAMETERS_MAX {
                return Err(Refusal::new(
                    400,
                    "bad-request",
                    format!("more than {PARAMETERS_MAX} parameters"),
                ));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.push((decoded(name)?, decoded(value)?));
        }
        Ok(Self(parameters))
    }

    /// The first value of `name` that is not empty.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of `name` that are not empty.
    pub(crate) fn all<'q>(&'q self, name: &str) -> impl Iterator<Item = &'q str> {
        let name = name.to_owned();
        let values = self.0.iter().filter(move |(other, _)| *other == name);
        values
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A number; `None` where the parameter is not given.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let read = |value: &str| {
            value.parse().map_err(|_| {
                Refusal::new(
                    400,
                    "bad-request",
                    format!("{name} must be a number, 0 or more"),
                )
            })
        };
        self.one(name).map(read).transpose()
    }
}

fn decoded(text: &str) -> Result<String, Refusal> {
    let wrong = || Refusal::new(400, "bad-request", "a parameter is not well encoded");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (
                    digit(rest.next()).ok_or_else(wrong)?,
                    digit(rest.next()).ok_or_else(wrong)?,
                );
                u8::try_from(high * 16 + low).map_err(|_| wrong())?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// What a handler answers.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content: Content,
    /// Header fields of this answer, on top of those of every answer; they replace them.
    pub(crate) fields: Vec<(&'static str, String)>,
}

pub(crate) enum Content {
    /// No body.
    Nothing,
    /// A JSON value.
    Json(Value),
    /// Anything else, with its media type.
    Bytes(&'static str, Bytes),
    /// Server-sent events, each already in its form on the wire.
    Events(mpsc::Receiver<Bytes>),
}

impl Reply {
    pub(crate) fn json(value: Value) -> Self {
        Self::of(200, Content::Json(value))
    }

    pub(crate) fn nothing() -> Self {
        Self::of(204, Content::Nothing)
    }

    pub(crate) fn bytes(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::of(200, Content::Bytes(media_type, bytes.into()))
    }

    pub(crate) fn of(status: u16, content: Content) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            content,
            fields: Vec::new(),
        }
    }

    /// The same with one more header field.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

/// A request that is refused, in the form of the error shape of the API.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) says: String,
    /// More fields of the answer: `theirs`, or fields of `error`.
    pub(crate) more: Option<(&'static str, Value)>,
    /// Seconds after which to try again.
    pub(crate) retry_after: Option<i64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, says: impl Into<String>) -> Self {
        Self {
            status,
            code,
            says: says.into(),
            more: None,
            retry_after: None,
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "not-found", format!("there is no such {what}"))
    }

    /// An error of our own, told to the terminal and not to the browser.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        Self::new(
            500,
            "internal",
            format!("the server failed to answer: {error}"),
        )
    }

    pub(crate) fn reply(&self) -> Reply {
        let mut body = json!({"error": {"code": self.code, "says": self.says}});
        match &self.more {
            Some((name @ "login", value)) => {
                if let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) {
                    error.insert((*name).to_owned(), value.clone());
                }
            }
            Some((name, value)) => {
                if let Some(body) = body.as_object_mut() {
                    body.insert((*name).to_owned(), value.clone());
                }
            }
            None => {}
        }
        let reply = Reply::of(self.status, Content::Json(body));
        match self.retry_after {
            Some(seconds) => reply.with("retry-after", seconds.to_string()),
            None => reply,
        }
    }
}

impl From<mabillon_keep::KeepError> for Refusal {
    fn from(error: mabillon_keep::KeepError) -> Self {
        Self::internal(&error)
    }
}

/// The body of an answer on its way out.
pub(crate) enum Sent {
    Whole(Option<Bytes>),
    Events(mpsc::Receiver<Bytes>),
}

impl Body for Sent {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events(events) => events
                .poll_recv(context)
                .map(|event| event.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Events(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_or_refused() {
        let query = Query::parse("q=a+b%2Fc&opinion=x&opinion=y&empty=").unwrap();
        assert_eq!(query.one("q"), Some("a b/c"));
        assert_eq!(query.all("opinion").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(query.one("empty"), None);
        for wrong in ["q=%", "q=%2", "q=%zz", "q=%ff", "%c3=1"] {
            assert_eq!(Query::parse(wrong).unwrap_err().status, 400, "{wrong}");
        }
        assert!(Query::parse(&"a=1&".repeat(PARAMETERS_MAX + 1)).is_err());
    }
}
