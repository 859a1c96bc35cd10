//! A single compressed file: gzip (RFC 1952), bzip2, xz, Zstandard (RFC 8878).

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::{
    Accounting, ContainerKind, EntryAct, EntryClock, EntryFacts, Form, ItemId, Stamp,
};

use super::entry_time::push;
use super::meter::{CountedInput, MeteredOutput};
use crate::fault::Fault;
use crate::intake::Intake;
use crate::limits::{
    COMPRESSED_MEMBERS_MAX, GZIP_NAME_BYTES_MAX, XZ_MEMORY_KIB_MAX, ZSTD_WINDOW_LOG_MAX,
};
use crate::printable::printable;
use crate::spot::{Spot, Taken, count, ignore};

/// File name extensions and what takes their place in the name of the content.
const EXTENSIONS: &[(&str, &str)] = &[
    (".gz", ""),
    (".bz2", ""),
    (".xz", ""),
    (".zst", ""),
    (".tgz", ".tar"),
    (".tbz2", ".tar"),
    (".tbz", ".tar"),
    (".txz", ".tar"),
    (".tzst", ".tar"),
];

/// A compressed file whose content was taken.
pub(crate) struct Content {
    account: Accounting,
    taken: Taken,
    n_consumed: u64,
}

impl Content {
    /// The account, once it is known how many bytes the file has.
    pub(crate) fn account(mut self, n_bytes: u64) -> Accounting {
        let n_content = match self.taken {
            Taken::Read | Taken::Ignored(_) => self.n_consumed.min(n_bytes),
            Taken::Failed => n_bytes,
        };
        count(&mut self.account, self.taken, n_content);
        ignore(
            &mut self.account,
            "bytes after the compressed data",
            n_bytes - n_content,
        );
        self.account
    }
}

/// Takes the content of a compressed file. What the decoder leaves unread stays in the reader.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    reader: &mut dyn Read,
    form: Form,
    parent: Option<ItemId>,
) -> ControlFlow<(), Content> {
    let account = intake.account(spot, ContainerKind::Compressed);
    let mut content = spot.member(&content_name(spot, &intake.exhibit), parent);
    content.length = spot.size_hint;
    let n_consumed = Rc::new(Cell::new(0));
    let fault = Fault::default();
    let mut input = CountedInput::new(reader, Rc::clone(&n_consumed));
    // An error comes again, and is told, when the content is read.
    let head = input.fill_buf().unwrap_or_default();
    content.entry = (form == Form::Gzip).then(|| Arc::new(gzip_facts(head)));
    let taken = match decoder(input, form) {
        Ok(inner) => {
            let mut output = fault.watch(MeteredOutput {
                inner,
                n_out: 0,
                n_consumed: Rc::clone(&n_consumed),
                expandable: Rc::clone(&intake.expandable),
                limits: intake.settings.limits.clone(),
            });
            intake.take_stream(&content, &mut output)?.taken
        }
        Err(error) => {
            intake.not_read(
                &content,
                None,
                format!("the compressed data cannot be read: {error}"),
            )?;
            Taken::Failed
        }
    };
    let taken = match fault.reason() {
        Some(reason) => {
            intake.not_read(
                &content,
                None,
                format!("the compressed data cannot be read to its end: {reason}"),
            )?;
            Taken::Failed
        }
        None => taken,
    };
    ControlFlow::Continue(Content {
        account,
        taken,
        n_consumed: n_consumed.get(),
    })
}

fn decoder<'a>(
    input: CountedInput<&'a mut dyn Read>,
    form: Form,
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match form {
        Form::Gzip => Box::new(Members::<_, flate2::bufread::GzDecoder<_>>::new(input)),
        Form::Bzip2 => Box::new(Members::<_, bzip2::bufread::BzDecoder<_>>::new(input)),
        Form::Xz => Box::new(xz(input)),
        Form::Zstd => Box::new(zstd(input)?),
        _ => return Err(io::Error::other("there is no decoder for this form")),
    })
}

/// What the header of a gzip file says of its content (RFC 1952, section 2.3.1).
fn gzip_facts(head: &[u8]) -> EntryFacts {
    let byte = |at: usize| head.get(at).copied().unwrap_or_default();
    let system = byte(9);
    let mut facts = EntryFacts {
        host: match system {
            0 => "fat".to_owned(),
            3 => "unix".to_owned(),
            7 => "macintosh".to_owned(),
            11 => "ntfs".to_owned(),
            255 => String::new(),
            other => format!("system {other}"),
        },
        method: "deflate".to_owned(),
        flags: u64::from(byte(3)),
        ..EntryFacts::new(ContainerKind::Compressed, 0)
    };
    let seconds = u32::from_le_bytes([byte(4), byte(5), byte(6), byte(7)]);
    let modified = (seconds != 0).then(|| Stamp::from_seconds(i64::from(seconds)));
    push(
        &mut facts,
        EntryAct::Modified,
        EntryClock::Gzip,
        modified.flatten(),
    );
    let is_named = byte(3) & 0b1000 != 0 && byte(3) & 0b100 == 0;
    let name = head.get(10..).filter(|_| is_named).unwrap_or_default();
    if let Some(end) = memchr::memchr(
        0,
        name.get(..name.len().min(GZIP_NAME_BYTES_MAX))
            .unwrap_or(name),
    ) {
        let name = printable(name.get(..end).unwrap_or_default());
        facts.records.push(("name".to_owned(), name));
    }
    facts
}

/// An xz decoder with a limit on its memory.
pub(super) fn xz<R: Read>(input: R) -> impl Read {
    Xz(lzma_rust2::XzReader::new_mem_limit(
        input,
        true,
        XZ_MEMORY_KIB_MAX,
    ))
}

/// Says of a file that needs more memory than the limit which limit that is: its library says the same of a system that
/// has no memory left.
struct Xz<R: Read>(lzma_rust2::XzReader<R>);

impl<R: Read> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            if error.kind() != io::ErrorKind::OutOfMemory {
                return error;
            }
            let limit = XZ_MEMORY_KIB_MAX >> 10;
            io::Error::other(format!("decoding it takes more than {limit} MiB of memory"))
        })
    }
}

/// A Zstandard decoder with a limit on its window.
pub(super) fn zstd<R: BufRead>(input: R) -> io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

/// A decoder of one member of a file that may have several, one after the other.
pub(super) trait MemberDecoder<R>: Read {
    /// The first bytes of each member.
    const MAGIC: &'static [u8];
    fn begin(input: R) -> Self;
    fn end(self) -> R;
}

impl<R: BufRead> MemberDecoder<R> for flate2::bufread::GzDecoder<R> {
    const MAGIC: &'static [u8] = b"\x1f\x8b";
    fn begin(input: R) -> Self {
        Self::new(input)
    }
    fn end(self) -> R {
        self.into_inner()
    }
}

impl<R: BufRead> MemberDecoder<R> for bzip2::bufread::BzDecoder<R> {
    const MAGIC: &'static [u8] = b"BZh";
    fn begin(input: R) -> Self {
        Self::new(input)
    }
    fn end(self) -> R {
        self.into_inner()
    }
}

/// All members of a file; what follows the last one is left unread.
pub(super) struct Members<R, D> {
    input: Option<R>,
    decoder: Option<D>,
    n_begun: u32,
}

impl<R: BufRead, D: MemberDecoder<R>> Members<R, D> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input: Some(input),
            decoder: None,
            n_begun: 0,
        }
    }
}

impl<R: BufRead, D: MemberDecoder<R>> Read for Members<R, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(mut input) = self.input.take() {
                let start = input.fill_buf()?;
                let n = start.len().min(D::MAGIC.len());
                if n == 0 || start.get(..n) != D::MAGIC.get(..n) {
                    self.input = Some(input);
                    return Ok(0);
                }
                self.n_begun += 1;
                if self.n_begun > COMPRESSED_MEMBERS_MAX {
                    let reason = format!("it has more than {COMPRESSED_MEMBERS_MAX} members");
                    return Err(io::Error::other(reason));
                }
                self.decoder = Some(D::begin(input));
            }
            let Some(decoder) = &mut self.decoder else {
                return Ok(0);
            };
            let n = decoder.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            self.input = self.decoder.take().map(D::end);
        }
    }
}

/// A name for the content: that of the file without the extension of the compression.
fn content_name(spot: &Spot, exhibit: &str) -> String {
    let path = if spot.path.is_empty() {
        exhibit
    } else {
        &spot.path
    };
    let name = path.rsplit(['/', '!']).next().unwrap_or_default();
    EXTENSIONS
        .iter()
        .find_map(|(extension, instead)| {
            let stem = name
                .strip_suffix(extension)
                .filter(|stem| !stem.is_empty())?;
            Some(format!("{stem}{instead}"))
        })
        .unwrap_or_else(|| "content".to_owned())
}
