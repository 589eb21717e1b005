//! The packages of versions, as they are fetched.

use axum::body::Body;
use domain::{Principal, ProblemId};
use tokio::fs::File;
use tokio::io::AsyncSeekExt as _;
use tokio_util::io::ReaderStream;

use crate::app::App;
use crate::failure::{Failure, Result};
use crate::seeing::own;

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
