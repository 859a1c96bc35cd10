//! Archives, real ones and crooked ones.

use std::io::{Cursor, Write as _};

use sevenz_rust2::encoder_options::AesEncoderOptions;
use sevenz_rust2::{ArchiveEntry, ArchiveWriter, EncoderMethod, Password};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(crate) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A 7z archive, encrypted where there is a password.
pub(crate) fn sevenz_of(members: &[(&str, &[u8])], password: Option<&str>) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    let mut methods = vec![EncoderMethod::LZMA2.into()];
    if let Some(password) = password {
        methods.insert(0, AesEncoderOptions::new(Password::from(password)).into());
    }
    writer.set_content_methods(methods);
    writer.set_encrypt_header(false);
    for (name, content) in members {
        let entry = ArchiveEntry::new_file(name);
        writer.push_archive_entry(entry, Some(*content)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn gzip_of(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A tar archive (POSIX ustar); names may be any bytes.
pub(crate) fn tar_of(members: &[(&[u8], &[u8])]) -> Vec<u8> {
    let entries = members
        .iter()
        .map(|(name, content)| tar_entry(name, content));
    let mut archive: Vec<u8> = entries.flatten().collect();
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn tar_entry(name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name);
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut entry = header.to_vec();
    entry.extend_from_slice(content);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

/// Where the directory entry of a zip member lies (APPNOTE 4.3.12).
pub(crate) fn zip_directory_entry(archive: &[u8], member: &str) -> usize {
    let is_entry = |at: &usize| {
        archive[*at..].starts_with(b"PK\x01\x02")
            && archive[at + 46..].starts_with(member.as_bytes())
    };
    (0..archive.len().saturating_sub(46))
        .find(is_entry)
        .unwrap()
}

/// Where the local header of a zip member lies (APPNOTE 4.3.7).
pub(crate) fn zip_local_header(archive: &[u8], member: &str) -> usize {
    let is_header = |at: &usize| {
        archive[*at..].starts_with(b"PK\x03\x04")
            && archive[at + 30..].starts_with(member.as_bytes())
    };
    (0..archive.len().saturating_sub(30))
        .find(is_header)
        .unwrap()
}
