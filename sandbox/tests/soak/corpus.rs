//! Hostile programs in three languages. Each ends by itself within seconds, wherever it runs; it is meant for a sandbox only.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sandbox::{Collect, Content, InputFile, Limits, Spec, Stdin, Work};

/// Python: what an interpreter and its libraries make easy.
const PYTHON: &[&str] = &[
    "import os\nfor _ in range(10000): os.fork()",
    "import os, time\nfor _ in range(20):\n  if os.fork() == 0: os.setsid(); time.sleep(2); os._exit(0)",
    "x = [bytearray(1 << 20) for _ in range(10000)]",
    "x = 'x'\nwhile len(x) < 1 << 40: x += x",
    "def f(n): return f(n + 1)\nimport sys; sys.setrecursionlimit(10**9); f(0)",
    "import threading, time\nfor _ in range(1000): threading.Thread(target=time.sleep, args=(2,)).start()",
    "import tempfile\nkeep = [tempfile.NamedTemporaryFile(delete=False) for _ in range(10000)]",
    "import tempfile\nopen(tempfile.mktemp(), 'w').write('x' * (1 << 26))",
    "import socket\nfor port in range(1, 200):\n  s = socket.socket(); s.setblocking(False); s.connect_ex(('127.0.0.1', port))",
    "import socket\ns = socket.socket(); s.bind(('', 7777)); s.listen(); c = socket.create_connection(('127.0.0.1', 7777)); c.sendall(b'x' * (1 << 24))",
    "import subprocess\nkeep = [subprocess.Popen(['/bin/sleep', '2'], start_new_session=True) for _ in range(50)]",
    "import multiprocessing as m\nif __name__ == '__main__':\n  q = m.Queue()",
    "from multiprocessing import shared_memory\nkeep = [shared_memory.SharedMemory(create=True, size=1 << 20) for _ in range(100)]",
    "import os, signal\nfor s in range(1, 65):\n  for p in (1, 2, -1):\n    if s not in (9, 19):\n      try: os.kill(p, s)\n      except OSError: pass",
    "import signal, time\nfor s in range(1, 32):\n  try: signal.signal(s, signal.SIG_IGN)\n  except OSError: pass\ntime.sleep(2)",
    "import os\nfor i in range(2000):\n  try: os.symlink('/etc/shadow', f'l{i}'); os.link(f'l{i}', f'/tmp/l{i}')\n  except OSError: pass",
    "import os\np = '.'\nfor _ in range(500):\n  p += '/' + 'd' * 200\n  os.mkdir('d' * 200); os.chdir('d' * 200)",
    "import os\nos.closerange(0, 100); os.execv('/usr/bin/python3', ['python3', '-c', 'import time; time.sleep(2)'])",
    "import sys\nwhile True: sys.stdout.write('x' * 65536)",
    "import sys\nfor _ in range(1000): sys.stderr.write('x' * 65536)",
    "import ctypes\nctypes.string_at(0)",
    "import ctypes\nlibc = ctypes.CDLL(None)\nfor n in range(0, 600):\n  if n not in (34, 60, 61, 130, 231, 15, 57, 58): libc.alarm(1); libc.syscall(n, -1, -1, -1, -1, -1, -1)",
    "import mmap\nkeep = [mmap.mmap(-1, 1 << 30) for _ in range(100)]\nfor m in keep: m[:1 << 22] = b'x' * (1 << 22)",
    "import os\nos.mkfifo('out'); os.open('out', os.O_RDWR)\nif os.fork() == 0: open('out').read()",
    "import os\nfor f in os.listdir('/proc'):\n  try: os.listdir('/proc/' + f)\n  except OSError: pass",
    "import sqlite3\nd = sqlite3.connect('data'); d.execute('create table t (x)'); d.execute('insert into t values (zeroblob(100000000))')",
];

/// Shell: pipelines, jobs and traps.
const SHELL: &[&str] = &[
    "f() { f | f & }; f; sleep 1",
    "while :; do sleep 2 & done",
    "yes",
    "yes | cat >/dev/null & yes >&2",
    "trap '' TERM INT HUP QUIT; sleep 2",
    "exec 0<&- 1>&- 2>&-; sleep 2",
    "kill -9 -1; kill -STOP -1; kill -9 1; kill -STOP $$",
    "(sleep 2 &) ; setsid sleep 2 & exit 3",
    "setsid sh -c 'setsid sh -c \"setsid sleep 2 &\" &' & wait",
    "cat /dev/zero >big; cat /dev/zero >/tmp/big; cat /dev/zero >/dev/shm/big",
    "i=0; while [ $i -lt 2000 ]; do : >f$i || exit; i=$((i+1)); done",
    "mkdir -p a/b/c/d/e; ln -s / a/root; ls -lR a/root/ 2>/dev/null | head -c 1000000",
    "find / -writable 2>/dev/null; find / -perm -4000 2>/dev/null",
    "ulimit -c unlimited; ulimit -v 1000; ulimit -n 3; ulimit -u 1; ls",
    "exec /work/none",
    "exec sh -c 'exec sh -c \"exec sh -c \\\"exec sleep 2\\\"\"'",
    "head -c 100000000 /dev/zero | tail",
    "mkfifo p; cat p & cat <p >p & echo x >p; wait",
    "chmod 000 /work /tmp .; rm -rf /work /tmp /usr / 2>/dev/null; mv hostile x",
    "echo 1 >/proc/self/oom_score_adj; echo x >/proc/sys/kernel/hostname; mount -t tmpfs x /tmp; umount /work; unshare -Ur true",
    "kill -SEGV $$",
    "exit 137",
    "bash -c ':(){ :|:& };:'; sleep 1",
    "coproc_less() { sh -c 'sleep 2' & sh -c 'kill -STOP $PPID'; }; coproc_less",
];

/// The hostile programs, and one that is honest.
#[derive(Debug)]
pub(crate) struct Corpus {
    pub(crate) hostile: Vec<Spec>,
    pub(crate) honest: Spec,
}

impl Corpus {
    /// `patience` is the wall-clock time of a hostile run that begins at once; an interpreter gets more.
    pub(crate) fn build(patience: Duration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("hostile");
        let names = compile(&program);
        let content = Content::Bytes(Arc::from(std::fs::read(&program).unwrap()));
        let mut hostile = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let mut spec = spec(&["hostile", name], patience);
            // Half of them begin in a place that may be kept.
            spec.work.fixed_files = index % 2 == 0;
            spec.files.push(InputFile {
                name: "hostile".to_owned(),
                content: content.clone(),
                executable: true,
            });
            hostile.push(spec);
        }
        let mut honest = hostile.pop().unwrap();
        assert_eq!(honest.argv[1], "honest");
        honest.limits = limits(Duration::from_mins(2));
        honest.collect.clear();
        honest.work.fixed_files = true;
        hostile.extend(
            PYTHON
                .iter()
                .map(|code| spec(&["/usr/bin/python3", "-c", code], 2 * patience)),
        );
        hostile.extend(SHELL.iter().map(|code| spec(&["/bin/sh", "-c", code], patience)));
        Self { hostile, honest }
    }
}

/// Compiles the C programs, which are one file; gives their names.
fn compile(program: &Path) -> Vec<String> {
    // The emulated machine has the test, and not the source tree.
    let source = program.with_extension("c");
    std::fs::write(&source, include_str!("hostile.c")).unwrap();
    let built = command("/usr/bin/gcc")
        .args(["-O1", "-w", "-static", "-pthread", "-o"])
        .arg(program)
        .arg(source)
        .status();
    assert!(built.unwrap().success());
    // Without a name it does nothing but tell them.
    let told = command(program).output().unwrap();
    let names = String::from_utf8(told.stdout).unwrap();
    names.lines().map(str::to_owned).collect()
}

fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "a test compiles its own programs")]
    Command::new(program)
}

fn spec(argv: &[&str], wall: Duration) -> Spec {
    Spec {
        argv: argv.iter().map(Into::into).collect(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        stdin: Stdin::Bytes(b"input\n".as_slice().into()),
        files: Vec::new(),
        work: Work::default(),
        collect: vec![Collect {
            name: "out".into(),
            max_bytes: 64 << 10,
        }],
        limits: limits(wall),
    }
}

/// Small ones, so that a run is short.
fn limits(wall: Duration) -> Limits {
    Limits {
        cpu: wall / 2,
        wall,
        memory: 24 << 20,
        stdout: 64 << 10,
        stderr: 16 << 10,
        stack: 8 << 20,
        processes: 16,
        descriptors: 64,
        work_bytes: 2 << 20,
        work_files: 64,
    }
}
