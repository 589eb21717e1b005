//! What answers are made of. The same shapes as the domain's own, so that a client in Rust reads them into those
//! types; with schemas.

use domain::{
    Band, Blame, GroupResult, Judgement, JudgementId, LanguageId, Limits, PackageHash, ProblemId,
    ProblemRecord, ProblemType, Run, Score, State, SubmissionId, SubmissionView, Timestamp, UserId, Verdict,
    WorkerTag,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::timeline::TimelineBody;

/// A submission with its newest judgement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Submission)]
pub(crate) struct SubmissionBody {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: SubmissionId,
    /// Who sent it.
    #[schema(value_type = String, example = "ann")]
    pub(crate) user: UserId,
    /// For which problem.
    #[schema(value_type = String, example = "aplusb")]
    pub(crate) problem: ProblemId,
    /// In which language.
    #[schema(value_type = String, example = "python3")]
    pub(crate) language: LanguageId,
    /// When it was accepted for judging.
    #[schema(value_type = String, format = "date-time")]
    pub(crate) created_at: Timestamp,
    /// Its newest judgement.
    pub(crate) judgement: JudgementBody,
}

/// A submission with its newest judgement and that judgement's runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SubmissionWithRuns)]
pub(crate) struct SubmissionWithRuns {
    #[serde(flatten)]
    pub(crate) submission: SubmissionBody,
    /// The runs of the newest judgement, in order; empty until it is done.
    pub(crate) runs: Vec<RunBody>,
    /// Its place in the queue; null where it does not wait, or the queue does not say.
    pub(crate) queue: Option<QueuePlace>,
    /// When the newest judgement was where.
    pub(crate) timeline: TimelineBody,
}

/// A place in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueuePlace {
    /// How many are before it at present, of those for the same workers. Who comes later can be served sooner: users take turns.
    pub(crate) before: u64,
    /// About how long it will wait, in seconds, as judging goes at present; null where that is not known.
    #[schema(example = 2.5)]
    pub(crate) expected_wait_seconds: Option<f64>,
}

/// One attempt to judge a submission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Judgement)]
pub(crate) struct JudgementBody {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: JudgementId,
    /// Of which submission.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) submission: SubmissionId,
    /// Where it is in its life.
    #[schema(value_type = StateName)]
    pub(crate) state: State,
    /// How often a worker has taken it; 0 before the first.
    pub(crate) attempt: u32,
    /// What became of it; null until the state is done.
    #[schema(value_type = Option<VerdictName>)]
    pub(crate) verdict: Option<Verdict>,
    /// Whose failure a judging error is; null but for the verdict JE.
    #[schema(value_type = Option<BlameName>)]
    pub(crate) blame: Option<Blame>,
    /// What it is worth; null but for scoring problems, and where there is nothing to score.
    #[schema(value_type = Option<f64>, example = 40)]
    pub(crate) score: Option<Score>,
    /// The best score that there is; null where there is none, or no bound.
    #[schema(value_type = Option<f64>, example = 100)]
    pub(crate) max_score: Option<Score>,
    /// What became of the groups of test cases, in the order of judging; empty but for scoring problems.
    pub(crate) groups: Vec<GroupBody>,
    /// A sentence about the verdict, for the submitter.
    pub(crate) message: Option<String>,
    /// What the compiler said, cut to a bounded size.
    pub(crate) compiler_output: Option<String>,
    /// The largest CPU time of a run, in microseconds.
    pub(crate) cpu_us: Option<u64>,
    /// The largest memory of a run, in bytes.
    pub(crate) memory_bytes: Option<u64>,
    /// How many test cases have been run.
    pub(crate) cases_done: u32,
    /// How many test cases there are; 0 before that is known.
    pub(crate) cases_total: u32,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub(crate) created_at: Timestamp,
    /// When a worker took it, the last time.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub(crate) started_at: Option<Timestamp>,
    /// When it got its verdict.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub(crate) finished_at: Option<Timestamp>,
}

/// One test case of one judgement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Run)]
pub(crate) struct RunBody {
    /// Its place in the order of running, from 1.
    pub(crate) ordinal: u32,
    /// The case's name within the package.
    #[schema(example = "secret/03-large")]
    pub(crate) case: String,
    /// What became of it.
    #[schema(value_type = VerdictName)]
    pub(crate) verdict: Verdict,
    /// What it is worth; null where test cases have no scores.
    #[schema(value_type = Option<f64>, example = 10)]
    pub(crate) score: Option<Score>,
    /// CPU time of the whole process tree, in microseconds.
    pub(crate) cpu_us: u64,
    /// Wall-clock time, in microseconds.
    pub(crate) wall_us: u64,
    /// Memory of the whole process tree, in bytes.
    pub(crate) memory_bytes: u64,
    /// A sentence for the submitter.
    pub(crate) message: Option<String>,
}

/// What became of a group of test cases of a scoring problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
pub(crate) struct GroupBody {
    /// Its name within the package.
    #[schema(example = "secret/2-large")]
    pub(crate) name: String,
    /// What became of it; null where it was not judged.
    #[schema(value_type = Option<VerdictName>)]
    pub(crate) verdict: Option<Verdict>,
    /// What it is worth; null where it has no score.
    #[schema(value_type = Option<f64>, example = 40)]
    pub(crate) score: Option<Score>,
    /// The most that it can be worth; null where there is no bound.
    #[schema(value_type = Option<f64>, example = 60)]
    pub(crate) max_score: Option<Score>,
}

/// A problem with its current package.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Its id.
    #[schema(value_type = String, example = "aplusb")]
    pub(crate) id: ProblemId,
    /// Its name, in English where there is one.
    pub(crate) name: String,
    /// How it is judged.
    #[schema(value_type = Vec<TypeName>)]
    pub(crate) types: Vec<ProblemType>,
    /// What a run may use.
    pub(crate) limits: LimitsBody,
    /// The size of all submitted files together, in bytes.
    pub(crate) code_bytes: u64,
    /// Languages allowed; null for all.
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) languages: Option<Vec<LanguageId>>,
    /// How many test cases it has.
    pub(crate) test_cases: u32,
    /// The best score of a submission; null for a problem without scores, or without a bound to them.
    #[schema(value_type = Option<f64>, example = 100)]
    pub(crate) max_score: Option<Score>,
    /// What it is about, in its author's words.
    pub(crate) keywords: Vec<String>,
    /// The content hash of the package that new submissions are judged with.
    #[schema(value_type = String)]
    pub(crate) package: PackageHash,
    /// Who uploaded it first.
    #[schema(value_type = String, example = "ann")]
    pub(crate) owner: UserId,
    /// Whether only its owner and administrators see it.
    pub(crate) is_hidden: bool,
    /// How urgent submissions to it are: `contest` or `interactive`.
    #[schema(value_type = String, example = "interactive")]
    pub(crate) band: Band,
    /// The workers that judge it are those that serve this tag.
    #[schema(value_type = String, example = "general")]
    pub(crate) tag: WorkerTag,
    /// When it was first uploaded.
    #[schema(value_type = String, format = "date-time")]
    pub(crate) created_at: Timestamp,
    /// When its package was last replaced.
    #[schema(value_type = String, format = "date-time")]
    pub(crate) updated_at: Timestamp,
}

/// What a run may use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
pub(crate) struct LimitsBody {
    /// CPU time of the whole process tree, in microseconds.
    pub(crate) cpu_us: u64,
    /// Wall-clock time, in microseconds.
    pub(crate) wall_us: u64,
    /// Memory of the whole process tree, in bytes.
    pub(crate) memory_bytes: u64,
    /// Standard output, standard error and files written, together, in bytes.
    pub(crate) output_bytes: u64,
    /// Processes at once.
    pub(crate) processes: u32,
}

/// The names of a set of values, as a schema: the values themselves are the domain's.
macro_rules! names {
    ($(#[$doc:meta])* $type:ident, $name:literal, $values:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $type {}

        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some($values))
                    .into()
            }
        }

        impl ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}

names!(
    /// Of [`State`].
    StateName,
    "State",
    State::ALL.map(State::id)
);
names!(
    /// Of [`Verdict`].
    VerdictName,
    "Verdict",
    Verdict::ALL.map(Verdict::id)
);
names!(
    /// Of [`Blame`].
    BlameName,
    "Blame",
    [Blame::Submitter, Blame::Problem, Blame::System].map(Blame::id)
);
names!(
    /// Of [`ProblemType`].
    TypeName,
    "ProblemType",
    ["pass-fail", "scoring", "interactive", "multi-pass", "submit-answer"]
);

impl From<SubmissionView> for SubmissionBody {
    fn from(view: SubmissionView) -> Self {
        let SubmissionView {
            id,
            user,
            problem,
            language,
            created_at,
            // Trials have a path of their own.
            is_trial: _,
            is_example: _,
            is_contest: _,
            judgement,
        } = view;
        Self {
            id,
            user,
            problem,
            language,
            created_at,
            judgement: judgement.into(),
        }
    }
}

impl From<Judgement> for JudgementBody {
    fn from(judgement: Judgement) -> Self {
        let Judgement {
            id,
            submission,
            state,
            attempt,
            verdict,
            blame,
            score,
            max_score,
            groups,
            message,
            compiler_output,
            cpu_us,
            memory_bytes,
            cases_done,
            cases_total,
            created_at,
            started_at,
            finished_at,
            // Told with the example that it is of.
            missed: _,
        } = judgement;
        Self {
            id,
            submission,
            state,
            attempt,
            verdict,
            blame,
            score,
            max_score,
            groups: groups.into_iter().map(Into::into).collect(),
            message,
            compiler_output,
            cpu_us,
            memory_bytes,
            cases_done,
            cases_total,
            created_at,
            started_at,
            finished_at,
        }
    }
}

impl From<Run> for RunBody {
    fn from(run: Run) -> Self {
        let Run {
            ordinal,
            case,
            verdict,
            score,
            cpu_us,
            wall_us,
            memory_bytes,
            message,
        } = run;
        Self {
            ordinal,
            case,
            verdict,
            score,
            cpu_us,
            wall_us,
            memory_bytes,
            message,
        }
    }
}

impl From<GroupResult> for GroupBody {
    fn from(group: GroupResult) -> Self {
        let GroupResult {
            name,
            verdict,
            score,
            max_score,
        } = group;
        Self {
            name,
            verdict,
            score,
            max_score,
        }
    }
}

impl From<ProblemRecord> for ProblemBody {
    fn from(record: ProblemRecord) -> Self {
        let ProblemRecord {
            id,
            name,
            types,
            limits,
            code_bytes,
            languages,
            test_cases,
            max_score,
            keywords,
            package,
            owner,
            is_hidden,
            band,
            tag,
            created_at,
            updated_at,
        } = record;
        Self {
            id,
            name,
            types,
            limits: limits.into(),
            code_bytes,
            languages,
            test_cases,
            max_score,
            keywords,
            package,
            owner,
            is_hidden,
            band,
            tag,
            created_at,
            updated_at,
        }
    }
}

impl From<Limits> for LimitsBody {
    fn from(limits: Limits) -> Self {
        let Limits {
            cpu_us,
            wall_us,
            memory_bytes,
            output_bytes,
            processes,
        } = limits;
        Self {
            cpu_us,
            wall_us,
            memory_bytes,
            output_bytes,
            processes,
        }
    }
}
