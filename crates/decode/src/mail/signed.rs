//! Content that lies inside a signed CMS object (RFC 8551, section 3.5.2), and what is encrypted.

use bytes::Bytes;
use mabillon_case::{ArmorKind, Armored, Attached, Layer, Part, Text};
use mabillon_signed::{Cms, OpenPgpMessage, read_cms, read_message};

use super::limits::SIGNED_LAYERS_MAX;
use super::warnings::{ENCRYPTED, Warnings};

/// Adds to what the message carries the entities that lie inside signed objects. Where the whole body is one, gives
/// the text that a reader is shown.
pub(super) fn open(
    parts: &[Part],
    attached: &mut Vec<Attached>,
    layer: u32,
    warnings: &mut Warnings,
) -> Option<Text> {
    let mut entities = Vec::new();
    for object in attached.iter() {
        let is_object = parts.get(object.part).is_some_and(Part::is_cms_object);
        if let (true, Ok(Cms::Signed(signed))) = (is_object, read_cms(&object.bytes))
            && let Some(content) = signed.content
        {
            entities.push(Attached {
                part: object.part,
                bytes: Bytes::from(content.into_owned()),
                layer: Layer::SignedEntity,
            });
        }
    }
    let shown = entities.iter().find(|entity| entity.part == 0);
    let shown = shown.map(|entity| entity.bytes.clone());
    attached.extend(entities);
    let entity = shown?;
    if layer >= SIGNED_LAYERS_MAX {
        warnings.add("signed-layer-limit", || {
            format!("the content lies under more than {SIGNED_LAYERS_MAX} signed layers; its text is read with what is attached")
        });
        return None;
    }
    let inside = super::decoded(entity, None, super::Origin::OwnBytes, layer + 1);
    Some(inside.message.text)
}

/// Says of each encrypted content that it is not examined.
pub(super) fn warn_of_encryption(
    parts: &[Part],
    attached: &[Attached],
    armored: &[Armored],
    warnings: &mut Warnings,
) {
    let mut warn = |number: &str| {
        warnings.add(ENCRYPTED, || match number {
            "" => "the body is encrypted: what it says is not examined".to_owned(),
            number => format!("part {number} is encrypted: what it says is not examined"),
        });
    };
    for part in parts
        .iter()
        .filter(|part| part.media_type == "multipart/encrypted")
    {
        warn(&part.number);
    }
    for object in attached {
        if let Some(part) = parts.get(object.part).filter(|part| part.is_cms_object())
            && matches!(read_cms(&object.bytes), Ok(Cms::Encrypted))
        {
            warn(&part.number);
        }
    }
    for block in armored {
        if block.kind == ArmorKind::Message
            && matches!(read_message(&block.packets), Ok(OpenPgpMessage::Encrypted))
            && let Some(part) = parts.get(block.part)
        {
            warn(&part.number);
        }
    }
}
