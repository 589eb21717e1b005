//! Judges one submission: compile, run the cases in order, as far as the verdict needs them.

mod config;
mod table;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{
    Blame, Compiled, Conclusion, Fault, GroupResult, JudgeMessage, Language, LanguageId, Phase, Progress,
    Run, Score, SourceFile, Timeline, Verdict,
};
use metrics::SlotMetrics;
use problems::{CaseResult, CaseScore, Grading, Objective, Outcome, Package, StaticCase, Step};
use sandbox::{Content, InputFile, SlotConfig};
use tracing::warn;

use crate::ahead::Ahead;
use crate::case::{Candidate, Judged, Runner, Subject};
use crate::compile::{Compiler, Program, Rejected, Shelf};
use crate::included;
use crate::languages::Languages;
use crate::own_grader::OwnGrader;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::prepare::Prepared;
use crate::said::Said;
use crate::tools::{Tools, at_first_sight};
use crate::trial::Notes;
use crate::validator::Checker;
use crate::workshop::Workshop;
pub use config::GraderConfig;

/// What is to be judged.
#[derive(Debug, Clone)]
pub struct Job {
    /// The problem.
    pub package: Arc<Package>,
    /// In which language.
    pub language: LanguageId,
    /// The source.
    pub files: Vec<SourceFile>,
    /// With what it begins, a file or a class, where that is said.
    pub entry_point: Option<String>,
}

/// Judges submissions with a number of warm slots; needs no server, database or network. Cheap to clone; the slots end
/// with the last clone.
#[derive(Debug, Clone)]
pub struct Grader {
    languages: Arc<Languages>,
    tools: Arc<Tools>,
    pool: Pool,
    compiler: Compiler,
    prepared: Prepared,
    cases_at_once: usize,
    /// What slots show of the host.
    shown: Arc<[PathBuf]>,
}

impl Grader {
    /// Starts `slots` warm slots.
    pub async fn start(languages: Arc<Languages>, slots: usize) -> Result<Self, Fault> {
        Self::start_in(languages, slots, SlotConfig::default()).await
    }

    /// The same with slots of another kind.
    pub async fn start_in(
        languages: Arc<Languages>,
        slots: usize,
        config: SlotConfig,
    ) -> Result<Self, Fault> {
        let config = GraderConfig {
            slots,
            sandbox: config,
            ..GraderConfig::default()
        };
        Self::start_with(languages, config).await
    }

    /// The same with all that can be said.
    pub async fn start_with(languages: Arc<Languages>, config: GraderConfig) -> Result<Self, Fault> {
        let sandbox = table::seeing(&languages, config.sandbox);
        let prepared = match &config.prepare_in[..] {
            [] => Prepared::default(),
            parents => Prepared::in_one_of(parents),
        };
        let shown = sandbox.tool_roots.clone().into();
        let mut showing = sandbox.clone();
        prepared.show(&mut showing);
        let pool = Pool::start(showing, config.slots).await?;
        let bound = config.compiled_bytes;
        let shelf = config.compiled.and_then(|directory| {
            let opened = Shelf::open(&directory, bound);
            let told = opened
                .inspect_err(|error| warn!(%error, ?directory, "compiled programs are kept in memory alone"));
            told.ok()
        });
        let compiler = Compiler::new(pool.clone(), shelf);
        let tools = Arc::new(Tools::new(&languages, pool.clone()));
        prepared.begin(&languages, &tools, &compiler, sandbox);
        Ok(Self {
            tools,
            languages,
            compiler,
            prepared,
            cases_at_once: pool.slots(),
            pool,
            shown,
        })
    }

    /// Sets how many cases of one judgement may run at once, on slots that have nothing else to do; without it, as many as there
    /// are slots. With 1, each has its turn when the one before is done.
    #[must_use]
    pub fn with_cases_at_once(mut self, most: usize) -> Self {
        self.cases_at_once = most.max(1);
        self
    }

    /// The same with a slot of its own, which has to be closed: nobody waits for what runs there.
    pub(crate) async fn aside(&self) -> Result<Self, Fault> {
        let pool = self.pool.aside().await?;
        Ok(Self {
            tools: Arc::new(self.tools.aside(pool.clone())),
            compiler: self.compiler.aside(pool.clone()),
            cases_at_once: 1,
            pool,
            ..self.clone()
        })
    }

    /// All languages of the table, with versions or the reason why one cannot be used.
    pub async fn languages(&self) -> Vec<Language> {
        self.tools.describe_all(&self.languages).await
    }

    /// One language of the table, likewise; `None` where the table lacks it.
    pub async fn language(&self, id: &LanguageId) -> Option<Language> {
        let definition = self.languages.get(id)?;
        Some(self.tools.describe(definition).await)
    }

    /// The same without asking any tool: one that lies where it should is taken to be of use, and no version is known.
    pub fn languages_at_first_sight(&self) -> Vec<Language> {
        self.languages
            .definitions()
            .map(|definition| at_first_sight(definition))
            .collect()
    }

    /// Why a language cannot be judged here; `None` where it can.
    pub async fn missing(&self, language: &LanguageId) -> Option<String> {
        match self.languages.get(language) {
            None if *language == LanguageId::text() => None,
            Some(definition) => self.tools.of(definition).await.err(),
            None => Some(format!("the language {language} is not in this worker's table")),
        }
    }

    /// Waits until all languages that prepare something have done so, and tells which. Nothing else has to wait for it.
    pub async fn prepared(&self) -> Vec<LanguageId> {
        self.prepared.finished().await
    }

    /// Ends the slots, and returns when they have gone. Without it they end with the process, which may be too early for
    /// their control groups to be removed.
    pub async fn close(&self) {
        self.prepared.stop().await;
        self.compiler.settle().await;
        self.pool.close().await;
        self.prepared.remove().await;
    }

    /// What is counted of the slots.
    pub fn slot_metrics(&self) -> SlotMetrics {
        self.pool.metrics()
    }

    /// How many slots misbehaved and were replaced.
    pub fn replaced_slots(&self) -> u64 {
        self.pool.replaced()
    }

    /// How many compilers have been started: what the cache knows needs none.
    pub fn compilers_started(&self) -> u64 {
        self.compiler.started()
    }

    /// CPU time of all compilers and programs that have run, but for those that talk to another.
    pub fn cpu_used(&self) -> Duration {
        self.pool.cpu_used()
    }

    /// How many languages have begun to prepare something: what is known from before needs not be made again.
    pub fn preparations_started(&self) -> u64 {
        self.prepared.started()
    }

    /// Compiles and runs. `Err` only for a fault of the system; the problem's and the submitter's faults are conclusions.
    pub async fn grade<F>(&self, job: &Job, progress: F) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        self.grade_noting(job, progress, None).await
    }

    /// The same, and notes what the program writes, where that is wanted.
    pub(crate) async fn grade_noting<F>(
        &self,
        job: &Job,
        progress: F,
        notes: Option<&Notes>,
    ) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        let said = Said::default();
        let mut conclusion = self.grade_and_note(job, progress, &said, notes).await?;
        conclusion.judge_messages = of_runs(said.into_messages(), &conclusion);
        Ok(conclusion)
    }

    async fn grade_and_note<F>(
        &self,
        job: &Job,
        mut progress: F,
        said: &Said,
        notes: Option<&Notes>,
    ) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        let package = &*job.package;
        let mut tally = Tally::new(package);
        if package.takes_answers() {
            return self.grade_answers(job, tally, progress, said).await;
        }
        let definition = self.languages.get(&job.language).ok_or_else(|| {
            Fault::system(format!(
                "the language {} is not in this worker's table",
                job.language
            ))
        })?;
        let tools = self.tools.of(definition).await.map_err(Fault::system)?;
        let files = match included::add(package, &job.language, definition, &job.files) {
            Ok(files) => files,
            Err(fault) => return tally.at_fault(fault, None, package),
        };
        let mut plan = match Plan::new(
            definition,
            &tools,
            &files,
            job.entry_point.as_deref(),
            package.limits.memory_bytes,
        ) {
            Ok(plan) => plan,
            Err(rejected) => return Ok(tally.rejected(rejected)),
        };
        if let Some(place) = self.prepared.place(&job.language) {
            plan.use_prepared(&place);
        }
        let program = if let Some(program) = plan.uncompiled() {
            program
        } else {
            progress(Phase::Compiling, tally.progress);
            let (made, compiled) = self.compiler.compile_and_tell(&plan).await?;
            tally.compiled = Some(compiled);
            match made {
                Ok(program) => program,
                Err(rejected) => return Ok(tally.rejected(rejected)),
            }
        };
        let submission = with_sources(&program, &plan);
        let checker = match Checker::prepare(self.workshop(), package, &submission, said).await {
            Ok(checker) => checker,
            Err(fault) => return tally.at_fault(fault, program.log, package),
        };
        let own_grader = match OwnGrader::prepare(self.workshop(), package, said).await {
            Ok(own_grader) => own_grader,
            Err(fault) => return tally.at_fault(fault, program.log, package),
        };
        progress(Phase::Testing, tally.progress);
        let candidate = Candidate {
            language: job.language.as_str(),
            limits: &definition.limits(&package.limits),
            bytes: program.files.iter().map(size).sum(),
            program: &program,
        };
        let runner = Runner {
            pool: &self.pool,
            package,
            subject: Subject::Program(candidate),
            checker: &checker,
            own_grader: own_grader.as_ref(),
            notes,
        };
        self.test(&runner, Some(&plan), tally, progress).await
    }

    /// Grades what is no program, but the outputs themselves.
    async fn grade_answers<F>(
        &self,
        job: &Job,
        tally: Tally,
        mut progress: F,
        said: &Said,
    ) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        let package = &*job.package;
        let checker = match Checker::prepare(self.workshop(), package, &[], said).await {
            Ok(checker) => checker,
            Err(fault) => return tally.at_fault(fault, None, package),
        };
        let own_grader = match OwnGrader::prepare(self.workshop(), package, said).await {
            Ok(own_grader) => own_grader,
            Err(fault) => return tally.at_fault(fault, None, package),
        };
        progress(Phase::Testing, tally.progress);
        let runner = Runner {
            pool: &self.pool,
            package,
            subject: Subject::Answers(&job.files),
            checker: &checker,
            own_grader: own_grader.as_ref(),
            notes: None,
        };
        self.test(&runner, None, tally, progress).await
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn languages_table(&self) -> &Languages {
        &self.languages
    }

    pub(crate) fn tools(&self) -> &Tools {
        &self.tools
    }

    pub(crate) fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    pub(crate) fn workshop(&self) -> Workshop<'_> {
        Workshop {
            pool: &self.pool,
            compiler: &self.compiler,
            languages: &self.languages,
            tools: &self.tools,
            prepared: &self.prepared,
        }
    }

    /// Judges the cases in order, as far as the verdict needs them; `plan` is that of the program, where there is one.
    async fn test<F>(
        &self,
        runner: &Runner<'_>,
        plan: Option<&Plan>,
        mut tally: Tally,
        mut progress: F,
    ) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        let package = runner.package;
        let log = || match &runner.subject {
            Subject::Program(candidate) => candidate.program.log.clone(),
            Subject::Answers(_) => None,
        };
        let mut unchecked = plan.filter(|plan| plan.is_checked_later());
        let mut grading = Grading::new(&package.groups);
        let mut ahead = Ahead::new(runner, self.cases_at_once);
        loop {
            let step = match grading.next_step() {
                Ok(Some(step)) => step,
                Ok(None) => break,
                Err(impossible) => {
                    return tally.at_fault(Fault::problem(impossible.to_string()), log(), package);
                }
            };
            let ordinal = tally.next_ordinal();
            let is_run = matches!(step, Step::Case { .. });
            let judged = match step {
                Step::Case { case, score } => judge_case(&mut ahead, ordinal, case, score, package).await,
                Step::Static(case) => judge_source(runner, ordinal, case).await,
                Step::Grader {
                    group,
                    args,
                    children,
                } => match grade_group(runner, group, args, &children).await {
                    Ok(result) => {
                        grading.record(result);
                        continue;
                    }
                    Err(fault) => Err(fault),
                },
            };
            let (run, result) = match judged {
                Ok(judged) => judged,
                Err(fault) => return tally.at_fault(fault, log(), package),
            };
            if is_run
                && let Some(plan) = unchecked.take()
                && run.verdict == Verdict::Rte
                && let Err(rejected) = self.compiler.compile(plan).await?
            {
                return Ok(tally.rejected(rejected));
            }
            tally.add(run);
            progress(Phase::Testing, tally.progress);
            grading.record(result);
        }
        let outcome = grading
            .outcome()
            .ok_or_else(|| Fault::system("the package's groups name cases that it has not"))?;
        Ok(tally.conclude(outcome, grading.results().to_vec(), log()))
    }
}

/// Runs a case, and makes its score of what the validators gave.
async fn judge_case(
    ahead: &mut Ahead<'_>,
    ordinal: u32,
    case: usize,
    score: CaseScore,
    package: &Package,
) -> Result<(Run, CaseResult), Fault> {
    let judged = ahead.judge(ordinal, case).await?;
    let name = package
        .output_validators
        .first()
        .map(|validator| &*validator.name);
    let name = name.map_or(String::new(), |name| format!(" {name}"));
    with_score(judged, score, &format!("output validator{name}"), ordinal)
}

/// Lets the static validator look at the submission, and makes a score of what it gave.
async fn judge_source(
    runner: &Runner<'_>,
    ordinal: u32,
    case: &StaticCase,
) -> Result<(Run, CaseResult), Fault> {
    let judged = runner.look(ordinal, case).await?;
    with_score(judged, case.score, "static validator", ordinal)
}

fn with_score(
    judged: Judged,
    score: CaseScore,
    validator: &str,
    ordinal: u32,
) -> Result<(Run, CaseResult), Fault> {
    let Judged { mut run, reported } = judged;
    run.score = score
        .of(run.verdict, reported)
        .map_err(|what| Fault::problem(format!("the {validator} {what}, in case {ordinal}")))?;
    let result = CaseResult {
        verdict: run.verdict,
        score: run.score,
        is_given: reported.is_any(),
    };
    Ok((run, result))
}

/// Without what was said of cases that nobody needed, in the order of the runs. A judging error may be about a case that has no run.
fn of_runs(mut messages: Vec<JudgeMessage>, conclusion: &Conclusion) -> Vec<JudgeMessage> {
    let runs = &conclusion.runs;
    let place = |message: &JudgeMessage| runs.iter().position(|run| run.case == message.case);
    let is_error = conclusion.verdict == Verdict::Je;
    messages.retain(|message| is_error || message.case.is_empty() || place(message).is_some());
    messages.sort_by_key(|message| {
        (
            place(message).is_none() && !message.case.is_empty(),
            place(message),
        )
    });
    messages
}

/// The files of a submission: its sources, and what its compiler made of them.
fn with_sources(program: &Program, plan: &Plan) -> Vec<InputFile> {
    let mut files = plan.sources().to_vec();
    let is_new = |made: &&InputFile| plan.sources().iter().all(|source| source.name != made.name);
    files.extend(program.files.iter().filter(is_new).cloned());
    files
}

/// Asks the package's own grader.
async fn grade_group(
    runner: &Runner<'_>,
    group: &str,
    args: &[String],
    parts: &[(Verdict, Score)],
) -> Result<CaseResult, Fault> {
    match runner.own_grader {
        Some(grader) => grader.grade(group, args, parts).await,
        None => Err(Fault::problem("a group wants a grader, and there is none")),
    }
}

/// The size of a file, in bytes.
pub(crate) fn size(file: &InputFile) -> u64 {
    match &file.content {
        Content::Bytes(bytes) => bytes.len() as u64,
        Content::File(file) => file.metadata().map_or(0, |metadata| metadata.len()),
    }
}

/// The runs so far.
#[derive(Debug)]
struct Tally {
    runs: Vec<Run>,
    progress: Progress,
    /// How the program was made, where it was compiled.
    compiled: Option<Compiled>,
    is_scoring: bool,
    max_score: Option<Score>,
    /// What a rejected submission is worth. Where less is better, nothing is bad enough.
    least_score: Option<Score>,
}

impl Tally {
    fn new(package: &Package) -> Self {
        let cases = package.groups.cases();
        Self {
            runs: Vec::with_capacity(cases),
            progress: Progress {
                cases_total: u32::try_from(cases).unwrap_or(u32::MAX),
                ..Progress::default()
            },
            compiled: None,
            max_score: package.groups.max_score,
            is_scoring: package.is_scoring(),
            least_score: (package.is_scoring() && package.objective == Objective::Max).then_some(Score::ZERO),
        }
    }

    /// The number of the next run, from 1.
    fn next_ordinal(&self) -> u32 {
        self.progress.cases_done + 1
    }

    fn add(&mut self, run: Run) {
        self.progress.cases_done += 1;
        self.progress.cpu_us = self.progress.cpu_us.max(run.cpu_us);
        self.progress.memory_bytes = self.progress.memory_bytes.max(run.memory_bytes);
        self.progress.last = Some((&run).into());
        self.runs.push(run);
    }

    /// Tells of the first run that has the verdict.
    fn conclude(self, outcome: Outcome, groups: Vec<GroupResult>, log: Option<String>) -> Conclusion {
        let verdict = outcome.verdict;
        let mut runs = self.runs.iter().filter(|run| run.verdict == verdict);
        let message = runs.next().and_then(|run| match (run.verdict, &run.message) {
            (Verdict::Ac, _) => None,
            (Verdict::Wa, Some(difference)) => Some(format!("case {}, {difference}", run.ordinal)),
            (_, Some(message)) => Some(format!("{message} in case {}", run.ordinal)),
            (verdict, None) => Some(format!("{} in case {}", verdict.name(), run.ordinal)),
        });
        let worst = self.least_score.filter(|_| verdict != Verdict::Je);
        Conclusion {
            score: outcome.score.filter(|_| self.is_scoring).or(worst),
            groups: if self.is_scoring { groups } else { Vec::new() },
            ..self.with(verdict, None, message, log)
        }
    }

    fn rejected(self, rejected: Rejected) -> Conclusion {
        self.with(Verdict::Ce, None, Some(rejected.message), rejected.log)
    }

    /// A fault of the problem ends a judgement; one of the system leaves it undone.
    fn at_fault(self, fault: Fault, log: Option<String>, package: &Package) -> Result<Conclusion, Fault> {
        if fault.blame == Blame::System {
            return Err(fault);
        }
        warn!(
            package = package.short_name,
            reason = fault.reason,
            "a problem's package is at fault"
        );
        Ok(self.with(Verdict::Je, Some(fault.blame), Some(fault.reason), log))
    }

    fn with(
        self,
        verdict: Verdict,
        blame: Option<Blame>,
        message: Option<String>,
        compiler_output: Option<String>,
    ) -> Conclusion {
        Conclusion {
            blame,
            score: self.least_score.filter(|_| verdict != Verdict::Je),
            max_score: self.max_score,
            message,
            compiler_output,
            runs: self.runs,
            cases_total: self.progress.cases_total,
            timeline: Timeline {
                compiled: self.compiled,
                ..Timeline::UNKNOWN
            },
            ..Conclusion::of(verdict)
        }
    }
}
