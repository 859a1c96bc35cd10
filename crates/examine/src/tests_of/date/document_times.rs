//! Do the times in a document's properties fit together?

use mabillon_case::{Document, DocumentFormat, Finding, Outcome, Stamp};

use crate::test::declare_test;
use crate::{Run, World};

/// Two times of one save may differ by this much, in seconds.
const SAME_SAVE_SECONDS: f64 = 120.0;
/// A time without a zone may be off by the widest offset in use, in seconds.
const UNKNOWN_ZONE_SECONDS: f64 = 14.0 * 3_600.0;
/// Minutes of editing beyond the life of the document that rounding explains.
const EDITING_SLACK_MINUTES: f64 = 60.0;

declare_test! {
    /// The times that a document states fit together.
    ///
    /// ## What it examines
    /// Time of creation, of the last save and of the last print, and the minutes of editing that the properties count.
    /// ## Why it matters
    /// Programs keep these values in step. Who sets one of them by hand, or moves the clock of the computer, seldom
    /// thinks of the others.
    /// ## Innocent explanations
    /// "Save as" and templates keep the time of creation of an older file; converters reset some of the values and
    /// copy others; a copied file may be "created" after its last save; a computer's clock was wrong.
    /// The properties can be set to anything by anyone: agreement proves nothing.
    /// ## References
    /// - ISO/IEC 29500-2 (core properties); MS-OLEPS, section 2.25.1; ISO 32000, section 14.3.3
    pub(crate) static DOCUMENT_TIMES = {
        id: "date/document-times",
        findings: &["times-in-order", "created-after-last-save", "edited-longer-than-it-existed", "saved-in-the-future"],
        run: Run::Document(document_times),
    }
}

fn document_times(document: &Document, world: &World) -> Outcome {
    if document.format == DocumentFormat::Image {
        return Outcome::NotApplicable(
            "cameras and picture programs keep no times of creation and editing in step",
        );
    }
    let (Some(created), Some(saved)) = (document.created, document.modified) else {
        return Outcome::NotApplicable(
            "it does not state both a time of creation and a time of its last save",
        );
    };
    let finding = if saved.seconds_since(world.now) > UNKNOWN_ZONE_SECONDS {
        let says = format!("It states that it was last saved at {saved}, which has not come yet.");
        Finding::new("saved-in-the-future", says)
    } else if created.seconds_since(saved) > tolerance(created, saved) {
        let says =
            format!("It states that it was created at {created}, after its last save at {saved}.");
        Finding::new("created-after-last-save", says)
    } else if edited_too_long(document, created, saved) {
        let minutes = document.editing_minutes.unwrap_or_default();
        let says = format!(
            "It counts {minutes} minutes of editing, more than passed between its creation ({created}) and its last save ({saved})."
        );
        Finding::new("edited-longer-than-it-existed", says)
    } else {
        let says = format!("Created {created}, last saved {saved}: the times are in order.");
        Finding::new("times-in-order", says)
    };
    Outcome::one(finding)
}

fn tolerance(created: Stamp, saved: Stamp) -> f64 {
    if created.offset_minutes.is_some() == saved.offset_minutes.is_some() {
        SAME_SAVE_SECONDS
    } else {
        UNKNOWN_ZONE_SECONDS
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "minutes of editing are far below 2^52"
)]
fn edited_too_long(document: &Document, created: Stamp, saved: Stamp) -> bool {
    let lived_minutes = saved.seconds_since(created) / 60.0;
    document
        .editing_minutes
        .is_some_and(|minutes| minutes as f64 > lived_minutes + EDITING_SLACK_MINUTES)
}
