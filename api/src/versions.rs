//! What a problem's owner does with its versions: fetch one, make an older one current again, publish and hide.

use axum::body::Body;
use domain::{Action, Principal, ProblemId, ProblemRecord};
use serde_json::json;
use tokio::fs::File;
use tokio::io::AsyncSeekExt as _;
use tokio_util::io::ReaderStream;

use crate::app::App;
use crate::audit;
use crate::clock::now;
use crate::failure::{Failure, Result};
use crate::seeing::own;

/// Hides a problem, or shows it to everybody.
pub(crate) async fn set_hidden(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    is_hidden: bool,
) -> Result<ProblemRecord> {
    own(app, principal, id).await?;
    let problem = app.store.set_hidden(id, is_hidden).await?;
    let problem = problem.ok_or_else(|| Failure::not_found("problem", id))?;
    let action = if is_hidden {
        Action::ProblemHidden
    } else {
        Action::ProblemPublished
    };
    let details = json!({"package": problem.package});
    audit::note(app, principal, action, id, details).await;
    Ok(problem)
}

/// Makes an older version current again.
pub(crate) async fn restore(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    number: u32,
) -> Result<ProblemRecord> {
    own(app, principal, id).await?;
    let problem = app.store.restore_version(id, number, now()).await?;
    let problem = problem.ok_or_else(|| Failure::not_found("version", number))?;
    let details = json!({"package": problem.package, "version": number});
    audit::note(app, principal, Action::ProblemReplaced, id, details).await;
    Ok(problem)
}

/// The zip of a version, and its length in bytes, for whom may read the problem's secrets.
///
/// It is read to its end before any of it is sent: what comes out of the object store may not be what went in.
pub(crate) async fn open(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    number: u32,
) -> Result<(Body, u64)> {
    own(app, principal, id).await?;
    let missing = || Failure::not_found("version", number);
    let version = app.store.version(id, Some(number)).await?.ok_or_else(missing)?;
    let failed = |error: std::io::Error| Failure::internal("sending a package", &error);
    let scratch = app.config.scratch.clone();
    let file = app
        .tasks
        .spawn_blocking(move || {
            std::fs::create_dir_all(&scratch)?;
            tempfile::tempfile_in(scratch)
        })
        .await
        .map_err(|error| Failure::internal("sending a package", &error))?
        .map_err(failed)?;
    let mut file = File::from_std(file);
    if !app.store.fetch_package(&version.package, &mut file).await? {
        return Err(missing());
    }
    file.rewind().await.map_err(failed)?;
    Ok((Body::from_stream(ReaderStream::new(file)), version.size))
}
