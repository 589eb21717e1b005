//! `gavel problem verify`: is a package what it says of itself?
//!
//! Its validators are run over its data, its example submissions are judged, and what becomes of each is compared with what the
//! package expects. One after the other, unless more are asked for: neighbours disturb each other's times.
//!
//! `package` goes through a package and infers its time limit, `submission` judges an example as far as its expectations need,
//! `report` and `junit` tell of it, and `board` shows how far it is.

mod board;
mod junit;
mod package;
mod report;
mod submission;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use judge::{Depth, Grader, Languages};

use crate::failure::{Doing, Failure};
use crate::{arguments, terminal};
use board::Board;
use report::Report;

/// What verifying needs.
#[derive(Debug)]
struct Verifier {
    grader: Grader,
    languages: Arc<Languages>,
    /// Submissions at once.
    jobs: usize,
    /// Which cases are run.
    depth: Depth,
    board: Board,
}

/// Verifies all packages.
pub(crate) async fn run(arguments: arguments::Verify) -> Result<ExitCode, Failure> {
    let languages = arguments.languages.load()?;
    let jobs = arguments.jobs.get();
    let verifier = Verifier {
        grader: Grader::start(languages.clone(), jobs)
            .await
            .map_err(Failure::new)?,
        languages,
        jobs,
        depth: if arguments.all_cases {
            Depth::AllCases
        } else {
            Depth::AsNeeded
        },
        board: Board::new(!arguments.json),
    };
    let mut reports = Vec::new();
    for path in &arguments.packages {
        match verifier.verify(path).await {
            Ok(report) => reports.push(report),
            Err(failure) => {
                verifier.grader.close().await;
                return Err(failure);
            }
        }
    }
    verifier.grader.close().await;
    if arguments.json {
        terminal::line(&report::as_json(&reports).to_string());
    } else if reports.len() > 1 {
        terminal::line(&report::summary(&reports));
    }
    if let Some(path) = &arguments.junit {
        write_junit(path, &reports)?;
    }
    Ok(if reports.iter().any(Report::has_fault) {
        ExitCode::from(2)
    } else if reports.iter().all(Report::is_ok) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn write_junit(path: &Path, reports: &[Report]) -> Result<(), Failure> {
    let writing = || format!("write {}", path.display());
    let mut bytes = Vec::new();
    junit::of(reports).serialize(&mut bytes).doing(writing())?;
    std::fs::write(path, bytes).doing(writing())
}
