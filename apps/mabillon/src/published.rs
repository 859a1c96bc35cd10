//! Reads what the user hands over with `--published`: a folder of texts and files that were known in public, with a list.

use std::path::Path;

use anyhow::Context as _;
use mabillon_acquire::form_of;
use mabillon_case::{Form, ItemId, Passwords};
use mabillon_examine::{PUBLISHED_LIST, Published, PublishedAs, PublishedRow, published_list};

use crate::exit::UsageError;
use crate::output;

/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// The sources of the folder; `digests` gets the name and hash of the list and of each file.
pub(crate) fn read(folder: &Path, digests: &mut Vec<String>) -> anyhow::Result<Published> {
    let path = folder.join(PUBLISHED_LIST);
    let list = std::fs::read_to_string(&path)
        .with_context(|| format!("failed to read {}", path.display()))?;
    let wrong = |error: &dyn std::fmt::Display| {
        UsageError(format!("{} cannot be used: {error}", path.display()))
    };
    let rows = published_list(&list).map_err(|error| wrong(&error))?;
    digests.push(format!(
        "published {}={}",
        path.display(),
        ItemId::of(list.as_bytes())
    ));
    let mut sources = Vec::new();
    for row in rows {
        let (item, text) = source(folder, &row)?;
        digests.push(format!("published {}={item}", row.file));
        sources.push((row, item, text));
    }
    Ok(Published::of(sources).map_err(|error| wrong(&error))?)
}

/// The hash of a file and its text, where it is text or HTML: what else there is may need a decoder that is kept apart,
/// and these are files of the user, not exhibits.
fn source(folder: &Path, row: &PublishedRow) -> anyhow::Result<(ItemId, Option<String>)> {
    let path = folder.join(&row.file);
    let shown = path.display();
    let size = std::fs::metadata(&path)
        .with_context(|| format!("failed to read {shown}, which {PUBLISHED_LIST} names"))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(UsageError(format!(
            "{shown} is larger than {} MiB",
            FILE_BYTES_MAX >> 20
        ))
        .into());
    }
    let bytes = std::fs::read(&path).with_context(|| format!("failed to read {shown}"))?;
    let item = ItemId::of(&bytes);
    let form = form_of(&bytes);
    let text = match form {
        _ if row.published_as == PublishedAs::Denial => {
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        Form::Text | Form::Html => {
            let decoded = mabillon_decode::document(&bytes.into(), form, &Passwords::default());
            Some(decoded.document.text.own)
        }
        _ => {
            output::say(&format!(
                "{shown} is neither text nor HTML: items are compared with its bytes alone. Save its text beside it to compare the words."
            ));
            None
        }
    };
    Ok((item, text))
}
