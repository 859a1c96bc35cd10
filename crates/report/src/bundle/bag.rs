//! The bag: payload, tag files and the manifests over both (RFC 8493, section 2).

use mabillon_case::ItemId;

use super::{Disclosure, File, Proof, readme};

pub(super) const PAYLOAD_MANIFEST: &str = "manifest-sha256.txt";
pub(super) const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// The folder of the payload.
pub(super) const PAYLOAD: &str = "data/";

const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const SCRIPT: &str = include_str!("verify.py");

/// All files of the bag, sorted by name.
pub(super) fn bag(proof: &Proof<'_>, mut payload: Vec<File>) -> Vec<File> {
    payload.sort();
    let mut tags: Vec<File> = [
        ("README.md", readme::readme(proof)),
        ("bag-info.txt", info(proof, &payload)),
        ("bagit.txt", BAGIT.to_owned()),
        (PAYLOAD_MANIFEST, manifest(&payload)),
        ("verify.py", SCRIPT.to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .collect();
    let tag_manifest = manifest(&tags);
    tags.push((TAG_MANIFEST.to_owned(), tag_manifest.into_bytes()));
    tags.extend(payload);
    tags.sort();
    tags
}

/// One line for each file: SHA-256, two spaces, name (RFC 8493, section 2.1.3).
fn manifest(files: &[File]) -> String {
    let line = |(name, content): &File| format!("{}  {name}\n", ItemId::of(content));
    files.iter().map(line).collect()
}

/// `bag-info.txt` (RFC 8493, section 2.2.2), without the time of day: the same items give the same bundle.
fn info(proof: &Proof<'_>, payload: &[File]) -> String {
    let n_bytes: usize = payload.iter().map(|(_, content)| content.len()).sum();
    let description = match proof.disclosure {
        Disclosure::Whole => "Items with their exact bytes and the evidence for them",
        Disclosure::Private => "Signed header fields and hashes of items whose bytes stay private",
    };
    let mut lines = vec![
        format!("Bag-Software-Agent: {}", proof.program),
        format!("External-Description: {description}"),
        format!("Payload-Oxum: {n_bytes}.{}", payload.len()),
        format!("Examination-Ended: {}", proof.examination.ended),
        format!("Examination-Version: {}", proof.examination.version),
    ];
    if let Some(digest) = proof.content_digest {
        lines.push(format!("Case-Content-SHA256: {digest}"));
    }
    lines.join("\n") + "\n"
}
