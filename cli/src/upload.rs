//! `gavel upload`: sends problem packages to a server.

use std::process::ExitCode;

use reqwest::Method;

use crate::client::Client;
use crate::failure::{Doing, Failure};
use crate::{arguments, grade, terminal};

/// Uploads each package, which makes a problem of its name or replaces the package it had.
pub(crate) async fn run(arguments: arguments::Upload) -> Result<ExitCode, Failure> {
    let client = Client::new(&arguments.server)?;
    for path in &arguments.packages {
        // Opened here first: what is wrong with it is said at once, and without the server.
        let (package, _unpacked) = grade::open(path)?;
        let mut zip = tempfile::tempfile().doing("make a temporary file")?;
        package.zip(&mut zip).doing(format!("pack {}", path.display()))?;
        std::io::Seek::rewind(&mut zip).doing("read the packed file")?;
        let request = client
            .request(Method::PUT, &format!("/problems/{}", package.short_name))
            .header("Content-Type", "application/zip")
            .body(reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::new(
                tokio::fs::File::from_std(zip),
            )));
        let problem = client.json(request).await?;
        let id = problem["id"].as_str().unwrap_or(&package.short_name);
        terminal::line(&format!("{id}: {} test cases", package.cases.len()));
    }
    Ok(ExitCode::SUCCESS)
}
