//! Takes each defence out, alone, and sees that the attack which it stands against succeeds: so a test that sees the attack fail
//! sees the defence, and no defence is there for show.
//!
//! Needs the feature `ablation`: `cargo nextest run --package sandbox --features ablation --test ablation`. Every payload ends
//! by itself within seconds, whether it is stopped or not.

#![cfg(test)]

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sandbox::Defence::{self, *};
use sandbox::{Collect, End, Limits, Outcome, Slot, SlotConfig, Spec, Stdin};

/// What is attacked, and how it is seen whether the attack was held off.
struct Row {
    /// What is taken out.
    defence: Defence,
    /// What is out in either case, because it stands in front.
    besides: &'static [Defence],
    /// Runs first in the same slot.
    before: &'static str,
    /// The attack.
    code: &'static str,
    /// What else the run is given.
    adjust: fn(&mut Spec),
    /// Whether the defence held.
    held: fn(&Outcome) -> bool,
}

impl Row {
    const fn new(defence: Defence, code: &'static str, held: fn(&Outcome) -> bool) -> Self {
        Self {
            defence,
            besides: &[],
            before: "pass",
            code,
            adjust: |_| {},
            held,
        }
    }

    const fn with(mut self, adjust: fn(&mut Spec)) -> Self {
        self.adjust = adjust;
        self
    }

    const fn after(mut self, before: &'static str) -> Self {
        self.before = before;
        self
    }

    const fn behind(mut self, besides: &'static [Defence]) -> Self {
        self.besides = besides;
        self
    }

    /// Runs the attack without those defences; tells whether it was held off.
    fn attack(&self, without: Vec<Defence>) -> bool {
        let config = SlotConfig {
            init_program: Some(PathBuf::from(env!("CARGO_BIN_EXE_gavel-sandbox-init"))),
            without,
            ..SlotConfig::default()
        };
        let mut slot = Slot::start(&config).unwrap();
        slot.run(&python(self.before)).unwrap();
        let mut spec = python(self.code);
        (self.adjust)(&mut spec);
        let outcome = slot.run(&spec).unwrap();
        let held = (self.held)(&outcome);
        println!(
            "{:?} {held}: {:?} {:?} {:?}",
            self.defence,
            outcome.end,
            said(&outcome),
            String::from_utf8_lossy(&outcome.stderr.bytes)
        );
        held
    }
}

fn python(code: &str) -> Spec {
    let code = code.replace('\n', "\n  ");
    // An exception of the system is a refusal, and prints nothing.
    let code = format!(
        "import os, sys, errno, socket, ctypes, signal, time, resource\n\
         libc = ctypes.CDLL(None, use_errno=True)\n\
         def status(key): return [l.split()[1] for l in open('/proc/self/status') if l.startswith(key)][0]\n\
         try:\n  {code}\nexcept OSError as error: sys.stderr.write(str(error))"
    );
    Spec {
        argv: vec!["/usr/bin/python3".into(), "-c".into(), code.into()],
        env: Vec::new(),
        stdin: Stdin::Null,
        files: Vec::new(),
        work: sandbox::Work::default(),
        collect: Vec::new(),
        limits: Limits {
            cpu: Duration::from_secs(5),
            wall: Duration::from_secs(10),
            memory: 256 << 20,
            stdout: 1 << 20,
            stderr: 64 << 10,
            stack: 64 << 20,
            processes: 32,
            descriptors: 64,
            work_bytes: 64 << 20,
            work_files: 256,
        },
    }
}

fn said(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout.bytes).trim().to_owned()
}

fn says_nothing(outcome: &Outcome) -> bool {
    said(outcome).is_empty()
}

/// The payload printed where it is: somewhere else than this test.
fn is_elsewhere(outcome: &Outcome) -> bool {
    let place = said(outcome);
    let kind = place.split(':').next().unwrap();
    let ours = std::fs::read_link(format!("/proc/self/ns/{kind}")).unwrap();
    ours.as_os_str() != place.as_str()
}

fn collect(spec: &mut Spec) {
    spec.collect.push(Collect {
        name: "out".to_owned(),
        max_bytes: 64,
    });
}

fn nothing_collected(outcome: &Outcome) -> bool {
    outcome.collected[0].file.is_err()
}

#[rustfmt::skip]
const ROWS: [Row; 32] = [
    Row::new(IpcNamespace, "print(os.readlink('/proc/self/ns/ipc'))", is_elsewhere),
    Row::new(UtsNamespace, "print(os.readlink('/proc/self/ns/uts'))", is_elsewhere),
    Row::new(CgroupNamespace, "print(os.readlink('/proc/self/ns/cgroup'))", is_elsewhere),
    Row::new(ProcSubset, "print(open('/proc/meminfo').read())", says_nothing),
    Row::new(ProcHidden, "print(os.listdir('/proc/1'))", says_nothing),
    Row::new(ProcReadOnly, "open('/proc/self/oom_score_adj', 'w').write('500'); print('wrote')", says_nothing),
    Row::new(ToolsReadOnly, "os.statvfs('/usr').f_flag & os.ST_RDONLY or print('writable')", says_nothing),
    Row::new(ToolsNoSetUserId, "os.statvfs('/usr').f_flag & os.ST_NOSUID or print('set-user-id')", says_nothing),
    Row::new(RootReadOnly, "os.statvfs('/').f_flag & os.ST_RDONLY or print('writable')", says_nothing),
    // Files of a process that may be looked at belong to its user. A payload that takes an id of its own while it still shares the
    // init's memory makes that undumpable, too.
    Row::new(Undumpable, "os.stat('/proc/1/environ').st_uid == 1 and print('open to itself')", says_nothing).behind(&[ProcHidden, OwnId]),
    Row::new(NoNewPrivileges, "status('NoNewPrivs') == '0' and print('may gain')", says_nothing),
    Row::new(BoundingSet, "int(status('CapBnd'), 16) and print('bounded by', status('CapBnd'))", says_nothing),
    // personality(ADDR_NO_RANDOMIZE)
    Row::new(Filter, "libc.syscall(135, 0x0040000) != -1 and print('called')", says_nothing),
    Row::new(OwnId, "os.kill(1, 0); print('reached the init')", says_nothing),
    Row::new(Session, "os.getsid(0) == os.getpid() or print('in the session', os.getsid(0))", says_nothing),
    Row::new(Signals, "int(status('SigBlk'), 16) and print('blocked', status('SigBlk'))", says_nothing),
    Row::new(ResourceLimits, "resource.getrlimit(resource.RLIMIT_CORE) == (1, 1) or print('core')", says_nothing),
    Row::new(WorkBytes, "open('a', 'wb').write(bytes(4 << 20)); print('written')", says_nothing).with(|spec| spec.limits.work_bytes = 1 << 20),
    Row::new(WorkFiles, "[open(str(n), 'w') for n in range(40)]; print('made')", says_nothing).with(|spec| spec.limits.work_files = 16),
    Row::new(FreshWork, "os.path.exists('/work/left') and print('found')", says_nothing).after("open('/work/left', 'w')"),
    Row::new(Kill, "len([p for p in os.listdir('/proc') if p.isdigit()]) > 1 and print('not alone')", says_nothing)
        .after("if os.fork() == 0:\n  os.setsid(); time.sleep(3)"),
    Row::new(Numbers, "os.getpid() > 3 and print('number', os.getpid())", says_nothing),
    Row::new(CpuLimit, "while time.process_time() < 0.6: pass", |outcome| outcome.end == End::CpuLimit)
        .with(|spec| spec.limits.cpu = Duration::from_millis(200)),
    Row::new(WallLimit, "time.sleep(0.6)", |outcome| outcome.end == End::WallLimit)
        .with(|spec| spec.limits.wall = Duration::from_millis(200)),
    Row::new(MemoryLimit, "x = bytearray(b'x') * (64 << 20)", |outcome| outcome.end == End::MemoryLimit)
        .with(|spec| spec.limits.memory = 32 << 20),
    Row::new(ProcessLimit, "for _ in range(8):\n  if os.fork() == 0:\n    time.sleep(0.5); os._exit(0)\nprint('eight')", says_nothing)
        .with(|spec| spec.limits.processes = 4),
    // The grandchild is orphaned, and ends before the payload does.
    Row::new(OneProcess, "if os.fork() == 0:\n  if os.fork() == 0:\n    time.sleep(0.1); os._exit(7)\n  os._exit(0)\ntime.sleep(0.6)",
        |outcome| outcome.end == End::Exited(0)),
    Row::new(NoFollow, "os.symlink('/etc/passwd', 'out')", nothing_collected).with(collect).behind(&[OwnFiles]),
    Row::new(OwnFiles, "open('in', 'w'); os.link('in', 'out')", nothing_collected).with(collect),
    Row::new(CollectCap, "open('out', 'w').write('x' * 65)", nothing_collected).with(collect),
    Row::new(OutputLimit, "print('x' * 5000)", |outcome| outcome.end == End::OutputLimit).with(|spec| spec.limits.stdout = 4096),
    Row::new(StdinReadOnly, "print(os.write(os.open('/proc/self/fd/0', os.O_RDWR), b'changed'))", says_nothing)
        .with(|spec| {
            let file = tempfile::tempfile().unwrap();
            file.set_permissions(PermissionsExt::from_mode(0o666)).unwrap();
            spec.stdin = Stdin::File(Arc::new(file));
        }),
];

#[test]
fn each_defence_is_missed_when_it_alone_is_taken_out() {
    for row in &ROWS {
        let mut without = row.besides.to_vec();
        assert!(
            row.attack(without.clone()),
            "{:?} stands and does not hold",
            row.defence
        );
        without.push(row.defence);
        assert!(
            !row.attack(without),
            "{:?} is taken out, and nobody notices",
            row.defence
        );
    }
}

#[test]
fn the_network_namespace_is_missed_when_it_is_taken_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let code = format!("socket.create_connection(('127.0.0.1', {port}), 1); print('connected')");
    let row = Row::new(NetworkNamespace, code.leak(), says_nothing);
    assert!(row.attack(Vec::new()));
    assert!(!row.attack(vec![NetworkNamespace]));
}

#[test]
fn every_defence_has_its_attack() {
    let attacked =
        |defence: &Defence| *defence == NetworkNamespace || ROWS.iter().any(|row| row.defence == *defence);
    for defence in Defence::ALL {
        assert!(attacked(&defence), "{defence:?} is attacked by no row");
    }
}
