//! Checks outputs: by the built-in comparator, or by the package's own output validators in sandboxes of their own.
//!
//! A validator is called as `validator INPUT ANSWER FEEDBACKDIR/ [ARGUMENT…] < OUTPUT` and ends with 42 (accept) or 43
//! (reject). Anything else is its package's fault. It runs on copies, in a fresh work directory that is its feedback
//! directory, too: what one run does, no other sees. It is compiled like a submission, and as seldom.
//!
//! What it writes for the team is shown to the team; what it writes for judges, and on standard error, may hold secrets and
//! is kept apart ([`JudgeMessage`]).

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Fault, JudgeMessage, LanguageId, Score};
use problems::{Case, Comparator, Difference, Package, Reported, Start, ValidationLimits};
use sandbox::{Collect, CollectError, Content, End, InputFile, Outcome, SandboxError, Spec, Stdin, Work};

use crate::case::signal_message;
use crate::compile::{Compiler, Program, seconds, storable};
use crate::languages::Languages;
use crate::plan::{Plan, Source};
use crate::pool::Pool;
use crate::tools::Tools;

pub(crate) const ACCEPTED: i32 = 42;
const WRONG_ANSWER: i32 = 43;

/// The work directory inside the sandbox.
const WORK: &str = "/work/";

/// What is kept of a message, in bytes.
const MESSAGE_BYTES: usize = 4 << 10;

const JUDGE_MESSAGE: &str = "judgemessage.txt";
const TEAM_MESSAGE: &str = "teammessage.txt";

/// Feedback that says something about a kind of problem that this is not.
const OUT_OF_PLACE: [(&str, &str); 1] = [(
    "nextpass.in",
    "input for another pass, which is for multi-pass problems",
)];

const SCORE: &str = "score.txt";
const MULTIPLIER: &str = "score_multiplier.txt";

/// What a score can be written with, in bytes.
const SCORE_BYTES: u64 = 4 << 10;

/// Checks the outputs of one judgement.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    pool: &'a Pool,
    package: &'a Package,
    validators: Vec<Prepared<'a>>,
    said: &'a Said,
}

/// What has been said for judges so far.
#[derive(Debug, Default)]
pub(crate) struct Said(Mutex<Vec<JudgeMessage>>);

/// A validator that can be run.
#[derive(Debug)]
struct Prepared<'a> {
    name: &'a str,
    program: Program,
}

/// What became of checking an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) is_accepted: bool,
    /// What the submitter may know.
    pub(crate) message: Option<String>,
    /// The score that it gave; whether it may, and what it comes to, is for `problems::CaseScore` to say.
    pub(crate) reported: Reported,
}

/// What making programs of validators needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workshop<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) compiler: &'a Compiler,
    pub(crate) languages: &'a Languages,
    pub(crate) tools: &'a Tools,
}

impl<'a> Checker<'a> {
    /// Compiles what has to be compiled. Faults are the problem's or the system's.
    pub(crate) async fn prepare(
        workshop: Workshop<'a>,
        package: &'a Package,
        said: &'a Said,
    ) -> Result<Self, Fault> {
        let mut validators = Vec::with_capacity(package.output_validators.len());
        for validator in &package.output_validators {
            validators.push(Prepared {
                name: &validator.name,
                program: workshop.make("output validator", validator, said).await?,
            });
        }
        Ok(Self {
            pool: workshop.pool,
            package,
            validators,
            said,
        })
    }

    /// Checks the output of a case; `ordinal` counts from 1. All validators must accept.
    pub(crate) async fn check(&self, ordinal: u32, case: &Case, output: Vec<u8>) -> Result<Checked, Fault> {
        if self.validators.is_empty() {
            return self.compare(ordinal, case, output).await;
        }
        let output: Arc<[u8]> = output.into();
        let mut all = Checked {
            is_accepted: true,
            message: None,
            reported: Reported::default(),
        };
        for validator in &self.validators {
            let checked = self.validate(validator, ordinal, case, output.clone()).await?;
            all.is_accepted = checked.is_accepted;
            all.message = all.message.or(checked.message);
            // The last to give a score has it.
            if checked.reported.is_any() {
                all.reported = checked.reported;
            }
            if !all.is_accepted {
                break;
            }
        }
        Ok(all)
    }

    async fn compare(&self, ordinal: u32, case: &Case, output: Vec<u8>) -> Result<Checked, Fault> {
        let difference = compare(case, output, ordinal).await?;
        let is_accepted = difference.is_none();
        let what = difference.map(|difference| difference.what);
        if let Some(what) = &what {
            self.said.add(&case.name, "comparator", what);
        }
        Ok(Checked {
            is_accepted,
            // What the answer says, in words, is a secret, except of a sample.
            message: what.filter(|_| case.sample),
            reported: Reported::default(),
        })
    }

    async fn validate(
        &self,
        validator: &Prepared<'_>,
        ordinal: u32,
        case: &Case,
        output: Arc<[u8]>,
    ) -> Result<Checked, Fault> {
        let spec = self.spec(validator, ordinal, case, output)?;
        let name = validator.name;
        let outcome = match self.pool.run(spec).await {
            Ok(outcome) => outcome,
            Err(error) => return Err(not_started("output validator", name, &validator.program, error)),
        };
        if let Some(text) = feedback(&outcome, JUDGE_MESSAGE) {
            self.said.add(&case.name, name, &text);
        }
        let answer = self
            .answer(&outcome)
            .and_then(|is_accepted| Ok((is_accepted, reported(&outcome)?)));
        let (is_accepted, reported) = match answer {
            Ok(answer) => answer,
            Err(what) => {
                let errors = String::from_utf8_lossy(&outcome.stderr.bytes);
                self.said.add(&case.name, name, errors.trim());
                return Err(Fault::problem(format!(
                    "the output validator {name} {what} in case {ordinal}"
                )));
            }
        };
        Ok(Checked {
            is_accepted,
            message: feedback(&outcome, TEAM_MESSAGE),
            reported,
        })
    }

    /// Whether it accepts, or what it did instead of saying so.
    fn answer(&self, outcome: &Outcome) -> Result<bool, String> {
        let limits = &self.package.validation_limits;
        let is_accepted = match outcome.end {
            End::Exited(ACCEPTED) => true,
            End::Exited(WRONG_ANSWER) => false,
            End::Exited(code) => return Err(format!("exited with code {code}, which is neither 42 nor 43,")),
            End::Signalled(signal) => return Err(format!("was ended by {}", signal_message(signal))),
            End::CpuLimit => {
                let limit = seconds(Duration::from_micros(limits.cpu_us));
                return Err(format!("used more than {limit} of CPU time"));
            }
            End::WallLimit => {
                let limit = seconds(Duration::from_micros(wall_us(limits.cpu_us)));
                return Err(format!("did not end within {limit} (wall-clock time)"));
            }
            End::MemoryLimit => {
                return Err(format!(
                    "used more than {} MiB of memory",
                    limits.memory_bytes >> 20
                ));
            }
            End::Stopped => return Err("was stopped".to_owned()),
            End::OutputLimit => return Err(format!("wrote more than {} KiB", limits.output_bytes >> 10)),
        };
        for (file, what) in OUT_OF_PLACE {
            let mut collected = outcome.collected.iter().filter(|one| one.name == file);
            if collected.any(|one| one.file.as_ref().err() != Some(&CollectError::Missing)) {
                return Err(format!("wrote {what},"));
            }
        }
        Ok(is_accepted)
    }

    fn spec(
        &self,
        validator: &Prepared<'_>,
        ordinal: u32,
        case: &Case,
        output: Arc<[u8]>,
    ) -> Result<Spec, Fault> {
        let program = &validator.program;
        let limits = &self.package.validation_limits;
        let mut files = program.files.clone();
        let mut argv: Vec<_> = program.argv.iter().map(Into::into).collect();
        for (ending, what, path) in [("in", "input", &case.input), ("ans", "answer", &case.answer)] {
            let name = free_name(&program.files, ending);
            argv.push(format!("{WORK}{name}").into());
            files.push(InputFile {
                name,
                content: Content::File(Arc::new(open(path, what, ordinal)?)),
                executable: false,
            });
        }
        argv.push(WORK.into());
        argv.extend(case.validator_args.of(validator.name).iter().map(Into::into));
        let kept = |name: &str, max_bytes| Collect {
            name: name.to_owned(),
            max_bytes,
        };
        let mut collect = vec![
            kept(JUDGE_MESSAGE, limits.output_bytes),
            kept(TEAM_MESSAGE, limits.output_bytes),
            kept(SCORE, SCORE_BYTES),
            kept(MULTIPLIER, SCORE_BYTES),
        ];
        collect.extend(OUT_OF_PLACE.iter().map(|(name, _)| kept(name, 0)));
        let placed: u64 = files.iter().map(crate::grader::size).sum();
        Ok(Spec {
            argv,
            env: program.env.clone(),
            stdin: Stdin::Bytes(output),
            files,
            collect,
            work: Work::default(),
            limits: sandbox_limits(limits, placed),
        })
    }
}

/// What a validator may use; `placed` is the size of the files that are put into its work directory, in bytes.
pub(crate) fn sandbox_limits(limits: &ValidationLimits, placed: u64) -> sandbox::Limits {
    sandbox::Limits {
        cpu: Duration::from_micros(limits.cpu_us),
        wall: Duration::from_micros(wall_us(limits.cpu_us)),
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

impl Workshop<'_> {
    /// Makes a program of a package runnable; `kind` is what it is to the package. Faults are the problem's or the
    /// system's.
    pub(crate) async fn make(
        &self,
        kind: &str,
        program: &problems::Program,
        said: &Said,
    ) -> Result<Program, Fault> {
        let name = &program.name;
        let fault = |what: String| Fault::problem(format!("the {kind} {name} {what}"));
        let mut sources = Vec::with_capacity(program.files.len());
        for file in &program.files {
            let bytes = std::fs::read(&file.path)
                .map_err(|error| fault(format!("cannot be read: {}: {error}", file.name)))?;
            sources.push(Source {
                name: file.name.clone(),
                bytes: program.constants.fill(&bytes).into(),
                executable: file.executable,
            });
        }
        let plan = match &program.start {
            Start::Run => return Ok(Plan::of_script("./run", sources).program(None)),
            Start::Build => Plan::of_build("./build", "./run", sources),
            Start::Language(language) => self
                .plan(language, sources)
                .await?
                .ok_or_else(|| fault(format!("is in {language}, a language that is not in the table")))?,
        };
        if let Some(program) = plan.uncompiled() {
            return Ok(program);
        }
        let made = self.compiler.compile(&plan).await?.map_err(|rejected| {
            said.add("", name, rejected.log.as_deref().unwrap_or_default());
            fault(format!("does not compile: {}", rejected.message))
        })?;
        let is_left = |file: &InputFile| file.name == "run" && file.executable;
        if program.start == Start::Build && !made.files.iter().any(is_left) {
            return Err(fault("does not compile: `build` left no file `run`".to_owned()));
        }
        Ok(made)
    }

    async fn plan(&self, language: &LanguageId, sources: Vec<Source>) -> Result<Option<Plan>, Fault> {
        let Some(definition) = self.languages.get(language) else {
            return Ok(None);
        };
        let tools = self.tools.of(definition).await.map_err(Fault::system)?;
        // Packages that give their validators less than is usual are rare, and a run-time that takes more is ended by the limit.
        let memory = ValidationLimits::default().memory_bytes;
        Ok(Some(Plan::of_sources(definition, &tools, sources, memory)))
    }
}

impl Said {
    fn add(&self, case: &str, validator: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let message = JudgeMessage {
            case: case.to_owned(),
            validator: validator.to_owned(),
            text: cut(text.to_owned()),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message);
    }

    pub(crate) fn into_messages(self) -> Vec<JudgeMessage> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wall-clock limit that goes with a CPU limit. Wider than for submissions: that a busy machine is slow must not look like
/// a package's fault.
const fn wall_us(cpu_us: u64) -> u64 {
    3 * cpu_us + 5_000_000
}

/// A name for a file of the test case that none of the program's files has.
fn free_name(taken: &[InputFile], ending: &str) -> String {
    let mut name = format!("testcase.{ending}");
    while taken.iter().any(|file| file.name == name) {
        name.insert(0, '_');
    }
    name
}

/// A feedback file as text, cut to a bounded length; `None` where there is none, or nothing in it.
fn feedback(outcome: &Outcome, name: &str) -> Option<String> {
    let collected = outcome.collected.iter().find(|one| one.name == name)?;
    let file = match &collected.file {
        Ok(file) => file,
        Err(CollectError::Missing) => return None,
        Err(error) => return Some(format!("{name} is left out: {error}")),
    };
    let mut bytes = vec![0; MESSAGE_BYTES + 1];
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, length as u64) {
            Ok(0) | Err(_) => break,
            Ok(count) => length += count,
        }
    }
    bytes.truncate(length);
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then(|| cut(text))
}

/// The score that a validator gave, or what is wrong with it.
fn reported(outcome: &Outcome) -> Result<Reported, String> {
    Ok(Reported {
        score: number(outcome, SCORE)?,
        multiplier: number(outcome, MULTIPLIER)?,
    })
}

/// The one number in a feedback file, where there is one.
fn number(outcome: &Outcome, name: &str) -> Result<Option<Score>, String> {
    let mut collected = outcome.collected.iter().filter(|one| one.name == name);
    if collected.all(|one| one.file.as_ref().err() == Some(&CollectError::Missing)) {
        return Ok(None);
    }
    let text = feedback(outcome, name).unwrap_or_default();
    match problems::score_of(&text) {
        Some(score) => Ok(Some(score)),
        None => Err(format!(
            "wrote {name} with {}, which is not a number,",
            quoted(&text)
        )),
    }
}

/// The beginning of a text, for a sentence.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let begin: String = text.chars().take(MOST).collect();
    if begin.len() < text.len() {
        format!("{begin:?}…")
    } else {
        format!("{begin:?}")
    }
}

pub(crate) fn cut(text: String) -> String {
    let mut text = storable(text);
    if text.len() > MESSAGE_BYTES {
        text.truncate(text.floor_char_boundary(MESSAGE_BYTES));
        text.push('…');
    }
    text
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

/// Compares on a thread that may block: outputs and answers can be large.
async fn compare(case: &Case, output: Vec<u8>, ordinal: u32) -> Result<Option<Difference>, Fault> {
    let (comparator, path) = (case.comparator.clone(), case.answer.clone());
    let compared =
        tokio::task::spawn_blocking(move || compare_now(&comparator, &path, output, ordinal)).await;
    compared.unwrap_or_else(|error| Err(Fault::system(format!("comparing failed: {error}"))))
}

fn compare_now(
    comparator: &Comparator,
    answer: &Path,
    output: Vec<u8>,
    ordinal: u32,
) -> Result<Option<Difference>, Fault> {
    let answer = BufReader::new(open(answer, "answer", ordinal)?);
    comparator
        .compare(answer, Cursor::new(output))
        .map_err(|error| unreadable("answer", ordinal, &error))
}

/// Opens a file of a test case.
pub(crate) fn open(path: &Path, what: &str, ordinal: u32) -> Result<File, Fault> {
    File::open(path).map_err(|error| unreadable(what, ordinal, &error))
}

/// A file of the package that is not there or holds no data is the package's fault; anything else (no descriptor left,
/// a broken disk) is the machine's.
fn unreadable(what: &str, ordinal: u32, error: &std::io::Error) -> Fault {
    let reason = format!("the {what} of case {ordinal} cannot be read: {error}");
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::PermissionDenied
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidData => Fault::problem(reason),
        _ => Fault::system(reason),
    }
}
