//! A directory for one upload, gone afterwards whatever happens.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::failure::{Failure, Result};

/// A directory of its own. Dropping it removes it beside the runtime's threads; [`Scratch::remove`] waits for that.
#[derive(Debug)]
pub(crate) struct Scratch {
    dir: Option<TempDir>,
    path: PathBuf,
    tasks: TaskTracker,
}

impl Scratch {
    pub(crate) async fn new(app: &App) -> Result<Self> {
        let parent = app.config.scratch.clone();
        let dir = app
            .tasks
            .spawn_blocking(move || {
                std::fs::create_dir_all(&parent)?;
                tempfile::Builder::new().prefix("upload-").tempdir_in(parent)
            })
            .await
            .map_err(|error| Failure::internal("making a directory for an upload", &error))?
            .map_err(|error| Failure::internal("making a directory for an upload", &error))?;
        Ok(Self {
            path: dir.path().to_owned(),
            dir: Some(dir),
            tasks: app.tasks.clone(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn remove(mut self) {
        if let Some(dir) = self.dir.take() {
            // What went wrong is logged in there; a panic there is nothing to tell a client about.
            let _ = self.tasks.spawn_blocking(move || close(dir)).await;
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(dir) = self.dir.take() else {
            return;
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(self.tasks.spawn_blocking_on(move || close(dir), &runtime)),
            Err(_) => close(dir), // a blocking thread, or a runtime that is gone
        }
    }
}

fn close(dir: TempDir) {
    let path = dir.path().to_owned();
    if let Err(error) = dir.close() {
        tracing::warn!(path = %path.display(), %error, "a directory of an upload is left behind");
    }
}
