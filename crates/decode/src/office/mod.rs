//! Office documents: OOXML and OpenDocument packages, OLE2 compound files, RTF.

mod codepage;
mod encrypted;
mod limits;
mod package;
mod xml;

pub(crate) mod odf;
pub(crate) mod ole2;
pub(crate) mod ooxml;
pub(crate) mod rtf;
