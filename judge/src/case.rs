//! Runs one test case, in as many passes as it takes, and says what became of it.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use domain::{Fault, Limits, Run, SourceFile, Verdict};
use problems::{Case, Package, Reported};
use sandbox::{End, Outcome, SandboxError, Spec, Stdin, Work};

use crate::answers::answer_of;
use crate::case_files;
use crate::compile::{Program, seconds, storable};
use crate::own_grader::OwnGrader;
use crate::pool::Pool;
use crate::trial::Notes;
use crate::validator::{Checked, Checker, Feedback, Round, open};

/// What is kept of standard error, in bytes. Nobody reads it yet; it counts into the output limit in full.
const STDERR_BYTES: u64 = 64 << 10;

/// How many times the wall limit a doubtful run is given when it is run again.
pub(crate) const PATIENCE: u32 = 3;

/// Room in the work directory beside the program and what it may write, in bytes.
const WORK_SLACK: u64 = 1 << 20;

/// What judges a submission on test cases.
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) package: &'a Package,
    pub(crate) subject: Subject<'a>,
    /// What looks at the outputs.
    pub(crate) checker: &'a Checker<'a>,
    /// What makes the results of groups that want a grader of the package's own.
    pub(crate) own_grader: Option<&'a OwnGrader<'a>>,
    /// What notes what the program writes, where that is wanted.
    pub(crate) notes: Option<&'a Notes>,
}

/// What was submitted.
#[derive(Debug)]
pub(crate) enum Subject<'a> {
    /// A program, to be run.
    Program(Candidate<'a>),
    /// The outputs.
    Answers(&'a [SourceFile]),
}

/// A program that was submitted.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) program: &'a Program,
    /// The code of its language.
    pub(crate) language: &'a str,
    /// The problem's limits, adjusted to the language.
    pub(crate) limits: &'a Limits,
    /// Bytes of the program's files.
    pub(crate) bytes: u64,
}

/// What became of a case: its run, whose score is yet to be made of what the validators gave.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) run: Run,
    pub(crate) reported: Reported,
}

/// What became of one pass.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) verdict: Verdict,
    pub(crate) message: Option<String>,
    pub(crate) reported: Reported,
    /// The input of the next pass, where there is to be one.
    pub(crate) next: Option<Arc<File>>,
}

/// What the passes of a case used at most.
#[derive(Debug, Default)]
pub(crate) struct Used {
    cpu: Duration,
    wall: Duration,
    memory: u64,
}

impl Runner<'_> {
    /// Judges one case; `ordinal` counts from 1. Faults are the problem's or the system's.
    pub(crate) async fn run(&self, ordinal: u32, case: &Case) -> Result<Judged, Fault> {
        if let Some(notes) = self.notes {
            notes.begin(ordinal);
        }
        let mut used = Used::default();
        let mut feedback = Feedback::default();
        let mut input = Arc::new(open(&case.input, "input", ordinal)?);
        let mut pass = 1;
        loop {
            let round = Round {
                ordinal,
                case,
                input: Arc::clone(&input),
                is_last: pass >= self.package.passes,
            };
            let mut passed = self.pass(&round, &mut used, &mut feedback).await?;
            if let Some(next) = passed.next.take() {
                input = next;
                pass += 1;
                continue;
            }
            if self.package.passes > 1 && passed.verdict != Verdict::Ac {
                passed.message = passed.message.map(|message| format!("{message} (pass {pass})"));
            }
            return Ok(passed.judged(ordinal, &case.name, &used));
        }
    }

    /// Lets the static validator look at the submission, in place of case `ordinal`.
    pub(crate) async fn look(&self, ordinal: u32, case: &problems::StaticCase) -> Result<Judged, Fault> {
        const NAME: &str = "static validation";
        let Subject::Program(candidate) = &self.subject else {
            return Err(Fault::problem(
                "there is no program to be looked at by a static validator",
            ));
        };
        let about = [candidate.language, &candidate.program.entry];
        let checked = self.checker.look(ordinal, NAME, case, about).await?;
        Ok(Passed::from(checked).judged(ordinal, NAME, &Used::default()))
    }

    async fn pass(
        &self,
        round: &Round<'_>,
        used: &mut Used,
        feedback: &mut Feedback,
    ) -> Result<Passed, Fault> {
        match &self.subject {
            Subject::Answers(files) => {
                let cases = self.package.cases.iter().map(|case| case.name.as_str());
                let Some(file) = answer_of(files, &round.case.name, cases) else {
                    let message = "no file was submitted for it".to_owned();
                    return Ok(Passed::by_itself((Verdict::Wa, message)));
                };
                let output = file.content.clone().into_bytes();
                Ok(self.checker.check(round, output, feedback).await?.into())
            }
            Subject::Program(candidate) if self.package.is_interactive() => {
                self.talk(candidate, round, used, feedback).await
            }
            Subject::Program(candidate) => self.run_once(candidate, round, used, feedback).await,
        }
    }

    async fn run_once(
        &self,
        candidate: &Candidate<'_>,
        round: &Round<'_>,
        used: &mut Used,
        feedback: &mut Feedback,
    ) -> Result<Passed, Fault> {
        let mut spec = Spec {
            stdin: Stdin::File(Arc::clone(&round.input)),
            ..candidate.spec(self.package, round.case)?
        };
        let mut ran = self.pool.run(spec.clone()).await;
        if matches!(&ran, Ok(outcome) if is_doubtful(outcome)) {
            spec.limits.wall *= PATIENCE;
            ran = self.pool.run(spec).await;
        }
        let mut outcome = match ran {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Passed::by_itself((Verdict::Rte, candidate.not_started(error)?))),
        };
        used.add(&outcome);
        if let Some(notes) = self.notes {
            notes.ran(round.ordinal, &outcome);
        }
        if let Some(failure) = candidate.failure(&outcome) {
            return Ok(Passed::by_itself(failure));
        }
        if self.notes.is_some_and(|notes| !notes.is_checked) {
            return Ok(Passed::unchecked());
        }
        let output = std::mem::take(&mut outcome.stdout.bytes);
        Ok(self.checker.check(round, output, feedback).await?.into())
    }
}

impl Candidate<'_> {
    /// A run of it on a case, without input. Faults are the problem's.
    pub(crate) fn spec(&self, package: &Package, case: &Case) -> Result<Spec, Fault> {
        let files = case_files::lay_over(&self.program.files, &case.files)?;
        let case_bytes = case_files::added(&self.program.files, &files);
        let mut spec = self.plain_spec(package.allow_file_writing);
        spec.argv.extend(case.args.iter().map(Into::into));
        spec.files = files;
        spec.limits.work_bytes += case_bytes;
        Ok(spec)
    }

    /// A run of it with its own files, without input.
    pub(crate) fn plain_spec(&self, may_write: bool) -> Spec {
        let limits = self.limits;
        let mut spec = Spec {
            argv: self.program.argv.iter().map(Into::into).collect(),
            env: self.program.env.clone(),
            stdin: Stdin::Null,
            files: self.program.files.clone(),
            collect: Vec::new(),
            work: Work {
                fixed_files: true,
                ..Work::default()
            },
            limits: sandbox::Limits {
                cpu: limits.cpu(),
                wall: limits.wall(),
                memory: limits.memory_bytes,
                stdout: limits.output_bytes,
                stderr: STDERR_BYTES.min(limits.output_bytes),
                // Deep recursion is allowed up to the memory limit.
                stack: limits.memory_bytes,
                processes: limits.processes,
                descriptors: 256,
                work_bytes: self.bytes + limits.output_bytes + WORK_SLACK,
                work_files: 4096,
            },
        };
        if !may_write {
            spec.work.read_only = true;
            // What run-times want to write for themselves goes where it disturbs nobody.
            for (name, value) in &mut spec.env {
                if name == "HOME" || name == "TMPDIR" {
                    *value = "/tmp".into();
                }
            }
        }
        spec
    }

    /// The verdict of a run by itself, where it is none that is accepted.
    pub(crate) fn failure(&self, outcome: &Outcome) -> Option<(Verdict, String)> {
        let failure = judge_end(outcome.end, outcome.cpu, outcome.written(), self.limits)?;
        let said = self.program.out_of_memory.iter().find(|words| {
            let mut parts = outcome.stderr.bytes.windows(words.len());
            parts.any(|part| part == words.as_bytes())
        });
        Some(match said {
            // A run-time that keeps to a limit of its own ends by itself, before the sandbox would end it.
            Some(words) if failure.0 == Verdict::Rte => {
                (Verdict::Mle, format!("the run-time ran out of memory: {words}"))
            }
            _ => failure,
        })
    }

    /// A tool that cannot be started is a fault of the system: it could when it was looked for. What the compiler made
    /// of the submission, on the other hand, is the submitter's.
    pub(crate) fn not_started(&self, error: SandboxError) -> Result<String, Fault> {
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

impl Passed {
    /// The program decided, without a validator.
    pub(crate) fn by_itself((verdict, message): (Verdict, String)) -> Self {
        Self {
            verdict,
            message: Some(message),
            reported: Reported::default(),
            next: None,
        }
    }

    /// The program came to its end, and nobody knows what it should have written.
    fn unchecked() -> Self {
        Self {
            verdict: Verdict::Ac,
            message: None,
            reported: Reported::default(),
            next: None,
        }
    }

    fn judged(self, ordinal: u32, case: &str, used: &Used) -> Judged {
        let run = Run {
            ordinal,
            case: case.to_owned(),
            verdict: self.verdict,
            score: None,
            cpu_us: micros(used.cpu),
            wall_us: micros(used.wall),
            memory_bytes: used.memory,
            message: self.message.map(storable),
        };
        Judged {
            run,
            reported: self.reported,
        }
    }
}

impl From<Checked> for Passed {
    fn from(checked: Checked) -> Self {
        Self {
            verdict: if checked.is_accepted {
                Verdict::Ac
            } else {
                Verdict::Wa
            },
            message: checked.message,
            reported: checked.reported,
            next: checked.next,
        }
    }
}

impl Used {
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.cpu = self.cpu.max(outcome.cpu);
        self.wall = self.wall.max(outcome.wall);
        self.memory = self.memory.max(outcome.memory);
    }

    /// Shows no more time than there was: for a program that is wrong, however long it went on after that.
    pub(crate) fn cap(&mut self, limits: &Limits) {
        self.cpu = self.cpu.min(limits.cpu());
        self.wall = self.wall.min(limits.wall());
    }
}

/// Whether it may be the machine's doing that a run did not end in time: it computed for a good part of it, and has CPU time left.
/// One that merely waited would do so again.
pub(crate) fn is_doubtful(outcome: &Outcome) -> bool {
    outcome.end == End::WallLimit && outcome.cpu >= outcome.wall / 10
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
