//! A picture made anew, for looking at: decoded to pixels, made small, written as PNG. Nothing else of the file is
//! taken over, so what could harm a browser stays behind. For worker processes: decoders of pictures are complex.

mod bmp;
mod formats;

use std::io::Cursor;

use exif::{In, Tag};

/// Pixels of a picture that is decoded; each takes four bytes.
const PIXELS_MAX: u64 = 64 << 20;
/// Width and height of what comes out, in pixels.
const SIDE_MAX: u32 = 1024;

/// Media types that can be shown.
pub const PREVIEWED: [&str; 6] = [
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
];

/// Eight bits each of red, green, blue and opacity, line by line.
struct Pixels {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

/// A PNG of at most 1024 × 1024 pixels that shows this picture; of a moving one its first.
///
/// # Errors
/// Why there is none, as a fragment that fits "no preview: {error}".
pub fn preview(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let pixels = match bytes {
        [0x89, b'P', b'N', b'G', ..] => formats::png(bytes),
        [0xff, 0xd8, 0xff, ..] => formats::jpeg(bytes),
        [b'G', b'I', b'F', b'8', ..] => formats::gif(bytes),
        [b'R', b'I', b'F', b'F', ..] => formats::webp(bytes),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => formats::tiff(bytes),
        [b'B', b'M', ..] => bmp::decode(bytes),
        _ => Err("pictures of this format are not decoded".to_owned()),
    }?;
    written(&turned(smaller(pixels), orientation(bytes)))
}

/// Refuses what would take too much memory, before it does.
fn allowed(width: u32, height: u32) -> Result<(), String> {
    if width == 0 || height == 0 {
        return Err("the picture has no pixels".to_owned());
    }
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(format!(
            "the picture has {width} × {height} pixels, more than {PIXELS_MAX}"
        ));
    }
    Ok(())
}

fn damaged(error: impl std::fmt::Display) -> String {
    format!("the picture cannot be decoded: {error}")
}

/// The picture within [`SIDE_MAX`]: each pixel is the mean of those it stands for.
fn smaller(pixels: Pixels) -> Pixels {
    let step = pixels.width.max(pixels.height).div_ceil(SIDE_MAX);
    if step <= 1 {
        return pixels;
    }
    let (width, height) = (pixels.width.div_ceil(step), pixels.height.div_ceil(step));
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    for y in 0..height {
        for x in 0..width {
            rgba.extend(pixels.mean(x * step, y * step, step));
        }
    }
    Pixels {
        width,
        height,
        rgba,
    }
}

impl Pixels {
    fn at(&self, x: u32, y: u32) -> [u8; 4] {
        let start = (y as usize * self.width as usize + x as usize) * 4;
        let pixel = self.rgba.get(start..start + 4);
        pixel
            .and_then(|pixel| pixel.try_into().ok())
            .unwrap_or_default()
    }

    fn mean(&self, left: u32, top: u32, side: u32) -> [u8; 4] {
        let (right, bottom) = ((left + side).min(self.width), (top + side).min(self.height));
        let (mut sums, mut n) = ([0_u64; 4], 0_u64);
        for y in top..bottom {
            for x in left..right {
                for (sum, sample) in sums.iter_mut().zip(self.at(x, y)) {
                    *sum += u64::from(sample);
                }
                n += 1;
            }
        }
        sums.map(|sum| u8::try_from(sum / n.max(1)).unwrap_or(u8::MAX))
    }
}

/// How the camera was held (EXIF 2.32, tag 0x0112); 1 where nothing is said.
fn orientation(bytes: &[u8]) -> u32 {
    let read = exif::Reader::new().read_from_container(&mut Cursor::new(bytes));
    let field = read.ok().and_then(|exif| {
        let field = exif.get_field(Tag::Orientation, In::PRIMARY)?;
        field.value.get_uint(0)
    });
    field.filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

fn turned(pixels: Pixels, orientation: u32) -> Pixels {
    if orientation == 1 {
        return pixels;
    }
    let is_on_side = orientation >= 5;
    let (width, height) = if is_on_side {
        (pixels.height, pixels.width)
    } else {
        (pixels.width, pixels.height)
    };
    let (right, bottom) = (pixels.width - 1, pixels.height - 1);
    let mut rgba = Vec::with_capacity(pixels.rgba.len());
    for y in 0..height {
        for x in 0..width {
            let (from_x, from_y) = match orientation {
                2 => (right - x, y),
                3 => (right - x, bottom - y),
                4 => (x, bottom - y),
                5 => (y, x),
                6 => (y, bottom - x),
                7 => (right - y, bottom - x),
                _ => (right - y, x),
            };
            rgba.extend(pixels.at(from_x, from_y));
        }
    }
    Pixels {
        width,
        height,
        rgba,
    }
}

fn written(pixels: &Pixels) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixels.width, pixels.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(damaged)?;
    writer.write_image_data(&pixels.rgba).map_err(damaged)?;
    writer.finish().map_err(damaged)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red at the left, blue at the right.
    fn picture(width: u32, height: u32) -> Pixels {
        let line = (0..width).flat_map(|x| {
            if x < width / 2 {
                [255, 0, 0, 255]
            } else {
                [0, 0, 255, 255]
            }
        });
        let line: Vec<u8> = line.collect();
        Pixels {
            width,
            height,
            rgba: line.repeat(height as usize),
        }
    }

    #[test]
    fn a_large_picture_becomes_a_small_one_of_the_same_look() {
        let large = written(&picture(3000, 1500)).unwrap();
        let small = formats::png(&preview(&large).unwrap()).unwrap();
        assert_eq!((small.width, small.height), (1000, 500));
        assert_eq!(small.at(0, 0), [255, 0, 0, 255]);
        assert_eq!(small.at(999, 499), [0, 0, 255, 255]);
    }

    /// What a picture looks like that was made anew.
    fn seen(bytes: &[u8]) -> Pixels {
        formats::png(&preview(bytes).unwrap()).unwrap()
    }

    #[test]
    fn pictures_of_the_web_and_of_scanners_are_shown() {
        let rgb: Vec<u8> = picture(8, 4)
            .rgba
            .chunks(4)
            .flat_map(|p| p[..3].to_vec())
            .collect();
        let mut webp = Vec::new();
        let encoder = image_webp::WebPEncoder::new(&mut webp);
        encoder
            .encode(&rgb, 8, 4, image_webp::ColorType::Rgb8)
            .unwrap();
        let mut tiff = Cursor::new(Vec::new());
        let mut encoder = tiff::encoder::TiffEncoder::new(&mut tiff).unwrap();
        encoder
            .write_image::<tiff::encoder::colortype::RGB8>(8, 4, &rgb)
            .unwrap();
        for bytes in [webp, tiff.into_inner()] {
            let seen = seen(&bytes);
            assert_eq!((seen.width, seen.height), (8, 4));
            assert_eq!(seen.at(0, 0), [255, 0, 0, 255]);
            assert_eq!(seen.at(7, 3), [0, 0, 255, 255]);
        }
    }

    /// A page of one bit a pixel, as faxes are kept: white is 0 (TIFF 6.0, section 3).
    #[test]
    fn a_page_of_a_fax_is_black_on_white() {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        let fields: [(u16, u16, u32); 8] = [
            (256, 3, 9),
            (257, 3, 2),
            (258, 3, 1),
            (259, 3, 1),
            (262, 3, 0),
            (273, 4, 8 + 2 + 8 * 12 + 4),
            (278, 3, 2),
            (279, 4, 4),
        ];
        bytes.extend(8_u16.to_le_bytes());
        for (tag, kind, value) in fields {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend([0; 4]);
        bytes.extend([0b0100_0000, 0b1000_0000, 0, 0]);
        let seen = seen(&bytes);
        assert_eq!((seen.width, seen.height), (9, 2));
        let (black, white) = ([0, 0, 0, 255], [255; 4]);
        assert_eq!(
            [seen.at(0, 0), seen.at(1, 0), seen.at(8, 0), seen.at(8, 1)],
            [white, black, black, white]
        );
    }

    #[test]
    fn a_picture_taken_on_its_side_stands_up() {
        let turned = |orientation| turned(picture(4, 2), orientation);
        assert_eq!((turned(6).width, turned(6).height), (2, 4));
        assert_eq!(turned(6).at(0, 0), [255, 0, 0, 255], "left becomes top");
        assert_eq!(turned(8).at(0, 0), [0, 0, 255, 255], "left becomes bottom");
        assert_eq!(turned(3).at(0, 0), [0, 0, 255, 255]);
    }

    #[test]
    fn what_is_no_picture_says_why() {
        assert_eq!(
            preview(b"<svg onload=x>").unwrap_err(),
            "pictures of this format are not decoded"
        );
        let mut huge = written(&picture(2, 2)).unwrap();
        huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(preview(&huge).is_err());
        let whole = written(&picture(20, 20)).unwrap();
        assert!(preview(&whole[..whole.len() / 2]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(at in 0_usize..200, byte in 0_u8.., start in 0_usize..5) {
            let heads: [&[u8]; 5] = [b"", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"GIF89a\x02\x00\x02\x00\x80\x00\x00",
                b"RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f", b"II*\0\x08\0\0\0\x08\0\0\x01\x03\0\x01\0\0\0\x09\0\0\0"];
            let mut bytes = [heads[start], &written(&picture(8, 8)).unwrap()].concat();
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
            let _ = preview(&bytes);
        }
    }
}
