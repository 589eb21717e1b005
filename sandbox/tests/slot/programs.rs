//! What the tests of slots share: a slot of our own init program, and specs of little programs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sandbox::{Backend, Content, End, InputFile, Limits, Outcome, Slot, SlotConfig, Spec, Stdin, Work};

/// A test binary cannot be an init: libtest owns its `main`.
pub(crate) fn config() -> SlotConfig {
    SlotConfig {
        init_program: Some(PathBuf::from(env!("CARGO_BIN_EXE_gavel-sandbox-init"))),
        patience: slow(SlotConfig::default().patience),
        ..SlotConfig::default()
    }
}

/// A slot of the backend that `GAVEL_TEST_BACKEND` demands (`v1`, `v2`), or of whichever this host offers. A host that was
/// prepared for one is not to get away with less.
pub(crate) fn slot() -> Slot {
    let slot = Slot::start(&config()).unwrap();
    if let Some(wanted) = environment("GAVEL_TEST_BACKEND") {
        let backend = match slot.guarantees().backend {
            Backend::CgroupV1 => "v1",
            Backend::CgroupV2 => "v2",
            Backend::None => "none",
        };
        assert_eq!(backend, wanted);
    }
    slot
}

/// What a test allows in time, on a machine that is `GAVEL_TEST_SLOWNESS` times slower than one of its own: an emulated
/// one. Unless told otherwise it is 1.
pub(crate) fn slow(time: Duration) -> Duration {
    let slowness = environment("GAVEL_TEST_SLOWNESS").map_or(1, |text| text.parse().unwrap());
    time * slowness
}

fn environment(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how a test is told about the machine it runs on"
    )]
    std::env::var(name).ok()
}

/// Generous limits; a test tightens the one it is about.
pub(crate) fn limits() -> Limits {
    Limits {
        cpu: slow(Duration::from_secs(5)),
        wall: slow(Duration::from_secs(10)),
        memory: 256 << 20,
        stdout: 1 << 20,
        stderr: 64 << 10,
        stack: 64 << 20,
        processes: 32,
        descriptors: 64,
        work_bytes: 64 << 20,
        work_files: 256,
    }
}

pub(crate) fn spec<I: IntoIterator<Item = S>, S: Into<OsString>>(argv: I) -> Spec {
    Spec {
        argv: argv.into_iter().map(Into::into).collect(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        stdin: Stdin::Null,
        files: Vec::new(),
        collect: Vec::new(),
        work: Work::default(),
        limits: limits(),
    }
}

pub(crate) fn python(code: &str) -> Spec {
    spec(["/usr/bin/python3", "-c", code])
}

/// A C program, compiled by the host's compiler and put into the work directory.
pub(crate) fn c(code: &str) -> Spec {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("main.c");
    let program = directory.path().join("main");
    std::fs::write(&source, code).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test compiles its own programs")]
    let output = std::process::Command::new("/usr/bin/gcc")
        .args(["-O1", "-fno-builtin", "-w", "-static", "-pthread", "-o"])
        .arg(&program)
        .arg(&source)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut spec = spec(["main"]);
    let content = Content::Bytes(Arc::from(std::fs::read(&program).unwrap()));
    spec.files.push(InputFile {
        name: "main".into(),
        content,
        executable: true,
    });
    spec
}

pub(crate) fn stdout(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout.bytes).into_owned()
}

/// Runs Python code that prints what it managed; an exception is a refusal and prints its errno's name.
pub(crate) fn attempt(slot: &mut Slot, code: &str) -> String {
    let indented = code.replace('\n', "\n  ");
    let wrapped = format!(
        "import os, sys, errno, socket, ctypes, signal\nlibc = ctypes.CDLL(None, use_errno=True)\n\
         def call(number, *a):\n  r = libc.syscall(number, *a)\n  if r == -1: raise OSError(ctypes.get_errno(), 'call')\n  return r\n\
         try:\n  {indented}\nexcept OSError as e: print(errno.errorcode.get(e.errno, str(e)))"
    );
    let outcome = slot.run(&python(&wrapped)).unwrap();
    assert_eq!(
        outcome.end,
        End::Exited(0),
        "{code}: {}",
        String::from_utf8_lossy(&outcome.stderr.bytes)
    );
    stdout(&outcome).trim().to_owned()
}

/// Another process that drives a slot; see the header of `gavel-sandbox-run` for its words.
pub(crate) fn driver(words: &[&str]) -> std::process::Child {
    #[expect(clippy::disallowed_methods, reason = "a driver of its own, to be killed")]
    std::process::Command::new(env!("CARGO_BIN_EXE_gavel-sandbox-run"))
        .args(words)
        .spawn()
        .unwrap()
}
