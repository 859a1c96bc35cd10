//! The XMP packet (ISO 16684-1): the properties that tell when and by what a file was written.

use mabillon_case::PdfTraces;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::document::limits::PROPERTY_BYTES_MAX;
use crate::document::{DecodedDocument, time};

/// Reads a packet. Properties may be written as elements or as attributes of `rdf:Description`.
pub(super) fn read(packet: &[u8], traces: &mut PdfTraces, decoded: &mut DecodedDocument) {
    let packet = match encoding_rs::Encoding::for_bom(packet) {
        Some((encoding, _)) => encoding.decode(packet).0,
        None => String::from_utf8_lossy(packet),
    };
    let mut reader = Reader::from_str(&packet);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut property = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let name = start.name().into_inner();
                // Values of lists lie in `rdf:Seq`, `rdf:Alt` and `rdf:li`.
                if !name.starts_with("rdf:") {
                    name.clone_into(&mut property);
                }
                attributes(&start, traces, decoded);
            }
            Ok(Event::Empty(empty)) => attributes(&empty, traces, decoded),
            Ok(Event::Text(value)) => {
                let value = value.xml10_content();
                keep(&property, value.trim(), traces, decoded);
            }
            Ok(Event::End(end)) if end.name().into_inner() == property => property.clear(),
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn attributes(
    start: &quick_xml::events::BytesStart<'_>,
    traces: &mut PdfTraces,
    decoded: &mut DecodedDocument,
) {
    if start.name().into_inner() != "rdf:Description" {
        return;
    }
    let mut attributes = start.attributes();
    for attribute in attributes.with_checks(false).filter_map(Result::ok) {
        let name = attribute.key.into_inner();
        keep(name, attribute.value.trim(), traces, decoded);
    }
}

/// The first value of each property counts: later ones are of embedded parts.
fn keep(name: &str, value: &str, traces: &mut PdfTraces, decoded: &mut DecodedDocument) {
    if value.is_empty() || value.len() > PROPERTY_BYTES_MAX {
        return;
    }
    let document = &mut decoded.document;
    let text = match name {
        "xmp:CreateDate" | "xap:CreateDate" => {
            traces.xmp_created = traces.xmp_created.or_else(|| time::iso(value));
            return;
        }
        "xmp:ModifyDate" | "xap:ModifyDate" => {
            traces.xmp_modified = traces.xmp_modified.or_else(|| time::iso(value));
            return;
        }
        "pdf:Producer" => &mut traces.xmp_producer,
        "xmp:CreatorTool" | "xap:CreatorTool" => &mut document.creator_tool,
        "dc:title" => &mut document.title,
        "dc:creator" => &mut document.author,
        _ => return,
    };
    if text.is_empty() {
        let value = quick_xml::escape::unescape(value);
        *text = value.map_or_else(|_| String::new(), std::borrow::Cow::into_owned);
    }
}
