//! The Parquet export: the columns of the CSV export with their types. Same rows, same bytes.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::ItemRow;
use crate::flat::{COLUMNS, Cell, Holds, cells};
use crate::limits::{PARQUET_GROUP_BYTES, PARQUET_GROUP_ROWS};

/// Writes the table, holding one row group in memory.
pub struct ParquetTable<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Vec<Cell>>,
    n_rows: usize,
    n_bytes: usize,
}

impl<W: Write + Send> std::fmt::Debug for ParquetTable<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetTable")
            .field("n_rows", &self.n_rows)
            .finish_non_exhaustive()
    }
}

impl<W: Write + Send> ParquetTable<W> {
    /// Starts the table.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn new(out: W) -> Result<Self> {
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("mabillon ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(out, Arc::new(schema()?), Arc::new(properties))?,
            columns: empty_columns(),
            n_rows: 0,
            n_bytes: 0,
        })
    }

    /// Adds one item.
    ///
    /// # Errors
    /// Where a full row group cannot be written.
    pub fn item(&mut self, item: &ItemRow<'_>) -> Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells(item)) {
            if let Cell::Text(text) = &cell {
                self.n_bytes += text.len();
            }
            column.push(cell);
        }
        self.n_rows += 1;
        if self.n_rows >= PARQUET_GROUP_ROWS || self.n_bytes >= PARQUET_GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Writes the last row group and the footer.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn finish(mut self) -> Result<W> {
        if self.n_rows > 0 {
            self.write_group()?;
        }
        self.writer.into_inner()
    }

    fn write_group(&mut self) -> Result<()> {
        let columns = std::mem::replace(&mut self.columns, empty_columns());
        self.n_rows = 0;
        self.n_bytes = 0;
        let mut group = self.writer.next_row_group()?;
        for cells in columns {
            if let Some(mut writer) = group.next_column()? {
                write_column(&mut writer, cells)?;
                writer.close()?;
            }
        }
        group.close()?;
        Ok(())
    }
}

fn empty_columns() -> Vec<Vec<Cell>> {
    COLUMNS.iter().map(|_| Vec::new()).collect()
}

/// Text may be absent; numbers never are.
fn schema() -> Result<Type> {
    let fields = COLUMNS
        .iter()
        .map(|(name, holds)| {
            let column = match holds {
                Holds::Text => Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                    .with_repetition(Repetition::OPTIONAL)
                    .with_logical_type(Some(LogicalType::String)),
                Holds::Whole => Type::primitive_type_builder(name, Physical::INT64)
                    .with_repetition(Repetition::REQUIRED),
                Holds::Weight => Type::primitive_type_builder(name, Physical::DOUBLE)
                    .with_repetition(Repetition::REQUIRED),
            };
            Ok(Arc::new(column.build()?))
        })
        .collect::<Result<Vec<_>>>()?;
    Type::group_type_builder("items")
        .with_fields(fields)
        .build()
}

/// Empty text is written as null.
fn write_column(writer: &mut SerializedColumnWriter<'_>, cells: Vec<Cell>) -> Result<()> {
    let mut texts = Vec::new();
    let mut levels = Vec::new();
    let mut wholes = Vec::new();
    let mut weights = Vec::new();
    for cell in cells {
        match cell {
            Cell::Text(text) => {
                levels.push(i16::from(!text.is_empty()));
                if !text.is_empty() {
                    texts.push(ByteArray::from(text.into_bytes()));
                }
            }
            Cell::Whole(n) => wholes.push(n),
            Cell::Weight(weight) => weights.push(weight),
        }
    }
    if !levels.is_empty() {
        writer
            .typed::<ByteArrayType>()
            .write_batch(&texts, Some(&levels), None)?;
    } else if !wholes.is_empty() {
        writer
            .typed::<Int64Type>()
            .write_batch(&wholes, None, None)?;
    } else {
        writer
            .typed::<DoubleType>()
            .write_batch(&weights, None, None)?;
    }
    Ok(())
}
