//! Pictures: noise over a slope of grey or colour, so that they weigh what real ones weigh.

use jpeg_encoder::{ColorType, Encoder};

use super::{Properties, Recipe};
use crate::MakeError;
use crate::moment::{Moment, zone};
use crate::plan::Scale;
use crate::random::Random;

pub(super) fn photo(recipe: &Recipe, properties: &Properties) -> Result<Vec<u8>, MakeError> {
    let mut random = Random::new(recipe.seed);
    let width = match recipe.scale {
        Scale::Real => random.between(900, 2600) as u16,
        Scale::Small => random.between(120, 180) as u16,
    };
    let (height, model) = (
        width / 4 * 3,
        random.pick(&["iPhone 6", "iPhone 5s", "iPhone SE"]),
    );
    let pixels = pixels(&mut random, width, height, 3);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 82);
    encoder
        .add_exif_metadata(&exif(model, properties.modified))
        .map_err(|_| MakeError::Document)?;
    encoder
        .encode(&pixels, width, height, ColorType::Rgb)
        .map_err(|_| MakeError::Document)?;
    Ok(bytes)
}

/// A scanned page: its JPEG, width and height.
pub(super) fn page(random: &mut Random, scale: Scale) -> Result<(Vec<u8>, u16, u16), MakeError> {
    let width = match scale {
        Scale::Real => random.between(1000, 1654) as u16,
        Scale::Small => random.between(130, 170) as u16,
    };
    let height = width / 70 * 99;
    let pixels = pixels(random, width, height, 1);
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 70)
        .encode(&pixels, width, height, ColorType::Luma)
        .map_err(|_| MakeError::Document)?;
    Ok((bytes, width, height))
}

fn pixels(random: &mut Random, width: u16, height: u16, n_channels: usize) -> Vec<u8> {
    let (width, height) = (usize::from(width), usize::from(height));
    let mut pixels = Vec::with_capacity(width * height * n_channels);
    let mut noise = 0;
    for row in 0..height {
        for column in 0..width {
            if column % 8 == 0 {
                noise = random.next();
            }
            let grain = (noise & 0x1f) as usize;
            noise >>= 8;
            let light = 60 + (row * 90 / height) + (column * 60 / width);
            for channel in 0..n_channels {
                pixels.push((light + grain + channel * 9).min(255) as u8);
            }
        }
    }
    pixels
}

/// A TIFF block as telephones write it (EXIF 2.3, section 4.6): maker, model, software and times.
fn exif(model: &str, taken: Moment) -> Vec<u8> {
    const SUB_DIRECTORY: u16 = 0x8769;
    let time = taken.format(&zone("Europe/Paris"), "%Y:%m:%d %H:%M:%S");
    let version = if taken < Moment::day(2016, 9, 30) {
        "9.3.1"
    } else {
        "10.0.2"
    };
    let first = [
        (0x010f, "Apple"),
        (0x0110, model),
        (0x0131, version),
        (0x0132, time.as_str()),
    ];
    let mut block = b"II\x2a\0\x08\0\0\0".to_vec();
    let n_entries = first.len() as u16 + 1;
    let strings_at = 8 + 2 + u32::from(n_entries) * 12 + 4;
    let strings_length: u32 = first.iter().map(|(_, text)| text.len() as u32 + 1).sum();
    let mut strings = Vec::new();
    block.extend_from_slice(&n_entries.to_le_bytes());
    for (tag, text) in first {
        ascii_entry(&mut block, tag, text, strings_at + strings.len() as u32);
        strings.extend_from_slice(text.as_bytes());
        strings.push(0);
    }
    entry(&mut block, SUB_DIRECTORY, 4, 1, strings_at + strings_length);
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(&strings);
    block.extend_from_slice(&1_u16.to_le_bytes());
    ascii_entry(
        &mut block,
        0x9003,
        &time,
        strings_at + strings_length + 2 + 12 + 4,
    );
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(time.as_bytes());
    block.push(0);
    block
}

fn ascii_entry(block: &mut Vec<u8>, tag: u16, text: &str, offset: u32) {
    entry(block, tag, 2, text.len() as u32 + 1, offset);
}

fn entry(block: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32) {
    block.extend_from_slice(&tag.to_le_bytes());
    block.extend_from_slice(&kind.to_le_bytes());
    block.extend_from_slice(&count.to_le_bytes());
    block.extend_from_slice(&value.to_le_bytes());
}
