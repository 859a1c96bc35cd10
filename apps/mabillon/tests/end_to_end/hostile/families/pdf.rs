//! PDF files.

use std::io::Write as _;

use super::{Family, READ, numbered};

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "pages_of_themselves.pdf",
        bytes: page_ring,
        says: "no page of the PDF",
    },
    Family {
        name: "objects_without_end.pdf",
        bytes: many_objects,
        says: "no page of the PDF",
    },
    Family {
        name: "object_streams_of_themselves.pdf",
        bytes: object_stream_ring,
        says: "no page of the PDF",
    },
    Family {
        name: "lengths_of_themselves.pdf",
        bytes: length_ring,
        says: "do not tell what they mean",
    },
    Family {
        name: "tables_before_themselves.pdf",
        bytes: xref_ring,
        says: "no page of the PDF",
    },
    Family {
        name: "a_table_that_lies.pdf",
        bytes: lying_xref,
        says: "no page of the PDF",
    },
    Family {
        name: "arrays_in_arrays.pdf",
        bytes: deep_arrays,
        says: "no page of the PDF",
    },
    Family {
        name: "strings_in_strings.pdf",
        bytes: deep_strings,
        says: "no page of the PDF",
    },
    Family {
        name: "zeros.pdf",
        bytes: zeros,
        says: "a limit is reached (64 MiB for a stream",
    },
    Family {
        name: "filters_on_filters.pdf",
        bytes: many_filters,
        says: "missing or damaged",
    },
    Family {
        name: "a_predictor_that_lies.pdf",
        bytes: lying_predictor,
        says: READ,
    },
    Family {
        name: "operators_without_end.pdf",
        bytes: many_operators,
        says: "do not tell what they mean",
    },
    Family {
        name: "forms_in_forms.pdf",
        bytes: form_ring,
        says: READ,
    },
    Family {
        name: "one_content_for_all_pages.pdf",
        bytes: shared_content,
        says: "more than the limit of operators",
    },
    Family {
        name: "ranges_without_end.pdf",
        bytes: wide_ranges,
        says: "a limit is reached",
    },
    Family {
        name: "no_table_and_many_ends.pdf",
        bytes: many_ends,
        says: "no page of the PDF",
    },
];

const CATALOGUE: &str = "<</Type/Catalog/Pages 2 0 R>>";

/// A file of these objects, numbered from 1; the first is the catalogue.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let xref = out.len();
    let size = objects.len() + 1;
    out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").as_bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    out.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n").as_bytes(),
    );
    out
}

fn plain(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<</Length {}{dictionary}>>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A file of one page with this content and these further objects, from number 5 on.
fn one_page(content: Vec<u8>, resources: &str, further: Vec<Vec<u8>>) -> Vec<u8> {
    let mut objects = vec![
        plain(CATALOGUE),
        plain(&format!(
            "<</Type/Pages/Kids[3 0 R]/Count 1/Resources<<{resources}>>>>"
        )),
        plain("<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"),
        content,
    ];
    objects.extend(further);
    pdf(&objects)
}

fn page_ring() -> Vec<u8> {
    let kids = "2 0 R 3 0 R ".repeat(50_000);
    pdf(&[
        plain(CATALOGUE),
        plain(&format!(
            "<</Type/Pages/Kids[{kids}]/Count -1/Parent 3 0 R>>"
        )),
        plain("<</Type/Pages/Kids[2 0 R 3 0 R]/Count 999999999/Parent 2 0 R>>"),
    ])
}

fn many_objects() -> Vec<u8> {
    let objects = numbered(400_000, |n| format!("{n} 0 obj null endobj\n"));
    format!("%PDF-1.4\n{objects}trailer<</Root 1 0 R/Size 99999999999>>\n").into_bytes()
}

fn object_stream_ring() -> Vec<u8> {
    let inner = b"4 0 5 10 <</Kids[3 0 R]>> <</Length 4 0 R>>";
    let one = stream("/Type/ObjStm/N 2147483647/First 10/Extends 4 0 R", inner);
    let two = stream("/Type/ObjStm/N 3/First 3 0 R/Extends 3 0 R", inner);
    pdf(&[
        plain(CATALOGUE),
        plain("<</Type/Pages/Kids[5 0 R]>>"),
        one,
        two,
    ])
}

fn length_ring() -> Vec<u8> {
    let content = b"<</Length 4 0 R>>\nstream\nBT (x) Tj ET\nendstream".to_vec();
    one_page(content, "/Font 5 0 R", vec![plain("6 0 R"), plain("5 0 R")])
}

fn xref_ring() -> Vec<u8> {
    let mut out = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
    let xref = out.len();
    for n in 0..3_000 {
        let at = out.len();
        let before = if n == 0 { xref } else { at - 1 };
        out.extend(format!("xref\n0 1\n0000000009 65535 f \ntrailer\n<</Size 2/Root 1 0 R/Prev {before}/XRefStm {at}>>\n").as_bytes());
    }
    out.extend(format!("startxref\n{xref}\n%%EOF\n").as_bytes());
    out
}

fn lying_xref() -> Vec<u8> {
    let table = stream(
        "/Type/XRef/Size 2147483647/Index[0 2147483647 5 2147483647]/W[8 8 8]/Root 1 0 R/Filter/FlateDecode",
        &deflated(&vec![1; 20 << 20]),
    );
    let mut out = b"%PDF-1.5\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
    let at = out.len();
    out.extend(b"2 0 obj\n");
    out.extend(table);
    out.extend(format!("\nendobj\nstartxref\n{at}\n%%EOF\n").as_bytes());
    out
}

fn deep_arrays() -> Vec<u8> {
    let deep = "[".repeat(1 << 20) + &"<</A".repeat(1 << 18);
    pdf(&[plain(CATALOGUE), plain(&deep)])
}

fn deep_strings() -> Vec<u8> {
    let deep = "(".repeat(1 << 20) + &"\\(".repeat(1 << 20) + &"<41".repeat(1 << 18);
    pdf(&[
        plain(&format!("<</Type/Catalog/Pages 2 0 R/Lang {deep}")),
        plain("<<>>"),
    ])
}

fn zeros() -> Vec<u8> {
    let content = stream("/Filter/FlateDecode", &deflated(&vec![b' '; 100 << 20]));
    one_page(content, "", Vec::new())
}

fn many_filters() -> Vec<u8> {
    let mut content = vec![b' '; 16 << 20];
    for _ in 0..6 {
        content = deflated(&content);
    }
    let filters = "/FlateDecode".repeat(6);
    let more = "/ASCIIHexDecode/ASCII85Decode/RunLengthDecode/LZWDecode".repeat(2_000);
    one_page(
        stream(&format!("/Filter[{filters}{more}]"), &content),
        "",
        Vec::new(),
    )
}

fn lying_predictor() -> Vec<u8> {
    let parameters = "/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 2147483647/BitsPerComponent 2147483647>>";
    one_page(
        stream(parameters, &deflated(&vec![3; 4 << 20])),
        "",
        Vec::new(),
    )
}

fn many_operators() -> Vec<u8> {
    let content = b"q BT 1 0 0 1 0 0 Tm (a) Tj ET ".repeat(700_000);
    one_page(
        stream("/Filter/FlateDecode", &deflated(&content)),
        "",
        Vec::new(),
    )
}

fn form_ring() -> Vec<u8> {
    let draw = b"/A Do /B Do ".repeat(20);
    let form = || {
        stream(
            "/Type/XObject/Subtype/Form/Resources<</XObject<</A 5 0 R/B 6 0 R>>>>",
            &draw,
        )
    };
    one_page(
        stream("", &draw),
        "/XObject<</A 5 0 R/B 6 0 R>>",
        vec![form(), form()],
    )
}

fn shared_content() -> Vec<u8> {
    let content = stream(
        "/Filter/FlateDecode",
        &deflated(&b"BT (x) Tj ET ".repeat(100_000)),
    );
    let kids = numbered(15_000, |n| format!("{} 0 R ", n + 5));
    let mut objects = vec![
        plain(CATALOGUE),
        plain(&format!("<</Type/Pages/Kids[{kids}]/Count 15000>>")),
        plain("null"),
        content,
    ];
    let contents = "4 0 R ".repeat(20);
    objects.extend((0..15_000).map(|_| plain(&format!("<</Type/Page/Contents[{contents}]>>"))));
    pdf(&objects)
}

fn wide_ranges() -> Vec<u8> {
    let ranges = "1 beginbfrange <0000> <FFFF> <0041> <00000000> <FFFFFFFF> <0042> endbfrange "
        .repeat(20_000);
    let map = stream("/Filter/FlateDecode", &deflated(ranges.as_bytes()));
    let widths = "[0 4294967295 500 0 4294967295 500]";
    let font = format!(
        "<</Type/Font/Subtype/Type0/ToUnicode 6 0 R/DescendantFonts[<</W{widths}>>]/Encoding/Identity-H>>"
    );
    one_page(
        stream("", b"BT /F 9 Tf <00010002> Tj ET"),
        "/Font<</F 5 0 R>>",
        vec![plain(&font), map],
    )
}

fn many_ends() -> Vec<u8> {
    let one = "stream\nendstream endobj 1 0 obj << /Length 99999999999 >> stream\n%%EOF\nstartxref\n99999999999\ntrailer <<";
    ("%PDF-1.4\n".to_owned() + &one.repeat(40_000)).into_bytes()
}
