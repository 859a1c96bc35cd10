//! Landlock and seccomp. What the oldest kernel we accept knows is required; what newer ones add is taken where it is.

use std::collections::BTreeMap;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

/// What Landlock must know: the file system, as of its first version (Linux 5.13).
const REQUIRED: ABI = ABI::V1;
/// What is taken where the kernel knows it: truncation, network, devices, signals, abstract sockets.
const WISHED: ABI = ABI::V6;

/// Takes the file system and the network from this thread and all that it starts.
pub(super) fn landlock(spool_dir: Option<&Path>) -> Result<(), String> {
    let status = restrict(spool_dir).map_err(|error| format!("Landlock failed ({error})"))?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("Landlock is not in force".to_owned()),
        _ if !status.no_new_privs => Err("new privileges cannot be given up".to_owned()),
        _ => Ok(()),
    }
}

fn restrict(spool_dir: Option<&Path>) -> Result<RestrictionStatus, Box<dyn std::error::Error>> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(REQUIRED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WISHED))?
        .handle_access(AccessNet::from_all(WISHED))?
        .scope(Scope::from_all(WISHED))?
        .create()?;
    if let Some(dir) = spool_dir {
        // Nothing that lies in a folder can be opened without `ReadDir` or a name; files without a name need these.
        let files = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::MakeReg;
        ruleset = ruleset.add_rule(PathBeneath::new(PathFd::new(dir)?, files))?;
    }
    Ok(ruleset.restrict_self()?)
}

/// Ends the process at any system call that computing does not need.
pub(super) fn seccomp(may_spool: bool) -> Result<(), String> {
    let filter = filter(may_spool).map_err(|error| format!("seccomp has no filter ({error})"))?;
    apply_filter_all_threads(&filter).map_err(|error| format!("seccomp failed ({error})"))
}

/// Reading and writing what is open already, memory, signals to itself, locks, the clock, chance, the number of its core,
/// and the end.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// For files without a name in the spool folder. Landlock decides which folder.
const ALLOWED_FOR_SPOOLING: &[libc::c_long] = &[
    libc::SYS_openat,
    libc::SYS_statx,
    libc::SYS_newfstatat,
    libc::SYS_fcntl,
    libc::SYS_pwrite64,
    libc::SYS_ftruncate,
];

fn filter(may_spool: bool) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED
        .iter()
        .chain(
            may_spool
                .then_some(ALLOWED_FOR_SPOOLING)
                .into_iter()
                .flatten(),
        )
        .map(|&call| (call, Vec::new()))
        .collect();
    // Memory, but none that can be run as code.
    let exec = u64::from(libc::PROT_EXEC.unsigned_abs());
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![only_if(2, SeccompCmpOp::MaskedEq(exec), 0)?]);
    }
    // The allocator names the memory that it takes.
    let names = libc::PR_SET_VMA.unsigned_abs().into();
    rules.insert(libc::SYS_prctl, vec![only_if(0, SeccompCmpOp::Eq, names)?]);
    // A process ends itself by a signal to itself.
    let abort = u64::from(libc::SIGABRT.unsigned_abs());
    rules.insert(libc::SYS_tgkill, vec![only_if(2, SeccompCmpOp::Eq, abort)?]);
    let arch: TargetArch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        arch,
    )?
    .try_into()
}

fn only_if(
    argument: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, seccompiler::BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
    SeccompRule::new(vec![condition])
}
