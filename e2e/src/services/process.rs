//! A server process that does not outlive its owner.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a service may take to answer for the first time, or to go away.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server process.
#[derive(Debug)]
pub struct Server {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Server {
    /// Starts `program` as user `user` (`None`: as ourselves), with its output in `log`.
    ///
    /// `setpriv --pdeathsig` lets the kernel end it when the thread that started it is gone, however that came about.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        user: Option<&str>,
        death_signal: &str,
        log: PathBuf,
    ) -> Result<Self> {
        let name = program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let output =
            std::fs::File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
        let child = as_user(user, &["--pdeathsig", death_signal])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self { child, name, log })
    }

    /// Asks `is_ready` again and again until it says yes; fails when the process has ended or patience has.
    pub fn wait_until(&mut self, mut is_ready: impl FnMut() -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !is_ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}: {}", self.name, self.log());
            }
            if Instant::now() > deadline {
                bail!("{} was not ready after {PATIENCE:?}: {}", self.name, self.log());
            }
            pause();
        }
        Ok(())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, by name such as `KILL`.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let status = command("kill")
            .args(["-s", signal, &self.id().to_string()])
            .status()?;
        if !status.success() {
            bail!("cannot send {signal} to {}", self.name);
        }
        Ok(())
    }

    /// Ends it with a signal and waits until it has gone.
    pub fn stop(&mut self, signal: &str) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            self.signal(signal)?;
            self.child.wait()?;
        }
        Ok(())
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// A command of the system. The harness is one of the two places that may start programs.
#[expect(
    clippy::disallowed_methods,
    reason = "the end-to-end harness starts real programs"
)]
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

/// A command that `setpriv` runs as another user, if one is given, with further options of `setpriv`.
pub(crate) fn as_user(user: Option<&str>, options: &[&str]) -> Command {
    let mut command = command("setpriv");
    if let Some(user) = user {
        command.args([
            &format!("--reuid={user}"),
            &format!("--regid={user}"),
            "--clear-groups",
        ]);
    }
    command.args(options).arg("--");
    command
}

/// A short wait between two looks at something outside that cannot be waited for in any other way.
#[expect(
    clippy::disallowed_methods,
    reason = "a foreign process gives no signal when it begins to listen"
)]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

/// A port that nobody listens on now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
