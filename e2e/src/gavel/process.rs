//! One process of the binary.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::left_behind::Descendants;
use crate::services::command;

/// How long a process may take to say that it is there, or to go.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary under test: beside our own program, or above it where that is a test, which cargo puts into `deps`.
pub fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut places = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|directory| directory.join("gavel"));
    places
        .find(|path| path.is_file())
        .context("the binary is not built: run `cargo build --package cli` with the same profile first")
}

/// A command that runs the binary in an environment of ours alone.
pub fn gavel(arguments: &[&str]) -> Result<Command> {
    let mut command = command(binary()?);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        // It takes seconds of every processor, and is tested where it is made.
        .env("GAVEL_NO_PREPARE", "yes")
        .env("GAVEL_NO_SELF_TESTS", "yes")
        .stdin(Stdio::null());
    Ok(command)
}

/// A process of the binary that serves, from its start to its end.
#[derive(Debug)]
pub struct GavelProcess {
    child: Child,
    lines: Receiver<String>,
    printed: Vec<String>,
    log: PathBuf,
}

impl GavelProcess {
    /// Starts it; its log goes to the file `log`.
    pub fn start(arguments: &[&str], environment: &[(&str, String)], log: PathBuf) -> Result<Self> {
        Self::start_under(&[], arguments, environment, log)
    }

    /// The same by way of another command, which becomes it: `prefix`, the binary, `arguments`.
    pub fn start_under(
        prefix: &[&str],
        arguments: &[&str],
        environment: &[(&str, String)],
        log: PathBuf,
    ) -> Result<Self> {
        let errors = std::fs::File::create(&log)?;
        let mut child = command("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .args(prefix)
            .arg(binary()?)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("GAVEL_NO_PREPARE", "yes")
            .env("GAVEL_NO_SELF_TESTS", "yes")
            .env("RUST_LOG", "info")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .context("cannot start the binary")?;
        let stdout = child.stdout.take().context("it has no standard output")?;
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            lines,
            printed: Vec::new(),
            log,
        })
    }

    /// Waits for a line that it prints; `find` takes what it wants from the line.
    pub fn printed<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.printed.iter().find_map(|line| find(line)) {
                return Ok(found);
            }
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => self.printed.push(line),
                Err(RecvTimeoutError::Timeout) => {
                    bail!("it did not print the line in {PATIENCE:?}: {}", self.log())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("it ended with {:?}: {}", self.child.wait()?, self.log())
                }
            }
        }
    }

    /// The address that it says it listens on.
    pub fn address(&mut self) -> Result<String> {
        self.printed(|line| {
            let rest = &line[line.find("http://")?..];
            Some(rest.split([' ', '\'']).next().unwrap_or(rest).to_owned())
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kibibytes: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kibibytes * 1024)
    }

    /// Sends a signal, by name such as `STOP`.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let status = command("kill")
            .args(["-s", signal, &self.id().to_string()])
            .status()?;
        if !status.success() {
            bail!("cannot send {signal}");
        }
        Ok(())
    }

    /// Asks it to end and waits; fails unless it ends well and nothing of it is left behind.
    pub fn stop(mut self) -> Result<()> {
        let descendants = Descendants::of(self.id());
        self.signal("TERM")?;
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None if Instant::now() > deadline => bail!("it did not end in {PATIENCE:?}: {}", self.log()),
                None => crate::services::pause(),
            }
        };
        if !status.success() {
            bail!("it ended with {status}: {}", self.log());
        }
        descendants.assert_gone(PATIENCE)
    }

    /// Kills it and waits; fails if something of it is left behind.
    pub fn kill(mut self) -> Result<()> {
        let descendants = Descendants::of(self.id());
        self.child.kill()?;
        self.child.wait()?;
        descendants.assert_gone(PATIENCE)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for GavelProcess {
    fn drop(&mut self) {
        // Only where a test failed: everybody else says `stop` or `kill`.
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
            let log = Path::new(&self.log).display().to_string();
            #[expect(clippy::print_stderr, reason = "shown by the test runner beside the failure")]
            {
                eprintln!("--- {log}\n{}", self.log());
            }
        }
    }
}
