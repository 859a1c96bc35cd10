//! Tests of languages: of the programs that wrote an item, and of the people.

pub(super) mod program_language;
