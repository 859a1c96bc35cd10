//! The page tree (ISO 32000-1, 7.7.3) and the content of each page.

use std::collections::BTreeSet;

use super::content::Interpreter;
use super::file::File;
use super::limits;
use super::object::{Dict, Object};
use crate::document::{DecodedDocument, TextSink};

/// Adds the text of all pages in order.
pub(super) fn read(
    file: &File<'_>,
    root: &Dict,
    sink: &mut TextSink,
    decoded: &mut DecodedDocument,
) {
    let mut interpreter = Interpreter::new(file, sink);
    let mut n_pages = 0;
    let mut n_nodes = 0;
    let mut seen = BTreeSet::new();
    let mut waiting = Vec::new();
    waiting.extend(root.get("Pages").map(|pages| (pages.clone(), Object::Null)));
    while let Some((node, inherited)) = waiting.pop() {
        n_nodes += 1;
        if let Object::Reference(number) = node
            && !seen.insert(number)
        {
            continue;
        }
        let Object::Dict(node) = file.resolve(&node) else {
            continue;
        };
        let resources = node.get("Resources").cloned().unwrap_or(inherited);
        if let Object::Array(kids) = file.get(&node, "Kids") {
            let kids = kids.into_iter().take(limits::PAGE_NODES_MAX);
            waiting.extend(kids.rev().map(|kid| (kid, resources.clone())));
        } else {
            n_pages += 1;
            interpreter.page(&node, &resources);
        }
        if n_pages >= limits::PAGES_MAX || n_nodes >= limits::PAGE_NODES_MAX {
            decoded.cut(format!(
                "the PDF has more than {} pages; the text of the rest is not read",
                limits::PAGES_MAX
            ));
            break;
        }
        if interpreter.is_done() {
            break;
        }
    }
    interpreter.say_what_was_not_read(decoded);
    if n_pages == 0 {
        decoded.warn("pages-missing", "no page of the PDF could be found");
    }
}
