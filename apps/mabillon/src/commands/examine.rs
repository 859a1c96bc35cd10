//! `mabillon examine EXHIBIT... --case DIR`: the main job.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mabillon_acquire::Passwords;
use mabillon_case::{ExaminationRecord, ExhibitRecord, FactRows, ItemId, KeySource, Stamp};
use mabillon_examine::recovery::Allowance;
use mabillon_examine::signature::KeyArchive;
use mabillon_examine::{Decoys, Published, Roots, World};
use mabillon_interpret::{Interpreter, Weights};
use mabillon_keep::{Case, Progress, Resume};
use mabillon_report::Report;
use mabillon_report::words::counted;

use super::keys::{self, key_files};
use crate::args::{Examine, SummaryFormat};
use crate::exhibits::{self, Exhibit};
use crate::exit::{Ended, UsageError};
use crate::isolation::Isolation;
use crate::item_pass::{Again, ItemPass, Scope};
use crate::stages::Stages;
use crate::{case_report, key_recovery, opinions, output, published};

/// Threads of the full-text index beside the workers.
const INDEX_THREADS: usize = 1;

pub(crate) fn run(args: &Examine) -> anyhow::Result<Ended> {
    let exhibits = exhibits::number(&args.exhibits, &args.reference);
    exhibits::check(&exhibits, &args.case)?;
    let sources = Sources::read(args)?;
    let record = sources.record(args, &exhibits);
    let (mut case, resume) = Case::create_or_resume(&args.case, &record)?;
    let report = match resume.progress() {
        Progress::Complete => {
            output::say("This examination is complete already; this is its summary.");
            case_report::build(&case, case.examination())?
        }
        progress => {
            if progress == Progress::Continued {
                output::say(&format!(
                    "Going on where an earlier run stopped ({} done).",
                    resume.n_done()
                ));
            }
            let isolation = Isolation::new(args.isolation)?;
            let mut job = Job {
                args,
                isolation: &isolation,
                exhibits: &exhibits,
                world: sources.world,
                resume: &resume,
                passwords: &sources.passwords,
            };
            job.examine(&mut case, record)?
        }
    };
    print_summary(&report, args.format)?;
    let accounting = &report.accounting;
    if accounting.n_mismatches > 0 {
        anyhow::bail!(
            "the accounting does not add up (see the summary above and {}): this is a fault of the program and no \
             property of the exhibits. Please report it; until then do not rely on this examination as complete",
            args.case.join("report.html").display()
        );
    }
    Ok(if accounting.is_complete() && accounting.items.is_whole() {
        Ended::Complete
    } else {
        Ended::SomeNotExamined
    })
}

/// One examination on its way from exhibits to report.
struct Job<'a> {
    args: &'a Examine,
    isolation: &'a Isolation,
    exhibits: &'a [Exhibit],
    world: World,
    resume: &'a Resume,
    passwords: &'a Passwords,
}

impl Job<'_> {
    fn examine(&mut self, case: &mut Case, record: ExaminationRecord) -> anyhow::Result<Report> {
        case.custody_append(&now_text(), &who(), "examination started", &version())?;
        if !self.passwords.is_empty() {
            let detail = format!("{} given for encrypted contents", self.passwords.len());
            case.custody_append(&now_text(), &who(), "passwords", &detail)?;
        }
        let indexer = if self.args.no_index {
            None
        } else {
            Some(case.start_indexer(INDEX_THREADS)?)
        };
        let mut stages = Stages::begin();
        let exhibits = self.item_pass(case, Scope::All(self.resume))?;
        let facts = case.finish_items()?;
        stages.end("item pass, facts read back");
        let facts = self.with_lost_keys(case, facts)?;
        stages.end("lost keys");
        let interpreter = Interpreter::built_in()?;
        let n_threads = n_workers(self.args);
        let groups = opinions::examine_groups(case, facts, &self.world, n_threads)?;
        stages.end("group pass");
        let mut builder = case_report::begin(case);
        opinions::form(case, &interpreter, groups, &mut builder, n_threads)?;
        stages.end("opinions");
        if let Some(indexer) = indexer {
            indexer.finish()?;
            stages.end("rest of the index");
        }
        let record = ExaminationRecord {
            exhibits,
            ended: now_text(),
            ..record
        };
        let report = case_report::finish(builder, case, record.clone())?;
        case_report::write_html(&report, &case.report_path())?;
        case_report::write_collection(&report, &case.collection_path())?;
        case.seal(&record, &now_text(), &who())?;
        keys::write_recovered(case)?;
        stages.end("report and seal");
        if self.args.times {
            output::say(&stages.in_words());
        }
        Ok(report)
    }

    fn item_pass(&self, case: &mut Case, scope: Scope<'_>) -> anyhow::Result<Vec<ExhibitRecord>> {
        let pass = ItemPass {
            exhibits: self.exhibits,
            world: &self.world,
            scope,
            isolation: self.isolation,
            n_workers: n_workers(self.args),
            passwords: self.passwords,
        };
        pass.run(case)
    }

    /// Recovers lost keys and examines again what they, and private keys that lie open, shed new light on. Gives all
    /// facts as they are then.
    fn with_lost_keys(&mut self, case: &mut Case, rows: FactRows) -> anyhow::Result<FactRows> {
        // Whatever is signed is held, and so is whatever holds a private key.
        let facts = rows.held();
        let seconds = self.args.recover_seconds;
        let allowance = seconds.map_or_else(Allowance::unasked, Allowance::seconds);
        let n_threads = n_workers(self.args);
        let searches =
            key_recovery::search_in_case(case, facts, &self.world.keys, allowance, n_threads)?;
        let told = key_recovery::told(&searches);
        if !told.is_empty() {
            output::say(&told);
        }
        let names = key_recovery::learn(&mut self.world.keys, &searches, facts);
        let again = Again::of(key_recovery::signed_under(&names, facts));
        if again.n_items() == 0 {
            return Ok(rows);
        }
        drop(rows);
        output::say(&format!(
            "Examining {} again, with what was learnt of {}.",
            counted(again.n_items() as u64, "message", "messages"),
            counted(names.len() as u64, "key", "keys")
        ));
        self.item_pass(case, Scope::Again(&again))?;
        Ok(case.load_facts()?)
    }
}

fn n_workers(args: &Examine) -> usize {
    args.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    )
}

/// What the user handed over besides the exhibits, and the names under which it is recorded.
struct Sources {
    world: World,
    passwords: Passwords,
    digests: Vec<String>,
}

impl Sources {
    fn read(args: &Examine) -> anyhow::Result<Self> {
        let mut keys = KeyArchive::built_in();
        let mut digests = vec![
            digest("key archive", KeyArchive::built_in_text().as_bytes()),
            digest("weights", Weights::built_in_text().as_bytes()),
        ];
        for (path, origin) in all_key_files(&args.keys)? {
            let text = read_text(&path)?;
            keys.add_file(&text, origin).map_err(|error| {
                UsageError(format!(
                    "the keys file {} cannot be used: {error}",
                    path.display()
                ))
            })?;
            digests.push(digest(&format!("keys {}", path.display()), text.as_bytes()));
        }
        keys.find_broken(&BTreeMap::new());
        let roots = read_roots(&args.roots, &mut digests)?;
        let mut decoys = Decoys::default();
        if let Some(path) = &args.decoys {
            let text = read_text(path)?;
            decoys = Decoys::parse(&text).map_err(|error| UsageError(error.to_string()))?;
            digests.push(digest(
                &format!("decoys {}", path.display()),
                text.as_bytes(),
            ));
        }
        let passwords = match &args.passwords {
            Some(path) => read_passwords(path)?,
            None => Passwords::default(),
        };
        let published = match &args.published {
            Some(folder) => published::read(folder, &mut digests)?,
            None => Published::default(),
        };
        let world = World {
            keys,
            roots,
            has_reference: !args.reference.is_empty(),
            decoys,
            published,
            now: now(),
        };
        Ok(Self {
            world,
            passwords,
            digests,
        })
    }

    /// The record of this examination as it begins.
    fn record(&self, args: &Examine, exhibits: &[Exhibit]) -> ExaminationRecord {
        ExaminationRecord {
            version: version(),
            exhibits: exhibits.iter().map(Exhibit::record).collect(),
            options: vec![
                format!("full-text index={}", !args.no_index),
                format!("passwords={}", self.passwords.len()),
                args.recover_seconds.map_or_else(
                    || "recover-seconds=unasked".to_owned(),
                    |seconds| format!("recover-seconds={seconds}"),
                ),
            ],
            tests: opinions::test_ids(),
            sources: self.digests.clone(),
            started: now_text(),
            ended: String::new(),
        }
    }
}

/// The keys files of every `--keys`.
fn all_key_files(given: &[PathBuf]) -> Result<Vec<(PathBuf, KeySource)>, UsageError> {
    let mut all = Vec::new();
    for path in given {
        let files = key_files(path);
        if files.is_empty() {
            return Err(UsageError(format!(
                "{} holds no keys: none were recovered from this case or added to it",
                path.display()
            )));
        }
        all.extend(files);
    }
    Ok(all)
}

/// What the user trusts for the signatures of people; each file is added to the record of what was used.
fn read_roots(given: &[PathBuf], digests: &mut Vec<String>) -> anyhow::Result<Roots> {
    let mut roots = Roots::default();
    for path in all_root_files(given)? {
        let bytes =
            std::fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
        roots.add_file(&bytes).map_err(|error| {
            let path = path.display();
            UsageError(format!("the file of roots {path} cannot be used: {error}"))
        })?;
        digests.push(digest(&format!("roots {}", path.display()), &bytes));
    }
    Ok(roots)
}

/// The files of every `--roots`: of a folder, those that lie in it, in order of name.
fn all_root_files(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in given {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let said = || format!("failed to read the folder {}", path.display());
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).with_context(said)? {
            let file = entry.with_context(said)?.path();
            if file.is_file() {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(UsageError(format!(
                "the folder of roots {} holds no file",
                path.display()
            ))
            .into());
        }
        files.sort();
        all.extend(files);
    }
    Ok(all)
}

fn read_passwords(path: &Path) -> anyhow::Result<Passwords> {
    let file = std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    Passwords::parse(&file).map_err(|error| {
        let path = path.display();
        UsageError(format!("the passwords file {path} cannot be used: {error}")).into()
    })
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
}

fn digest(name: &str, bytes: &[u8]) -> String {
    format!("{name}={}", ItemId::of(bytes))
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn print_summary(report: &Report, format: SummaryFormat) -> anyhow::Result<()> {
    match format {
        SummaryFormat::Text => output::print(&mabillon_report::terminal(
            report,
            output::width(),
            output::colour(),
        )),
        SummaryFormat::Json => output::print(&mabillon_report::summary_json(report)),
    }
}

/// The clock is read here and nowhere below.
fn now() -> Stamp {
    let seconds = jiff::Timestamp::now().as_second();
    Stamp::from_seconds(seconds).unwrap_or(Stamp {
        unix_micros: 0,
        offset_minutes: None,
    })
}

/// The time of day, RFC 3339, UTC.
pub(crate) fn now_text() -> String {
    now().to_string()
}

/// Who runs the program, as far as the system tells; for the custody log.
pub(crate) fn who() -> String {
    ["USER", "USERNAME", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_default()
}
