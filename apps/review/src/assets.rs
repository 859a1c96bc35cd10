//! The files of the page, built into the program.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};

/// One file of the page.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

/// A line for each file: its name below `assets/`, and its media type.
macro_rules! assets {
    ($(($name:literal, $media_type:literal)),+ $(,)?) => {
        &[$(Asset { name: $name, media_type: $media_type, bytes: include_bytes!(concat!("../assets/", $name)) }),+]
    };
}

const ASSETS: &[Asset] = assets![
    ("index.html", "text/html; charset=utf-8"),
    ("app.css", "text/css; charset=utf-8"),
    ("app.js", "text/javascript; charset=utf-8"),
];

/// `GET /assets/{name}`
pub(crate) fn asset(_: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let asset = ASSETS.iter().find(|asset| asset.name == call.first());
    let asset = asset.ok_or_else(|| Refusal::not_found("file"))?;
    Ok(sent(asset, call))
}

/// `GET /`: the page.
pub(crate) fn page(_: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let page = ASSETS.first().ok_or_else(|| Refusal::not_found("page"))?;
    Ok(sent(page, call))
}

fn sent(asset: &Asset, call: &Call<'_>) -> Reply {
    let digest = mabillon_case::sha256(asset.bytes);
    let tag = digest
        .iter()
        .take(16)
        .fold(String::from("\""), |mut tag, byte| {
            // Writing to a String cannot fail.
            let _ = write!(tag, "{byte:02x}");
            tag
        })
        + "\"";
    let reply = if call.resume.as_deref() == Some(&tag) {
        Reply::of(304, crate::http::Content::Nothing)
    } else {
        Reply::bytes(asset.media_type, Bytes::from_static(asset.bytes))
    };
    reply.with("cache-control", "no-cache").with("etag", tag)
}
