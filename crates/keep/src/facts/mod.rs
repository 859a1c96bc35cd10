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
//! | `places` | text | JSON: origin, exhibit, path, offset, length, parent, mailbox, entry (what an archive says of it), stored (what a mail store says of it) |
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
//! | `is_assembled` | boolean | put together from the properties of a store: not its original bytes |
//! | `attachment_items` | text | SHA-256 of each attachment, hex |
//! | `attachment_names` | text | file name of each attachment |
//! | `attachment_types` | text | declared media type of each attachment |
//! | `attachment_sizes` | text | decoded size of each attachment |
//! | `n_quotations` | int64 | number of quotations |
//! | `sender_fields` | text | names of the header fields that the sender's side wrote, in order |
//! | `relay_fields` | text | names of those that relays and the receiver wrote, each once |
//! | `client_name` | text | name that the sending machine gave to the first relay |
//! | `client_network` | text | its network, as the first relay noted it |
//! | `era_token` | text | start of `X-Gm-Message-State` |
//! | `is_bulk` | boolean | sent to many at once |
//! | `is_draft` | boolean | kept while it was written |
//! | `thread_root` | timestamp | when the conversation began, by `Thread-Index` |
//! | `n_thread_answers` | int64 | answers that `Thread-Index` counts; 0 for the first message |
//! | `gmail_thread` | timestamp | when Gmail stored the first message of the conversation, by `X-GM-THRID` |
//! | `labels` | text | `X-Gmail-Labels`, `X-Mozilla-Keys`; one a line |
//! | `mozilla_status` | int64 | `X-Mozilla-Status`, and `X-Mozilla-Status2` in the high 16 bits |
//! | `store_fields` | text | names of the header fields that stores and exporting programs added |
//! | `line_ends` | text | of the header: crlf, lf, mixed |
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
//! | `language` | text | language of the author's own words, where it is known |
//! | `text_sketch` | text | MinHash sketch, numbers in hex |

mod columns;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use columns::Value::{self, Flag, Number, Offset, Text, Time};
use columns::{COLUMNS, FactsColumn};
use mabillon_case::{FactRows, Facts, Row};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{
    SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter,
};
use parquet::schema::types::{Type, TypePtr};

use crate::limits::{FACTS_FILE_ROWS, FACTS_GROUP_ROWS};
use crate::{Case, KeepError, folder};

impl Case {
    /// The files of facts, to be written on any thread.
    ///
    /// # Errors
    /// `NotComplete` before [`Case::finish_items`], `Sealed`.
    pub fn facts_files(&self) -> Result<FactsFiles, KeepError> {
        self.must_run()?;
        self.must_be_indexed()?;
        Ok(FactsFiles {
            case: self.dir.clone(),
        })
    }
}

/// The files of facts of a case.
pub struct FactsFiles {
    case: PathBuf,
}

impl FactsFiles {
    /// Writes the facts of all items to `facts/`, in order of id, in place of what is there. Returns the files.
    ///
    /// # Errors
    /// `Damaged` where facts cannot be read, and errors of the disk.
    pub fn write(&self, facts: &FactRows) -> Result<Vec<PathBuf>, KeepError> {
        let mut parts = Parts {
            dir: folder::make_anew(&self.case, folder::FACTS)?,
            schema: schema()?,
            file: None,
            rows_in_file: 0,
            paths: Vec::new(),
        };
        for group in facts.stretches(FACTS_GROUP_ROWS) {
            parts.write(&facts.between(group))?;
        }
        if let Some(says) = facts.failure() {
            return Err(KeepError::damaged(says));
        }
        if parts.paths.is_empty() {
            parts.write(&[])?;
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
    fn write(&mut self, rows: &[Row<'_>]) -> Result<(), KeepError> {
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
            // What repeats is left to the compression: most columns hold another value in each row.
            .set_dictionary_enabled(false)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_statistics_enabled(EnabledStatistics::None)
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
        rows: &[Row<'_>],
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
            }),
            Number(get) => write::<Int64Type>(to, rows, get),
            Time(get) => write::<Int64Type>(to, rows, |facts| Some(get(facts)?.unix_micros)),
            Offset(get) => {
                write::<Int32Type>(to, rows, |facts| Some(get(facts)?.offset_minutes?.into()))
            }
            Flag(get) => write::<BoolType>(to, rows, get),
        }?;
        Ok(column.close()?)
    }
}

fn write<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    rows: &[Row<'_>],
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
        let source = include_str!("mod.rs");
        let documented: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next())
            .collect();
        let columns: Vec<&str> = COLUMNS.iter().map(|column| column.0).collect();
        assert_eq!(documented, columns);
    }
}
