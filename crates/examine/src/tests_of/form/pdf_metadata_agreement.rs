//! Do the two sets of properties in a PDF agree?

use mabillon_case::{Document, Finding, Outcome, PdfTraces, Stamp};

use crate::test::declare_test;
use crate::{Run, World};

/// Two times of one save may differ by this much, in seconds.
const SAME_SAVE_SECONDS: f64 = 60.0;
/// A time without a zone may be off by the widest offset in use, in seconds.
const UNKNOWN_ZONE_SECONDS: f64 = 14.0 * 3_600.0;

declare_test! {
    /// The two sets of properties that a PDF can hold agree.
    ///
    /// ## What it examines
    /// The Info dictionary and the XMP packet of a PDF: times of creation and of the last change, and the producer.
    /// ## Why it matters
    /// A program that writes both writes them alike. A tool that changes a finished file often updates only one.
    /// ## Innocent explanations
    /// Many ordinary programs never update the XMP packet; stamping, signing and archiving software touches only one
    /// of the two. A difference shows that the file was processed again, not that its content was changed.
    /// ## References
    /// - ISO 32000-1, sections 14.3.2 and 14.3.3; ISO 16684-1 (XMP)
    pub(crate) static PDF_METADATA_AGREEMENT = {
        id: "form/pdf-metadata-agreement",
        findings: &["info-and-xmp-agree", "info-and-xmp-differ", "changed-before-created"],
        run: Run::Document(pdf_metadata_agreement),
    }
}

fn pdf_metadata_agreement(document: &Document, _world: &World) -> Outcome {
    let Some(pdf) = &document.pdf else {
        return Outcome::NotApplicable("it is no PDF");
    };
    if let (Some(created), Some(changed)) = (pdf.info_created, pdf.info_modified)
        && !close(created, changed)
        && changed < created
    {
        let says = format!(
            "The Info dictionary states that it was changed at {changed}, before it was created at {created}."
        );
        return Outcome::one(Finding::new("changed-before-created", says));
    }
    if !pdf.has_xmp {
        return Outcome::NotApplicable("it holds only one set of properties");
    }
    let difference = differing_times(pdf).or_else(|| differing_producers(pdf));
    Outcome::one(match difference {
        Some(says) => Finding::new("info-and-xmp-differ", says),
        None => Finding::new(
            "info-and-xmp-agree",
            "Info dictionary and XMP packet agree.",
        ),
    })
}

fn differing_times(pdf: &PdfTraces) -> Option<String> {
    [
        ("creation", pdf.info_created, pdf.xmp_created),
        ("the last change", pdf.info_modified, pdf.xmp_modified),
    ]
    .into_iter()
    .find_map(|(what, info, xmp)| {
        let (info, xmp) = (info?, xmp?);
        (!close(info, xmp)).then(|| {
            format!("The Info dictionary gives {info} as the time of {what}, the XMP packet {xmp}.")
        })
    })
}

fn differing_producers(pdf: &PdfTraces) -> Option<String> {
    let (info, xmp) = (pdf.info_producer.trim(), pdf.xmp_producer.trim());
    (!info.is_empty() && !xmp.is_empty() && info != xmp).then(|| {
        format!("The Info dictionary names \"{info}\" as producer, the XMP packet \"{xmp}\".")
    })
}

fn close(a: Stamp, b: Stamp) -> bool {
    let both_zoned = a.offset_minutes.is_some() == b.offset_minutes.is_some();
    let tolerance = if both_zoned {
        SAME_SAVE_SECONDS
    } else {
        UNKNOWN_ZONE_SECONDS
    };
    a.seconds_since(b).abs() <= tolerance
}
