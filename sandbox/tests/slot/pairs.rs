//! Two programs that talk to each other: who sees what, which end came first, and what is left when one misbehaves.

use std::fs::File;
use std::time::Duration;

use sandbox::{
    Backend, Collect, End, Pair, PairError, PairOutcome, Piece, SandboxError, Side, Slot, SlotConfig, Spec,
    Stdin,
};

use crate::programs::{config, python, slot, slow, spec};
use crate::stopping::slot_with_sign;

const RELEASE: i32 = 42;

fn pair(program: Spec, peer: Spec) -> Pair {
    Pair {
        program,
        peer,
        release_on: Some(RELEASE),
        grace: slow(Duration::from_secs(5)),
        transcript_bytes: 64 << 10,
    }
}

/// What a row of a table expects: both ends, and which was first.
type Expected = (End, End, Side);

/// Makes short what is to run out, and nothing else: a busy machine may take its time.
fn hasten(mut pair: Pair, (program, peer, _): Expected) -> Pair {
    for (spec, end) in [(&mut pair.program, program), (&mut pair.peer, peer)] {
        match end {
            End::WallLimit => spec.limits.wall = slow(Duration::from_millis(700)),
            End::CpuLimit => spec.limits.cpu = slow(Duration::from_secs(1)),
            _ => {}
        }
    }
    if program == End::Stopped {
        pair.grace = slow(Duration::from_millis(100));
    }
    pair
}

/// Python that begins with what such programs need.
fn talker(code: &str) -> Spec {
    python(&format!(
        "import os, sys, signal, fcntl, time, threading\n\
         def say(*words): print(*words, flush=True)\n\
         def hear(): return sys.stdin.readline().strip()\n\
         def hear_all():\n  while os.read(0, 1 << 16): pass\n\
         def say_bytes(count):\n  while count > 0: count -= os.write(1, b'x' * min(count, 1 << 16))\n\
         def die_of_sigpipe(): signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n\
         def forever():\n  while True: pass\n\
         {code}"
    ))
}

/// Two slots, which every test leaves as usable as they were.
struct Slots {
    program: Slot,
    peer: Slot,
}

impl Slots {
    fn new() -> Self {
        Self {
            program: slot(),
            peer: slot(),
        }
    }

    fn run(&mut self, pair: &Pair) -> Result<PairOutcome, PairError> {
        Slot::run_pair(&mut self.program, &mut self.peer, pair)
    }

    /// The ends of both, and which was first.
    fn ends(&mut self, pair: &Pair) -> Expected {
        let outcome = self.run(pair).unwrap();
        (outcome.program.end, outcome.peer.end, outcome.first)
    }

    fn assert_usable(&mut self) {
        for slot in [&mut self.program, &mut self.peer] {
            assert_eq!(slot.run(&spec(["/bin/true"])).unwrap().end, End::Exited(0));
        }
    }
}

const ACCEPT: End = End::Exited(RELEASE);
const REJECT: End = End::Exited(43);

#[test]
fn ends_and_their_order_are_told_as_they_were() {
    let mut slots = Slots::new();
    let rows = [
        (
            "a dialogue that the peer ends",
            "while (n := hear()): say(int(n) * 2)",
            "for n in range(50):\n  say(n)\n  assert int(hear()) == n * 2\nsys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Peer),
        ),
        (
            "a dialogue that the program ends",
            "say(1, hear())",
            "say(2)\nassert hear() == '1 2'\nassert hear() == ''\nsys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Program),
        ),
        (
            "the program crashes, and the peer comes to the end",
            "os.kill(os.getpid(), signal.SIGSEGV)",
            "hear_all()\nsys.exit(43)",
            (End::Signalled(11), REJECT, Side::Program),
        ),
        (
            "a crash after a release",
            "hear_all()\nsys.exit(1)",
            "sys.exit(42)",
            (End::Exited(1), ACCEPT, Side::Peer),
        ),
        (
            "a crash after any other end",
            "hear_all()\nsys.exit(1)",
            "sys.exit(43)",
            (End::Exited(1), REJECT, Side::Peer),
        ),
        (
            "an endless loop after a release",
            "hear_all()\nforever()",
            "sys.exit(42)",
            (End::CpuLimit, ACCEPT, Side::Peer),
        ),
        (
            "an endless loop after any other end",
            "hear_all()\nforever()",
            "sys.exit(43)",
            (End::Stopped, REJECT, Side::Peer),
        ),
        (
            "the peer is killed",
            "hear_all()\nforever()",
            "os.kill(os.getpid(), signal.SIGKILL)",
            (End::Stopped, End::Signalled(9), Side::Peer),
        ),
    ];
    for (what, program, peer, expected) in rows {
        let pair = hasten(pair(talker(program), talker(peer)), expected);
        assert_eq!(slots.ends(&pair), expected, "{what}");
    }
    slots.assert_usable();
}

#[test]
fn nobody_fails_who_writes_to_one_that_does_not_read() {
    let mut slots = Slots::new();
    let rows = [
        (
            "the program, after a release",
            "die_of_sigpipe()\nhear_all()\nsay_bytes(3 << 20)",
            "sys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Peer),
        ),
        (
            "the program, after any other end",
            "die_of_sigpipe()\nhear_all()\nwhile True: say_bytes(1)",
            "sys.exit(43)",
            (End::Signalled(13), REJECT, Side::Peer),
        ),
        (
            "the peer, after the end of the program",
            "pass",
            "die_of_sigpipe()\nhear_all()\nsay_bytes(3 << 20)\nsys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Program),
        ),
        (
            "the peer, to a program that has closed its input",
            "os.close(0)\nsay('closed')\ntime.sleep(1000)",
            "die_of_sigpipe()\nhear()\nsay_bytes(3 << 20)\nsys.exit(43)",
            (End::Stopped, REJECT, Side::Peer),
        ),
        (
            "the program, to a peer that has closed its input",
            "die_of_sigpipe()\nhear()\nsay_bytes(3 << 20)",
            "os.close(0)\nsay('closed')\nos.close(1)\nforever()",
            (End::Exited(0), End::CpuLimit, Side::Program),
        ),
        (
            "both, to each other, and the first to run out of time goes",
            "say_bytes(6 << 20)",
            "say_bytes(6 << 20)\nsys.exit(42)",
            (End::WallLimit, ACCEPT, Side::Program),
        ),
        (
            "the peer, to a program that never reads and ends",
            "say('x')",
            // The program's input may be closed before it has ended; its end is heard after that.
            "die_of_sigpipe()\nhear()\nsay_bytes(6 << 20)\nhear_all()\nsys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Program),
        ),
    ];
    for (what, program, peer, expected) in rows {
        let mut pair = hasten(pair(talker(program), talker(peer)), expected);
        pair.program.limits.stdout = 16 << 20;
        pair.peer.limits.stdout = 16 << 20;
        assert_eq!(slots.ends(&pair), expected, "{what}");
    }
    slots.assert_usable();
}

/// An output that is closed early is no end: the other would end before the one, and nobody knew which was first.
#[test]
fn the_end_of_input_comes_after_the_end_of_the_other_only() {
    let mut slots = Slots::new();
    let rows = [
        // Both wait for the end of the other.
        (
            "os.close(1)\nhear_all()",
            "hear_all()\nsys.exit(42)",
            (End::WallLimit, ACCEPT, Side::Program),
        ),
        (
            "hear_all()",
            "os.close(1)\nhear_all()\nsys.exit(42)",
            (End::WallLimit, ACCEPT, Side::Program),
        ),
        // What is still in the pipes at the end is not lost.
        (
            "say_bytes(60000)\nos._exit(0)",
            "sys.exit(42 if len(sys.stdin.read()) == 60000 else 43)",
            (End::Exited(0), ACCEPT, Side::Program),
        ),
        (
            "sys.exit(0 if len(sys.stdin.read()) == 60000 else 1)",
            "say_bytes(60000)\nos._exit(42)",
            (End::Exited(0), ACCEPT, Side::Peer),
        ),
    ];
    for (program, peer, expected) in rows {
        let pair = hasten(pair(talker(program), talker(peer)), expected);
        assert_eq!(slots.ends(&pair), expected, "{program} | {peer}");
    }
    slots.assert_usable();
}

#[test]
fn output_is_limited_on_either_side() {
    let mut slots = Slots::new();
    let counts = "import sys\nn = len(sys.stdin.buffer.read())\nsys.stderr.write(str(n))\nsys.exit(42)";
    let flood = "while True: say_bytes(1 << 16)";
    let outcome = slots.run(&pair(talker(flood), python(counts))).unwrap();
    assert_eq!(
        (outcome.program.end, outcome.peer.end, outcome.first),
        (End::OutputLimit, ACCEPT, Side::Program)
    );
    // Not a byte more than the limit has passed.
    assert_eq!(outcome.peer.stderr.bytes, (1 << 20).to_string().into_bytes());
    assert!(outcome.program.stdout.written > 1 << 20);
    assert!(outcome.program.stdout.bytes.is_empty());

    let outcome = slots.run(&pair(python(counts), talker(flood))).unwrap();
    assert_eq!(
        (outcome.program.end, outcome.peer.end, outcome.first),
        (ACCEPT, End::OutputLimit, Side::Peer)
    );
    assert_eq!(outcome.program.stderr.bytes, (1 << 20).to_string().into_bytes());
    slots.assert_usable();
}

#[test]
fn much_more_than_fits_a_pipe_passes_unharmed() {
    let mut slots = Slots::new();
    let sender = "data = bytes(os.urandom(1 << 16) * 64)\n\
                  def send():\n  left = memoryview(data)\n  while left: left = left[os.write(1, left):]\n\
                  thread = threading.Thread(target=send)\n\
                  thread.start()\n\
                  got = b''\n\
                  while len(got) < len(data): got += os.read(0, 1 << 20)\n\
                  thread.join()\n\
                  sys.exit(42 if got == data else 43)";
    let mut pair = pair(spec(["/bin/cat"]), talker(sender));
    pair.program.limits.stdout = 8 << 20;
    pair.peer.limits.stdout = 8 << 20;
    let outcome = slots.run(&pair).unwrap();
    assert_eq!(
        (outcome.program.end, outcome.peer.end, outcome.first),
        (End::Exited(0), ACCEPT, Side::Peer)
    );
    assert_eq!(outcome.program.stdout.written, 4 << 20);
    assert_eq!(outcome.transcript.dropped, (8 << 20) - (64 << 10));
}

#[test]
fn the_transcript_tells_what_was_said_and_where_it_was_cut() {
    let mut slots = Slots::new();
    let mut pair = pair(
        talker("say(int(hear()) + 1)\nsay(int(hear()) + 1)\nhear()"),
        talker("say(10)\nhear()\nsay(20)\nhear()\nsys.exit(42)"),
    );
    let whole: [(Side, &[u8]); 4] = [
        (Side::Peer, b"10\n"),
        (Side::Program, b"11\n"),
        (Side::Peer, b"20\n"),
        (Side::Program, b"21\n"),
    ];
    for (cap, pieces, dropped) in [(100, 4, 0), (12, 4, 0), (9, 3, 3), (3, 1, 9), (0, 0, 12)] {
        pair.transcript_bytes = cap;
        let transcript = slots.run(&pair).unwrap().transcript;
        let said: Vec<_> = transcript
            .pieces
            .iter()
            .map(|piece| (piece.from, piece.bytes.as_slice()))
            .collect();
        assert_eq!(said, whole[..pieces], "{cap}");
        assert_eq!(transcript.dropped, dropped, "{cap}");
        assert!(transcript.pieces.is_sorted_by_key(|piece: &Piece| piece.at));
    }
    pair.transcript_bytes = 4;
    let cut = slots.run(&pair).unwrap().transcript;
    assert_eq!(cut.pieces[1].bytes, b"1");
}

#[test]
fn a_side_that_cannot_be_run_is_named_and_costs_no_slot() {
    let mut slots = Slots::new();
    let waits = || {
        let mut waits = talker("hear_all()\nsignal.pause()");
        // Nothing else ends it.
        waits.limits.wall = Duration::from_secs(1000);
        waits
    };
    let mut with_stdin = talker("pass");
    with_stdin.stdin = Stdin::Bytes(b"x".as_slice().into());
    let mut no_time = talker("pass");
    no_time.limits.wall = Duration::ZERO;
    let rows: [(Spec, Spec, Side, &str); 6] = [
        (
            spec(["/nowhere"]),
            waits(),
            Side::Program,
            "cannot execute /nowhere",
        ),
        (waits(), spec(["/nowhere"]), Side::Peer, "cannot execute /nowhere"),
        (
            spec(["/nowhere"]),
            spec(["/neither"]),
            Side::Program,
            "cannot execute /nowhere",
        ),
        (waits(), with_stdin.clone(), Side::Peer, "stdin: "),
        (with_stdin, waits(), Side::Program, "stdin: "),
        (no_time, waits(), Side::Program, "limits.wall: "),
    ];
    for (program, peer, side, text) in rows {
        let error = slots.run(&pair(program, peer)).unwrap_err();
        assert_eq!(error.side, side, "{error}");
        assert!(
            error.to_string().starts_with(&format!("{side}: {text}")),
            "{error}"
        );
        slots.assert_usable();
    }
    let mut endless = pair(waits(), waits());
    endless.grace = Duration::MAX;
    let error = slots.run(&endless).unwrap_err();
    assert!(
        matches!(error.error, SandboxError::Invalid { field: "grace", .. }),
        "{error}"
    );
}

#[test]
fn a_slot_that_fails_takes_the_other_run_with_it_and_not_the_other_slot() {
    let waits = || talker("hear_all()\nforever()");
    let mut slots = Slots::new();
    slots.program.stopper().stop();
    let error = slots.run(&pair(waits(), waits())).unwrap_err();
    assert_eq!(error.side, Side::Program, "{error}");
    assert!(matches!(error.error, SandboxError::Host { .. }), "{error}");
    assert!(!slots.program.is_usable());
    slots.program = slot();
    slots.assert_usable();

    // In the middle of it: when one has said what the other tells the world.
    let (peer, _home, fifo) = slot_with_sign();
    slots.peer = peer;
    let stopper = slots.peer.stopper();
    let mut cut = pair(
        talker("say('here')\nhear_all()\nforever()"),
        talker("hear()\nopen('/signs/started', 'w')\nhear_all()"),
    );
    cut.program.limits.wall = Duration::from_secs(1000);
    cut.peer.limits.wall = Duration::from_secs(1000);
    let run = std::thread::spawn(move || (slots.run(&cut), slots));
    File::open(&fifo).unwrap();
    stopper.stop();
    let (result, mut slots) = run.join().unwrap();
    let error = result.unwrap_err();
    assert_eq!(error.side, Side::Peer, "{error}");
    assert!(!slots.peer.is_usable());
    slots.peer = slot();
    slots.assert_usable();
}

#[test]
fn tricks_with_the_pipes_change_nothing() {
    let mut slots = Slots::new();
    let rows = [
        (
            "a child holds the pipes open and goes on writing",
            "if os.fork() == 0:\n  signal.signal(signal.SIGPIPE, signal.SIG_IGN)\n  forever()\nsay('bye')",
            "hear_all()\nsys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Program),
        ),
        (
            "a second reader of its own output: no SIGPIPE",
            "os.open('/proc/self/fd/1', os.O_RDONLY)\nhear_all()\nwhile True: say_bytes(1 << 16)",
            "sys.exit(43)",
            (End::Stopped, REJECT, Side::Peer),
        ),
        (
            "a second writer of its own input: no end of it",
            "os.open('/proc/self/fd/0', os.O_WRONLY)\nhear_all()",
            "sys.exit(43)",
            (End::Stopped, REJECT, Side::Peer),
        ),
        (
            "pipes that do not wait, and hold little",
            "for fd in (0, 1):\n  fcntl.fcntl(fd, 1031, 4096)\n  os.set_blocking(fd, False)\n\
             say('x')\n\
             while True:\n  try:\n    if not os.read(0, 1000): break\n  except BlockingIOError: pass",
            "hear()\nsay_bytes(300000)\nsys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Peer),
        ),
        (
            "descriptors on their way in a socket that nobody reads",
            "import socket, array\na, b = socket.socketpair()\n\
             a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0, 1, a.fileno(), b.fileno()]))])\n\
             say('bye')",
            "hear_all()\nsys.exit(42)",
            (End::Exited(0), ACCEPT, Side::Program),
        ),
    ];
    for (what, program, peer, expected) in rows {
        let pair = hasten(pair(talker(program), talker(peer)), expected);
        assert_eq!(slots.ends(&pair), expected, "{what}");
    }
    slots.assert_usable();
}

/// A driver that turned round in its loop would use all of that time.
#[test]
fn a_pair_that_does_nothing_costs_its_driver_nothing() {
    let mut slots = Slots::new();
    let rows = [
        ("hear_all()", "hear_all()"),
        ("say_bytes(6 << 20)", "say_bytes(6 << 20)"),
        (
            "os.close(0)\nos.close(1)\nos.close(2)\nsignal.pause()",
            "say_bytes(1000)\nhear_all()",
        ),
        (
            "hear()\nsignal.pause()",
            "os.close(0)\nsay_bytes(3 << 20)\nsignal.pause()",
        ),
    ];
    for (program, peer) in rows {
        let mut pair = pair(talker(program), talker(peer));
        pair.program.limits.stdout = 16 << 20;
        pair.peer.limits.stdout = 16 << 20;
        pair.program.limits.wall = slow(Duration::from_millis(800));
        pair.peer.limits.wall = slow(Duration::from_millis(800));
        let before = cpu_of_this_thread();
        let outcome = slots.run(&pair).unwrap();
        let used = cpu_of_this_thread().checked_sub(before).unwrap();
        let first = match outcome.first {
            Side::Program => outcome.program.end,
            Side::Peer => outcome.peer.end,
        };
        assert_eq!(first, End::WallLimit, "{program} | {peer}");
        assert!(
            used < slow(Duration::from_millis(80)),
            "{program} | {peer}: {used:?}"
        );
    }
}

fn cpu_of_this_thread() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap())
}

#[test]
fn both_sides_keep_their_own_files_and_errors() {
    let mut slots = Slots::new();
    let tells = |name: &str, end: &str| {
        let mut spec = talker(&format!(
            "open('told', 'w').write('{name}')\nos.write(2, b'{name} complains')\n{end}"
        ));
        spec.collect.push(Collect {
            name: "told".into(),
            max_bytes: 100,
        });
        spec
    };
    let pair = pair(tells("program", "hear_all()"), tells("peer", "sys.exit(42)"));
    let outcome = slots.run(&pair).unwrap();
    for (one, name) in [(&outcome.program, "program"), (&outcome.peer, "peer")] {
        let file = one.collected[0].file.as_ref().unwrap();
        assert_eq!(std::io::read_to_string(&**file).unwrap(), name);
        assert_eq!(one.stderr.bytes, format!("{name} complains").into_bytes());
    }
}

#[test]
fn pairs_run_without_a_cgroup_and_leave_nothing_behind() {
    let start = || {
        Slot::start(&SlotConfig {
            backend: Some(Backend::None),
            ..config()
        })
        .unwrap()
    };
    let mut slots = Slots {
        program: start(),
        peer: start(),
    };
    let dialogue = pair(
        talker("while (n := hear()): say(int(n) * 2)"),
        talker("for n in range(20):\n  say(n)\n  assert int(hear()) == n * 2\nsys.exit(42)"),
    );
    let mut reject = pair(talker("forever()"), talker("sys.exit(43)"));
    reject.grace = Duration::ZERO;
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
    for _ in 0..5 {
        assert_eq!(slots.ends(&dialogue), (End::Exited(0), ACCEPT, Side::Peer));
        assert_eq!(slots.ends(&reject), (End::Stopped, REJECT, Side::Peer));
    }
    assert_eq!(descriptors(), before);
}
