//! A picture made anew, for looking at: decoded to pixels, made small, written as PNG. Nothing else of the file is
//! taken over, so what could harm a browser stays behind. For worker processes: decoders of pictures are complex.

use std::io::Cursor;

use exif::{In, Tag};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Pixels of a picture that is decoded; each takes four bytes.
const PIXELS_MAX: u64 = 64 << 20;
/// Width and height of what comes out, in pixels.
const SIDE_MAX: u32 = 1024;

/// Media types that can be shown.
pub const PREVIEWED: [&str; 3] = ["image/gif", "image/jpeg", "image/png"];

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
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
        [b'G', b'I', b'F', b'8', ..] => gif(bytes),
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

fn png(bytes: &[u8]) -> Result<Pixels, String> {
    let limits = png::Limits {
        bytes: usize::try_from(PIXELS_MAX * 8).unwrap_or(usize::MAX),
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (width, height) = reader.info().size();
    allowed(width, height)?;
    let length = reader
        .output_buffer_size()
        .ok_or("the picture is too large")?;
    let mut samples = vec![0; length];
    let info = reader.next_frame(&mut samples).map_err(damaged)?;
    samples.truncate(info.buffer_size());
    rgba(width, height, &samples, info.color_type.samples())
}

fn jpeg(bytes: &[u8]) -> Result<Pixels, String> {
    let options = DecoderOptions::default()
        .set_max_width(1 << 16)
        .set_max_height(1 << 16)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let info = decoder
        .info()
        .ok_or("the picture says nothing of its size")?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    allowed(width, height)?;
    let samples = decoder.decode().map_err(damaged)?;
    let n_samples = decoder
        .output_colorspace()
        .map_or(3, |colours| colours.num_components());
    rgba(width, height, &samples, n_samples)
}

fn gif(bytes: &[u8]) -> Result<Pixels, String> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let bytes_max = std::num::NonZeroU64::new(PIXELS_MAX * 4).unwrap_or(std::num::NonZeroU64::MIN);
    options.set_memory_limit(gif::MemoryLimit::Bytes(bytes_max));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(damaged)?;
    let frame = decoder.read_next_frame().map_err(damaged)?;
    let frame = frame.ok_or("the picture holds no frame")?;
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    allowed(width, height)?;
    rgba(width, height, &frame.buffer, 4)
}

/// Samples of one (grey), two (grey, opacity), three or four a pixel as four.
fn rgba(width: u32, height: u32, samples: &[u8], n_samples: usize) -> Result<Pixels, String> {
    let n_pixels = width as usize * height as usize;
    let mut rgba = Vec::with_capacity(n_pixels * 4);
    for pixel in samples.chunks_exact(n_samples.max(1)).take(n_pixels) {
        rgba.extend(match *pixel {
            [grey] => [grey, grey, grey, 255],
            [grey, opacity] => [grey, grey, grey, opacity],
            [red, green, blue] => [red, green, blue, 255],
            [red, green, blue, opacity] => [red, green, blue, opacity],
            _ => return Err("the picture has colours of an unknown kind".to_owned()),
        });
    }
    if rgba.len() < n_pixels * 4 {
        return Err("the picture ends before its last line".to_owned());
    }
    Ok(Pixels {
        width,
        height,
        rgba,
    })
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
        let small = png(&preview(&large).unwrap()).unwrap();
        assert_eq!((small.width, small.height), (1000, 500));
        assert_eq!(small.at(0, 0), [255, 0, 0, 255]);
        assert_eq!(small.at(999, 499), [0, 0, 255, 255]);
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
        fn damage_never_panics(at in 0_usize..200, byte in 0_u8.., start in 0_usize..3) {
            let heads: [&[u8]; 3] = [b"", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"GIF89a\x02\x00\x02\x00\x80\x00\x00"];
            let mut bytes = [heads[start], &written(&picture(8, 8)).unwrap()].concat();
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
            let _ = preview(&bytes);
        }
    }
}
