//! What would reach other slots, the host, or the next run without touching a wall: resources that everybody shares, and what
//! the kernel tidies up late.

use std::sync::Arc;
use std::time::Duration;

use sandbox::{End, Stdin};

use crate::programs::{attempt, c, python, slot, slow, spec, stdout};

const MIB: u64 = 1 << 20;

#[test]
fn what_all_of_the_host_shares_is_not_to_be_had() {
    let mut slot = slot();
    let rows = [
        // Events of the tool roots: others open and execute there, and a user of the host may watch from 128 places only.
        (
            "print(libc.inotify_init1(0) >= 0 or errno.errorcode[ctypes.get_errno()])",
            "ENOSYS",
        ),
        ("print(call(253))", "ENOSYS"), // inotify_init
        // What of the tool roots is in memory: cachestat.
        ("print(call(451, 0, 0, 0, 0))", "ENOSYS"),
        // A count of events that the whole host shares.
        ("print(call(206, 100, ctypes.byref(ctypes.c_ulong(0))))", "ENOSYS"), // io_setup
        // The disk. What is granted without effect does not even look at the descriptor.
        (
            "os.sync(); print(call(306, -1), call(74, -1), call(75, -1), call(277, -1, 0, 0, 0))",
            "0 0 0 0",
        ),
        (
            "f = open('/work/f', 'w'); f.write('x'); f.flush(); os.fsync(f.fileno()); print('written')",
            "written",
        ),
        // The memory that tools are read from: advice to drop it is not looked at, other advice is.
        ("print(call(221, -1, 0, 0, 4))", "0"),
        ("print(call(221, -1, 0, 0, 0))", "EBADF"),
        // Huge pages that the operator has set aside, and other memory of that kind.
        ("print(call(9, 0, 1 << 21, 3, 0x40022, -1, 0))", "ENOMEM"),
        ("print(call(319, b'f', 4))", "ENOMEM"),
        (
            "import mmap; m = mmap.mmap(-1, 1 << 20); m[0] = 1; print(os.memfd_create('f') > 2)",
            "True",
        ),
        // The other half of a processor core: PR_SCHED_CORE.
        ("print(call(157, 62, 1, 0, 0, 0))", "EINVAL"),
        // Protocols that the kernel would load a module for: MPTCP, SCTP, UDP-Lite.
        (
            "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262); print('opened')",
            "EPROTONOSUPPORT",
        ),
        (
            "socket.socket(socket.AF_INET6, socket.SOCK_SEQPACKET, 132); print('opened')",
            "EPROTONOSUPPORT",
        ),
        (
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136); print('opened')",
            "EPROTONOSUPPORT",
        ),
        (
            "socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP); print('opened')",
            "opened",
        ),
    ];
    for (code, expected) in rows {
        assert_eq!(attempt(&mut slot, code), expected, "{code}");
    }
}

/// Where crashes are piped to a program of the host, a limit of 0 does not keep the kernel from starting it; 1 does.
#[test]
fn no_crash_reaches_the_host() {
    let mut slot = slot();
    let code = "import resource as r\n\
        def limit(): return r.getrlimit(r.RLIMIT_CORE)\n\
        before = limit()\nr.setrlimit(r.RLIMIT_CORE, (0, 0))\n\
        libc.setrlimit(r.RLIMIT_CORE, (ctypes.c_ulong * 2)(0, 0))\n\
        call(160, r.RLIMIT_CORE, (ctypes.c_ulong * 2)(0, 0))\n\
        print(before, limit())";
    assert_eq!(attempt(&mut slot, code), "(1, 1) (1, 1)");
    let other =
        "import resource as r\nr.setrlimit(r.RLIMIT_NOFILE, (20, 20)); print(r.getrlimit(r.RLIMIT_NOFILE))";
    assert_eq!(attempt(&mut slot, other), "(20, 20)");
}

#[test]
fn processes_are_numbered_anew() {
    let mut slot = slot();
    let code = "import os\nfor _ in range(20):\n  if os.fork() == 0: os._exit(0)\nprint(os.getpid())";
    let first = stdout(&slot.run(&python(code)).unwrap());
    for _ in 0..3 {
        assert_eq!(stdout(&slot.run(&python(code)).unwrap()), first);
    }
}

/// Leaves a socket with an abstract name that is in its own queue, beside memory of so many bytes: nobody's any more, and yet
/// there until the kernel's collector comes by.
fn leave_in_flight(bytes: u64) -> String {
    format!(
        "#define _GNU_SOURCE
         #include <string.h>
         #include <sys/mman.h>
         #include <sys/socket.h>
         #include <sys/un.h>
         #include <unistd.h>
         static void give(int s, int f) {{
             char b = 1, c[CMSG_SPACE(4)] = {{0}};
             struct iovec v = {{&b, 1}};
             struct msghdr m = {{.msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c}};
             struct cmsghdr *h = CMSG_FIRSTHDR(&m);
             h->cmsg_level = SOL_SOCKET; h->cmsg_type = SCM_RIGHTS; h->cmsg_len = CMSG_LEN(4);
             memcpy(CMSG_DATA(h), &f, 4);
             sendmsg(s, &m, 0);
         }}
         int main(void) {{
             int s[2], f = memfd_create(\"f\", 0);
             struct sockaddr_un a = {{AF_UNIX, \"\\0left\"}};
             socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
             if (bind(s[1], (void *)&a, 7)) return 1;
             ftruncate(f, {bytes});
             memset(mmap(0, {bytes}, 3, MAP_SHARED, f, 0), 1, {bytes});
             give(s[0], f); give(s[0], s[1]);
             return 0; }}"
    )
}

#[test]
fn what_is_in_flight_is_told_and_gone_before_the_next_run() {
    let mut slot = slot();
    let leave = c(&leave_in_flight(100 * MIB));
    let mut look = c("#include <stdio.h>
         #include <string.h>
         int main(void) { char line[256]; FILE *f = fopen(\"/proc/self/net/unix\", \"r\");
             while (fgets(line, sizeof line, f)) if (strchr(line, '@')) fputs(line, stdout);
             return 0; }");
    // Less than what was left: the next run must not pay for it, nor be refused its limit.
    look.limits.memory = 16 * MIB;
    for _ in 0..5 {
        let outcome = slot.run(&leave).unwrap();
        assert_eq!(outcome.end, End::Exited(0));
        if outcome.guarantees.memory_enforced {
            let expected = 97 * MIB..=104 * MIB;
            assert!(expected.contains(&outcome.memory), "{}", outcome.memory);
        }
        let outcome = slot.run(&look).unwrap();
        assert_eq!((outcome.end, stdout(&outcome).as_str()), (End::Exited(0), ""));
        assert!(outcome.memory < 4 * MIB, "{}", outcome.memory);
    }
}

/// Many programs read it by name, and a file of test data may be nobody's to read but its owner's.
#[test]
fn standard_input_can_be_opened_by_name_whoever_may_read_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    std::fs::write(&path, "content").unwrap();
    let mut slot = slot();
    for mode in [0o600, 0o640, 0o644, 0o400] {
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let mut read = spec(["/bin/cat", "/dev/stdin"]);
        read.stdin = Stdin::File(Arc::new(std::fs::File::open(&path).unwrap()));
        read.limits.wall = slow(Duration::from_secs(5));
        let outcome = slot.run(&read).unwrap();
        assert_eq!(
            (outcome.end, stdout(&outcome).as_str()),
            (End::Exited(0), "content"),
            "{mode:o}"
        );
    }
}
