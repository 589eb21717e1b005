//! Walls: what a payload can see, reach and leave behind. Each attack reports what it managed to do.

use std::sync::Arc;

use sandbox::{Collect, CollectError, Content, End, InputFile, Slot, Stdin};

use crate::programs::{attempt, c, python, slot, spec, stdout};

/// What is answered where the payload has a user id of its own, and where it shares one with the init: both are refusals.
fn by_own_user(slot: &Slot) -> impl Fn(&'static str, &'static str) -> &'static str + use<> {
    let own = slot.guarantees().own_user;
    move |alone, shared| if own { alone } else { shared }
}

#[test]
fn the_host_is_out_of_sight_and_out_of_reach() {
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let mut slot = slot();
    let alone = by_own_user(&slot);
    let read_secret = format!("print(open('{}').read())", secret.display());
    let rows = [
        ("print(open('/etc/shadow').read())", "ENOENT"),
        (read_secret.as_str(), "ENOENT"),
        ("print(os.listdir('/root'))", "ENOENT"),
        ("print(os.listdir('/home'))", "ENOENT"),
        ("print(os.listdir('/sys'))", "ENOENT"),
        (
            "print(sorted(os.listdir('/dev')))",
            "['fd', 'full', 'null', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'urandom', 'zero']",
        ),
        ("print(open('/proc/sys/kernel/core_pattern', 'w'))", "ENOENT"),
        ("print(open('/proc/1/status').read())", "ENOENT"),
        ("print(os.readlink('/proc/1/exe'))", "ENOENT"),
        ("print(open('/usr/new', 'w'))", "EROFS"),
        ("print(open('/new', 'w'))", "EROFS"),
        ("print(open('/etc/passwd', 'a'))", alone("EACCES", "EROFS")),
        ("print(open('/proc/self/oom_score_adj', 'w'))", "EROFS"),
        ("print(open('/proc/self/oom_score_adj').read())", "1000"),
        (
            // Libraries of other architectures are where the host has them.
            "os.chdir('/work/..'); print(sorted(set(os.listdir('.')) - {'lib32', 'libx32'}))",
            "['bin', 'dev', 'etc', 'lib', 'lib64', 'proc', 'sbin', 'tmp', 'usr', 'work']",
        ),
        ("print(os.getuid(), os.getgid(), os.getgroups())", "1000 1000 []"),
        (
            "print(sorted(os.listdir('/proc/self/fd')))",
            "['0', '1', '2', '3']",
        ),
        (
            "print(os.environ)",
            "environ({'PATH': '/usr/bin:/bin', 'LC_CTYPE': 'C.UTF-8'})",
        ),
        (
            "print(sorted(p for p in os.listdir('/proc') if p.isdigit()) == [str(os.getpid())])",
            "True",
        ),
        // A memory file that is executed is still inside.
        ("print(os.getsid(0) == os.getpid())", "True"),
        ("print(open('/dev/tty'))", "ENOENT"),
    ];
    for (code, expected) in rows {
        assert_eq!(attempt(&mut slot, code), expected, "{code}");
    }
}

#[test]
fn there_is_no_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut slot = slot();
    let local = format!("socket.create_connection(('127.0.0.1', {port}), 2); print('connected')");
    let rows = [
        (local.as_str(), "ENETUNREACH"),
        (
            "socket.create_connection(('1.1.1.1', 53), 2); print('connected')",
            "ENETUNREACH",
        ),
        (
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', ('127.0.0.1', 9)); print('sent')",
            "ENETUNREACH",
        ),
        (
            "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); print('opened')",
            "EAFNOSUPPORT",
        ),
        (
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); print('opened')",
            "EAFNOSUPPORT",
        ),
        (
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print('opened')",
            "EPERM",
        ),
        // The interfaces of the host are not there either.
        ("print(socket.if_nameindex())", "EAFNOSUPPORT"),
        (
            "a, b = socket.socketpair(); a.send(b'works'); print(b.recv(9).decode())",
            "works",
        ),
    ];
    for (code, expected) in rows {
        assert_eq!(attempt(&mut slot, code), expected, "{code}");
    }
}

#[test]
fn the_init_cannot_be_touched() {
    let mut slot = slot();
    let alone = by_own_user(&slot);
    let rows = [
        // Where the init has the payload's id, the kernel takes the signal, and drops it: the init would not be here below.
        (
            "os.kill(1, signal.SIGKILL); print('sent')",
            alone("EPERM", "sent"),
        ),
        (
            "os.kill(1, signal.SIGTERM); print('sent')",
            alone("EPERM", "sent"),
        ),
        ("print(call(101, 16, 1, 0, 0))", "EPERM"), // ptrace(PTRACE_ATTACH)
        ("print(call(310, 1, 0, 0, 0, 0, 0))", "EPERM"), // process_vm_readv
        ("print(call(302, 1, 7, 0, 0))", "EPERM"),  // prlimit64 of pid 1
        ("print(os.sched_setaffinity(1, [0]))", "EPERM"),
        ("print(os.setpriority(os.PRIO_PROCESS, 1, 19))", "EPERM"),
        ("print(open('/proc/1/mem'))", "ENOENT"),
    ];
    for (code, expected) in rows {
        assert_eq!(attempt(&mut slot, code), expected, "{code}");
    }
    // To kill everything in sight is suicide and nothing more.
    let outcome = slot
        .run(&python(
            "import os\nif os.fork() == 0:\n  while True: pass\nos.kill(-1, 9); os.kill(os.getpid(), 9)",
        ))
        .unwrap();
    assert_eq!(outcome.end, End::Signalled(9));
    assert_eq!(slot.run(&python("pass")).unwrap().end, End::Exited(0));
}

#[test]
fn privileges_cannot_be_gained() {
    let mut slot = slot();
    let alone = by_own_user(&slot);
    let rows = [
        ("os.setuid(0); print('root')", "EINVAL"),
        ("os.setuid(1); print('init')", alone("EPERM", "EINVAL")),
        ("os.setgroups([0]); print('groups')", "EPERM"),
        (
            "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('Cap')])",
            "['0000000000000000', '0000000000000000', '0000000000000000', '0000000000000000', '0000000000000000']",
        ),
        (
            "print([l.split()[1] for l in open('/proc/self/status') if l.startswith(('NoNewPrivs', 'Seccomp:', 'SigIgn', 'SigBlk'))])",
            "['0000000000000000', '0000000001001000', '1', '2']",
        ),
        ("print(call(272, 0x10000000))", "EPERM"), // unshare(CLONE_NEWUSER)
        ("print(call(56, 0x10000000 | 17, 0, 0, 0, 0))", "EPERM"), // clone(CLONE_NEWUSER)
        ("print(call(56, 0x8000 | 17, 0, 0, 0, 0))", "EPERM"), // clone(CLONE_PARENT)
        ("print(call(435, 0, 88))", "ENOSYS"),     // clone3
        ("print(call(425, 8, 0))", "ENOSYS"),      // io_uring_setup
        ("print(call(321, 0, 0, 0))", "EPERM"),    // bpf
        ("print(call(323, 0))", "EPERM"),          // userfaultfd
        ("print(call(298, 0, 0, 0, 0, 0))", "EPERM"), // perf_event_open
        ("print(call(248, 0, 0, 0, 0, 0))", "ENOSYS"), // add_key
        ("print(call(165, 0, 0, 0, 0, 0))", "EPERM"), // mount
        ("print(call(161, b'/work'))", "EPERM"),   // chroot
        ("print(call(135, 0x0040000))", "EPERM"),  // personality(ADDR_NO_RANDOMIZE)
        ("print(call(467, 0))", "ENOSYS"),         // newer than the table
        ("print(call(0x40000000 | 39))", "ENOSYS"), // getpid of x32
        (
            "os.mknod('/work/d', 0o600 | 0o020000, os.makedev(1, 3)); print('made')",
            "EPERM",
        ),
    ];
    for (code, expected) in rows {
        assert_eq!(attempt(&mut slot, code), expected, "{code}");
    }
}

#[test]
fn file_locks_are_granted_and_reach_nobody() {
    let mut slot = slot();
    let rows = [
        (
            "import fcntl; fcntl.flock(open('/usr/bin/env'), fcntl.LOCK_EX); print('granted')",
            "granted",
        ),
        (
            "import fcntl; fcntl.lockf(open('/work/f', 'w'), fcntl.LOCK_EX); print('granted')",
            "granted",
        ),
        (
            "import fcntl; fcntl.fcntl(open('/usr/bin/env'), 1024, fcntl.F_RDLCK); print('leased')",
            "EPERM",
        ),
        (
            "import sqlite3; c = sqlite3.connect('/work/d'); c.execute('create table t(a)'); c.commit(); print('made')",
            "made",
        ),
    ];
    for (code, expected) in rows {
        assert_eq!(attempt(&mut slot, code), expected, "{code}");
    }
    let lock = std::fs::File::open("/usr/bin/env").unwrap();
    let mut holder = python(
        "import fcntl, os\nfcntl.flock(open('/usr/bin/env'), fcntl.LOCK_EX)\nos.write(1, b'x' * 10)\nwhile True: pass",
    );
    holder.limits.stdout = 1;
    assert_eq!(slot.run(&holder).unwrap().end, End::OutputLimit);
    lock.try_lock().unwrap();
}

#[test]
fn set_user_id_means_nothing() {
    let mut slot = slot();
    let code = "import os, shutil\nshutil.copy('/usr/bin/id', '/work/id'); os.chmod('/work/id', 0o6755)\nos.execv('/work/id', ['id', '-u'])";
    assert_eq!(stdout(&slot.run(&python(code)).unwrap()), "1000\n");
}

#[test]
fn nothing_survives_a_run() {
    let mut slot = slot();
    let leave = c("#include <fcntl.h>
         #include <stdio.h>
         #include <sys/ipc.h>
         #include <sys/shm.h>
         #include <sys/socket.h>
         #include <sys/un.h>
         #include <unistd.h>
         int main(void) {
             puts(shmget(77, 4096, IPC_CREAT | 0666) < 0 ? \"no shm\" : \"shm\");
             close(open(\"/tmp/left\", O_CREAT | O_WRONLY, 0666));
             close(open(\"/work/left\", O_CREAT | O_WRONLY, 0666));
             close(open(\"/dev/shm/left\", O_CREAT | O_WRONLY, 0666));
             fflush(stdout);
             if (!fork()) { setsid(); if (!fork()) {
                 int s = socket(AF_UNIX, SOCK_DGRAM, 0);
                 struct sockaddr_un a = { AF_UNIX, \"\\0left\" };
                 bind(s, (void *)&a, sizeof a);
                 write(1, \"daemon\\n\", 7);
                 for (;;) pause();
             } _exit(0); }
             usleep(100000);
             return 0;
         }");
    let outcome = slot.run(&leave).unwrap();
    assert_eq!(
        (outcome.end, stdout(&outcome).as_str()),
        (End::Exited(0), "no shm\ndaemon\n")
    );
    let look = [
        (
            "print(os.listdir('/work'), os.listdir('/tmp'), os.listdir('/dev/shm'))",
            "[] [] []",
        ),
        (
            "print(sorted(p for p in os.listdir('/proc') if p.isdigit()) == [str(os.getpid())])",
            "True",
        ),
        (
            "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('\\0left'); print('free')",
            "free",
        ),
        ("os.kill(-1, 0); print('somebody')", "ESRCH"),
    ];
    for (code, expected) in look {
        assert_eq!(attempt(&mut slot, code), expected, "{code}");
    }
}

#[test]
fn only_own_plain_files_are_collected() {
    let mut slot = slot();
    let code = "import os
open('plain', 'w').write('content')
os.symlink('/etc/passwd', 'link')
open('other', 'w').close(); os.link('other', 'hard')
os.mkfifo('fifo'); os.mkdir('directory')
open('large', 'wb').write(bytes(2000))
open('secret', 'w').write('mine'); os.chmod('secret', 0)
os.symlink('plain', 'inner')";
    let mut spec = python(code);
    let rows = [
        ("plain", Ok("content")),
        ("link", Err(CollectError::NotRegular)),
        ("inner", Err(CollectError::NotRegular)),
        ("hard", Err(CollectError::NotRegular)),
        ("fifo", Err(CollectError::NotRegular)),
        ("directory", Err(CollectError::NotRegular)),
        (
            "large",
            Err(CollectError::TooLarge {
                found: 2000,
                max: 1000,
            }),
        ),
        ("absent", Err(CollectError::Missing)),
        ("secret", Ok("mine")),
    ];
    spec.collect = rows
        .iter()
        .map(|(name, _)| Collect {
            name: (*name).into(),
            max_bytes: 1000,
        })
        .collect();
    let outcome = slot.run(&spec).unwrap();
    assert_eq!(
        outcome.end,
        End::Exited(0),
        "{}",
        String::from_utf8_lossy(&outcome.stderr.bytes)
    );
    for ((name, expected), collected) in rows.iter().zip(&outcome.collected) {
        assert_eq!(*name, collected.name);
        let content = collected
            .file
            .as_ref()
            .map(|file| std::io::read_to_string(&**file).unwrap());
        assert_eq!(
            content.as_deref().map_err(|error| *error),
            expected.as_ref().map(|text| *text),
            "{name}"
        );
    }
}

#[test]
fn a_file_that_is_still_written_to_is_taken_when_all_are_dead() {
    let mut slot = slot();
    let mut spec = python(
        "import os\nif os.fork() == 0:\n  f = open('out', 'w')\n  while True: f.write('x'); f.flush()\nimport time; time.sleep(0.2)",
    );
    spec.collect = vec![Collect {
        name: "out".into(),
        max_bytes: 64 << 20,
    }];
    let outcome = slot.run(&spec).unwrap();
    let file = outcome.collected[0].file.as_ref().unwrap();
    let size = file.metadata().unwrap().len();
    assert_eq!(std::io::read_to_string(&**file).unwrap().len() as u64, size);
    let refused = std::os::unix::fs::FileExt::write_at(&**file, b"y", 0).unwrap_err();
    assert_eq!(
        refused.kind(),
        std::io::ErrorKind::PermissionDenied,
        "it is sealed"
    );
}

#[test]
fn standard_input_is_each_runs_own_and_read_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    std::fs::write(&path, "0123456789").unwrap();
    let file = Arc::new(
        std::fs::File::options()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap(),
    );
    let mut slots = [slot(), slot()];
    let mut read = spec([
        "/bin/sh",
        "-c",
        "head -c 4; (echo overwritten > /dev/stdin) 2>/dev/null || echo refused",
    ]);
    read.stdin = Stdin::File(Arc::clone(&file));
    for slot in &mut slots {
        for _ in 0..2 {
            let outcome = slot.run(&read).unwrap();
            assert!(stdout(&outcome).starts_with("0123"), "{}", stdout(&outcome));
        }
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "0123456789");

    // A file that the payload would have the right to write is given as a copy.
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    for slot in &mut slots {
        assert!(stdout(&slot.run(&read).unwrap()).starts_with("0123"));
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "0123456789");
}

#[test]
fn standard_streams_can_be_opened_by_name() {
    let mut slot = slot();
    let mut spec = spec([
        "/bin/sh",
        "-c",
        "cat /dev/stdin > /dev/stdout; echo wrong > /dev/stderr",
    ]);
    spec.stdin = Stdin::Bytes(b"through".as_slice().into());
    let outcome = slot.run(&spec).unwrap();
    assert_eq!(
        (outcome.stdout.bytes.as_slice(), outcome.stderr.bytes.as_slice()),
        (&b"through"[..], &b"wrong\n"[..])
    );
}

#[test]
fn a_collected_program_runs_in_another_slot() {
    let mut compiler = slot();
    let mut compile = spec(["/usr/bin/gcc", "-o", "program", "main.c"]);
    let source = Content::Bytes(
        b"#include <stdio.h>\nint main(void) { puts(\"built\"); }"
            .as_slice()
            .into(),
    );
    compile.files.push(InputFile {
        name: "main.c".into(),
        content: source,
        executable: false,
    });
    compile.collect.push(Collect {
        name: "program".into(),
        max_bytes: 1 << 20,
    });
    let outcome = compiler.run(&compile).unwrap();
    assert_eq!(
        outcome.end,
        End::Exited(0),
        "{}",
        String::from_utf8_lossy(&outcome.stderr.bytes)
    );
    let program = Arc::clone(outcome.collected[0].file.as_ref().unwrap());
    let mut runner = slot();
    let mut run = spec(["./program"]);
    run.files.push(InputFile {
        name: "program".into(),
        content: Content::File(program),
        executable: true,
    });
    for _ in 0..2 {
        assert_eq!(stdout(&runner.run(&run).unwrap()), "built\n");
    }
}
