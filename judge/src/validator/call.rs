//! How a validator is called: what lies where in its work directory, and which words it is given.
//!
//! ```text
//! /work/submission/    the submission: where validators of 2025-09 start
//! /work/program/       the validator: where those of older versions start
//! /work/feedback/      what it leaves
//! /work/testcase.in    and .ans; and .out, where it does not get the output on standard input
//! ```

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use domain::Fault;
use problems::{Package, Testlib, ValidationLimits, Version};
use sandbox::{SandboxError, Work};

use super::feedback::{self, wanted};
use super::{Content, Feedback, InputFile, MESSAGE_BYTES, Round, Spec, Stdin, open};
use crate::compile::Program;

const PROGRAM: &str = "program";
const SUBMISSION: &str = "submission";

/// A slot takes no more files at once than 200; so many of the submission's find room beside the others.
pub(super) const MOST_FILES: usize = 190;

/// What a validator may say to a program at least, in bytes.
const SPOKEN_BYTES: u64 = 64 << 20;

/// A validator that can be run.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    /// What it is to its package.
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    pub(super) program: Program,
    pub(super) testlib: Option<Testlib>,
}

/// What is the same in all calls of a judgement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    limits: &'a ValidationLimits,
    submission: &'a [InputFile],
    /// Whether it starts among the submission's files, as 2025-09 has it.
    is_in_submission: bool,
    /// Whether it may be called again on the same case.
    is_repeated: bool,
}

impl<'a> Surroundings<'a> {
    pub(super) fn of(package: &'a Package, submission: &'a [InputFile]) -> Self {
        Self {
            limits: &package.validation_limits,
            submission,
            is_in_submission: package.version == Version::Y2025M09,
            is_repeated: package.passes > 1,
        }
    }
}

/// A call that is being made up.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) validator: &'a Prepared<'a>,
    pub(super) surroundings: Surroundings<'a>,
}

impl Call<'_> {
    /// To check an output.
    pub(super) fn on_output(
        &self,
        round: &Round<'_>,
        output: Arc<[u8]>,
        feedback: &Feedback,
    ) -> Result<Spec, Fault> {
        let mut files = case_files(round)?;
        if self.validator.testlib == Some(Testlib::Stock) {
            files.push(file("testcase.out", Content::Bytes(output)));
            let fixed = ["/work/testcase.in", "/work/testcase.out", "/work/testcase.ans"];
            let words = self
                .args(round)
                .iter()
                .map(Into::into)
                .chain(fixed.map(Into::into));
            return Ok(self.spec(words.collect(), files, feedback));
        }
        let words = self.words(round);
        Ok(Spec {
            stdin: Stdin::Bytes(output),
            ..self.spec(words, files, feedback)
        })
    }

    /// To talk to a program that may take so long; what it reads and writes is the program's.
    pub(super) fn on_conversation(
        &self,
        round: &Round<'_>,
        feedback: &Feedback,
        wall: Duration,
    ) -> Result<Spec, Fault> {
        let files = case_files(round)?;
        let words = if self.validator.testlib == Some(Testlib::Stock) {
            // Its own output file, for which there is no use here, is the second.
            let fixed = ["/work/testcase.in", "/work/testcase.out", "/work/testcase.ans"];
            let args = self.args(round).iter().map(OsString::from);
            args.chain(fixed.map(OsString::from)).collect()
        } else {
            self.words(round)
        };
        let mut spec = self.spec(words, files, feedback);
        // A program that waits is ended first, and after it there is time to find out what became of it.
        spec.limits.wall += wall;
        spec.limits.stdout = spec.limits.stdout.max(SPOKEN_BYTES);
        Ok(spec)
    }

    /// To look at the source of the submission, of which it is told `about`.
    pub(super) fn on_source(&self, about: [&str; 2], args: &[String]) -> Spec {
        let words = about.into_iter().map(OsString::from);
        let words = words.chain([feedback_path()]).chain(args.iter().map(Into::into));
        Spec {
            work: work(SUBMISSION),
            ..self.spec(words.collect(), Vec::new(), &Feedback::default())
        }
    }

    fn args<'r>(&self, round: &'r Round<'_>) -> &'r [String] {
        round.case.validator_args.of(self.validator.name)
    }

    fn words(&self, round: &Round<'_>) -> Vec<OsString> {
        let fixed = ["/work/testcase.in", "/work/testcase.ans"].map(OsString::from);
        let args = self.args(round).iter().map(OsString::from);
        fixed.into_iter().chain([feedback_path()]).chain(args).collect()
    }

    fn spec(&self, words: Vec<OsString>, mut files: Vec<InputFile>, feedback: &Feedback) -> Spec {
        let Surroundings {
            limits, submission, ..
        } = self.surroundings;
        let program = &self.validator.program;
        let placed = |directory: &str, from: &InputFile| InputFile {
            name: format!("{directory}/{}", from.name),
            ..from.clone()
        };
        files.extend(program.files.iter().map(|file| placed(PROGRAM, file)));
        files.extend(feedback.files().iter().cloned());
        let room = MOST_FILES.saturating_sub(files.len());
        files.extend(submission.iter().take(room).map(|file| placed(SUBMISSION, file)));
        let own_words = program.argv.iter().map(|word| self.own_word(word));
        let placed: u64 = files.iter().map(crate::grader::size).sum();
        Spec {
            argv: own_words.chain(words).collect(),
            env: program.env.clone(),
            stdin: Stdin::Null,
            files,
            work: work(if self.surroundings.is_in_submission {
                SUBMISSION
            } else {
                PROGRAM
            }),
            collect: wanted(limits.output_bytes, self.surroundings.is_repeated),
            limits: sandbox_limits(limits, placed),
        }
    }

    /// A word of the program's own command line, which means its files by names relative to them, where it starts elsewhere.
    fn own_word(&self, word: &str) -> OsString {
        let program = &self.validator.program;
        let is_own = |path: &str| program.files.iter().any(|file| file.name == path);
        if word == "." {
            format!("/work/{PROGRAM}").into()
        } else if let Some(path) = word.strip_prefix("./") {
            format!("/work/{PROGRAM}/{path}").into()
        } else if is_own(word) {
            format!("/work/{PROGRAM}/{word}").into()
        } else {
            word.into()
        }
    }
}

fn work(start: &str) -> Work {
    Work {
        directories: vec![feedback::DIRECTORY.to_owned()],
        start_in: Some(start.to_owned()),
        ..Work::default()
    }
}

/// What validators are told of their feedback directory: it ends so that a name can be put after it.
fn feedback_path() -> OsString {
    format!("/work/{}/", feedback::DIRECTORY).into()
}

fn case_files(round: &Round<'_>) -> Result<Vec<InputFile>, Fault> {
    let answer = open(&round.case.answer, "answer", round.ordinal)?;
    Ok(vec![
        file("testcase.in", Content::File(Arc::clone(&round.input))),
        file("testcase.ans", Content::File(Arc::new(answer))),
    ])
}

fn file(name: &str, content: Content) -> InputFile {
    InputFile {
        name: name.to_owned(),
        content,
        executable: false,
    }
}

/// What a validator may use; `placed` is the size of the files that are put into its work directory, in bytes.
pub(crate) fn sandbox_limits(limits: &ValidationLimits, placed: u64) -> sandbox::Limits {
    sandbox::Limits {
        cpu: Duration::from_micros(limits.cpu_us),
        wall: wall(limits),
        // The work directory is memory, too: what we put there is not the validator's.
        memory: limits.memory_bytes.saturating_add(placed),
        stdout: limits.output_bytes,
        stderr: MESSAGE_BYTES as u64,
        stack: limits.memory_bytes,
        processes: 64,
        descriptors: 256,
        work_bytes: placed + limits.output_bytes + (1 << 20),
        work_files: 4096,
    }
}

/// The wall-clock limit that goes with a CPU limit. Wider than for submissions: that a busy machine is slow must not look like
/// a package's fault.
const fn wall(limits: &ValidationLimits) -> Duration {
    Duration::from_micros(3 * limits.cpu_us + 5_000_000)
}

/// What came with the package, or was made of it, is the package's affair; a tool that cannot be started is the system's.
pub(crate) fn not_started(kind: &str, name: &str, program: &Program, error: SandboxError) -> Fault {
    let is_own = program.argv.first().is_some_and(|first| first.starts_with("./"));
    match error {
        SandboxError::Exec { reason, .. } if is_own => {
            Fault::problem(format!("the {kind} {name} cannot be started: {reason}"))
        }
        error => Fault::system(format!("cannot run the {kind} {name}: {error}")),
    }
}
