//! The sample problems inside the binary, so that an empty judge is ready for a first submission.

use std::path::Path;

use include_dir::{Dir, include_dir};
use problems::Package;
use store::{SeenBy, Store};

use crate::clock;
use crate::failure::{Doing, Failure};

static LIBRARY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../problems/library");

/// Stores the sample problems where the judge has no problem yet.
pub(crate) async fn seed(store: &Store, scratch: &Path) -> Result<(), Failure> {
    let problems = store
        .problems(SeenBy::Everything, None, None, 1)
        .await
        .doing("read the problems")?;
    if !problems.is_empty() {
        return Ok(());
    }
    let directory =
        tempfile::tempdir_in(scratch).doing(format!("make a directory in {}", scratch.display()))?;
    LIBRARY
        .extract(directory.path())
        .doing(format!("unpack the sample problems to {}", scratch.display()))?;
    for sample in LIBRARY.dirs() {
        publish(store, &directory.path().join(sample.path())).await?;
    }
    Ok(())
}

async fn publish(store: &Store, directory: &Path) -> Result<(), Failure> {
    let publishing = || format!("store the sample problem {}", directory.display());
    let package = Package::open(directory).doing(publishing())?;
    let id = package.short_name.parse().doing(publishing())?;
    let owner = "admin".parse().doing(publishing())?;
    let hash = package.hash().doing(publishing())?;
    let record = package.record(id, owner, hash, clock::now());
    let mut zip = tempfile::tempfile().doing(publishing())?;
    package.zip(&mut zip).doing(publishing())?;
    std::io::Seek::rewind(&mut zip).doing(publishing())?;
    store
        .put_problem(&record, tokio::fs::File::from_std(zip))
        .await
        .doing(publishing())?;
    Ok(())
}
