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
    ("mark.svg", "image/svg+xml"),
    ("css/base.css", "text/css; charset=utf-8"),
    ("css/compare.css", "text/css; charset=utf-8"),
    ("css/item.css", "text/css; charset=utf-8"),
    ("css/items.css", "text/css; charset=utf-8"),
    ("css/overview.css", "text/css; charset=utf-8"),
    ("css/print.css", "text/css; charset=utf-8"),
    ("css/shell.css", "text/css; charset=utf-8"),
    ("css/tokens.css", "text/css; charset=utf-8"),
    ("js/api.js", "text/javascript; charset=utf-8"),
    ("js/dom.js", "text/javascript; charset=utf-8"),
    ("js/foreign.js", "text/javascript; charset=utf-8"),
    ("js/glyphs.js", "text/javascript; charset=utf-8"),
    ("js/item_pages.js", "text/javascript; charset=utf-8"),
    ("js/keys.js", "text/javascript; charset=utf-8"),
    ("js/list_state.js", "text/javascript; charset=utf-8"),
    ("js/live.js", "text/javascript; charset=utf-8"),
    ("js/main.js", "text/javascript; charset=utf-8"),
    ("js/notices.js", "text/javascript; charset=utf-8"),
    ("js/review.js", "text/javascript; charset=utf-8"),
    ("js/router.js", "text/javascript; charset=utf-8"),
    ("js/sheet.js", "text/javascript; charset=utf-8"),
    ("js/shell.js", "text/javascript; charset=utf-8"),
    ("js/theme.js", "text/javascript; charset=utf-8"),
    ("js/virtual_list.js", "text/javascript; charset=utf-8"),
    ("js/words.js", "text/javascript; charset=utf-8"),
    ("parts/announce.js", "text/javascript; charset=utf-8"),
    ("parts/attachments.js", "text/javascript; charset=utf-8"),
    ("parts/body_text.js", "text/javascript; charset=utf-8"),
    ("parts/bulk_bar.js", "text/javascript; charset=utf-8"),
    ("parts/chips.js", "text/javascript; charset=utf-8"),
    ("parts/conflict.js", "text/javascript; charset=utf-8"),
    ("parts/decision_panel.js", "text/javascript; charset=utf-8"),
    ("parts/difference.js", "text/javascript; charset=utf-8"),
    ("parts/document.js", "text/javascript; charset=utf-8"),
    ("parts/evidence.js", "text/javascript; charset=utf-8"),
    ("parts/exports.js", "text/javascript; charset=utf-8"),
    ("parts/facets.js", "text/javascript; charset=utf-8"),
    ("parts/finding_card.js", "text/javascript; charset=utf-8"),
    ("parts/headers.js", "text/javascript; charset=utf-8"),
    ("parts/help.js", "text/javascript; charset=utf-8"),
    ("parts/invitation.js", "text/javascript; charset=utf-8"),
    ("parts/item_row.js", "text/javascript; charset=utf-8"),
    ("parts/neighbours.js", "text/javascript; charset=utf-8"),
    ("parts/paragraphs.js", "text/javascript; charset=utf-8"),
    ("parts/places.js", "text/javascript; charset=utf-8"),
    ("parts/preview.js", "text/javascript; charset=utf-8"),
    ("parts/problem.js", "text/javascript; charset=utf-8"),
    ("parts/progress.js", "text/javascript; charset=utf-8"),
    ("parts/related.js", "text/javascript; charset=utf-8"),
    ("parts/scale.js", "text/javascript; charset=utf-8"),
    ("parts/signatures.js", "text/javascript; charset=utf-8"),
    ("parts/source.js", "text/javascript; charset=utf-8"),
    ("parts/stacked_bar.js", "text/javascript; charset=utf-8"),
    ("parts/tabs.js", "text/javascript; charset=utf-8"),
    ("parts/timeline.js", "text/javascript; charset=utf-8"),
    ("parts/way.js", "text/javascript; charset=utf-8"),
    ("views/activity.js", "text/javascript; charset=utf-8"),
    ("views/compare.js", "text/javascript; charset=utf-8"),
    ("views/item.js", "text/javascript; charset=utf-8"),
    ("views/items.js", "text/javascript; charset=utf-8"),
    ("views/login.js", "text/javascript; charset=utf-8"),
    ("views/overview.js", "text/javascript; charset=utf-8"),
];

/// `GET /assets/{name}` and `GET /assets/{folder}/{name}`
pub(crate) fn asset(_: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let name = call.captured.join("/");
    let asset = ASSETS.iter().find(|asset| asset.name == name);
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
