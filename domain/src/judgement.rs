//! Judgements: attempts to judge a submission; and runs, their test cases.

use serde::{Deserialize, Serialize};

use crate::{
    Blame, JudgementId, Score, Sequence, State, Submission, SubmissionId, Timeline, Timestamp, Verdict,
    WorkerId,
};

/// One attempt to judge a submission. A rejudge makes a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Its id.
    pub id: JudgementId,
    /// Of which submission.
    pub submission: SubmissionId,
    /// Where it is in its life.
    pub state: State,
    /// How often a worker has taken it; 0 before the first.
    pub attempt: u32,
    /// What became of it; only where `state` is done.
    pub verdict: Option<Verdict>,
    /// Whose failure a judging error is; only where the verdict is `JE`.
    pub blame: Option<Blame>,
    /// What it is worth; only of scoring problems.
    #[serde(default)]
    pub score: Option<Score>,
    /// The best score that there is; `None` where there is none, or no bound.
    #[serde(default)]
    pub max_score: Option<Score>,
    /// What became of the groups of test cases, in the order of judging; empty but for scoring problems.
    #[serde(default)]
    pub groups: Vec<GroupResult>,
    /// A sentence about the verdict, for the submitter, such as "exit code 1 in case 3".
    pub message: Option<String>,
    /// What the compiler said, cut to a bounded size.
    pub compiler_output: Option<String>,
    /// What is not as the package expects; only of examples. It may hold secrets of the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// The largest CPU time of a run, in microseconds.
    pub cpu_us: Option<u64>,
    /// The largest memory of a run, in bytes.
    pub memory_bytes: Option<u64>,
    /// How many test cases have been run.
    pub cases_done: u32,
    /// How many test cases there are; 0 before that is known.
    pub cases_total: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a worker took it, the last time.
    pub started_at: Option<Timestamp>,
    /// When it got its verdict.
    pub finished_at: Option<Timestamp>,
}

impl Judgement {
    /// One that was just made.
    pub const fn queued(id: JudgementId, submission: SubmissionId, created_at: Timestamp) -> Self {
        Self {
            id,
            submission,
            state: State::Queued,
            attempt: 0,
            verdict: None,
            blame: None,
            score: None,
            max_score: None,
            groups: Vec::new(),
            message: None,
            compiler_output: None,
            missed: None,
            cpu_us: None,
            memory_bytes: None,
            cases_done: 0,
            cases_total: 0,
            created_at,
            started_at: None,
            finished_at: None,
        }
    }

    /// The sequence number of this row among the events of the judgement.
    pub const fn sequence(&self) -> Sequence {
        Sequence::of_row(self.state, self.attempt)
    }
}

/// A worker's right to a judgement. A commit names it, and counts only while it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The judgement.
    pub judgement: JudgementId,
    /// The worker that holds it.
    pub worker: WorkerId,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
}

/// A judgement that a worker has taken: all it needs to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The right to it.
    pub lease: Lease,
    /// What to judge.
    pub submission: Submission,
    /// How many attempts at it have failed before.
    pub failures: u32,
    /// Whether it only shows what a rejudge would bring: nobody is told of it before that is decided.
    pub is_preview: bool,
}

/// How far a judgement has come. Cumulative, so that a missed one costs nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How many test cases have been run.
    pub cases_done: u32,
    /// How many there are.
    pub cases_total: u32,
    /// The largest CPU time so far, in microseconds.
    pub cpu_us: u64,
    /// The largest memory so far, in bytes.
    pub memory_bytes: u64,
    /// The run that ended last; events tell several, see [`RecentRuns`](crate::RecentRuns).
    #[serde(skip)]
    pub last: Option<RecentRun>,
}

/// What became of a test case, as it is told before the judgement has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentRun {
    /// Its place in the order of running, from 1.
    pub ordinal: u32,
    /// Whether it is one of the problem's samples.
    pub sample: bool,
    /// What became of it.
    pub verdict: Verdict,
    /// CPU time of the whole process tree, in microseconds.
    pub cpu_us: u64,
    /// Memory of the whole process tree, in bytes.
    pub memory_bytes: u64,
}

impl From<&Run> for RecentRun {
    fn from(run: &Run) -> Self {
        Self {
            ordinal: run.ordinal,
            sample: run.case.starts_with("sample/"),
            verdict: run.verdict,
            cpu_us: run.cpu_us,
            memory_bytes: run.memory_bytes,
        }
    }
}

/// One test case of one judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its place in the order of running, from 1.
    pub ordinal: u32,
    /// The case's name within the package, such as `secret/03-large`.
    pub case: String,
    /// What became of it.
    pub verdict: Verdict,
    /// What it is worth, where test cases have scores.
    #[serde(default)]
    pub score: Option<Score>,
    /// CPU time of the whole process tree, in microseconds.
    pub cpu_us: u64,
    /// Wall-clock time, in microseconds.
    pub wall_us: u64,
    /// Memory of the whole process tree, in bytes.
    pub memory_bytes: u64,
    /// A sentence for the submitter that gives no secret away, such as "exit code 1" or "signal 11 (SIGSEGV)".
    pub message: Option<String>,
}

/// What became of a group of test cases of a scoring problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupResult {
    /// Its name within the package, such as `secret/2-large`.
    pub name: String,
    /// What became of it; `None` where it was not judged.
    pub verdict: Option<Verdict>,
    /// What it is worth; `None` where it has no score.
    pub score: Option<Score>,
    /// The most that it can be worth, where there is a bound.
    pub max_score: Option<Score>,
}

/// What a program of a package said for judges. It may hold secrets of the package: not for contestants, and not for logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeMessage {
    /// The test case; empty where it is about all.
    pub case: String,
    /// The program's name; `comparator` is the built-in one.
    pub validator: String,
    /// What it said, cut to a bounded length.
    pub text: String,
}

/// What a program wrote when it was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialOutput {
    /// The run's place in the order of running, from 1.
    pub ordinal: u32,
    /// Standard output; of an interactive problem, the conversation, `<` before what the program was told and `>` before what
    /// it said.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Whether either was cut to a bounded size.
    pub is_cut: bool,
}

/// What a worker commits: the verdict and everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// The verdict.
    pub verdict: Verdict,
    /// Whose failure it is, where the verdict is `JE`.
    pub blame: Option<Blame>,
    /// What it is worth; only of scoring problems.
    pub score: Option<Score>,
    /// The best score that there is, where there is one.
    pub max_score: Option<Score>,
    /// What became of the groups of test cases, in the order of judging; empty but for scoring problems.
    pub groups: Vec<GroupResult>,
    /// A sentence about the verdict, for the submitter.
    pub message: Option<String>,
    /// What the compiler said, cut to a bounded size.
    pub compiler_output: Option<String>,
    /// The runs, in order.
    pub runs: Vec<Run>,
    /// How many test cases there are.
    pub cases_total: u32,
    /// What programs of the package said for judges, where that is kept.
    pub judge_messages: Vec<JudgeMessage>,
    /// What the program wrote, where it was tried only.
    pub trial_outputs: Vec<TrialOutput>,
    /// How the worker came along.
    pub timeline: Timeline,
    /// What is not as the package expects, where an example of it was judged.
    pub missed: Option<String>,
}

impl Conclusion {
    /// A conclusion that has nothing but a verdict.
    pub const fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            blame: None,
            score: None,
            max_score: None,
            groups: Vec::new(),
            message: None,
            compiler_output: None,
            runs: Vec::new(),
            cases_total: 0,
            judge_messages: Vec::new(),
            trial_outputs: Vec::new(),
            timeline: Timeline::UNKNOWN,
            missed: None,
        }
    }
}
