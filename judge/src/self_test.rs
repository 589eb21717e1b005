//! Whether a language works here: its own programs are compiled and run in the sandbox, under the limits of a problem that
//! sets none.
//!
//! Where one of them fails, it is tried once more with limits that nobody could find tight. If it works then, the limits are
//! what is wrong, and by how much is told.

use std::time::Duration;

use domain::{Fault, LanguageId, Limits, SourceFile};
use sandbox::{End, Outcome, SandboxError, Spec, Stdin};

use crate::Grader;
use crate::case::{Candidate, PATIENCE, is_doubtful};
use crate::compile::{Program, seconds};
use crate::grader::size;
use crate::languages::Definition;
use crate::plan::{Plan, Tools};

/// What the program that greets prints.
const GREETING: &str = "Hello, World!";
/// What the program that adds reads, and prints.
const ADDENDS: &str = "17 25\n";
const SUM: &str = "42";

/// How many times a limit the second try is given.
const GENEROUS: u32 = 8;

/// What of a program's output is shown, in characters.
const SHOWN: usize = 200;

/// What the self-tests of a language came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfTest {
    /// `hello` or `sum`.
    pub name: &'static str,
    /// What running it took; `None` where it did not come to that.
    pub run: Option<Usage>,
    /// What is wrong; `None` where all is well.
    pub failure: Option<String>,
}

/// What a process used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// CPU time.
    pub cpu: Duration,
    /// Wall-clock time.
    pub wall: Duration,
    /// Memory, in bytes.
    pub memory: u64,
}

/// A program, what it reads and what it is to print.
struct Test<'a> {
    name: &'static str,
    source: &'a str,
    input: &'static str,
    /// Whether `output` is right.
    is_right: fn(&str) -> bool,
    expected: &'static str,
}

/// Why a self-test failed.
enum Failed {
    Test(String),
    System(Fault),
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::System(fault)
    }
}

impl Grader {
    /// Compiles and runs the self-tests of a language, up to the first that fails. None where the language has none.
    ///
    /// `Err` where it cannot be said whether the language works: because of a fault of the system, or because it is not in the
    /// table.
    pub async fn self_test(&self, id: &LanguageId) -> Result<Vec<SelfTest>, Fault> {
        let definition = self.languages_table().get(id);
        let definition =
            definition.ok_or_else(|| Fault::system(format!("the language {id} is not in the table")))?;
        let tools = self.tools().of(definition).await.map_err(Fault::system)?;
        let mut done = Vec::new();
        for test in tests(definition) {
            let mut report = SelfTest {
                name: test.name,
                run: None,
                failure: None,
            };
            match self.try_out(definition, &tools, &test, &mut report).await {
                Ok(()) => {}
                Err(Failed::Test(what)) => report.failure = Some(what),
                Err(Failed::System(fault)) => return Err(fault),
            }
            let has_failed = report.failure.is_some();
            done.push(report);
            if has_failed {
                break;
            }
        }
        Ok(done)
    }

    async fn try_out(
        &self,
        definition: &Definition,
        tools: &Tools<'_>,
        test: &Test<'_>,
        report: &mut SelfTest,
    ) -> Result<(), Failed> {
        let file = SourceFile {
            name: definition.main.clone(),
            content: test.source.to_owned(),
        };
        let limits = Limits::default();
        let plan = Plan::new(definition, tools, &[file], None, limits.memory_bytes)
            .map_err(|rejected| Failed::Test(rejected.message))?;
        let program = self.made(&plan).await?;
        let limits = definition.limits(&limits);
        let candidate = Candidate {
            program: &program,
            language: definition.id.as_str(),
            limits: &limits,
            bytes: program.files.iter().map(size).sum(),
        };
        let spec = Spec {
            stdin: Stdin::Bytes(test.input.as_bytes().into()),
            ..candidate.plain_spec(false)
        };
        let outcome = self.run_patiently(spec.clone()).await?;
        let Some((_, message)) = candidate.failure(&outcome) else {
            report.run = Some(Usage::of(&outcome));
            return test.look_at(&outcome);
        };
        let generous = self.run_patiently(generous(&spec)).await?;
        let works = generous.end == End::Exited(0) && test.look_at(&generous).is_ok();
        if works {
            report.run = Some(Usage::of(&generous));
            return Err(Failed::Test(tight("running it", &spec, &generous)));
        }
        let said = excerpt(&outcome.stderr.bytes);
        Err(Failed::Test(format!("the program failed: {message}{said}")))
    }

    /// The program, compiled; also where a run would do without, for the check is part of the language.
    async fn made(&self, plan: &Plan) -> Result<Program, Failed> {
        let Some(compilation) = &plan.compilation else {
            return Ok(plan.program(None));
        };
        let rejected = match self.compiler().compile(plan).await? {
            Ok(program) => return Ok(plan.uncompiled().unwrap_or(program)),
            Err(rejected) => rejected,
        };
        let spec = &compilation.spec;
        // A compiler that ends well and leaves nothing of use does not do so for want of anything.
        let may_be_tight = self.run_patiently(spec.clone()).await?.end != End::Exited(0);
        if may_be_tight {
            let generous = self.run_patiently(generous(spec)).await?;
            if generous.end == End::Exited(0) {
                return Err(Failed::Test(tight("compiling it", spec, &generous)));
            }
        }
        let said = excerpt(rejected.log.unwrap_or_default().as_bytes());
        Err(Failed::Test(format!(
            "it does not compile: {}{said}",
            rejected.message
        )))
    }

    /// Runs, and again with more patience where the machine was too busy.
    async fn run_patiently(&self, mut spec: Spec) -> Result<Outcome, Failed> {
        let cannot = |error: SandboxError| match error {
            SandboxError::Exec { reason, .. } => Failed::Test(format!("it cannot be started: {reason}")),
            error => Failed::System(Fault::system(format!("cannot run a self-test: {error}"))),
        };
        let outcome = self.pool().run(spec.clone()).await.map_err(cannot)?;
        if !is_doubtful(&outcome) {
            return Ok(outcome);
        }
        spec.limits.wall *= PATIENCE;
        self.pool().run(spec).await.map_err(cannot)
    }
}

fn tests(definition: &Definition) -> Vec<Test<'_>> {
    let hello = definition.self_test.hello.as_deref().map(|source| Test {
        name: "hello",
        source,
        input: "",
        is_right: |output| output.trim_end() == GREETING,
        expected: GREETING,
    });
    let sum = definition.self_test.sum.as_deref().map(|source| Test {
        name: "sum",
        source,
        input: ADDENDS,
        is_right: |output| output.trim() == SUM,
        expected: SUM,
    });
    hello.into_iter().chain(sum).collect()
}

impl Test<'_> {
    fn look_at(&self, outcome: &Outcome) -> Result<(), Failed> {
        let output = String::from_utf8_lossy(&outcome.stdout.bytes);
        if (self.is_right)(&output) {
            return Ok(());
        }
        let found: String = output.chars().take(SHOWN).collect();
        let said = excerpt(&outcome.stderr.bytes);
        Err(Failed::Test(format!(
            "the program prints {found:?} instead of {:?}{said}",
            self.expected
        )))
    }
}

impl Usage {
    fn of(outcome: &Outcome) -> Self {
        Self {
            cpu: outcome.cpu,
            wall: outcome.wall,
            memory: outcome.memory,
        }
    }
}

fn generous(spec: &Spec) -> Spec {
    let mut generous = spec.clone();
    let limits = &mut generous.limits;
    limits.cpu *= GENEROUS;
    limits.wall *= GENEROUS;
    limits.memory *= u64::from(GENEROUS);
    limits.stack = limits.memory;
    limits.processes *= GENEROUS;
    limits.descriptors *= GENEROUS;
    limits.work_bytes *= u64::from(GENEROUS);
    generous
}

/// Which limits of `spec` were too tight for what works with more.
fn tight(what: &str, spec: &Spec, generous: &Outcome) -> String {
    let limits = &spec.limits;
    let mut needs = Vec::new();
    if generous.cpu > limits.cpu {
        let (used, limit) = (seconds(rounded(generous.cpu)), seconds(limits.cpu));
        needs.push(format!("{used} of CPU time where {limit} are allowed"));
    }
    if generous.memory > limits.memory {
        let (used, limit) = (generous.memory.div_ceil(1 << 20), limits.memory >> 20);
        needs.push(format!("{used} MiB of memory where {limit} are allowed"));
    }
    if needs.is_empty() && generous.wall > limits.wall {
        let (used, limit) = (seconds(rounded(generous.wall)), seconds(limits.wall));
        needs.push(format!("{used} of wall-clock time where {limit} are allowed"));
    }
    if !needs.is_empty() {
        let needs = needs.join(", and ");
        return format!("its limits are too tight: {what} needs {needs}");
    }
    format!(
        "its limits are too tight: {what} fails with {} processes, {} MiB of memory, {} descriptors and {} MiB of files, and does \
         not with {GENEROUS} times as much",
        limits.processes,
        limits.memory >> 20,
        limits.descriptors,
        limits.work_bytes >> 20,
    )
}

fn rounded(span: Duration) -> Duration {
    Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

/// The beginning of what a program said, to go after a complaint about it.
fn excerpt(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let said: String = said.trim().chars().take(SHOWN).collect();
    if said.is_empty() {
        said
    } else {
        format!(": {}", said.replace(['\n', '\r'], " / "))
    }
}
