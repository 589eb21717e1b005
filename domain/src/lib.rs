//! The words and rules of Gavel, as plain data: no I/O, no clock, no async.
//!
//! Everything here can be tested without a database, a kernel feature or a socket. The crates around it store these
//! types (`store`), carry them (`bus`), make them true (`judge`) and show them (`api`, `gateway`).
//!
//! The words are those of the ICPC Contest API wherever it has one: a *submission* is what a person sent, a *judgement*
//! is one attempt to judge it, a *run* is one test case of one judgement.

mod audit;
mod event;
mod fault;
mod guess;
mod id;
mod judgement;
mod language;
mod limits;
mod principal;
mod problem;
mod refusal;
mod score;
mod settings;
mod state;
mod submission;
mod timeline;
mod timestamp;
mod verdict;

pub use audit::Action;
pub use event::{Phase, RecentRuns, Sequence, Update};
pub use fault::{Blame, Fault};
pub use guess::{NoGuess, guess};
pub use id::{
    InvalidId, JudgementId, LanguageId, PackageHash, ProblemId, RejudgeId, SubmissionId, UserId,
    VerificationId, WorkerId, WorkerTag,
};
pub use judgement::{
    Conclusion, GroupResult, JudgeMessage, Judgement, Lease, Progress, RecentRun, Run, TrialOutput, Work,
};
pub use language::{Adjustments, EntryPoint, Guide, Language};
pub use limits::Limits;
pub use principal::{Principal, Role};
pub use problem::{ProblemRecord, ProblemType};
pub use refusal::{FieldError, Refusal, RefusalKind};
pub use score::Score;
pub use settings::{Choices, Setting, Settings};
pub use state::{IllegalStep, State, Step};
pub use submission::{Band, ExamplePart, InvalidSource, SourceFile, Submission, SubmissionView, Trial};
pub use timeline::{Compiled, MOST_CASES, Timeline};
pub use timestamp::{InvalidTime, Timestamp};
pub use verdict::Verdict;
