//! The CSV export: RFC 4180, UTF-8 without byte order mark, no cell that a spreadsheet would run.
//!
//! Made for reading: control and bidirectional characters are shown by their code points. The exact text is in
//! JSONL and Parquet.

use std::io::{self, Write};

use crate::ItemRow;
use crate::flat::{COLUMNS, Cell, cells};
use crate::printable::printable;

/// Writes the table row by row.
#[derive(Debug)]
pub struct CsvTable<W: Write> {
    out: W,
}

impl<W: Write> CsvTable<W> {
    /// Starts the table with its line of column names.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        out.write_all(names.join(",").as_bytes())?;
        out.write_all(LINE_END)?;
        Ok(Self { out })
    }

    /// Writes one item.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn item(&mut self, item: &ItemRow<'_>) -> io::Result<()> {
        let fields: Vec<String> = cells(item).iter().map(field).collect();
        self.out.write_all(fields.join(",").as_bytes())?;
        self.out.write_all(LINE_END)
    }

    /// Ends the table.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// RFC 4180, section 2.1.
const LINE_END: &[u8] = b"\r\n";

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => quoted(&defused(text)),
        Cell::Whole(n) => n.to_string(),
        Cell::Weight(weight) => format!("{weight:.2}"),
    }
}

/// The text with an apostrophe in front where a spreadsheet would take it for a formula.
///
/// White space before the sign does not help, as importers may trim it, and some language versions run the
/// full-width forms as well.
fn defused(text: &str) -> String {
    const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let runs = text.trim_start().starts_with(FORMULA) || text.starts_with(['\t', '\r', '\n']);
    let text = printable(text);
    if runs {
        format!("'{text}")
    } else {
        text.into_owned()
    }
}

/// RFC 4180, sections 2.5 to 2.7. The text holds no line end: an item is one line.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\'']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        field(&Cell::Text(text.to_owned()))
    }

    #[test]
    fn formulas_are_defused() {
        assert_eq!(shown("=1+1"), "\"'=1+1\"");
        assert_eq!(
            shown("=HYPERLINK(\"http://x.example\")"),
            "\"'=HYPERLINK(\"\"http://x.example\"\")\""
        );
        for start in ["+", "-", "@", " =", "\t", "\r", "\n"] {
            assert!(shown(start).starts_with("\"'"), "{start:?}");
        }
        assert_eq!(shown("a=1"), "a=1");
        assert_eq!(shown("a,b"), "\"a,b\"");
        assert_eq!(field(&Cell::Weight(-2.5)), "-2.50");
    }

    proptest::proptest! {
        #[test]
        fn no_cell_can_run_or_break_out(text in "(?s).*") {
            let field = shown(&text);
            proptest::prop_assert!(!field.starts_with(['=', '+', '-', '@', '\t', '\r']));
            if let Some(inner) = field.strip_prefix('"') {
                let inner = inner.strip_suffix('"').unwrap().replace("\"\"", "\u{1}");
                proptest::prop_assert!(!inner.contains('"'));
                proptest::prop_assert!(!inner.starts_with(['=', '+', '-', '@', '\t', '\r']));
            } else {
                proptest::prop_assert!(!field.contains([',', '"', '\r', '\n']));
            }
        }
    }
}
