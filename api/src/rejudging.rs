//! Rejudges: what would change is looked at before it counts.

use std::time::Duration;

use bus::{Entry, Lane};
use domain::{
    Action, FieldError, Principal, ProblemId, ProblemRecord, Refusal, RefusalKind, RejudgeId, SubmissionId,
    Update, UserId,
};
use serde_json::json;
use store::{
    Change, Decision, NewRejudge, RejudgeFilter, RejudgeRecord, RejudgeState, RejudgeSummary, Started,
    Waiting,
};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::Instrument as _;

use crate::app::App;
use crate::asker::lacks_right;
use crate::audit;
use crate::clock::now;
use crate::failure::{Failure, Result};
use crate::seeing::own;

/// Submissions of one rejudge at most.
const MOST: u32 = 10_000;

/// So many are put into the queue, or told of, together.
const TOGETHER: u32 = 500;

/// How long either may take before it is left to the sweeper, or left out.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often is looked for somebody who waits: nobody is told of judgements that are kept apart.
const POLL: Duration = Duration::from_millis(500);

/// What is to be rejudged.
#[derive(Debug, Clone, Default)]
pub struct RejudgeWish {
    /// Which of the problem's submissions.
    pub filter: RejudgeFilter,
    /// With which version's package; the current one's where it is missing.
    pub version: Option<u32>,
}

/// A rejudge as it stands.
#[derive(Debug)]
pub struct Rejudge {
    /// What it is of.
    pub record: RejudgeRecord,
    /// What it has found so far.
    pub summary: RejudgeSummary,
}

impl Rejudge {
    /// Whether all have been judged.
    pub fn is_done(&self) -> bool {
        self.summary.done == self.summary.total
    }

    /// How many verdicts or scores change.
    pub fn changes(&self) -> u64 {
        let changes = self.summary.turns.iter().filter(|turn| turn.is_change());
        changes.map(|turn| turn.count).sum()
    }
}

/// Starts one. Goes on where the client leaves in between.
pub(crate) async fn start(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    wish: RejudgeWish,
) -> Result<Rejudge> {
    let problem = own(app, principal, id).await?;
    let by = user(principal)?;
    let new = settle(app, &problem, by, wish).await?;
    let inner = app.clone();
    let task = async move { begin(&inner, &new).await };
    let record = app
        .tasks
        .spawn(task.in_current_span())
        .await
        .map_err(|error| Failure::internal("starting a rejudge", &error))??;
    let rejudge = with_summary(app, record).await?;
    let details = json!({"rejudge": rejudge.record.id, "submissions": rejudge.summary.total});
    audit::note(app, principal, Action::Rejudged, id, details).await;
    Ok(rejudge)
}

async fn settle(app: &App, problem: &ProblemRecord, by: UserId, wish: RejudgeWish) -> Result<NewRejudge> {
    let version = app.store.version(&problem.id, wish.version).await?;
    let judged_with = match wish.filter.judged_with {
        Some(number) => Some(app.store.version(&problem.id, Some(number)).await?),
        None => None,
    };
    let mut errors = Vec::new();
    let mut refuse = |field: &str, number: Option<u32>| {
        errors.push(FieldError {
            pointer: format!("/{field}"),
            detail: format!("there is no version {}", number.unwrap_or_default()),
        });
    };
    if version.is_none() {
        refuse("version", wish.version);
    }
    if judged_with == Some(None) {
        refuse("judged_with", wish.filter.judged_with);
    }
    let Some(version) = version.filter(|_| errors.is_empty()) else {
        return Err(Refusal::invalid(errors).into());
    };
    Ok(NewRejudge {
        problem: problem.id.clone(),
        version: version.number,
        package: version.package,
        filter: wish.filter,
        judged_with: judged_with.flatten().map(|version| version.package),
        by,
        at: now(),
        most: MOST,
    })
}

async fn begin(app: &App, new: &NewRejudge) -> Result<RejudgeRecord> {
    match app.store.start_rejudge(new).await? {
        Started::New(record, waiting) => {
            push(app, &waiting).await;
            Ok(*record)
        }
        Started::Busy(open) => Err(Failure::new(
            RefusalKind::Conflict,
            format!("the rejudge {open} of this problem is not decided yet: apply or discard it first"),
        )),
        Started::TooMany => Err(Refusal::invalid(vec![FieldError {
            pointer: String::new(),
            detail: format!(
                "there are more than {MOST} such submissions, which is the most at once: ask for fewer"
            ),
        }])
        .into()),
        Started::Nothing => Err(Refusal::invalid(vec![FieldError {
            pointer: String::new(),
            detail: "there is no such submission that has a verdict".to_owned(),
        }])
        .into()),
    }
}

/// Puts them into the queue; what does not get there is left to the sweeper.
async fn push(app: &App, waiting: &[Waiting]) {
    for together in waiting.chunks(TOGETHER as usize) {
        let entries: Vec<Entry> = together
            .iter()
            .map(|waiting| Entry {
                judgement: waiting.judgement,
                lane: Lane {
                    band: waiting.band,
                    language: waiting.language.clone(),
                    tag: waiting.tag.clone(),
                },
                user: waiting.user.clone(),
            })
            .collect();
        match timeout(PATIENCE, app.queue.push(&entries)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "a rejudge is left to the sweeper");
                return;
            }
            Err(_) => {
                tracing::warn!("the queue did not answer: a rejudge is left to the sweeper");
                return;
            }
        }
    }
}

/// A rejudge of a problem, for whom may see it; as soon as all are judged, or after that time.
pub(crate) async fn read(
    app: &App,
    principal: &Principal,
    problem: &ProblemId,
    id: RejudgeId,
    wait: Duration,
) -> Result<Rejudge> {
    own(app, principal, problem).await?;
    let deadline = Instant::now() + wait;
    loop {
        let rejudge = with_summary(app, find(app, problem, id).await?).await?;
        let is_open = rejudge.record.state == RejudgeState::Open && !rejudge.is_done();
        if !is_open || Instant::now() >= deadline || app.stop.is_cancelled() {
            return Ok(rejudge);
        }
        let wake = deadline.min(Instant::now() + POLL);
        tokio::select! {
            () = sleep_until(wake) => {}
            () = app.stop.cancelled() => {}
        }
    }
}

/// What it changes, by the submissions' ids.
pub(crate) async fn changes(
    app: &App,
    principal: &Principal,
    problem: &ProblemId,
    id: RejudgeId,
    after: Option<SubmissionId>,
    limit: u32,
) -> Result<Vec<Change>> {
    own(app, principal, problem).await?;
    find(app, problem, id).await?;
    Ok(app.store.rejudge_changes(id, after, limit).await?)
}

/// Makes its judgements count, or gives them up. Whoever asks for what was done before is answered as if it were done now.
pub(crate) async fn decide(
    app: &App,
    principal: &Principal,
    problem: &ProblemId,
    id: RejudgeId,
    wanted: RejudgeState,
) -> Result<Rejudge> {
    own(app, principal, problem).await?;
    find(app, problem, id).await?;
    let by = user(principal)?;
    let decision = match wanted {
        RejudgeState::Applied => app.store.apply_rejudge(id, &by).await?,
        RejudgeState::Discarded | RejudgeState::Open => app.store.discard_rejudge(id, &by).await?,
    };
    if decision == Decision::Done {
        let details = json!({"rejudge": id, "decision": wanted.id()});
        audit::note(app, principal, Action::Rejudged, problem, details).await;
    }
    match decision {
        Decision::Done if wanted == RejudgeState::Applied => {
            let inner = app.clone();
            // Who listens is told beside the answer: up to thousands have a new judgement.
            app.tasks
                .spawn(async move { tell(&inner, id).await }.in_current_span());
        }
        Decision::Done | Decision::Before => {}
        Decision::Otherwise => {
            return Err(Failure::new(
                RefusalKind::Conflict,
                format!("the rejudge {id} was decided otherwise before"),
            ));
        }
        Decision::Unfinished => {
            return Err(Failure::new(
                RefusalKind::Conflict,
                format!("the rejudge {id} is not through: it can be applied when all are judged"),
            ));
        }
        Decision::Missing => return Err(Failure::not_found("rejudge", id)),
    }
    with_summary(app, find(app, problem, id).await?).await
}

/// Tells the listeners of every submission that has a new judgement, as if it had just ended.
async fn tell(app: &App, id: RejudgeId) {
    let mut after = None;
    loop {
        let views = match app.store.applied(id, after, TOGETHER).await {
            Ok(views) => views,
            Err(error) => {
                tracing::warn!(%error, "listeners were not told of a rejudge");
                return;
            }
        };
        let Some(last) = views.last() else { return };
        after = Some(last.id);
        let updates: Vec<Update> = views.iter().map(Update::from).collect();
        if let Ok(Err(error)) = timeout(PATIENCE, app.events.publish_all(&updates)).await {
            tracing::debug!(%error, count = updates.len(), "listeners were not told of a rejudge");
        }
    }
}

async fn find(app: &App, problem: &ProblemId, id: RejudgeId) -> Result<RejudgeRecord> {
    app.store
        .rejudge_record(id)
        .await?
        .filter(|record| record.problem == *problem)
        .ok_or_else(|| Failure::not_found("rejudge", id))
}

async fn with_summary(app: &App, record: RejudgeRecord) -> Result<Rejudge> {
    let summary = app.store.rejudge_summary(record.id).await?;
    Ok(Rejudge { record, summary })
}

fn user(principal: &Principal) -> Result<UserId> {
    let user = principal.user().cloned();
    user.ok_or_else(|| lacks_right(principal, "this server has to know who rejudges"))
}
