//! What is shown of an item where it is carried by another: a picture made anew, the beginning of its text, or the
//! reason why there is neither.

use mabillon_case::{ItemId, Kind};
use mabillon_keep::Case;
use mabillon_report::printable;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::item::row;
use crate::source::bytes;

/// Characters of a text that are shown of it.
const EXCERPT_CHARS_MAX: usize = 280;
/// Bytes of a picture that is decoded.
const PICTURE_BYTES_MAX: u64 = 64 << 20;

/// `GET /api/items/{item}/preview`
pub(crate) fn preview(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let row = row(desk, call.first())?;
    let none = |reason: &str| Refusal::new(404, "not-found", format!("no preview: {reason}"));
    reason_against(row.facts.kind, &row.facts.media_type, row.facts.size_bytes)
        .map_or(Ok(()), |reason| Err(none(&reason)))?;
    let picture = (desk.settings.preview.0)(&bytes(desk, &row)?);
    let picture = picture.map_err(|reason| none(&reason))?;
    Ok(Reply::bytes("image/png", picture)
        .with("content-security-policy", "default-src 'none'; sandbox"))
}

/// Why a picture of this kind is not shown; `None` where it can be tried.
pub(crate) fn reason_against(kind: Kind, media_type: &str, size_bytes: u64) -> Option<String> {
    if kind != Kind::Image {
        return Some("it is no picture".to_owned());
    }
    if !mabillon_decode::PREVIEWED.contains(&media_type) {
        return Some(format!(
            "pictures of the type {} are not decoded",
            printable(media_type)
        ));
    }
    (size_bytes > PICTURE_BYTES_MAX).then(|| format!("it has more than {PICTURE_BYTES_MAX} bytes"))
}

/// The beginning of what an item says, in one line; empty where it says nothing.
pub(crate) fn excerpt(case: &Case, item: &ItemId) -> Result<String, Refusal> {
    let text = case.text_of(item)?.map(|text| text.own).unwrap_or_default();
    let words = text.split_whitespace();
    let mut excerpt = String::new();
    for word in words {
        if excerpt.chars().count() + word.chars().count() > EXCERPT_CHARS_MAX {
            excerpt.push('…');
            break;
        }
        if !excerpt.is_empty() {
            excerpt.push(' ');
        }
        excerpt.push_str(word);
    }
    Ok(printable(&excerpt).into_owned())
}

/// What an item of the case can show of itself: `picture`, `text` or `none`, with its text or the reason.
pub(crate) fn offered(case: &Case, item: &ItemId) -> Result<Value, Refusal> {
    let Some(row) = case.item(item)? else {
        return Ok(nothing("it is not in the case"));
    };
    if let Some(reason) = &row.not_examined {
        return Ok(nothing(&format!("not examined: {reason}")));
    }
    if row.facts.kind == Kind::Image {
        let reason = reason_against(row.facts.kind, &row.facts.media_type, row.facts.size_bytes);
        return Ok(reason.map_or_else(
            || json!({"is": "picture", "text": "", "reason": null}),
            |reason| nothing(&reason),
        ));
    }
    let text = excerpt(case, item)?;
    Ok(if text.is_empty() {
        nothing("no text was found in it")
    } else {
        json!({"is": "text", "text": text, "reason": null})
    })
}

fn nothing(reason: &str) -> Value {
    json!({"is": "none", "text": "", "reason": reason})
}
