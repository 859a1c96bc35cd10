//! Are there other versions of this document, and what differs?

use mabillon_case::{Facts, Finding, ItemId};

use crate::difference::{difference, words_alike};
use crate::facts::own_text;
use crate::sketch::band_keys;
use crate::test::declare_test;
use crate::{Group, GroupTest, Member, Run, World};

/// Documents compared with one another in one group at most.
const VERSIONS_MAX: usize = 24;
/// Texts that share fewer words are other documents, not other versions.
const VERSION_LIKENESS_MIN: f64 = 0.8;

declare_test! {
    /// Other versions of a document in the collection say the same.
    ///
    /// ## What it examines
    /// Documents with nearly the same words and a common ancestor: the same time of creation, or the same permanent
    /// identifier of a PDF. Their words are compared one by one.
    /// ## Why it matters
    /// Who edits a stolen document works on a copy; the version that was sent or kept elsewhere shows the difference.
    /// ## Innocent explanations
    /// Drafts, corrections and yearly editions: most documents have versions. The difference has to be read by people;
    /// the test only leads to it.
    /// ## References
    /// - Broder, "On the resemblance and containment of documents" (1997)
    pub(crate) static DOCUMENT_VERSIONS = {
        id: "collection/document-versions",
        findings: &["version-with-other-words", "version-with-same-words"],
        run: Run::Group(GroupTest {
            keys: |facts| if facts.document.is_some() { band_keys(&facts.text) } else { Vec::new() },
            not_applicable: "it is no document, or has too few words to tell versions apart",
            needs_text: true,
            members_min: 2,
            examine: document_versions,
        }),
    }
}

fn document_versions(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let documents: Vec<&Member<'_>> = group
        .members
        .iter()
        .filter(|member| member.facts.in_collection())
        .take(VERSIONS_MAX)
        .collect();
    documents
        .iter()
        .filter_map(|document| Some((document.facts.item, finding(document, &documents)?)))
        .collect()
}

/// The finding on one document: against the first version with other words, else one with the same words.
fn finding(document: &Member<'_>, documents: &[&Member<'_>]) -> Option<Finding> {
    let mut same = None;
    for other in documents
        .iter()
        .filter(|other| is_version(document.facts, other.facts))
    {
        if document.facts.text.digest == other.facts.text.digest {
            same = Some(other.facts.item);
            continue;
        }
        let (here, there) = (own_text(document.text()), own_text(other.text()));
        if words_alike(here, there) >= VERSION_LIKENESS_MIN
            && let Some(difference) = difference("text", here, there)
        {
            let says = "Another version of this document in the collection has other words.";
            return Some(
                Finding::new("version-with-other-words", says)
                    .compared_with(other.facts.item)
                    .differing(difference),
            );
        }
    }
    let says = "Another file of this document in the collection has the same words.";
    Some(Finding::new("version-with-same-words", says).compared_with(same?))
}

/// Whether two documents have a common ancestor.
fn is_version(a: &Facts, b: &Facts) -> bool {
    let (Some(x), Some(y)) = (&a.document, &b.document) else {
        return false;
    };
    let same_creation = x.created.is_some() && x.created == y.created && x.author == y.author;
    let same_ancestor = !x.permanent_id.is_empty() && x.permanent_id == y.permanent_id;
    a.item != b.item && (same_creation || same_ancestor)
}
