//! Windows bitmaps (MS-WMF, sections 2.2.2.3 and 2.2.2.9: `BITMAPCOREHEADER`, `BITMAPINFOHEADER`; the file header of 14
//! bytes before them), as far as they are not compressed.

use super::formats::unpacked;
use super::{Pixels, allowed};

/// The header of the file; that of the picture follows.
const FILE_HEADER_BYTES: usize = 14;
const CORE_HEADER_BYTES: u32 = 12;
const INFO_HEADER_BYTES: u32 = 40;
/// Compression: none, and masks that say which bits are which colour.
const BI_RGB: u32 = 0;
const BI_BITFIELDS: u32 = 3;

/// What the headers say.
struct Header {
    width: u32,
    height: u32,
    /// The first line is the uppermost.
    is_top_down: bool,
    bits: u16,
    /// Red, green, blue.
    masks: [u32; 3],
    palette: Vec<[u8; 3]>,
    pixels_at: usize,
}

pub(super) fn decode(bytes: &[u8]) -> Result<Pixels, String> {
    let header = Header::read(bytes).ok_or("the header of the picture is damaged")??;
    let (width, height) = (header.width as usize, header.height as usize);
    // Lines begin at multiples of four bytes.
    let line_bytes = (width * usize::from(header.bits)).div_ceil(32) * 4;
    let pixels = bytes.get(header.pixels_at..).unwrap_or_default();
    let mut rgba = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        let line = if header.is_top_down {
            y
        } else {
            height - 1 - y
        };
        let line = pixels.get(line * line_bytes..(line + 1) * line_bytes);
        let line = line.ok_or("the picture ends before its last line")?;
        header.push_line(line, &mut rgba);
    }
    Ok(Pixels {
        width: header.width,
        height: header.height,
        rgba,
    })
}

impl Header {
    /// `None` where it ends too early.
    fn read(bytes: &[u8]) -> Option<Result<Self, String>> {
        let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let size = u32_at(FILE_HEADER_BYTES)?;
        let is_core = size == CORE_HEADER_BYTES;
        if !is_core && size < INFO_HEADER_BYTES {
            return None;
        }
        let (width, height) = if is_core {
            (u32::from(u16_at(18)?), i32::from(u16_at(20)?))
        } else {
            (u32_at(18)?, u32_at(22)?.cast_signed())
        };
        let bits = u16_at(if is_core { 24 } else { 28 })?;
        let compression = if is_core { BI_RGB } else { u32_at(30)? };
        let can_be_read = known(bits, compression);
        if let Err(reason) = can_be_read.and_then(|()| allowed(width, height.unsigned_abs())) {
            return Some(Err(reason));
        }
        let after = FILE_HEADER_BYTES + usize::try_from(size).ok()?;
        let masks = match (compression, bits) {
            // Behind the header of 40 bytes, or in a longer one: at the same place.
            (BI_BITFIELDS, _) => [u32_at(54)?, u32_at(58)?, u32_at(62)?],
            (_, 16) => [0x7c00, 0x03e0, 0x001f],
            _ => [0x00ff_0000, 0x0000_ff00, 0x0000_00ff],
        };
        let palette = if bits <= 8 {
            let stored = if is_core { 0 } else { u32_at(46)? };
            palette(
                bytes.get(after..)?,
                bits,
                stored,
                if is_core { 3 } else { 4 },
            )
        } else {
            Vec::new()
        };
        Some(Ok(Self {
            width,
            height: height.unsigned_abs(),
            is_top_down: height < 0,
            bits,
            masks,
            palette,
            pixels_at: usize::try_from(u32_at(10)?).ok()?,
        }))
    }

    fn push_line(&self, line: &[u8], rgba: &mut Vec<u8>) {
        let mut push = |[red, green, blue]: [u8; 3]| rgba.extend([red, green, blue, 255]);
        match self.bits {
            bits @ (1 | 4 | 8) => {
                let bits = u8::try_from(bits).unwrap_or(8);
                for index in unpacked(line, self.width, bits).take(self.width as usize) {
                    push(
                        self.palette
                            .get(usize::from(index))
                            .copied()
                            .unwrap_or_default(),
                    );
                }
            }
            bits => {
                let bytes = usize::from(bits / 8);
                for pixel in line.chunks_exact(bytes).take(self.width as usize) {
                    let value = pixel
                        .iter()
                        .rev()
                        .fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
                    push(self.masks.map(|mask| masked(value, mask)));
                }
            }
        }
    }
}

/// Refuses what is packed in another way.
fn known(bits: u16, compression: u32) -> Result<(), String> {
    let is_known = match bits {
        1 | 4 | 8 | 24 => compression == BI_RGB,
        16 | 32 => compression == BI_RGB || compression == BI_BITFIELDS,
        _ => false,
    };
    if is_known {
        return Ok(());
    }
    Err(format!(
        "bitmaps with {bits} bits a pixel and the compression {compression} are not decoded"
    ))
}

/// The colours that indices stand for: as many as are `stored`, or as many as there are indices.
fn palette(bytes: &[u8], bits: u16, stored: u32, colour_bytes: usize) -> Vec<[u8; 3]> {
    let most = 1_usize << bits;
    let stored = usize::try_from(stored).ok();
    let n_colours = stored.filter(|n| (1..=most).contains(n)).unwrap_or(most);
    let colours = bytes.chunks_exact(colour_bytes).take(n_colours);
    colours
        .filter_map(|colour| Some([*colour.get(2)?, *colour.get(1)?, *colour.first()?]))
        .collect()
}

/// The bits of a mask, spread over eight.
fn masked(value: u32, mask: u32) -> u8 {
    let most = u64::from(mask.checked_shr(mask.trailing_zeros()).unwrap_or(0));
    if most == 0 {
        return 0;
    }
    let part = u64::from((value & mask) >> mask.trailing_zeros());
    u8::try_from(part * 255 / most).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bitmap(bits: u16, height: i32, palette: &[u8], lines: &[u8]) -> Vec<u8> {
        let at = 54 + palette.len();
        let mut bytes = b"BM\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend(u32::try_from(at).unwrap().to_le_bytes());
        bytes.extend(40_u32.to_le_bytes());
        bytes.extend(2_u32.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend([1, 0]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend([0; 24]);
        bytes.extend(palette);
        bytes.extend(lines);
        bytes
    }

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];

    #[test]
    fn the_lowest_line_comes_first_unless_the_height_is_negative() {
        let lines = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0];
        let up = decode(&bitmap(24, 2, &[], &lines)).unwrap();
        assert_eq!((up.at(0, 0), up.at(0, 1)), (BLUE, RED));
        let down = decode(&bitmap(24, -2, &[], &lines)).unwrap();
        assert_eq!((down.at(1, 0), down.at(1, 1)), (RED, BLUE));
    }

    #[test]
    fn few_bits_are_looked_up_or_spread() {
        let palette = [0, 0, 255, 0, 255, 0, 0, 0];
        let one_bit = decode(&bitmap(1, 1, &palette, &[0b0100_0000, 0, 0, 0])).unwrap();
        assert_eq!((one_bit.at(0, 0), one_bit.at(1, 0)), (RED, BLUE));
        let sixteen = decode(&bitmap(16, 1, &[], &[0x00, 0x7c, 0x1f, 0x00])).unwrap();
        assert_eq!((sixteen.at(0, 0), sixteen.at(1, 0)), (RED, BLUE));
    }

    #[test]
    fn what_is_cut_off_or_compressed_says_so() {
        let whole = bitmap(24, 2, &[], &[0; 16]);
        assert!(decode(&whole[..60]).is_err());
        assert!(decode(&whole[..20]).is_err());
        let mut packed = whole.clone();
        packed[30] = 1;
        assert!(decode(&packed).is_err_and(|reason| reason.contains("compression 1")));
        let mut huge = whole;
        huge[18..22].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(decode(&huge).is_err_and(|reason| reason.contains("more than")));
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(at in 0_usize..70, byte in 0_u8.., bits in 0_usize..6) {
            let bits = [1, 4, 8, 16, 24, 32][bits];
            let mut bytes = bitmap(bits, 2, &[7; 8], &[9; 16]);
            bytes[at] = byte;
            let _ = decode(&bytes);
        }
    }
}
