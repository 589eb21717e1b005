//! The system calls of a payload: what is answered otherwise than by the kernel, and why.
//!
//! Everything else is allowed: namespaces, ids and the root are the walls, and this table takes away what would make them
//! thinner (attack surface that no program of a contest needs), what would outlive a run in a slot that is used again, and
//! what reaches across slots. Two refusals are given so that programs go on: `ENOSYS` where runtimes know how to do without,
//! `EPERM` where they expect to be refused.
//!
//! Calls of a foreign architecture kill; the x32 numbers and those newer than [`NEWEST`] answer `ENOSYS`.

mod bpf;

use crate::sys::Instruction;

/// The newest system call that this table was written with in mind: mseal, Linux 6.10. Later ones do not exist for a
/// payload until somebody has looked at them.
const NEWEST: u32 = 462;

/// What is answered to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    call: i64,
    condition: Condition,
    /// An `errno`, or [`GRANTED`].
    answer: i32,
}

/// When a rule applies. Arguments are compared by their low 32 bits: the kernel takes these for an `int`, and whatever a
/// program puts above them is not looked at either way. Of a pointer both halves are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Always,
    /// The argument has one of these bits.
    AnyBit {
        argument: u8,
        mask: u32,
    },
    /// The argument is one of these.
    OneOf {
        argument: u8,
        values: &'static [u32],
    },
    /// The argument is none of these.
    NoneOf {
        argument: u8,
        values: &'static [u32],
    },
    /// The argument is this, and another, a pointer, is not null.
    Given {
        argument: u8,
        value: u32,
        pointer: u8,
    },
}

use Condition::{Always, AnyBit, Given, NoneOf, OneOf};

/// Rules that share an answer and a reason.
struct Group {
    answer: i32,
    condition: Condition,
    /// For the reader of the table; nothing at run time needs it.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the tests"))]
    why: &'static str,
    calls: &'static [i64],
}

const fn always(answer: i32, why: &'static str, calls: &'static [i64]) -> Group {
    Group {
        answer,
        condition: Always,
        why,
        calls,
    }
}

const fn when(condition: Condition, answer: i32, why: &'static str, calls: &'static [i64]) -> Group {
    Group {
        answer,
        condition,
        why,
        calls,
    }
}

/// Not an error: the call returns 0 and has done nothing. For what a run has anyway: locks, when it is alone with its files
/// (only processes of one run that lock against each other are deceived), and files in memory that need no writing out.
const GRANTED: i32 = 0;

/// New namespaces in the flags of clone: NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; and
/// `CLONE_PARENT`.
const FORBIDDEN_CLONE: u32 = 0x7E02_0080 | 0x8000;

/// `cachestat`, Linux 6.5: the C library's crate does not name it. The same on every architecture.
const SYS_CACHESTAT: i64 = 451;

/// `MAP_HUGETLB` in the flags of mmap.
const HUGE_MAP: u32 = 0x4_0000;
/// `MFD_HUGETLB` in the flags of `memfd_create`.
const HUGE_FILE: u32 = 4;

/// The bits of a mode that devices and sockets have, and named pipes and regular files have not.
const NO_PIPE: u32 = 0o060_000;

const TABLE: &[Group] = &[
    always(
        libc::ENOSYS,
        "its flags are behind a pointer and cannot be examined; the C library falls back to clone",
        &[libc::SYS_clone3],
    ),
    always(
        libc::ENOSYS,
        "does system calls that no filter sees, and had more holes than any other part; Node and others fall back to epoll",
        &[
            libc::SYS_io_uring_setup,
            libc::SYS_io_uring_enter,
            libc::SYS_io_uring_register,
        ],
    ),
    always(
        libc::ENOSYS,
        "keys outlive the process that made them",
        &[libc::SYS_add_key, libc::SYS_request_key, libc::SYS_keyctl],
    ),
    always(
        GRANTED,
        "locks on the tool roots are seen by other slots; a JVM whose lock fails says so on standard output",
        &[libc::SYS_flock],
    ),
    always(
        GRANTED,
        "writes out what all of the host has changed, and makes everybody wait for the disk; a slot's own files are in memory",
        &[
            libc::SYS_sync,
            libc::SYS_syncfs,
            libc::SYS_fsync,
            libc::SYS_fdatasync,
            libc::SYS_sync_file_range,
        ],
    ),
    when(
        // POSIX_FADV_DONTNEED.
        OneOf {
            argument: 3,
            values: &[4],
        },
        GRANTED,
        "drops a tool's files from the memory that all slots read them from; it is advice, which may be ignored",
        &[libc::SYS_fadvise64],
    ),
    always(
        libc::ENOSYS,
        "tells what others open and execute in the tool roots, and the few instances that there are count for the caller of \
         the driver",
        &[libc::SYS_inotify_init1],
    ),
    always(
        libc::ENOSYS,
        "tells which files of the tool roots others have lately used",
        &[SYS_CACHESTAT],
    ),
    always(
        libc::ENOSYS,
        "all of the host shares one count of its events, which one slot could use up",
        &[libc::SYS_io_setup],
    ),
    when(
        AnyBit {
            argument: 3,
            mask: HUGE_MAP,
        },
        libc::ENOMEM,
        "huge pages that the operator has set aside are charged to nobody; the answer is that of a host without",
        &[libc::SYS_mmap],
    ),
    when(
        AnyBit {
            argument: 1,
            mask: HUGE_FILE,
        },
        libc::ENOMEM,
        "the same, as a file",
        &[libc::SYS_memfd_create],
    ),
    when(
        // F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW.
        OneOf {
            argument: 1,
            values: &[6, 7, 37, 38],
        },
        GRANTED,
        "the same, by range; SQLite does not open a database without",
        &[libc::SYS_fcntl],
    ),
    when(
        // F_SETLEASE, F_NOTIFY.
        OneOf {
            argument: 1,
            values: &[1024, 1026],
        },
        libc::EPERM,
        "leases and notifications on the tool roots disturb other slots",
        &[libc::SYS_fcntl],
    ),
    when(
        // F_SET_RW_HINT, F_SET_FILE_RW_HINT.
        OneOf {
            argument: 1,
            values: &[1036, 1038],
        },
        libc::EPERM,
        "a hint stays with a file of a tool root, or with the work directory, and the next run could read it",
        &[libc::SYS_fcntl],
    ),
    always(
        libc::EPERM,
        "stops a kernel thread in the middle of a fault: the tool of most kernel exploits",
        &[libc::SYS_userfaultfd],
    ),
    always(
        libc::EPERM,
        "parts of the kernel that were often broken, and that no submission needs",
        &[
            libc::SYS_bpf,
            libc::SYS_perf_event_open,
            libc::SYS_fanotify_init,
            libc::SYS_lookup_dcookie,
            libc::SYS_vhangup,
            libc::SYS_memfd_secret,
            libc::SYS_landlock_create_ruleset,
            libc::SYS_syslog,
            libc::SYS_nfsservctl,
        ],
    ),
    always(
        libc::EPERM,
        "reaching into other processes",
        &[
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_kcmp,
            libc::SYS_pidfd_getfd,
        ],
    ),
    when(
        NoneOf {
            argument: 0,
            values: &[0],
        },
        libc::EPERM,
        "the limits of another process; an init that has the payload's id (an ordinary user's slot) could be starved",
        &[libc::SYS_prlimit64],
    ),
    when(
        Given {
            argument: 1,
            value: libc::RLIMIT_CORE,
            pointer: 2,
        },
        GRANTED,
        "a limit of 0 lets the kernel start the host's collector of crashes, as root, for each one; of 1, which is set, it does not",
        &[libc::SYS_prlimit64],
    ),
    when(
        OneOf {
            argument: 0,
            values: &[libc::RLIMIT_CORE],
        },
        GRANTED,
        "the same, by the older call",
        &[libc::SYS_setrlimit],
    ),
    when(
        // PR_SCHED_CORE.
        OneOf {
            argument: 0,
            values: &[62],
        },
        libc::EINVAL,
        "keeps everybody else from the other half of a processor core",
        &[libc::SYS_prctl],
    ),
    when(
        OneOf {
            argument: 0,
            values: &[1],
        },
        libc::EPERM,
        "the init's place with the scheduler: an init that has the payload's id could be made late",
        &[
            libc::SYS_sched_setaffinity,
            libc::SYS_sched_setattr,
            libc::SYS_sched_setparam,
            libc::SYS_sched_setscheduler,
        ],
    ),
    when(
        OneOf {
            argument: 1,
            values: &[1],
        },
        libc::EPERM,
        "the same, by priority of pid 1",
        &[libc::SYS_setpriority, libc::SYS_ioprio_set],
    ),
    when(
        // PRIO_USER.
        OneOf {
            argument: 0,
            values: &[2],
        },
        libc::EPERM,
        "the same, by priority of all processes of the user",
        &[libc::SYS_setpriority],
    ),
    when(
        // IOPRIO_WHO_USER.
        OneOf {
            argument: 0,
            values: &[3],
        },
        libc::EPERM,
        "the same, by I/O priority of all processes of the user",
        &[libc::SYS_ioprio_set],
    ),
    always(
        libc::EPERM,
        "mounts and roots; all need a capability that the payload lacks, and are large code before they find out",
        &[
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_pivot_root,
            libc::SYS_chroot,
            libc::SYS_open_tree,
            libc::SYS_move_mount,
            libc::SYS_fsopen,
            libc::SYS_fsconfig,
            libc::SYS_fsmount,
            libc::SYS_fspick,
            libc::SYS_mount_setattr,
            libc::SYS_name_to_handle_at,
            libc::SYS_open_by_handle_at,
            libc::SYS_swapon,
            libc::SYS_swapoff,
            libc::SYS_acct,
            libc::SYS_quotactl,
            libc::SYS_quotactl_fd,
        ],
    ),
    when(
        AnyBit {
            argument: 2,
            mask: NO_PIPE,
        },
        libc::EPERM,
        "device nodes; a named pipe is a plain thing",
        &[libc::SYS_mknodat],
    ),
    always(
        libc::EPERM,
        "the kernel itself",
        &[
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_delete_module,
            libc::SYS_kexec_load,
            libc::SYS_kexec_file_load,
            libc::SYS_reboot,
            libc::SYS_sethostname,
            libc::SYS_setdomainname,
            libc::SYS_settimeofday,
            libc::SYS_clock_settime,
            libc::SYS_adjtimex,
            libc::SYS_clock_adjtime,
        ],
    ),
    always(
        libc::EPERM,
        "new namespaces come with new capabilities in them",
        &[libc::SYS_unshare, libc::SYS_setns],
    ),
    when(
        AnyBit {
            argument: 0,
            mask: FORBIDDEN_CLONE,
        },
        libc::EPERM,
        "the same; and a child that claims to be the init's, to be taken for the payload",
        &[libc::SYS_clone],
    ),
    always(
        libc::EPERM,
        "where memory lies is the operator's choice, and moving pages disturbs the neighbours",
        &[
            libc::SYS_mbind,
            libc::SYS_set_mempolicy,
            libc::SYS_set_mempolicy_home_node,
            libc::SYS_migrate_pages,
            libc::SYS_move_pages,
        ],
    ),
    when(
        // Asking, and plain Linux.
        NoneOf {
            argument: 0,
            values: &[0xFFFF_FFFF, 0],
        },
        libc::EPERM,
        "old personalities weaken the layout of memory",
        &[libc::SYS_personality],
    ),
    always(
        libc::EPERM,
        "objects of the slot's IPC namespace would outlive the run; memory of files in /dev/shm does not",
        &[
            libc::SYS_shmget,
            libc::SYS_shmat,
            libc::SYS_shmctl,
            libc::SYS_semget,
            libc::SYS_semop,
            libc::SYS_semtimedop,
            libc::SYS_semctl,
            libc::SYS_msgget,
            libc::SYS_msgsnd,
            libc::SYS_msgrcv,
            libc::SYS_msgctl,
            libc::SYS_mq_open,
            libc::SYS_mq_unlink,
        ],
    ),
    when(
        // AF_UNIX, AF_INET, AF_INET6.
        NoneOf {
            argument: 0,
            values: &[1, 2, 10],
        },
        libc::EAFNOSUPPORT,
        "rare protocols are where local exploits live; runtimes open these three and live with a refusal",
        &[libc::SYS_socket, libc::SYS_socketpair],
    ),
    when(
        // The family's own choice, ICMP (and the local one), TCP, UDP.
        NoneOf {
            argument: 2,
            values: &[0, 1, 6, 17],
        },
        libc::EPROTONOSUPPORT,
        "the same within these three: asking for one makes the kernel load its module",
        &[libc::SYS_socket, libc::SYS_socketpair],
    ),
    when(
        // TIOCSTI, TIOCLINUX.
        OneOf {
            argument: 1,
            values: &[0x5412, 0x541C],
        },
        libc::EPERM,
        "typing into a terminal",
        &[libc::SYS_ioctl],
    ),
];

#[cfg(target_arch = "x86_64")]
const MACHINE: &[Group] = &[
    always(
        libc::EPERM,
        "hardware, and segments that only very old programs need",
        &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt],
    ),
    always(
        libc::EPERM,
        "superseded long ago, and still there",
        &[libc::SYS_uselib, libc::SYS_ustat],
    ),
    always(
        libc::ENOSYS,
        "what others do in the tool roots, by the older call",
        &[libc::SYS_inotify_init],
    ),
    when(
        AnyBit {
            argument: 1,
            mask: NO_PIPE,
        },
        libc::EPERM,
        "device nodes, by the older call",
        &[libc::SYS_mknod],
    ),
];
#[cfg(not(target_arch = "x86_64"))]
const MACHINE: &[Group] = &[];

/// The policy as a program for the kernel.
pub(crate) fn program() -> Vec<Instruction> {
    bpf::compile(&rules(), NEWEST)
}

fn rules() -> Vec<Rule> {
    let groups = TABLE.iter().chain(MACHINE);
    groups
        .flat_map(|group| {
            let rule = |call: &i64| Rule {
                call: *call,
                condition: group.condition,
                answer: group.answer,
            };
            group.calls.iter().map(rule)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_reason_and_none_is_hidden_by_another() {
        for group in TABLE.iter().chain(MACHINE) {
            assert!(
                group.why.len() > 10 && !group.calls.is_empty(),
                "{:?}",
                group.calls
            );
        }
        let rules = rules();
        for (index, rule) in rules.iter().enumerate() {
            let others = rules
                .iter()
                .skip(index + 1)
                .filter(|other| other.call == rule.call);
            for other in others {
                assert!(
                    rule.condition != Always && other.condition != Always,
                    "{rule:?} and {other:?}"
                );
            }
        }
    }

    #[test]
    fn the_program_is_small_enough_to_load_for_every_run() {
        let length = program().len();
        assert!(length < 400, "{length} instructions");
    }
}
