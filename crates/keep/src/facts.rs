//! Facts as Parquet: one row per item, in order of id, for whoever works with the collection in another program.
//!
//! Files are `facts/part-00000.parquet` and so on, compressed with Zstandard; the same content gives the same bytes.
//! Columns are flat. A list is one text with its entries on lines of their own (entries hold no line break); `places` and
//! `signatures` are JSON arrays of objects. Times are microseconds since 1970 in UTC, with the offset as written, in
//! minutes, in a column of its own. A column of a message is null for a document, and the other way round.
//!
//! | column | type | content |
//! |---|---|---|
//! | `item` | text | SHA-256 of the exact bytes, hex |
//! | `kind` | text | message, document, image, mailbox, archive, other |
//! | `media_type` | text | told by content |
//! | `size_bytes` | int64 | size of the exact bytes |
//! | `in_collection` | boolean | lies in the collection |
//! | `in_reference` | boolean | lies among the originals |
//! | `is_proved` | boolean | an anchored signature proves the whole of what is shown |
//! | `places` | text | JSON: origin, exhibit, path, offset, length, parent, mailbox |
//! | `signatures` | text | JSON: one object for each signature with its result |
//! | `message_id` | text | `Message-ID` without brackets |
//! | `date` | timestamp | `Date` |
//! | `date_offset` | int32 | its offset, minutes |
//! | `from` | text | address of `From` |
//! | `from_name` | text | name of `From` |
//! | `to` | text | addresses of `To` |
//! | `cc` | text | addresses of `Cc` |
//! | `subject` | text | `Subject`, decoded |
//! | `in_reply_to` | text | id of the parent |
//! | `references` | text | ids of `References` |
//! | `thread_guid` | text | GUID of `Thread-Index`, hex |
//! | `delivered` | timestamp | topmost `Received` |
//! | `delivered_offset` | int32 | its offset, minutes |
//! | `first_received` | timestamp | lowest `Received` |
//! | `first_received_offset` | int32 | its offset, minutes |
//! | `n_hops` | int64 | number of `Received` |
//! | `mailer` | text | `X-Mailer` or `User-Agent` |
//! | `boundary` | text | outermost MIME boundary |
//! | `is_rewritten` | boolean | went through a mailing list or gateway that rewrites |
//! | `attachment_items` | text | SHA-256 of each attachment, hex |
//! | `attachment_names` | text | file name of each attachment |
//! | `attachment_types` | text | declared media type of each attachment |
//! | `attachment_sizes` | text | decoded size of each attachment |
//! | `n_quotations` | int64 | number of quotations |
//! | `title` | text | of a document |
//! | `author` | text | of a document |
//! | `last_modified_by` | text | who saved it last |
//! | `created` | timestamp | as the properties state |
//! | `created_offset` | int32 | its offset, minutes |
//! | `modified` | timestamp | last save, as the properties state |
//! | `modified_offset` | int32 | its offset, minutes |
//! | `application` | text | program |
//! | `application_version` | text | its version |
//! | `company` | text | company |
//! | `ui_language` | text | language of the program that saved it last |
//! | `permanent_id` | text | first part of the PDF `/ID` |
//! | `text_digest` | text | hash of the normalised words, hex; null without text |
//! | `n_words` | int64 | number of words |
//! | `text_sketch` | text | MinHash sketch, numbers in hex |

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mabillon_case::{
    AttachmentFact, DocumentFacts, Facts, ItemId, MessageFacts, Origin, Place, Stamp,
};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{
    SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter,
};
use parquet::schema::types::{Type, TypePtr};
use serde::Serialize;

use crate::limits::{FACTS_FILE_ROWS, FACTS_GROUP_ROWS};
use crate::record::kind_word;
use crate::{Case, KeepError, folder};

/// One column: its name, and its value in a row.
struct FactsColumn(&'static str, Value);

enum Value {
    Text(for<'f> fn(&'f Facts) -> Option<Cow<'f, str>>),
    Number(fn(&Facts) -> Option<i64>),
    Time(fn(&Facts) -> Option<Stamp>),
    Offset(fn(&Facts) -> Option<Stamp>),
    Flag(fn(&Facts) -> Option<bool>),
}

use Value::{Flag, Number, Offset, Text, Time};

/// All columns, in order.
const COLUMNS: &[FactsColumn] = &[
    FactsColumn("item", Text(|facts| Some(facts.item.to_string().into()))),
    FactsColumn("kind", Text(|facts| Some(kind_word(facts.kind).into()))),
    FactsColumn(
        "media_type",
        Text(|facts| Some((&*facts.media_type).into())),
    ),
    FactsColumn(
        "size_bytes",
        Number(|facts| Some(facts.size_bytes.cast_signed())),
    ),
    FactsColumn("in_collection", Flag(|facts| Some(facts.in_collection()))),
    FactsColumn("in_reference", Flag(|facts| Some(facts.in_reference()))),
    FactsColumn("is_proved", Flag(|facts| Some(facts.is_proved()))),
    FactsColumn(
        "places",
        Text(|facts| json(&facts.places.iter().map(PlaceJson::of).collect::<Vec<_>>())),
    ),
    FactsColumn("signatures", Text(|facts| json(&facts.signatures))),
    FactsColumn(
        "message_id",
        Text(|facts| of_message(facts, |m| &m.message_id)),
    ),
    FactsColumn("date", Time(|facts| facts.message.as_ref()?.date)),
    FactsColumn("date_offset", Offset(|facts| facts.message.as_ref()?.date)),
    FactsColumn("from", Text(|facts| of_message(facts, |m| &m.from))),
    FactsColumn(
        "from_name",
        Text(|facts| of_message(facts, |m| &m.from_name)),
    ),
    FactsColumn("to", Text(|facts| lines(&facts.message.as_ref()?.to))),
    FactsColumn("cc", Text(|facts| lines(&facts.message.as_ref()?.cc))),
    FactsColumn("subject", Text(|facts| of_message(facts, |m| &m.subject))),
    FactsColumn(
        "in_reply_to",
        Text(|facts| of_message(facts, |m| &m.in_reply_to)),
    ),
    FactsColumn(
        "references",
        Text(|facts| lines(&facts.message.as_ref()?.references)),
    ),
    FactsColumn(
        "thread_guid",
        Text(|facts| of_message(facts, |m| &m.thread_guid)),
    ),
    FactsColumn("delivered", Time(|facts| facts.message.as_ref()?.delivered)),
    FactsColumn(
        "delivered_offset",
        Offset(|facts| facts.message.as_ref()?.delivered),
    ),
    FactsColumn(
        "first_received",
        Time(|facts| facts.message.as_ref()?.first_received),
    ),
    FactsColumn(
        "first_received_offset",
        Offset(|facts| facts.message.as_ref()?.first_received),
    ),
    FactsColumn(
        "n_hops",
        Number(|facts| Some(facts.message.as_ref()?.n_hops.into())),
    ),
    FactsColumn("mailer", Text(|facts| of_message(facts, |m| &m.mailer))),
    FactsColumn("boundary", Text(|facts| of_message(facts, |m| &m.boundary))),
    FactsColumn(
        "is_rewritten",
        Flag(|facts| Some(facts.message.as_ref()?.is_rewritten)),
    ),
    FactsColumn(
        "attachment_items",
        Text(|facts| attachments(facts, |a| a.item.to_string())),
    ),
    FactsColumn(
        "attachment_names",
        Text(|facts| attachments(facts, |a| a.file_name.clone())),
    ),
    FactsColumn(
        "attachment_types",
        Text(|facts| attachments(facts, |a| a.media_type.clone())),
    ),
    FactsColumn(
        "attachment_sizes",
        Text(|facts| attachments(facts, |a| a.size_bytes.to_string())),
    ),
    FactsColumn(
        "n_quotations",
        Number(|facts| Some(facts.message.as_ref()?.n_quotations.into())),
    ),
    FactsColumn("title", Text(|facts| of_document(facts, |d| &d.title))),
    FactsColumn("author", Text(|facts| of_document(facts, |d| &d.author))),
    FactsColumn(
        "last_modified_by",
        Text(|facts| of_document(facts, |d| &d.last_modified_by)),
    ),
    FactsColumn("created", Time(|facts| facts.document.as_ref()?.created)),
    FactsColumn(
        "created_offset",
        Offset(|facts| facts.document.as_ref()?.created),
    ),
    FactsColumn("modified", Time(|facts| facts.document.as_ref()?.modified)),
    FactsColumn(
        "modified_offset",
        Offset(|facts| facts.document.as_ref()?.modified),
    ),
    FactsColumn(
        "application",
        Text(|facts| of_document(facts, |d| &d.application)),
    ),
    FactsColumn(
        "application_version",
        Text(|facts| of_document(facts, |d| &d.application_version)),
    ),
    FactsColumn("company", Text(|facts| of_document(facts, |d| &d.company))),
    FactsColumn(
        "ui_language",
        Text(|facts| of_document(facts, |d| &d.ui_language)),
    ),
    FactsColumn(
        "permanent_id",
        Text(|facts| of_document(facts, |d| &d.permanent_id)),
    ),
    FactsColumn(
        "text_digest",
        Text(|facts| {
            (facts.text.digest != 0).then(|| format!("{:016x}", facts.text.digest).into())
        }),
    ),
    FactsColumn("n_words", Number(|facts| Some(facts.text.n_words.into()))),
    FactsColumn("text_sketch", Text(sketch)),
];

fn of_message(facts: &Facts, get: fn(&MessageFacts) -> &str) -> Option<Cow<'_, str>> {
    facts.message.as_ref().map(|message| get(message).into())
}

fn of_document(facts: &Facts, get: fn(&DocumentFacts) -> &str) -> Option<Cow<'_, str>> {
    facts.document.as_ref().map(|document| get(document).into())
}

/// Entries on lines of their own; a line break inside an entry becomes a space.
fn lines(entries: &[String]) -> Option<Cow<'_, str>> {
    let entries: Vec<String> = entries
        .iter()
        .map(|entry| entry.replace(['\r', '\n'], " "))
        .collect();
    Some(entries.join("\n").into())
}

fn attachments(facts: &Facts, get: fn(&AttachmentFact) -> String) -> Option<Cow<'_, str>> {
    let entries: Vec<String> = facts
        .message
        .as_ref()?
        .attachments
        .iter()
        .map(get)
        .collect();
    Some(lines(&entries)?.into_owned().into())
}

fn sketch(facts: &Facts) -> Option<Cow<'_, str>> {
    let numbers: Vec<String> = facts
        .text
        .sketch
        .iter()
        .map(|number| format!("{number:08x}"))
        .collect();
    Some(numbers.join("\n").into())
}

fn json<T: Serialize>(value: &T) -> Option<Cow<'static, str>> {
    serde_json::to_string(value).ok().map(Cow::Owned)
}

/// A place as JSON.
#[derive(Serialize)]
struct PlaceJson<'p> {
    origin: &'static str,
    exhibit: &'p str,
    path: &'p str,
    offset: u64,
    length: u64,
    parent: Option<String>,
    mailbox: Option<&'p str>,
}

impl<'p> PlaceJson<'p> {
    fn of(place: &'p Place) -> Self {
        Self {
            origin: match place.origin {
                Origin::Collection => "collection",
                Origin::Reference => "reference",
            },
            exhibit: &place.exhibit,
            path: &place.path,
            offset: place.offset,
            length: place.length,
            parent: place.parent.as_ref().map(ItemId::to_string),
            mailbox: place.mailbox.as_deref(),
        }
    }
}

impl Case {
    /// Writes the facts of all items to `facts/`, in place of what is there. Returns the files.
    ///
    /// # Errors
    /// `NotComplete` before [`Case::finish_items`], `Sealed`, and errors of the disk.
    pub fn write_facts(&mut self) -> Result<Vec<PathBuf>, KeepError> {
        self.must_run()?;
        if !crate::schema::is_indexed(&self.conn)? {
            return Err(KeepError::NotComplete(self.dir.clone()));
        }
        let mut parts = Parts {
            dir: folder::make_anew(&self.dir, folder::FACTS)?,
            schema: schema()?,
            file: None,
            rows_in_file: 0,
            paths: Vec::new(),
        };
        let mut group = Vec::new();
        self.for_each_facts(|facts| {
            group.push(facts);
            if group.len() < FACTS_GROUP_ROWS {
                return Ok(());
            }
            parts.write(&std::mem::take(&mut group))
        })?;
        if !group.is_empty() || parts.paths.is_empty() {
            parts.write(&group)?;
        }
        parts.close()?;
        folder::sync(&parts.dir)?;
        Ok(parts.paths)
    }
}

/// The files, one after another.
struct Parts {
    dir: PathBuf,
    schema: TypePtr,
    file: Option<SerializedFileWriter<File>>,
    rows_in_file: usize,
    paths: Vec<PathBuf>,
}

impl Parts {
    fn write(&mut self, rows: &[Facts]) -> Result<(), KeepError> {
        if self.rows_in_file + rows.len() > FACTS_FILE_ROWS {
            self.close()?;
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open_next()?,
        };
        let mut group = file.next_row_group()?;
        for column in COLUMNS {
            column.1.write(&mut group, rows)?;
        }
        group.close()?;
        self.rows_in_file += rows.len();
        self.file = Some(file);
        Ok(())
    }

    fn open_next(&mut self) -> Result<SerializedFileWriter<File>, KeepError> {
        let path = self
            .dir
            .join(format!("part-{:05}.parquet", self.paths.len()));
        let file = File::create(&path).map_err(KeepError::io(&path))?;
        self.paths.push(path);
        self.rows_in_file = 0;
        let properties = WriterProperties::builder()
            .set_created_by("mabillon".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        Ok(SerializedFileWriter::new(
            file,
            Arc::clone(&self.schema),
            Arc::new(properties),
        )?)
    }

    fn close(&mut self) -> Result<(), KeepError> {
        if let (Some(writer), Some(path)) = (self.file.take(), self.paths.last()) {
            sync(writer, path)?;
        }
        Ok(())
    }
}

fn sync(writer: SerializedFileWriter<File>, path: &Path) -> Result<(), KeepError> {
    writer.into_inner()?.sync_all().map_err(KeepError::io(path))
}

fn schema() -> Result<TypePtr, KeepError> {
    let mut fields = Vec::with_capacity(COLUMNS.len());
    for FactsColumn(name, value) in COLUMNS {
        let (physical, logical) = match value {
            Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Number(_) => (Physical::INT64, None),
            Time(_) => (
                Physical::INT64,
                Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
            ),
            Offset(_) => (Physical::INT32, None),
            Flag(_) => (Physical::BOOLEAN, None),
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        fields.push(Arc::new(field));
    }
    let root = Type::group_type_builder("facts")
        .with_fields(fields)
        .build()?;
    Ok(Arc::new(root))
}

impl Value {
    /// Writes this column of `rows`.
    fn write(
        &self,
        group: &mut SerializedRowGroupWriter<'_, File>,
        rows: &[Facts],
    ) -> Result<(), KeepError> {
        let Some(mut column) = group.next_column()? else {
            return Err(KeepError::damaged(
                "the facts have fewer columns than they should",
            ));
        };
        let to = &mut column;
        match self {
            Text(get) => write::<ByteArrayType>(to, rows, |facts| {
                get(facts).map(|text| ByteArray::from(&*text))
            })?,
            Number(get) => write::<Int64Type>(to, rows, get)?,
            Time(get) => write::<Int64Type>(to, rows, |facts| Some(get(facts)?.unix_micros))?,
            Offset(get) => {
                write::<Int32Type>(to, rows, |facts| Some(get(facts)?.offset_minutes?.into()))?
            }
            Flag(get) => write::<BoolType>(to, rows, get)?,
        }
        Ok(column.close()?)
    }
}

fn write<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    rows: &[Facts],
    get: impl Fn(&Facts) -> Option<T::T>,
) -> Result<(), KeepError> {
    let (mut values, mut levels) = (
        Vec::with_capacity(rows.len()),
        Vec::with_capacity(rows.len()),
    );
    for facts in rows {
        let value = get(facts);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    column
        .typed::<T>()
        .write_batch(&values, Some(&levels), None)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_above_names_every_column_in_order() {
        let source = include_str!("facts.rs");
        let documented: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next())
            .collect();
        let columns: Vec<&str> = COLUMNS.iter().map(|column| column.0).collect();
        assert_eq!(documented, columns);
    }
}
