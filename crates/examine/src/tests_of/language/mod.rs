//! Tests of languages: of the programs that wrote an item, and of the people.

pub(super) mod check_digits;
pub(super) mod invoice_arithmetic;
pub(super) mod program_language;
