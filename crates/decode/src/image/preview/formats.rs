//! Formats of pictures to pixels.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::DecodingResult;
use tiff::tags::Tag as TiffTag;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{PIXELS_MAX, Pixels, allowed, damaged};

/// Bytes of memory that a decoder may take for pixels.
fn bytes_max() -> usize {
    usize::try_from(PIXELS_MAX * 4).unwrap_or(usize::MAX)
}

pub(super) fn png(bytes: &[u8]) -> Result<Pixels, String> {
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

pub(super) fn jpeg(bytes: &[u8]) -> Result<Pixels, String> {
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

pub(super) fn gif(bytes: &[u8]) -> Result<Pixels, String> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let limit = std::num::NonZeroU64::new(PIXELS_MAX * 4).unwrap_or(std::num::NonZeroU64::MIN);
    options.set_memory_limit(gif::MemoryLimit::Bytes(limit));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(damaged)?;
    let frame = decoder.read_next_frame().map_err(damaged)?;
    let frame = frame.ok_or("the picture holds no frame")?;
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    allowed(width, height)?;
    rgba(width, height, &frame.buffer, 4)
}

/// The still picture, or the first of a moving one.
pub(super) fn webp(bytes: &[u8]) -> Result<Pixels, String> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    allowed(width, height)?;
    decoder.set_memory_limit(bytes_max());
    let length = decoder
        .output_buffer_size()
        .ok_or("the picture is too large")?;
    let mut samples = vec![0; length];
    decoder.read_image(&mut samples).map_err(damaged)?;
    rgba(
        width,
        height,
        &samples,
        if decoder.has_alpha() { 4 } else { 3 },
    )
}

/// The first picture of the file: of a fax its first page.
pub(super) fn tiff(bytes: &[u8]) -> Result<Pixels, String> {
    let mut limits = tiff::decoder::Limits::default();
    limits.decoding_buffer_size = bytes_max();
    let decoder = tiff::decoder::Decoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut decoder = decoder.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(damaged)?;
    allowed(width, height)?;
    let colours = decoder.colortype().map_err(damaged)?;
    let palette = match colours {
        ColorType::Palette(_) => decoder
            .get_tag_u16_vec(TiffTag::ColorMap)
            .map_err(damaged)?,
        _ => Vec::new(),
    };
    let samples = match decoder.read_image().map_err(damaged)? {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.into_iter().map(high_byte).collect(),
        _ => return Err("the picture has samples of an unknown kind".to_owned()),
    };
    match colours {
        ColorType::Gray(8 | 16) => rgba(width, height, &samples, 1),
        ColorType::GrayA(8 | 16) => rgba(width, height, &samples, 2),
        ColorType::RGB(8 | 16) => rgba(width, height, &samples, 3),
        ColorType::RGBA(8 | 16) => rgba(width, height, &samples, 4),
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let most = (1_u8 << bits) - 1;
            let greys = unpacked(&samples, width, bits).map(|grey| grey * (255 / most));
            rgba(width, height, &greys.collect::<Vec<u8>>(), 1)
        }
        ColorType::Palette(bits @ (1 | 2 | 4 | 8)) => {
            let indices = unpacked(&samples, width, bits);
            let colours = indices.flat_map(|index| of_palette(&palette, bits, index));
            rgba(width, height, &colours.collect::<Vec<u8>>(), 3)
        }
        ColorType::CMYK(8 | 16) => {
            let inks = samples.chunks_exact(4);
            let colours = inks.flat_map(|inks| of_inks(inks.try_into().unwrap_or([0; 4])));
            rgba(width, height, &colours.collect::<Vec<u8>>(), 3)
        }
        other => Err(format!(
            "pictures with colours of the kind {other:?} are not decoded"
        )),
    }
}

fn high_byte(sample: u16) -> u8 {
    sample.to_be_bytes()[0]
}

/// Samples of 1, 2, 4 or 8 bits, the highest first, in lines that begin with a byte.
pub(super) fn unpacked(samples: &[u8], width: u32, bits: u8) -> impl Iterator<Item = u8> + '_ {
    let per_byte = usize::from(8 / bits.clamp(1, 8));
    let width = width as usize;
    let mask = u8::MAX >> (8 - bits.clamp(1, 8));
    let lines = samples.chunks(width.div_ceil(per_byte).max(1));
    lines.flat_map(move |line| {
        let samples = line.iter().flat_map(move |byte| {
            let shifts = (0..8 / bits.clamp(1, 8)).rev();
            shifts.map(move |place| byte >> (place * bits) & mask)
        });
        samples.take(width)
    })
}

/// Red, green and blue of an index (TIFF 6.0, section 5: all reds, then all greens, then all blues).
fn of_palette(palette: &[u16], bits: u8, index: u8) -> [u8; 3] {
    let n_colours = 1_usize << bits;
    [0, 1, 2].map(|part| {
        let place = part * n_colours + usize::from(index);
        palette.get(place).copied().map_or(0, high_byte)
    })
}

/// Red, green and blue of cyan, magenta, yellow and black, as if inks were ideal.
fn of_inks([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    [cyan, magenta, yellow].map(|ink| {
        let light = u16::from(255 - ink) * u16::from(255 - black) / 255;
        u8::try_from(light).unwrap_or(u8::MAX)
    })
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
