//! Verifications: a package's examples are judged by the fleet, and compared with what the package expects.
//!
//! Each example is a trial in the bulk band, in the name of who asks: judged like any submission, counted nowhere. What is
//! not as expected is for the worker to say, which has the package at hand.

use std::time::Duration;

use bus::{Entry, Lane};
use domain::{
    Band, ExamplePart, Language, LanguageId, Principal, ProblemId, ProblemRecord, SourceFile, Submission,
    SubmissionId, SubmissionView, Trial, Update, UserId, Verdict, VerificationId,
};
use futures_util::future::try_join_all;
use problems::Package;
use store::{ExampleRecord, Submitted, VerificationRecord, VersionRecord};
use tokio::fs::File;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::app::App;
use crate::asker::lacks_right;
use crate::clock::now;
use crate::failure::{Failure, Result};
use crate::known_languages::languages;
use crate::scratch::Scratch;
use crate::seeing::own;
use crate::uploading::caps;
use crate::wait::until_final;

/// Examples of one verification at most.
const MOST_EXAMPLES: usize = 500;

/// The files of an example at most, in bytes.
const MOST_SOURCE: usize = 1 << 20;

/// Examples that are stored together.
const AT_ONCE: usize = 50;

/// A verification as it stands.
#[derive(Debug)]
pub struct Verification {
    /// What it is of.
    pub record: VerificationRecord,
    /// What is compared, in order, each with its trial where it is judged.
    pub examples: Vec<(ExampleRecord, Option<SubmissionView>)>,
}

impl Verification {
    /// Whether all have been judged.
    pub fn is_final(&self) -> bool {
        self.unfinished().is_none()
    }

    /// Whether nothing is otherwise than expected; `None` before that is known.
    pub fn is_ok(&self) -> Option<bool> {
        let mut all = self.examples.iter();
        if all.any(|(example, view)| is_ok(example, view.as_ref()) == Some(false)) {
            return Some(false);
        }
        self.is_final().then_some(true)
    }

    fn unfinished(&self) -> Option<SubmissionId> {
        let mut views = self.examples.iter().filter_map(|(_, view)| view.as_ref());
        let view = views.find(|view| !view.judgement.state.is_final());
        view.map(|view| view.id)
    }
}

/// Whether an example is as the package expects; `None` before that is known, and where it is not judged.
pub fn is_ok(example: &ExampleRecord, view: Option<&SubmissionView>) -> Option<bool> {
    if example.judged.is_err() {
        return None;
    }
    let Some(view) = view else {
        return Some(false);
    };
    let judgement = &view.judgement;
    if !judgement.state.is_final() {
        return None;
    }
    let is_judged = judgement
        .verdict
        .is_some_and(|verdict| verdict != Verdict::Je || example.expected.contains(&Verdict::Je));
    Some(is_judged && judgement.missed.is_none())
}

/// An example that is to be judged.
struct Candidate {
    record: ExampleRecord,
    part: ExamplePart,
    files: Vec<SourceFile>,
    entry_point: Option<String>,
}

/// Verifies a version of a problem, or the current one. Where that is under way already, it is what is returned.
///
/// Goes on where the client leaves in between.
pub(crate) async fn start(
    app: &App,
    principal: &Principal,
    id: &ProblemId,
    version: Option<u32>,
) -> Result<Verification> {
    let problem = own(app, principal, id).await?;
    let by = principal
        .user()
        .cloned()
        .ok_or_else(|| lacks_right(principal, "this server has to know who verifies a problem"))?;
    let version = version_of(app, &problem, version).await?;
    if let Some(newest) = app.store.verifications(id, None, 1).await?.pop()
        && newest.version == version.number
    {
        let running = with_examples(app, newest).await?;
        if !running.is_final() {
            return Ok(running);
        }
    }
    let inner = app.clone();
    let task = async move { begin(&inner, &problem, &version, by).await };
    let record = app
        .tasks
        .spawn(task.in_current_span())
        .await
        .map_err(|error| Failure::internal("starting a verification", &error))??;
    with_examples(app, record).await
}

/// A verification of a problem, for whom may see it; as soon as it is through, or after that time.
pub(crate) async fn read(
    app: &App,
    principal: &Principal,
    problem: &ProblemId,
    id: VerificationId,
    wait: Duration,
) -> Result<Verification> {
    own(app, principal, problem).await?;
    let record = app
        .store
        .verification(id)
        .await?
        .filter(|record| record.problem == *problem)
        .ok_or_else(|| Failure::not_found("verification", id))?;
    let deadline = Instant::now() + wait;
    loop {
        let verification = with_examples(app, record.clone()).await?;
        let left = deadline.saturating_duration_since(Instant::now());
        match verification.unfinished() {
            Some(unfinished) if !left.is_zero() && !app.stop.is_cancelled() => {
                until_final(app, unfinished, left).await?;
            }
            _ => return Ok(verification),
        }
    }
}

/// The version of that number, or the current one.
pub(crate) async fn version_of(
    app: &App,
    problem: &ProblemRecord,
    number: Option<u32>,
) -> Result<VersionRecord> {
    let version = app.store.version(&problem.id, number).await?;
    version.ok_or_else(|| Failure::not_found("version", number.unwrap_or_default()))
}

async fn with_examples(app: &App, record: VerificationRecord) -> Result<Verification> {
    let examples = app.store.examples(record.id).await?;
    Ok(Verification { record, examples })
}

async fn begin(
    app: &App,
    problem: &ProblemRecord,
    version: &VersionRecord,
    by: UserId,
) -> Result<VerificationRecord> {
    let candidates = candidates(app, version).await?;
    let mut records = Vec::with_capacity(candidates.len());
    let mut submissions = Vec::new();
    for candidate in candidates {
        if let (Ok(id), Some(language)) = (&candidate.record.judged, &candidate.record.language) {
            submissions.push(Submission {
                id: *id,
                user: by.clone(),
                problem: problem.id.clone(),
                package: version.package,
                language: language.clone(),
                files: candidate.files,
                entry_point: candidate.entry_point,
                band: Band::Bulk,
                tag: problem.tag.clone(),
                created_at: now(),
                trial: Some(Trial::Example(candidate.part)),
            });
        }
        records.push(candidate.record);
    }
    // The submissions first: a verification that is there has all of its trials.
    for together in submissions.chunks(AT_ONCE) {
        try_join_all(together.iter().map(|submission| submit(app, submission))).await?;
    }
    let record = VerificationRecord {
        id: VerificationId::new(),
        problem: problem.id.clone(),
        version: version.number,
        by,
        created_at: now(),
    };
    app.store.add_verification(&record, &records).await?;
    Ok(record)
}

async fn submit(app: &App, submission: &Submission) -> Result<()> {
    let Submitted::New(view) = app.store.submit(submission, None, None).await? else {
        return Err(Failure::internal("storing an example", &"it was there before"));
    };
    let entry = Entry {
        judgement: view.judgement.id,
        lane: Lane::of(submission),
        user: submission.user.clone(),
    };
    app.telling.tell(entry, Update::from(&*view));
    Ok(())
}

/// The examples of a package, read anew: what the store keeps of packages are their zips.
async fn candidates(app: &App, version: &VersionRecord) -> Result<Vec<Candidate>> {
    let languages = languages(app).await?;
    let scratch = Scratch::new(app).await?;
    let fetched = fetch(app, version, &scratch).await;
    if let Err(failure) = fetched {
        scratch.remove().await;
        return Err(failure);
    }
    let _permit = app
        .unpacking
        .acquire()
        .await
        .map_err(|error| Failure::internal("waiting to unpack", &error))?;
    let caps = caps(app);
    // The task owns the directory while it writes there.
    let (scratch, candidates) = app
        .tasks
        .spawn_blocking(move || {
            let failed = |error: &dyn std::fmt::Display| Failure::internal("unpacking a package", error);
            let unpacked = || {
                let zip = std::fs::File::open(scratch.path().join(ZIP)).map_err(|error| failed(&error))?;
                let into = scratch.path().join("unpacked");
                std::fs::create_dir(&into).map_err(|error| failed(&error))?;
                let package = Package::unzip(zip, &into, &caps).map_err(|error| failed(&error))?;
                Ok(all_of(&package, &languages))
            };
            let candidates = unpacked();
            (scratch, candidates)
        })
        .await
        .map_err(|error| Failure::internal("unpacking a package", &error))?;
    scratch.remove().await;
    candidates
}

const ZIP: &str = "package.zip";

async fn fetch(app: &App, version: &VersionRecord, scratch: &Scratch) -> Result<()> {
    let failed = |error: std::io::Error| Failure::internal("fetching a package", &error);
    let mut zip = File::create_new(scratch.path().join(ZIP)).await.map_err(failed)?;
    if app.store.fetch_package(&version.package, &mut zip).await? {
        return Ok(());
    }
    Err(Failure::internal(
        "fetching a package",
        &format_args!("there is no package {}", version.package),
    ))
}

/// The test data first, then the example submissions.
fn all_of(package: &Package, languages: &[Language]) -> Vec<Candidate> {
    let examples = package.submissions.iter().take(MOST_EXAMPLES);
    let mut all: Vec<Candidate> = examples
        .map(|example| candidate(example, package, languages))
        .collect();
    // For a worker that takes the examples: one that serves few languages may not take what is in none.
    let language = all.iter().find_map(|candidate| candidate.record.language.clone());
    let data = Candidate {
        record: ExampleRecord {
            path: String::new(),
            expected: vec![Verdict::Ac],
            language: Some(language.unwrap_or_else(LanguageId::text)),
            judged: Ok(SubmissionId::new()),
        },
        part: ExamplePart::Data,
        files: vec![SourceFile {
            name: "data".to_owned(),
            content: "the test data of the package\n".to_owned(),
        }],
        entry_point: None,
    };
    all.insert(0, data);
    all
}

fn candidate(example: &problems::Example, package: &Package, languages: &[Language]) -> Candidate {
    let path = example.path.display().to_string();
    let read = read_example(example, package, languages);
    let (files, language, judged) = match read {
        Ok((files, language)) => (files, Some(language), Ok(SubmissionId::new())),
        Err(reason) => (Vec::new(), None, Err(reason)),
    };
    Candidate {
        record: ExampleRecord {
            path: path.clone(),
            expected: example.expected.clone(),
            language,
            judged,
        },
        part: ExamplePart::Submission(path),
        files,
        entry_point: example.entrypoint.clone(),
    }
}

fn read_example(
    example: &problems::Example,
    package: &Package,
    languages: &[Language],
) -> std::result::Result<(Vec<SourceFile>, LanguageId), String> {
    let files = example.sources(package).map_err(|error| error.to_string())?;
    let bytes: usize = files.iter().map(|file| file.content.len()).sum();
    if bytes > MOST_SOURCE {
        return Err(format!("has {bytes} bytes; {MOST_SOURCE} are judged at most"));
    }
    if package.takes_answers() {
        return Ok((files, LanguageId::text()));
    }
    let language = example.language_of(&files, languages)?;
    let known = languages.iter().find(|known| known.id == language);
    if let Some(reason) = known.and_then(|known| known.unavailable.as_ref()) {
        return Err(format!("{language} cannot be used on this server now: {reason}"));
    }
    Ok((files, language))
}
