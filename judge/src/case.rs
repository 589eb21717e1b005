//! Runs one test case and says what became of it.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use domain::{Fault, Limits, Run, Verdict};
use problems::{Case, Reported};
use sandbox::{End, Outcome, SandboxError, Spec, Stdin, Work};

use crate::case_files;
use crate::compile::{Program, seconds, storable};
use crate::pool::Pool;
use crate::validator::{Checker, open};

/// What is kept of standard error, in bytes. Nobody reads it yet; it counts into the output limit in full.
const STDERR_BYTES: u64 = 64 << 10;

/// Room in the work directory beside the program and what it may write, in bytes.
const WORK_SLACK: u64 = 1 << 20;

/// What runs a program on test cases.
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) program: &'a Program,
    /// The problem's limits, adjusted to the language.
    pub(crate) limits: &'a Limits,
    /// Bytes of the program's files.
    pub(crate) program_bytes: u64,
    /// What looks at the outputs.
    pub(crate) checker: &'a Checker<'a>,
}

/// What became of a case: its run, whose score is yet to be made of what the validators gave.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) run: Run,
    pub(crate) reported: Reported,
}

impl Runner<'_> {
    /// Runs one case; `ordinal` counts from 1. Faults are the problem's or the system's.
    pub(crate) async fn run(&self, ordinal: u32, case: &Case) -> Result<Judged, Fault> {
        let input = open(&case.input, "input", ordinal)?;
        let run = |verdict: Verdict, message: Option<String>, outcome: Option<&Outcome>| Run {
            ordinal,
            case: case.name.clone(),
            verdict,
            score: None,
            cpu_us: outcome.map_or(0, |outcome| micros(outcome.cpu)),
            wall_us: outcome.map_or(0, |outcome| micros(outcome.wall)),
            memory_bytes: outcome.map_or(0, |outcome| outcome.memory),
            message: message.map(storable),
        };
        let mut outcome = match self.pool.run(self.spec(input, case)?).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let message = self.not_started(error)?;
                return Ok(run(Verdict::Rte, Some(message), None).into());
            }
        };
        let written = outcome.stdout.written.saturating_add(outcome.stderr.written);
        if let Some((verdict, message)) = judge_end(outcome.end, outcome.cpu, written, self.limits) {
            return Ok(run(verdict, Some(message), Some(&outcome)).into());
        }
        let output = std::mem::take(&mut outcome.stdout.bytes);
        let checked = self.checker.check(ordinal, case, output).await?;
        let verdict = if checked.is_accepted {
            Verdict::Ac
        } else {
            Verdict::Wa
        };
        Ok(Judged {
            run: run(verdict, checked.message, Some(&outcome)),
            reported: checked.reported,
        })
    }

    fn spec(&self, input: File, case: &Case) -> Result<Spec, Fault> {
        let files = case_files::lay_over(&self.program.files, &case.files)?;
        let case_bytes = case_files::added(&self.program.files, &files);
        let argv = self.program.argv.iter().chain(&case.args);
        Ok(Spec {
            argv: argv.map(Into::into).collect(),
            env: self.program.env.clone(),
            stdin: Stdin::File(Arc::new(input)),
            files,
            collect: Vec::new(),
            work: Work {
                fixed_files: true,
                ..Work::default()
            },
            limits: sandbox::Limits {
                cpu: self.limits.cpu(),
                wall: self.limits.wall(),
                memory: self.limits.memory_bytes,
                stdout: self.limits.output_bytes,
                stderr: STDERR_BYTES.min(self.limits.output_bytes),
                // Deep recursion is allowed up to the memory limit.
                stack: self.limits.memory_bytes,
                processes: self.limits.processes,
                descriptors: 256,
                work_bytes: self.program_bytes + case_bytes + self.limits.output_bytes + WORK_SLACK,
                work_files: 4096,
            },
        })
    }

    /// A tool that cannot be started is a fault of the system: it could when it was looked for. What the compiler made
    /// of the submission, on the other hand, is the submitter's.
    fn not_started(&self, error: SandboxError) -> Result<String, Fault> {
        let is_own = self
            .program
            .argv
            .first()
            .is_some_and(|program| program.starts_with("./"));
        match error {
            SandboxError::Exec { reason, .. } if is_own => {
                Ok(format!("the program cannot be started: {reason}"))
            }
            error => Err(Fault::system(format!("cannot run the program: {error}"))),
        }
    }
}

impl From<Run> for Judged {
    /// A run that no validator has looked at.
    fn from(run: Run) -> Self {
        Self {
            run,
            reported: Reported::default(),
        }
    }
}

/// The verdict of a run by its end and what it used (CPU time, bytes written) alone, in the order time, memory, exit,
/// output; `None` where the output decides.
fn judge_end(end: End, cpu: Duration, written: u64, limits: &Limits) -> Option<(Verdict, String)> {
    let cpu_message = || format!("more than {} of CPU time", seconds(limits.cpu()));
    match end {
        End::CpuLimit => return Some((Verdict::Tle, cpu_message())),
        End::WallLimit => {
            let message = format!("did not end within {} (wall-clock time)", seconds(limits.wall()));
            return Some((Verdict::Tle, message));
        }
        // It ended by itself a moment before the limit was enforced, with more time than it may use.
        _ if cpu > limits.cpu() => return Some((Verdict::Tle, cpu_message())),
        End::MemoryLimit => {
            return Some((
                Verdict::Mle,
                format!("more than {} MiB of memory", limits.memory_bytes >> 20),
            ));
        }
        End::Exited(0) if written <= limits.output_bytes => {
            return None;
        }
        // Only in a pair, and only where the other side has decided.
        End::Stopped => return None,
        End::OutputLimit | End::Exited(0) => {}
        End::Exited(code) => return Some((Verdict::Rte, format!("exit code {code}"))),
        End::Signalled(signal) => return Some((Verdict::Rte, signal_message(signal))),
    }
    Some((
        Verdict::Ole,
        format!("more than {} KiB of output", limits.output_bytes >> 10),
    ))
}

/// A signal in words.
pub(crate) fn signal_message(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        10 => "SIGUSR1",
        11 => "SIGSEGV",
        12 => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(end: End, cpu_ms: u64, written: u64, expected: Option<(Verdict, &str)>) {
        let limits = Limits {
            cpu_us: 1_500_000,
            output_bytes: 1 << 20,
            memory_bytes: 64 << 20,
            ..Limits::default()
        };
        let found = judge_end(end, Duration::from_millis(cpu_ms), written, &limits);
        let found = found
            .as_ref()
            .map(|(verdict, message)| (*verdict, message.as_str()));
        assert_eq!(found, expected, "{end:?}");
    }

    #[test]
    fn the_end_of_a_run_is_judged_in_order() {
        use Verdict::{Mle, Ole, Rte, Tle};
        check(End::Exited(0), 10, 1 << 20, None);
        check(End::Exited(0), 1500, 0, None);
        check(End::CpuLimit, 1501, 0, Some((Tle, "more than 1.5 s of CPU time")));
        check(
            End::WallLimit,
            1,
            0,
            Some((Tle, "did not end within 3 s (wall-clock time)")),
        );
        check(
            End::Exited(0),
            1501,
            0,
            Some((Tle, "more than 1.5 s of CPU time")),
        );
        check(
            End::Exited(1),
            1501,
            0,
            Some((Tle, "more than 1.5 s of CPU time")),
        );
        check(
            End::Signalled(24),
            1501,
            0,
            Some((Tle, "more than 1.5 s of CPU time")),
        );
        check(End::Signalled(24), 1, 0, Some((Rte, "signal 24 (SIGXCPU)")));
        check(End::Signalled(9), 1, 0, Some((Rte, "signal 9 (SIGKILL)")));
        check(End::Signalled(40), 1, 0, Some((Rte, "signal 40")));
        check(End::MemoryLimit, 1, 0, Some((Mle, "more than 64 MiB of memory")));
        check(
            End::OutputLimit,
            1,
            1 << 21,
            Some((Ole, "more than 1024 KiB of output")),
        );
        check(
            End::Exited(0),
            1,
            (1 << 20) + 1,
            Some((Ole, "more than 1024 KiB of output")),
        );
        check(End::Exited(137), 1, 1 << 21, Some((Rte, "exit code 137")));
    }
}
