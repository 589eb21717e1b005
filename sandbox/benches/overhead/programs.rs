//! What is run, in a slot and bare.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::{Content, InputFile, Limits, Outcome, Slot, Spec, Stdin, Work};

use crate::Result;

/// Static programs: one that ends at once, one that writes a file before, one of 16 MiB that does too, one that computes for a while, and an endless one.
const SOURCES: [(&str, &str); 5] = [
    ("exit", "int main(void) { return 0; }"),
    (
        "write",
        "#include <fcntl.h>\nint main(void) { return open(\"/tmp/gavel-overhead\", O_CREAT | O_WRONLY, 0600) < 0; }",
    ),
    (
        "large",
        "const char ballast[16 << 20] = {1}; int main(int argc, char **argv) { return ballast[argc << 12]; }",
    ),
    (
        "compute",
        "int main(void) { volatile unsigned x = 1; for (int i = 0; i < 40000000; i++) x = x * 1664525u + 1; return 0; }",
    ),
    ("forever", "int main(void) { for (;;) ; }"),
];

/// What one of them writes where it runs bare.
const WRITTEN: &str = "/tmp/gavel-overhead";

/// The programs, in a directory that is removed at the end.
#[derive(Debug)]
pub(crate) struct Programs {
    directory: PathBuf,
}

impl Programs {
    pub(crate) fn build() -> Result<Self> {
        // Where any user can read it: tool roots are shown, not copied.
        let directory = PathBuf::from(format!("/var/tmp/gavel-overhead-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        let programs = Self { directory };
        for (name, text) in SOURCES {
            let source = programs.directory.join(name).with_extension("c");
            fs::write(&source, text)?;
            let built = command("gcc")
                .args(["-O2", "-static", "-o"])
                .arg(programs.path(name))
                .arg(&source)
                .status()?;
            assert!(built.success(), "gcc");
        }
        Ok(programs)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.join(name).to_string_lossy().into_owned()
    }

    /// A run of a program that is put into the work directory.
    pub(crate) fn copied(&self, name: &str) -> Result<Spec> {
        let content = Content::Bytes(fs::read(self.path(name))?.into());
        let mut spec = spec(&[name]);
        spec.files.push(InputFile {
            name: name.to_owned(),
            content,
            executable: true,
        });
        Ok(spec)
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
        let _ = fs::remove_file(WRITTEN);
    }
}

pub(crate) fn command(program: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the bare run is what is compared with")]
    Command::new(program)
}

/// A bare `posix_spawn` and wait.
pub(crate) fn run_bare(argv: &[String]) -> Result<Duration> {
    let mut command = command(&argv[0]);
    command.args(&argv[1..]).env_clear().stdin(Stdio::null());
    let begin = Instant::now();
    let status = command.status()?;
    let elapsed = begin.elapsed();
    assert!(status.success(), "{argv:?}");
    Ok(elapsed)
}

pub(crate) fn run_boxed(slot: &mut Slot, spec: &Spec) -> Result<(Duration, Outcome)> {
    let begin = Instant::now();
    let outcome = slot.run(spec)?;
    Ok((begin.elapsed(), outcome))
}

/// The same under bubblewrap with all namespaces and no limits, where it is installed.
pub(crate) fn run_bubblewrap(directory: &Path, argv: &[String]) -> Option<Duration> {
    let mut command = command("bwrap");
    command.args([
        "--unshare-all",
        "--die-with-parent",
        "--clearenv",
        "--ro-bind",
        "/usr",
        "/usr",
    ]);
    for link in ["bin", "lib", "lib64"] {
        command.args(["--symlink", &format!("usr/{link}"), &format!("/{link}")]);
    }
    command.arg("--ro-bind").args([directory, directory]);
    command
        .args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--"])
        .args(argv);
    command.stdin(Stdio::null());
    let begin = Instant::now();
    let status = command.status().ok()?;
    let elapsed = begin.elapsed();
    status.success().then_some(elapsed)
}

/// A run under usual limits.
pub(crate) fn spec(argv: &[&str]) -> Spec {
    let limits = Limits {
        cpu: Duration::from_secs(10),
        wall: Duration::from_secs(20),
        memory: 256 << 20,
        stdout: 1 << 20,
        stderr: 64 << 10,
        stack: 8 << 20,
        processes: 64,
        descriptors: 64,
        work_bytes: 64 << 20,
        work_files: 1024,
    };
    Spec {
        argv: argv.iter().map(Into::into).collect(),
        env: Vec::new(),
        stdin: Stdin::Null,
        files: Vec::new(),
        collect: Vec::new(),
        work: Work {
            fixed_files: true,
            ..Work::default()
        },
        limits,
    }
}
