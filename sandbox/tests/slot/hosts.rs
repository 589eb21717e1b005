//! Hosts that offer less: no cgroup, and no root. The walls stand all the same; what is counted by looking is told so.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use sandbox::{Backend, SlotConfig};
use tempfile::TempDir;

/// A host that offers less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    /// Root without cgroups.
    NoCgroup,
    /// An ordinary user without a delegated cgroup.
    OrdinaryUser,
}

const HOSTS: [Host; 2] = [Host::NoCgroup, Host::OrdinaryUser];

/// The program that drives slots, where any user can reach it.
struct Driver {
    directory: TempDir,
}

impl Driver {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(
            env!("CARGO_BIN_EXE_gavel-sandbox-run"),
            directory.path().join("run"),
        )
        .unwrap();
        Self { directory }
    }

    fn run(&self, host: Host, options: &[&str], command: &[&str]) -> Output {
        let program = self.directory.path().join("run");
        #[expect(clippy::disallowed_methods, reason = "a driver that is another user")]
        let mut driver = match host {
            Host::NoCgroup => Command::new(program),
            // Already one.
            Host::OrdinaryUser if !rustix::process::geteuid().is_root() => Command::new(program),
            Host::OrdinaryUser => {
                let mut driver = Command::new("/usr/bin/setpriv");
                driver
                    .args(["--reuid=64321", "--regid=64321", "--clear-groups"])
                    .arg(program);
                driver
            }
        };
        // Another user than root has no cgroup here, but an ordinary one that runs the tests may have.
        if host == Host::NoCgroup || !rustix::process::geteuid().is_root() {
            driver.args(["--backend", "none"]);
        }
        driver
            .args(options)
            .arg("--")
            .args(command)
            .current_dir("/")
            .output()
            .unwrap()
    }

    /// Standard output, and the line that tells the outcome.
    fn tell(&self, host: Host, options: &[&str], command: &[&str]) -> (String, String) {
        let output = self.run(host, options, command);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = errors.lines().last().unwrap_or_default().to_owned();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            if last.contains("cpu=") { last } else { errors },
        )
    }
}

#[test]
fn programs_run_and_the_outcome_names_what_is_missing() {
    let driver = Driver::new();
    for host in HOSTS {
        let (output, outcome) = driver.tell(host, &[], &["/usr/bin/python3", "-c", "print('hello')"]);
        assert_eq!(output, "hello\n", "{host:?}: {outcome}");
        let root = rustix::process::geteuid().is_root();
        let own_user = format!("own_user: {}", root && host == Host::NoCgroup);
        for part in [
            "Exited(0)",
            "(Resident)",
            "backend: None",
            "memory_enforced: false",
            &own_user,
        ] {
            assert!(outcome.contains(part), "{host:?}: no {part} in {outcome}");
        }
    }
}

#[test]
fn the_walls_stand() {
    let attacks = "
import ctypes, errno, os, signal, socket
def call(number, *a):
    if libc.syscall(number, *a) == -1: raise OSError(ctypes.get_errno(), 'call')
libc = ctypes.CDLL(None, use_errno=True)
for attack in [
    lambda: open('/etc/shadow'), lambda: os.listdir('/root'), lambda: os.listdir('/home'), lambda: open('/usr/new', 'w'),
    lambda: open('/new', 'w'), lambda: open('/proc/self/oom_score_adj', 'w'), lambda: open('/proc/1/mem'),
    lambda: socket.create_connection(('127.0.0.1', 1), 2), lambda: os.setuid(0), lambda: call(272, 0x10000000),
    lambda: call(101, 16, 1, 0, 0), lambda: call(302, 1, 7, 0, 0), lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.sched_setaffinity(1, [0]), lambda: call(29, 77, 4096, 0o1666)]:
    try: attack(); print('DONE')
    except OSError as e: print(errno.errorcode[e.errno])

";
    let expected = "ENOENT ENOENT ENOENT EROFS EROFS EROFS ENOENT ENETUNREACH EINVAL EPERM EPERM EPERM EPERM EPERM EPERM";
    let driver = Driver::new();
    for host in HOSTS {
        let (output, outcome) = driver.tell(host, &[], &["/usr/bin/python3", "-c", attacks]);
        assert_eq!(
            output.split_whitespace().collect::<Vec<_>>().join(" "),
            expected,
            "{host:?}: {outcome}"
        );
    }
}

#[test]
fn an_init_with_the_id_of_the_payload_survives_it() {
    let driver = Driver::new();
    let code = "import os, signal
for s in range(1, 65):
    try: os.kill(1, s)
    except OSError: pass
print('alive')";
    for host in HOSTS {
        let (output, outcome) = driver.tell(host, &["--repeat", "2"], &["/usr/bin/python3", "-c", code]);
        assert_eq!(output, "alive\nalive\n", "{host:?}: {outcome}");
    }
}

#[test]
fn limits_are_kept_by_looking() {
    let driver = Driver::new();
    let orphan = "import os\nif os.fork() == 0:\n  if os.fork() == 0:\n    while True: pass\n  os._exit(0)\nos.wait()\nimport time; time.sleep(5)";
    let hog = "import time\nb = [bytearray(b'x' * (1 << 20)) for _ in range(512)]; time.sleep(5)";
    let shared = "import mmap, time\nm = mmap.mmap(-1, 512 << 20)\nfor i in range(0, 512 << 20, 4096): m[i] = 1\ntime.sleep(5)";
    let children = "import os, time\nfor _ in range(8):\n  if os.fork() == 0: b = bytearray(b'x' * (16 << 20)); time.sleep(5); os._exit(0)\ntime.sleep(5)";
    let rows = [
        (
            "an endless loop",
            vec!["--cpu", "200"],
            "while True: pass",
            "CpuLimit",
        ),
        ("an orphan's loop", vec!["--cpu", "200"], orphan, "CpuLimit"),
        (
            "a sleeper",
            vec!["--wall", "200"],
            "import time; time.sleep(9)",
            "WallLimit",
        ),
        ("a hog", vec!["--memory", "64"], hog, "MemoryLimit"),
        ("shared memory", vec!["--memory", "64"], shared, "MemoryLimit"),
        ("a family", vec!["--memory", "64"], children, "MemoryLimit"),
        (
            "an innocent",
            vec!["--memory", "64"],
            "b = b'x' * (32 << 20); exit(3)",
            "Exited(3)",
        ),
    ];
    for host in HOSTS {
        for (what, options, code, expected) in &rows {
            let (_, outcome) = driver.tell(host, options, &["/usr/bin/python3", "-c", code]);
            assert!(outcome.starts_with(expected), "{host:?}, {what}: {outcome}");
        }
    }
}

#[test]
fn processes_are_limited() {
    let code = "import os, time
made = 0
try:
  while made < 500:
    if os.fork() == 0: time.sleep(5); os._exit(0)
    made += 1
except OSError: pass
print(made)";
    let driver = Driver::new();
    for host in HOSTS {
        let (output, outcome) = driver.tell(host, &[], &["/usr/bin/python3", "-c", code]);
        assert_eq!(output, "63\n", "{host:?}: {outcome}");
    }
}

#[test]
fn a_backend_that_the_host_lacks_is_named() {
    let driver = Driver::new();
    let output = driver.run(Host::OrdinaryUser, &["--backend", "v1"], &["/bin/true"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    // A host with the other kind has nothing to mend.
    let [reason, remedy] = if text.contains("the host offers CgroupV2") {
        ["CgroupV1 is asked for", "ask for that one"]
    } else {
        ["cannot be written", "run as root"]
    };
    assert!(text.contains(reason) && text.contains(remedy), "{text}");
}

#[test]
fn a_host_that_offers_everything_has_no_findings() {
    let found = sandbox::probe(&crate::programs::config()).unwrap();
    // Another user than root cannot give slots users of their own, and lacks nothing else where it has a cgroup.
    let root = rustix::process::geteuid().is_root();
    let expected = if root {
        &[][..]
    } else {
        &["a host user id for each slot"]
    };
    let missing: Vec<_> = found
        .findings
        .iter()
        .map(|finding| finding.missing.as_str())
        .collect();
    assert_eq!(missing, expected, "{found:?}");
    let less = SlotConfig {
        backend: Some(Backend::None),
        ..crate::programs::config()
    };
    assert_eq!(sandbox::probe(&less).unwrap().findings.len(), expected.len() + 1);
}
