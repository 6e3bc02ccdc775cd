//! What the process gives up before it reads a single byte: files, network, new programs, memory without end, and a life
//! longer than the Server's.
//!
//! The empty environment is the Server's doing: it starts the process without one.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// The rest, once the process has what it needs. `address_space` in bytes is what the process may map at most.
pub(super) fn enter(address_space: u64) -> io::Result<()> {
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nofile, 8)?;
    limit(Resource::As, address_space)?;
    platform::give_up_rights()
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// The first thing of all: no life without the Server, and no file of it but the standard three.
pub(super) fn detach() -> io::Result<()> {
    platform::die_with_parent()?;
    platform::die_first();
    close_others()
}

fn close_others() -> io::Result<()> {
    let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
    let open: Vec<i32> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for number in open.into_iter().filter(|number| *number > 2) {
        // SAFETY: nothing in this process owns a descriptor above the standard three yet; closing one twice is only an error.
        #[allow(unsafe_code)]
        let _ = unsafe { rustix::io::try_close(number) };
    }
    Ok(())
}

#[cfg(target_os = "linux")]
mod platform {
    use std::io;

    use rustix::process::{DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal};
    use rustix::thread::set_no_new_privs;
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    pub(super) fn die_with_parent() -> io::Result<()> {
        Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
    }

    /// Where the machine runs out of memory, this process goes before the Server does.
    pub(super) fn die_first() {
        // Without the file system of processes the kernel decides by size.
        let _ = std::fs::write("/proc/self/oom_score_adj", "900");
    }

    pub(super) fn give_up_rights() -> io::Result<()> {
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        set_no_new_privs(true)?;
        let filter = filter().map_err(io::Error::other)?;
        seccompiler::apply_filter(&filter).map_err(io::Error::other)
    }

    /// All else is answered with `EPERM`: a library that probes for a feature is told that it is not there.
    const ALLOWED: &[i64] = &[
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_recvfrom,
        libc::SYS_sendto,
        libc::SYS_close,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll,
        libc::SYS_ppoll,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_clock_gettime,
        libc::SYS_gettimeofday,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_restart_syscall,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];

    fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
        // Memory, but none that could hold a program.
        let not_executable = || {
            let bit = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
            SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Dword, bit, 0)?])
        };
        let mut rules: std::collections::BTreeMap<i64, Vec<SeccompRule>> =
            ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
        rules.insert(libc::SYS_mmap, vec![not_executable()?]);
        rules.insert(libc::SYS_mprotect, vec![not_executable()?]);
        let arch = std::env::consts::ARCH.try_into()?;
        let denied = SeccompAction::Errno(libc::EPERM as u32);
        SeccompFilter::new(rules, denied, SeccompAction::Allow, arch)?.try_into()
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::io;

    /// The end of the socket ends the process all the same, unless a script holds it.
    pub(super) fn die_with_parent() -> io::Result<()> {
        Ok(())
    }

    pub(super) fn die_first() {}

    pub(super) fn give_up_rights() -> io::Result<()> {
        Ok(())
    }
}
