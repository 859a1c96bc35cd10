//! Windows code pages and language identifiers, as OLE2 property sets and RTF name them.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// `lcid`, tab, BCP 47 tag; from MS-LCID 2.2.
const LANGUAGES: &str = include_str!("lcid.tsv");

/// The encoding of a Windows code page, where it is known.
pub(super) fn encoding(page: u16) -> Option<&'static Encoding> {
    let encoding = match page {
        437 | 850 | 858 | 1252 | 28591 | 20127 => encoding_rs::WINDOWS_1252,
        866 => encoding_rs::IBM866,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 => encoding_rs::GBK,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1200 => encoding_rs::UTF_16LE,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10000 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        20866 => encoding_rs::KOI8_R,
        21866 => encoding_rs::KOI8_U,
        28592 => encoding_rs::ISO_8859_2,
        28595 => encoding_rs::ISO_8859_5,
        28605 => encoding_rs::ISO_8859_15,
        65001 => encoding_rs::UTF_8,
        _ => return None,
    };
    Some(encoding)
}

/// The code page of an RTF or Windows font charset (MS-WMF 2.1.1.5), where it has one.
pub(super) const fn of_charset(charset: u8) -> Option<u16> {
    Some(match charset {
        0 => 1252,
        77 => 10000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

/// The language tag of a Windows language identifier: `ru-RU` of 1049; `lcid-4711` where it is unknown; `None` for
/// "none", "neutral" and "no proofing".
pub(super) fn language(lcid: u32) -> Option<Cow<'static, str>> {
    if matches!(lcid, 0 | 127 | 255 | 1024 | 2048) {
        return None;
    }
    let row = LANGUAGES.lines().find_map(|row| {
        let (number, tag) = row.split_once('\t')?;
        (number.parse() == Ok(lcid)).then_some(tag)
    });
    Some(row.map_or_else(|| Cow::Owned(format!("lcid-{lcid}")), Cow::Borrowed))
}
