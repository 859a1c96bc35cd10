//! The case as a whole: killed and resumed, tampered with, searched, read back.

mod facts_files;
mod folders;
mod made;
mod resumed;
mod rows;
mod searched;
mod tampered;
