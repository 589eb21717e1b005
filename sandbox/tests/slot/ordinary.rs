//! What a slot does with programs that behave, and with requests that do not.
use std::ffi::OsString;
use std::time::Duration;

use crate::programs::{c, python, slot, slow, spec, stdout};
use sandbox::{Content, End, InputFile, SandboxError, Spec, Stdin};

#[test]
fn ends_are_told_as_they_were() {
    let mut slot = slot();
    let rows = [
        ("pass", End::Exited(0)),
        ("import sys; sys.exit(3)", End::Exited(3)),
        // What a shell would call killed is an exit like any other.
        ("import os; os._exit(137)", End::Exited(137)),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            End::Signalled(11),
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            End::Signalled(9),
        ),
        // Nobody but us says what a limit is.
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)",
            End::Signalled(24),
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGXFSZ); os._exit(0)",
            End::Exited(0),
        ),
        // Rust ignores SIGPIPE; the payload must not inherit that.
        (
            "import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.kill(os.getpid(), 13)",
            End::Signalled(13),
        ),
    ];
    for (code, expected) in rows {
        let outcome = slot.run(&python(code)).unwrap();
        assert_eq!(
            outcome.end,
            expected,
            "{code}: {}",
            String::from_utf8_lossy(&outcome.stderr.bytes)
        );
    }
}

#[test]
fn a_program_finds_out_who_and_where_it_is() {
    let mut slot = slot();
    let code = "import getpass, os, pwd, socket
print(getpass.getuser(), pwd.getpwuid(os.getuid()).pw_dir)
print(*(socket.gethostbyname(name) for name in ('localhost', socket.gethostname())))";
    let outcome = slot.run(&python(code)).unwrap();
    assert_eq!(stdout(&outcome), "payload /work\n127.0.0.1 127.0.0.1\n");
}

#[test]
fn input_output_and_environment_pass() {
    let mut slot = slot();
    let mut spec = spec([
        "/bin/sh",
        "-c",
        "cat; cat given; echo $WORD $HOME; pwd; echo wrong >&2",
    ]);
    spec.stdin = Stdin::Bytes(b"from stdin\n".as_slice().into());
    spec.env.push(("WORD".into(), "word".into()));
    spec.files.push(InputFile {
        name: "given".into(),
        content: Content::Bytes(b"from a file\n".as_slice().into()),
        executable: false,
    });
    let outcome = slot.run(&spec).unwrap();
    assert_eq!(stdout(&outcome), "from stdin\nfrom a file\nword\n/work\n");
    assert_eq!(outcome.stderr.bytes, b"wrong\n");
    assert_eq!(outcome.end, End::Exited(0));
}

#[test]
fn a_static_program_runs_and_is_cheap() {
    let mut slot = slot();
    let spec = c("int main(void) { return 7; }");
    for _ in 0..10 {
        let outcome = slot.run(&spec).unwrap();
        assert_eq!(outcome.end, End::Exited(7));
        assert!(outcome.cpu < slow(Duration::from_millis(50)), "{:?}", outcome.cpu);
    }
}

#[test]
fn what_cannot_be_executed_is_the_callers_mistake() {
    let mut slot = slot();
    for program in ["/usr/bin/no-such-program", "missing", "/usr", "/etc/passwd"] {
        let error = slot.run(&spec([program])).unwrap_err();
        assert!(
            matches!(&error, SandboxError::Exec { program: named, .. } if named == program),
            "{program}: {error}"
        );
    }
    assert_eq!(
        slot.run(&python("pass")).unwrap().end,
        End::Exited(0),
        "the slot goes on"
    );
}

type Change = fn(&mut Spec);

#[test]
fn contradictions_are_refused_by_field() {
    let mut slot = slot();
    let rows: [(&str, Change); 11] = [
        ("argv", |spec| spec.argv.clear()),
        ("argv, env", |spec| spec.argv.push("a\0b".into())),
        ("argv, env", |spec| {
            spec.argv.push(OsString::from("x".repeat(200_000)));
        }),
        ("env", |spec| spec.env.push(("A=B".into(), "c".into()))),
        ("files", |spec| {
            let content = Content::Bytes(b"".as_slice().into());
            spec.files.push(InputFile {
                name: "../up".into(),
                content,
                executable: false,
            });
        }),
        ("files", |spec| {
            let content = Content::Bytes(vec![0; 100_000].into());
            spec.files.push(InputFile {
                name: "large".into(),
                content,
                executable: false,
            });
            spec.limits.work_bytes = 50_000;
        }),
        ("files", |spec| {
            let content = Content::Bytes(b"".as_slice().into());
            let file = InputFile {
                name: "twice".into(),
                content,
                executable: false,
            };
            spec.files.extend([file.clone(), file]);
        }),
        ("collect", |spec| {
            spec.collect.push(sandbox::Collect {
                name: "..".into(),
                max_bytes: 1,
            });
        }),
        ("limits.cpu", |spec| spec.limits.cpu = Duration::ZERO),
        ("limits.memory", |spec| spec.limits.memory = 0),
        ("stdin", |spec| {
            spec.stdin = Stdin::File(std::fs::File::open("/").unwrap().into());
        }),
    ];
    for (expected, change) in rows {
        let mut spec = python("pass");
        change(&mut spec);
        let error = slot.run(&spec).unwrap_err();
        assert!(
            matches!(error, SandboxError::Invalid { field, .. } if field == expected),
            "{expected}: {error}"
        );
    }
}
