//! Packs a folder of the dump into a zip or a compressed tar archive and removes the folder.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use crate::MakeError;
use crate::plan::Wrap;

/// Bytes of a tar block (POSIX ustar).
const BLOCK: usize = 512;

pub(super) const fn suffix(wrap: Wrap) -> &'static str {
    match wrap {
        Wrap::None => "",
        Wrap::Zip => ".zip",
        Wrap::TarGz => ".tar.gz",
    }
}

pub(super) fn pack(root: &Path, name: &str, wrap: Wrap) -> Result<(), MakeError> {
    let mut files = Vec::new();
    list(root, name, &mut files)?;
    let target = BufWriter::new(File::create(root.join(format!("{name}{}", suffix(wrap))))?);
    match wrap {
        Wrap::None => {}
        Wrap::Zip => zip(root, &files, target)?,
        Wrap::TarGz => tar_gz(root, &files, target)?,
    }
    Ok(fs::remove_dir_all(root.join(name))?)
}

/// All files below a folder, in the order of their names.
fn list(root: &Path, folder: &str, files: &mut Vec<String>) -> Result<(), MakeError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        names.push((
            format!("{folder}/{}", entry.file_name().to_string_lossy()),
            entry.file_type()?.is_dir(),
        ));
    }
    names.sort();
    for (path, is_folder) in names {
        if is_folder {
            list(root, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn zip(root: &Path, files: &[String], target: BufWriter<File>) -> Result<(), MakeError> {
    let packed = DateTime::from_date_and_time(2017, 5, 4, 21, 10, 0).unwrap_or_default();
    let mut writer = ZipWriter::new(target);
    for path in files {
        let length = fs::metadata(root.join(path))?.len();
        let options = SimpleFileOptions::default()
            .last_modified_time(packed)
            .large_file(length >= u64::from(u32::MAX));
        writer.start_file(path.as_str(), options)?;
        io::copy(
            &mut BufReader::new(File::open(root.join(path))?),
            &mut writer,
        )?;
    }
    writer.finish()?.flush()?;
    Ok(())
}

fn tar_gz(root: &Path, files: &[String], target: BufWriter<File>) -> Result<(), MakeError> {
    let mut writer = GzBuilder::new()
        .mtime(0)
        .write(target, Compression::default());
    for path in files {
        let file = File::open(root.join(path))?;
        let length = file.metadata()?.len();
        writer.write_all(&tar_header(path, length))?;
        io::copy(&mut BufReader::new(file), &mut writer)?;
        let rest = (length % BLOCK as u64) as usize;
        if rest > 0 {
            writer.write_all(&vec![0; BLOCK - rest])?;
        }
    }
    writer.write_all(&[0; 2 * BLOCK])?;
    writer.finish()?.flush()?;
    Ok(())
}

/// A ustar header (POSIX.1-1988, section 10.1.1).
fn tar_header(path: &str, length: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(BLOCK);
    let mut put = |text: &str, width: usize| {
        let mut field = text.as_bytes().to_vec();
        field.resize(width, 0);
        header.extend_from_slice(&field);
    };
    put(path, 100);
    put("0000644", 8);
    put("0001750", 8);
    put("0001750", 8);
    put(&format!("{length:011o}"), 12);
    put("13102640550", 12);
    put("        ", 8);
    put("0", 1);
    put("", 100);
    put("ustar", 6);
    put("00", 2);
    put("", 247);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    header.splice(148..156, sum.bytes());
    header
}
