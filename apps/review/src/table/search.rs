//! The query language put to the columns.

use mabillon_case::Kind;
use mabillon_keep::{Condition, KeepError, Rows, SearchError, Searched, TextField, WordIndex};

use super::columns::{any, is};
use super::{NO_DATE, Table};

/// A table with the full-text index beside it.
pub(crate) struct Searcher<'t> {
    pub(crate) table: &'t Table,
    pub(crate) words: Option<&'t WordIndex>,
}

impl Searched for Searcher<'_> {
    fn all(&self) -> Rows {
        self.table
            .rows_where(|index| is(&self.table.is_listed, index))
    }

    fn words(&self, words: &[String]) -> Result<Rows, SearchError> {
        self.words.ok_or(SearchError::NoIndex)?.rows(words)
    }

    fn condition(&self, condition: &Condition) -> Result<Rows, KeepError> {
        let table = self.table;
        Ok(match condition {
            Condition::Contains(field, part) => self.containing(*field, part),
            Condition::Opinion(class) => {
                table.rows_where(|index| table.class.get(index) == Some(&(*class as u8)))
            }
            Condition::Kind(kind) => {
                table.rows_where(|index| table.kind.get(index) == Some(&(*kind as u8)))
            }
            Condition::Test(start) => {
                let begins: Vec<bool> = table
                    .codes
                    .texts
                    .iter()
                    .map(|code| code.starts_with(start.as_str()))
                    .collect();
                table.rows_where(|index| any(table.findings.of(index), &begins))
            }
            Condition::Date(first, after) => table.rows_where(|index| {
                table
                    .date
                    .get(index)
                    .is_some_and(|date| *date != NO_DATE && (*first..*after).contains(date))
            }),
            Condition::HasAttachment => {
                table.rows_where(|index| table.n_attachments.get(index).is_some_and(|n| *n > 0))
            }
        })
    }
}

impl Searcher<'_> {
    fn containing(&self, field: TextField, part: &str) -> Rows {
        let table = self.table;
        match field {
            TextField::From => {
                let contain = table.sender_texts.containing(part);
                let is_message =
                    |index: usize| table.kind.get(index) == Some(&(Kind::Message as u8));
                table.rows_where(|index| {
                    is_message(index)
                        && table
                            .sender_text
                            .get(index)
                            .is_some_and(|number| is(&contain, *number as usize))
                })
            }
            TextField::To | TextField::Cc => {
                let contain = table.addresses.containing(part);
                let lists = if field == TextField::To {
                    &table.to
                } else {
                    &table.cc
                };
                table.rows_where(|index| any(lists.of(index), &contain))
            }
            TextField::Mailbox => {
                let contain = table.mailboxes.containing(part);
                table.rows_where(|index| any(table.mailbox.of(index), &contain))
            }
            TextField::Subject => table.rows_where(|index| table.subject.of(index).contains(part)),
            TextField::File => table.rows_where(|index| table.files.of(index).contains(part)),
        }
    }
}
