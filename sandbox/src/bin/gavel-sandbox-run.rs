//! Runs one command in a slot of its own, for tests; people use `gavel sandbox run`.
//!
//! ```text
//! gavel-sandbox-run [--backend v1|v2|none] [--cpu MS] [--wall MS] [--memory MIB] [--repeat N] -- COMMAND [ARGUMENT…]
//! ```
//!
//! Standard output is the command's. The last line of standard error tells the outcome. The exit status is 0 when the
//! command exited with 0, 1 for any other end, 2 for a mistake of the caller or a fault of the host.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use sandbox::{Backend, End, Limits, Slot, SlotConfig, Spec, Stdin, Work};

fn main() -> ExitCode {
    sandbox::init_if_requested();
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(reason) => {
            tell(&format!("gavel-sandbox-run: {reason}"));
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let request = Request::parse(std::env::args_os().skip(1))?;
    let mut slot = Slot::start(&request.config).map_err(|error| error.to_string())?;
    let mut success = true;
    for _ in 0..request.repeat {
        let outcome = slot.run(&request.spec).map_err(|error| error.to_string())?;
        std::io::stdout()
            .write_all(&outcome.stdout.bytes)
            .map_err(|error| format!("standard output: {error}"))?;
        tell(&String::from_utf8_lossy(&outcome.stderr.bytes));
        tell(&format!(
            "{:?} cpu={}us wall={}us memory={} ({:?}) {:?}",
            outcome.end,
            outcome.cpu.as_micros(),
            outcome.wall.as_micros(),
            outcome.memory,
            outcome.memory_kind,
            outcome.guarantees,
        ));
        success &= outcome.end == End::Exited(0);
    }
    Ok(success)
}

struct Request {
    config: SlotConfig,
    spec: Spec,
    repeat: u64,
}

impl Request {
    fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut request = Self::default();
        while let Some(word) = words.next() {
            let option = word.to_string_lossy().into_owned();
            if option == "--" {
                request.spec.argv = words.collect();
                return Ok(request);
            }
            let value = words
                .next()
                .ok_or_else(|| format!("{option}: a value is missing"))?;
            let value = value.to_string_lossy();
            let number = || {
                value
                    .parse::<u64>()
                    .map_err(|_| format!("{option}: {value} is not a number"))
            };
            match option.as_str() {
                "--backend" => {
                    request.config.backend = Some(match &*value {
                        "v1" => Backend::CgroupV1,
                        "v2" => Backend::CgroupV2,
                        "none" => Backend::None,
                        _ => return Err(format!("--backend: {value} is none of v1, v2, none")),
                    });
                }
                "--cpu" => request.spec.limits.cpu = Duration::from_millis(number()?),
                "--wall" => request.spec.limits.wall = Duration::from_millis(number()?),
                "--memory" => request.spec.limits.memory = number()? << 20,
                "--repeat" => request.repeat = number()?,
                _ => return Err(format!("{option}: no such option")),
            }
        }
        Err("no command: give one after `--`".to_owned())
    }
}

impl Default for Request {
    fn default() -> Self {
        let limits = Limits {
            cpu: Duration::from_secs(10),
            wall: Duration::from_secs(20),
            memory: 256 << 20,
            stdout: 16 << 20,
            stderr: 64 << 10,
            stack: 64 << 20,
            processes: 64,
            descriptors: 256,
            work_bytes: 64 << 20,
            work_files: 1024,
        };
        let spec = Spec {
            argv: Vec::new(),
            env: vec![
                ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
                ("HOME".into(), "/work".into()),
            ],
            stdin: Stdin::Null,
            files: Vec::new(),
            collect: Vec::new(),
            work: Work::default(),
            limits,
        };
        Self {
            config: SlotConfig::default(),
            spec,
            repeat: 1,
        }
    }
}

/// When standard error is closed, there is nobody to tell.
fn tell(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }
}
