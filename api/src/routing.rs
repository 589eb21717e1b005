//! How urgent what is submitted to a problem is, and which workers judge it. For administrators: it is about machines and about
//! everybody's turn, not about the problem.

use domain::{Action, Band, FieldError, Principal, ProblemId, ProblemRecord, Refusal, WorkerTag};
use serde_json::json;

use crate::app::App;
use crate::asker::lacks_right;
use crate::audit;
use crate::failure::{Failure, Result};
use crate::known_languages::WORKER_LIFE;
use crate::seeing;

/// Where submissions to a problem go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// How urgent they are.
    pub band: Band,
    /// The workers that judge them.
    pub tag: WorkerTag,
    /// How many workers that are alive take such, in whatever language.
    pub workers: usize,
}

/// What is wanted, as it was written.
#[derive(Debug, Clone, Default)]
pub struct RoutingWish {
    /// The band; as it is where it is missing.
    pub band: Option<String>,
    /// The tag; as it is where it is missing.
    pub tag: Option<String>,
}

/// Where submissions to a problem go, for whom may change the problem.
pub(crate) async fn read(app: &App, principal: &Principal, id: &ProblemId) -> Result<Routing> {
    let problem = seeing::own(app, principal, id).await?;
    of(app, problem).await
}

/// Sends what is submitted to a problem from now on elsewhere.
pub(crate) async fn change(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    wish: RoutingWish,
) -> Result<Routing> {
    let problem = seeing::problem(app, principal, id).await?;
    if !principal.may_administer() {
        return Err(lacks_right(
            principal,
            "only administrators route problems: urgency and workers are shared by all",
        ));
    }
    let (band, tag) = check(&problem, wish)?;
    let routed = app.store.route_problem(id, band, &tag).await?;
    let routed = routed.ok_or_else(|| Failure::not_found("problem", id))?;
    let details = json!({"band": band, "tag": tag});
    audit::note(app, principal, Action::ProblemRouted, id, details).await;
    of(app, routed).await
}

/// All that is wrong, at once.
fn check(problem: &ProblemRecord, wish: RoutingWish) -> Result<(Band, WorkerTag)> {
    let mut errors = Vec::new();
    let mut refuse = |pointer: &str, detail: String| {
        errors.push(FieldError {
            pointer: pointer.to_owned(),
            detail,
        });
    };
    let band = match wish.band.as_deref() {
        None => problem.band,
        Some(name) => match Band::from_id(name) {
            Some(band @ (Band::Contest | Band::Interactive)) => band,
            // Rejudges are that by themselves.
            Some(Band::Bulk) | None => {
                refuse("/band", "must be contest or interactive".to_owned());
                problem.band
            }
        },
    };
    let tag = match wish.tag.as_deref().map(str::parse::<WorkerTag>) {
        None => problem.tag.clone(),
        Some(Ok(tag)) => tag,
        Some(Err(error)) => {
            refuse("/tag", error.to_string());
            problem.tag.clone()
        }
    };
    if errors.is_empty() {
        Ok((band, tag))
    } else {
        Err(Refusal::invalid(errors).into())
    }
}

async fn of(app: &App, problem: ProblemRecord) -> Result<Routing> {
    let workers = app.store.workers(WORKER_LIFE).await?;
    let takes = |worker: &&store::WorkerRecord| {
        worker.bands.contains(&problem.band) && worker.tags.contains(&problem.tag)
    };
    Ok(Routing {
        band: problem.band,
        workers: workers.iter().filter(takes).count(),
        tag: problem.tag,
    })
}
