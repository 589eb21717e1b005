//! `gavel upload`: sends problem packages to a server.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use judge::{DataCheck, Grader, Languages};
use problems::Package;
use reqwest::Method;

use crate::client::Client;
use crate::failure::{Doing, Failure};
use crate::{arguments, grade, terminal};

/// Uploads each package, which makes a problem of its name or replaces the package it had.
pub(crate) async fn run(arguments: arguments::Upload) -> Result<ExitCode, Failure> {
    let client = Client::new(&arguments.server)?;
    let checks = if arguments.no_verify { None } else { checks().await };
    let sent = send(&client, &arguments.packages, checks.as_ref()).await;
    if let Some(grader) = checks {
        grader.close().await;
    }
    sent?;
    Ok(ExitCode::SUCCESS)
}

async fn send(client: &Client, packages: &[PathBuf], checks: Option<&Grader>) -> Result<(), Failure> {
    for path in packages {
        // Opened here first: what is wrong with it is said at once, and without the server.
        let (package, _unpacked) = grade::open(path)?;
        if let Some(grader) = checks {
            check_data(grader, &package).await?;
        }
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
    Ok(())
}

/// What runs validators; `None` where this machine cannot, which is no reason not to upload.
async fn checks() -> Option<Grader> {
    match Grader::start(Arc::new(Languages::builtin()), 1).await {
        Ok(grader) => Some(grader),
        Err(fault) => {
            terminal::error(&format!(
                "warning: the packages' validators are not run over their data: {fault}"
            ));
            None
        }
    }
}

/// Fails where a package's validators have anything against its data.
async fn check_data(grader: &Grader, package: &Package) -> Result<(), Failure> {
    let name = &package.short_name;
    let DataCheck { findings, not_run } = grader
        .check_data(package)
        .await
        .map_err(|fault| Failure::new(format!("{name}: {fault}")))?;
    for skipped in not_run {
        terminal::error(&format!("warning: {name}: {} {}", skipped.subject, skipped.what));
    }
    if findings.is_empty() {
        return Ok(());
    }
    let lines = findings
        .iter()
        .map(|finding| format!("\n  {}: {}", finding.subject, finding.what));
    Err(Failure::new(format!(
        "the package {name} is not sent, as --no-verify would, because of its data:{}",
        lines.collect::<String>()
    )))
}
