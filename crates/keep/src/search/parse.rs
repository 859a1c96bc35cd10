//! A query as a small tree.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _, tz::Offset};
use mabillon_case::{Class, Kind};
use tantivy::tokenizer::{TokenStream as _, Tokenizer as _};

use crate::index::{WordTokenizer, folded};
use crate::limits::{QUERY_BYTES_MAX, QUERY_DEPTH_MAX};
use crate::record::{KINDS, kind_word};

/// A query that cannot be read; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QueryError(String);

fn wrong<T>(says: impl Into<String>) -> Result<T, QueryError> {
    Err(QueryError(says.into()))
}

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// All of these.
    All(Vec<Query>),
    /// Any of these.
    Any(Vec<Query>),
    /// Not this.
    Not(Box<Query>),
    /// These words in this order.
    Words(Vec<String>),
    /// A condition on a field.
    Field(Condition),
}

/// A condition on a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One of the columns contains this folded text.
    Contains(TextField, String),
    /// Of this class.
    Opinion(Class),
    /// Has a finding whose `test#code` starts so.
    Test(String),
    /// Of this kind.
    Kind(Kind),
    /// Dated from the first microsecond to before the second one, by its own clock.
    Date(i64, i64),
    /// Carries something.
    HasAttachment,
}

/// The fields that are searched by part of their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    /// Sender.
    From,
    /// Recipients.
    To,
    /// Recipients of copies.
    Cc,
    /// Subject.
    Subject,
    /// Path of the mailbox.
    Mailbox,
    /// Name of what is carried, or path.
    File,
}

const FIELDS: &str =
    "from, to, cc, subject, file, mailbox, opinion, test, phishing, kind, date, has";

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Minus,
    And,
    Or,
    Not,
    Phrase(String),
    Field(String, String),
}

/// Reads a query.
pub(crate) fn parse(text: &str) -> Result<Query, QueryError> {
    if text.len() > QUERY_BYTES_MAX {
        return wrong(format!("the query is longer than {QUERY_BYTES_MAX} bytes"));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return wrong(
            "the query is empty; give words, or fields such as from:name or date:2017-04",
        );
    }
    let mut parser = Parser { tokens, next: 0 };
    let query = parser.any(0)?;
    match parser.peek() {
        None => Ok(query),
        Some(_) => wrong("there is a closing bracket too many"),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, rest.get(1..)),
            ')' => (Token::Close, rest.get(1..)),
            '-' => (Token::Minus, rest.get(1..)),
            '"' => {
                let (phrase, after) = quoted(rest)?;
                (Token::Phrase(phrase), Some(after))
            }
            _ => {
                let (token, after) = word(rest)?;
                (token, Some(after))
            }
        };
        tokens.push(token);
        rest = after.unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// The text between the quotation mark that `text` starts with and the next one, and what follows.
fn quoted(text: &str) -> Result<(String, &str), QueryError> {
    let inner = text.strip_prefix('"').unwrap_or(text);
    match inner.split_once('"') {
        Some((phrase, after)) => Ok((phrase.to_owned(), after)),
        None => wrong("a quotation mark is not closed"),
    }
}

fn word(text: &str) -> Result<(Token, &str), QueryError> {
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
        .unwrap_or(text.len());
    let (word, after) = text.split_at_checked(end).unwrap_or((text, ""));
    let token = match word {
        "AND" => Token::And,
        "OR" => Token::Or,
        "NOT" => Token::Not,
        _ => match word.split_once(':') {
            Some((name, "")) if after.starts_with('"') => {
                let (value, after) = quoted(after)?;
                return Ok((Token::Field(name.to_owned(), value), after));
            }
            Some((name, value)) if name.chars().all(|c| c.is_ascii_alphabetic()) => {
                Token::Field(name.to_owned(), value.to_owned())
            }
            _ => Token::Phrase(word.to_owned()),
        },
    };
    Ok((token, after))
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn any(&mut self, depth: usize) -> Result<Query, QueryError> {
        let mut parts = vec![self.all(depth)?];
        while self.peek() == Some(&Token::Or) {
            self.next += 1;
            parts.push(self.all(depth)?);
        }
        Ok(alone_or(parts, Query::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Query, QueryError> {
        let mut parts = vec![self.one(depth)?];
        loop {
            match self.peek() {
                None | Some(Token::Close | Token::Or) => return Ok(alone_or(parts, Query::All)),
                Some(Token::And) => self.next += 1,
                Some(_) => {}
            }
            parts.push(self.one(depth)?);
        }
    }

    fn one(&mut self, depth: usize) -> Result<Query, QueryError> {
        if depth > QUERY_DEPTH_MAX {
            return wrong(format!(
                "brackets and negations are nested deeper than {QUERY_DEPTH_MAX}"
            ));
        }
        let token = self.peek().cloned();
        self.next += 1;
        match token {
            Some(Token::Minus | Token::Not) => Ok(Query::Not(Box::new(self.one(depth + 1)?))),
            Some(Token::Open) => {
                let inner = self.any(depth + 1)?;
                if self.peek() != Some(&Token::Close) {
                    return wrong("a bracket is not closed");
                }
                self.next += 1;
                Ok(inner)
            }
            Some(Token::Phrase(phrase)) => words(&phrase),
            Some(Token::Field(name, value)) => Ok(Query::Field(condition(&name, &value)?)),
            Some(Token::And | Token::Or) => {
                wrong("AND and OR stand between two things to search for")
            }
            Some(Token::Close) => wrong("there is nothing to search for before a closing bracket"),
            None => wrong("the query ends where something to search for is expected"),
        }
    }
}

fn alone_or(mut parts: Vec<Query>, group: fn(Vec<Query>) -> Query) -> Query {
    match (parts.len(), parts.pop()) {
        (1, Some(alone)) => alone,
        (_, last) => {
            parts.extend(last);
            group(parts)
        }
    }
}

fn words(phrase: &str) -> Result<Query, QueryError> {
    if phrase.ends_with('*') {
        return wrong(format!(
            "{phrase:?}: parts of words cannot be searched for; give whole words"
        ));
    }
    let mut tokenizer = WordTokenizer::default();
    let mut stream = tokenizer.token_stream(phrase);
    let mut words = Vec::new();
    while stream.advance() {
        words.push(stream.token().text.clone());
    }
    if words.is_empty() {
        return wrong(format!("{phrase:?} holds no word that can be searched for"));
    }
    Ok(Query::Words(words))
}

fn condition(name: &str, value: &str) -> Result<Condition, QueryError> {
    if value.is_empty() {
        return wrong(format!(
            "{name}: needs a value, without a space after the colon"
        ));
    }
    let contains = |field| Ok(Condition::Contains(field, folded(value)));
    match &*name.to_ascii_lowercase() {
        "from" => contains(TextField::From),
        "to" => contains(TextField::To),
        "cc" => contains(TextField::Cc),
        "subject" => contains(TextField::Subject),
        "mailbox" => contains(TextField::Mailbox),
        "file" => contains(TextField::File),
        "test" => Ok(Condition::Test(value.to_ascii_lowercase())),
        "phishing" => phishing(name, value),
        "opinion" => {
            let known = Class::ALL.map(Class::word);
            let class = Class::ALL
                .into_iter()
                .find(|class| class.word().eq_ignore_ascii_case(value));
            class
                .map(Condition::Opinion)
                .ok_or_else(|| one_of(name, value, &known))
        }
        "kind" => {
            let known = KINDS.map(kind_word);
            let kind = KINDS
                .into_iter()
                .find(|kind| kind_word(*kind).eq_ignore_ascii_case(value));
            kind.map(Condition::Kind)
                .ok_or_else(|| one_of(name, value, &known))
        }
        "has" if value.eq_ignore_ascii_case("attachment") => Ok(Condition::HasAttachment),
        "has" => Err(one_of(name, value, &["attachment"])),
        "date" => dates(value),
        _ => wrong(format!(
            "there is no field {name:?}; the fields are {FIELDS}. To search for the words themselves, put them in quotation marks"
        )),
    }
}

/// The findings of the test for credential phishing, by words for what they mean.
fn phishing(name: &str, value: &str) -> Result<Condition, QueryError> {
    let of = |codes: &str| {
        Ok(Condition::Test(format!(
            "collection/credential-phishing#{codes}"
        )))
    };
    match &*value.to_ascii_lowercase() {
        "yes" => of("candidate"),
        "campaign" => of("candidate-in-campaign"),
        "after" => of("account-notice-after"),
        _ => Err(one_of(name, value, &["yes", "campaign", "after"])),
    }
}

fn one_of(name: &str, value: &str, known: &[&str]) -> QueryError {
    QueryError(format!(
        "{name}:{value} is not known; it can be {}",
        known.join(", ")
    ))
}

/// `2017`, `2017-04`, `2017-04-24`, or two of them with `..` between, each of which may be left out.
fn dates(value: &str) -> Result<Condition, QueryError> {
    let says = || {
        QueryError(format!(
            "date:{value} is no date; write date:2017, date:2017-04, date:2017-04-24, or a range date:2017-04-01..2017-04-24"
        ))
    };
    let (from, to) = match value.split_once("..") {
        Some(("", "")) => return Err(says()),
        Some((from, to)) => (from, to),
        None => (value, value),
    };
    let bound = |text: &str, open: i64, pick: fn((i64, i64)) -> i64| match text {
        "" => Some(open),
        text => span(text).map(pick),
    };
    let first = bound(from, i64::MIN, |(first, _)| first).ok_or_else(says)?;
    let after = bound(to, i64::MAX, |(_, after)| after).ok_or_else(says)?;
    if first >= after {
        return wrong(format!("date:{value}: the range ends before it begins"));
    }
    Ok(Condition::Date(first, after))
}

/// First microsecond of a year, month or day, and the first one after it.
fn span(text: &str) -> Option<(i64, i64)> {
    let mut parts = text.split('-');
    let year: i16 = number(parts.next()?, 4)?;
    let (month, day) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let read = |part: Option<&str>| part.map_or(Some(1), |part| number(part, 2));
    let first = Date::new(year, read(month)?, read(day)?).ok()?;
    let after = match (month, day) {
        (None, _) => first.checked_add(1.year()),
        (Some(_), None) => first.checked_add(1.month()),
        (Some(_), Some(_)) => first.checked_add(1.day()),
    };
    Some((
        micros(first)?,
        micros(after.unwrap_or_else(|_| date(9999, 12, 31)))?,
    ))
}

fn number<T: std::str::FromStr>(digits: &str, length_max: usize) -> Option<T> {
    let is_plain = digits.len() <= length_max && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| digits.parse().ok()).flatten()
}

fn micros(date: Date) -> Option<i64> {
    let midnight = date.at(0, 0, 0, 0);
    Some(Offset::UTC.to_timestamp(midnight).ok()?.as_microsecond())
}

/// A clock on the wall as text.
pub(crate) fn shown(local_micros: i64) -> Option<String> {
    let local = Timestamp::from_microsecond(local_micros).ok()?;
    let civil = Offset::UTC.to_datetime(local);
    Some(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    ))
}

/// All words a query asks for, for marking them in a snippet.
pub(crate) fn words_of(query: &Query) -> BTreeSet<String> {
    match query {
        Query::Words(words) => words.iter().cloned().collect(),
        Query::All(parts) | Query::Any(parts) => parts.iter().flat_map(words_of).collect(),
        Query::Not(_) | Query::Field(_) => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str) -> Query {
        Query::Words(vec![word.to_owned()])
    }

    #[test]
    fn or_binds_less_than_and() {
        let expected = Query::Any(vec![
            Query::All(vec![word("a"), word("b")]),
            Query::Not(Box::new(word("c"))),
        ]);
        assert_eq!(parse("a AND b OR -c"), Ok(expected.clone()));
        assert_eq!(parse("(a b) OR NOT c"), Ok(expected));
    }

    #[test]
    fn fields_and_phrases() {
        let phrase = Query::Words(vec!["state".into(), "of".into()]);
        let subject = Query::Field(Condition::Contains(TextField::Subject, "a budget".into()));
        assert_eq!(
            parse("subject:\"A Budget\" \"State of\""),
            Ok(Query::All(vec![subject, phrase]))
        );
        assert_eq!(
            parse("has:attachment"),
            Ok(Query::Field(Condition::HasAttachment))
        );
        assert_eq!(
            parse("12:30"),
            Ok(Query::Words(vec!["12".into(), "30".into()]))
        );
    }

    #[test]
    fn dates_are_whole_days_months_and_years() {
        let day = 86_400_000_000;
        for (query, days) in [
            ("date:2017", 365),
            ("date:2016-02", 29),
            ("date:2017-04-01..2017-04-24", 24),
        ] {
            let Ok(Query::Field(Condition::Date(first, after))) = parse(query) else {
                panic!("{query}")
            };
            assert_eq!(after - first, days * day, "{query}");
        }
        assert!(matches!(
            parse("date:2017.."),
            Ok(Query::Field(Condition::Date(_, i64::MAX)))
        ));
    }

    #[test]
    fn errors_say_what_is_allowed() {
        let cases = [
            ("", "empty"),
            ("\"a", "not closed"),
            ("(a", "bracket is not closed"),
            ("a)", "too many"),
            ("a OR", "ends where"),
            ("OR a", "stand between"),
            ("opinion:fake", "authenticated, corroborated"),
            ("sender:x", "the fields are from"),
            ("date:yesterday", "date:2017-04"),
            ("date:2018..2017", "ends before"),
            ("from: x", "without a space"),
            ("camp*", "whole words"),
            ("???", "no word"),
            (&"(".repeat(100), "nested deeper"),
            (&"-".repeat(100), "nested deeper"),
        ];
        for (query, says) in cases {
            let error = parse(query).unwrap_err().to_string();
            assert!(error.contains(says), "{query}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-()\" a:.0-9é]{0,60}|\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
