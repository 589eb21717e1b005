//! Uploads of problem packages: receive, check, pack, store.

use std::path::{Path, PathBuf};

use ::problems::{Caps, Complaint, Package, Refused};
use axum::Json;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{
    Action, FieldError, PackageHash, Principal, ProblemId, ProblemRecord, Refusal, RefusalKind, UserId,
};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio::time::timeout;
use utoipa::ToSchema;

use super::path::Id;
use super::problems::PATH;
use crate::app::App;
use crate::asker::{Asker, lacks_right};
use crate::audit;
use crate::body::{
    PAUSE, broken_off, media_type, refuse_announced, refuse_encoding, too_large, too_slow, unsupported,
};
use crate::clock::now;
use crate::failure::{Failure, Result, shorten};
use crate::openapi::{BodyRefusals, RefusalBody, Refusals};
use crate::params::{NoParams, Params};
use crate::scratch::Scratch;
use crate::wire::ProblemBody;

/// Entries of a package at most.
const ENTRIES: usize = 20_000;

/// How much larger than the largest upload a package may be once it is inflated.
const INFLATION: u64 = 8;

/// Beside the package itself, a multipart body has its boundaries and headers.
const MULTIPART_EXTRA: u64 = 64 << 10;

/// The directory that a zip is unpacked into. A package without a top directory is called by it, which is no id.
const UNNAMED: &str = "-unnamed-";

/// A problem as it was stored, with what is odd about its package.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredProblem)]
pub(super) struct StoredProblem {
    #[serde(flatten)]
    problem: ProblemBody,
    /// What is odd but not wrong with the package.
    warnings: Vec<WarningBody>,
}

/// Something odd about a package.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
struct WarningBody {
    /// A place in the package.
    #[schema(example = "problem.yaml:12 limits.memory")]
    pointer: String,
    /// What, in one sentence.
    detail: String,
}

/// Uploads the package of a new problem, as the body itself or as the field `package` of a form.
///
/// Its id is that of `?id`, else the package's short name, else the name of the form's file. Setters and administrators may.
#[utoipa::path(
    post, path = "/api/v1/problems", operation_id = "createProblem", tag = "problems",
    params(("id" = Option<String>, Query, description = "The problem's id")),
    request_body(content((String = "application/zip"), (String = "multipart/form-data"))),
    responses(
        (status = 201, description = "The problem", body = StoredProblem,
            headers(("Location" = String, description = "Where to read it"))),
        (status = 409, description = "There is one of that id already; PUT replaces it", body = RefusalBody,
            content_type = "application/problem+json"),
        Refusals, BodyRefusals
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    Asker(principal): Asker,
    mut params: Params,
    request: Request,
) -> Result<Response> {
    let owner = creator(&principal)?;
    let id = params.take("id", str::parse::<ProblemId>);
    params.finish()?;
    if let Some(id) = &id {
        refuse_existing(&app, id).await?;
    }
    let unpacked = unpack(&app, request).await?;
    let stored = create_from(&app, id, owner, &unpacked).await;
    unpacked.scratch.remove().await;
    let stored = stored?;
    let details = json!({"package": stored.package});
    audit::note(&app, &principal, Action::ProblemUploaded, &stored.id, details).await;
    Ok(answer(StatusCode::CREATED, stored, unpacked.warnings))
}

/// Creates a problem, or replaces its package. Owners and administrators may replace.
#[utoipa::path(
    put, path = "/api/v1/problems/{id}", operation_id = "putProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id")),
    request_body(content((String = "application/zip"), (String = "multipart/form-data"))),
    responses(
        (status = 200, description = "It is replaced; submissions made before keep their package", body = StoredProblem),
        (status = 201, description = "It is created", body = StoredProblem,
            headers(("Location" = String, description = "Where to read it"))),
        Refusals, BodyRefusals
    )
)]
pub(super) async fn replace(
    State(app): State<App>,
    Asker(principal): Asker,
    Id(id): Id<ProblemId>,
    _: NoParams,
    request: Request,
) -> Result<Response> {
    let owner = creator(&principal)?;
    let status = match app.store.problem(&id).await? {
        None => StatusCode::CREATED,
        Some(problem) if principal.may_replace(&problem) => StatusCode::OK,
        Some(_) => {
            return Err(lacks_right(
                &principal,
                "only its owner and administrators may replace a problem",
            ));
        }
    };
    let unpacked = unpack(&app, request).await?;
    let stored = put(&app, id, owner, &unpacked).await;
    unpacked.scratch.remove().await;
    let stored = stored?;
    let action = match status {
        StatusCode::CREATED => Action::ProblemUploaded,
        _ => Action::ProblemReplaced,
    };
    audit::note(
        &app,
        &principal,
        action,
        &stored.id,
        json!({"package": stored.package}),
    )
    .await;
    Ok(answer(status, stored, unpacked.warnings))
}

/// The user who may upload problems.
fn creator(principal: &Principal) -> Result<UserId> {
    principal
        .user()
        .filter(|_| principal.may_create_problems())
        .cloned()
        .ok_or_else(|| lacks_right(principal, "only setters and administrators may upload problems"))
}

async fn refuse_existing(app: &App, id: &ProblemId) -> Result<()> {
    if app.store.problem(id).await?.is_none() {
        return Ok(());
    }
    Err(Failure::new(
        RefusalKind::Conflict,
        format!("there is a problem {id} already; PUT {PATH}/{id} replaces its package"),
    ))
}

async fn create_from(
    app: &App,
    id: Option<ProblemId>,
    owner: UserId,
    unpacked: &Unpacked,
) -> Result<ProblemRecord> {
    let id = match id {
        Some(id) => id,
        None => unpacked.id()?,
    };
    refuse_existing(app, &id).await?;
    put(app, id, owner, unpacked).await
}

async fn put(app: &App, id: ProblemId, owner: UserId, unpacked: &Unpacked) -> Result<ProblemRecord> {
    let record = unpacked.package.record(id, owner, unpacked.hash, now());
    let zip = File::open(&unpacked.zip)
        .await
        .map_err(|error| Failure::internal("opening a packed package", &error))?;
    Ok(app.store.put_problem(&record, zip).await?)
}

fn answer(status: StatusCode, problem: ProblemRecord, warnings: Vec<WarningBody>) -> Response {
    let location = format!("{PATH}/{}", problem.id);
    let body = Json(StoredProblem {
        problem: problem.into(),
        warnings,
    });
    if status == StatusCode::CREATED {
        return (status, [(LOCATION, location)], body).into_response();
    }
    (status, body).into_response()
}

/// A package that was read, checked and packed.
#[derive(Debug)]
struct Unpacked {
    scratch: Scratch,
    package: Package,
    hash: PackageHash,
    zip: PathBuf,
    warnings: Vec<WarningBody>,
    /// The name of the form's file, without its ending.
    file_stem: Option<String>,
}

impl Unpacked {
    /// The id that the upload names itself.
    fn id(&self) -> Result<ProblemId> {
        let name = Some(&self.package.short_name)
            .filter(|name| *name != UNNAMED)
            .or(self.file_stem.as_ref());
        let Some(name) = name else {
            let detail =
                "is missing, and the package does not name the problem: its files are not in one directory";
            return Err(Refusal::field("?id", detail).into());
        };
        name.parse().map_err(|error| {
            let detail = format!(
                "is missing, and the package's own name {:?} is not an id: {error}",
                shorten(name)
            );
            Refusal::field("?id", detail).into()
        })
    }
}

async fn unpack(app: &App, request: Request) -> Result<Unpacked> {
    let scratch = Scratch::new(app).await?;
    let file_stem = match receive(app, request, &upload_path(&scratch)).await {
        Ok(file_stem) => file_stem,
        Err(failure) => {
            scratch.remove().await;
            return Err(failure);
        }
    };
    let _permit = app
        .unpacking
        .acquire()
        .await
        .map_err(|error| Failure::internal("waiting to unpack", &error))?;
    let caps = Caps {
        entries: ENTRIES,
        file_bytes: app.config.package_bytes.saturating_mul(INFLATION),
        total_bytes: app.config.package_bytes.saturating_mul(INFLATION),
    };
    // The task owns the directory while it writes there, so that a client that leaves does not pull it away.
    let (scratch, read) = app
        .tasks
        .spawn_blocking(move || {
            let read = read(&scratch, &caps);
            (scratch, read)
        })
        .await
        .map_err(|error| Failure::internal("unpacking a package", &error))?;
    match read {
        Ok((package, hash, zip)) => Ok(Unpacked {
            warnings: package.warnings.iter().map(WarningBody::from).collect(),
            scratch,
            package,
            hash,
            zip,
            file_stem,
        }),
        Err(failure) => {
            scratch.remove().await;
            Err(failure)
        }
    }
}

fn upload_path(scratch: &Scratch) -> PathBuf {
    scratch.path().join("upload.zip")
}

/// Unpacks, checks and packs again; blocks.
fn read(scratch: &Scratch, caps: &Caps) -> Result<(Package, PackageHash, PathBuf)> {
    let failed = |error: std::io::Error| Failure::internal("packing a package", &error);
    let upload = std::fs::File::open(upload_path(scratch)).map_err(failed)?;
    let into = scratch.path().join(UNNAMED);
    std::fs::create_dir(&into).map_err(failed)?;
    let package = Package::unzip(upload, &into, caps).map_err(refused)?;
    check_storable(&package)?;
    let hash = package.hash().map_err(failed)?;
    let path = scratch.path().join("packed.zip");
    let zip = std::fs::File::create_new(&path).map_err(failed)?;
    package.zip(zip).map_err(failed)?;
    Ok((package, hash, path))
}

/// What no database holds, and no person means.
fn check_storable(package: &Package) -> Result<()> {
    const MAX_NAME: usize = 255;
    let mut errors = Vec::new();
    let mut refuse = |key: &str, detail: String| {
        errors.push(FieldError {
            pointer: format!("problem.yaml {key}"),
            detail,
        });
    };
    if package.name.chars().count() > MAX_NAME || package.name.contains(char::is_control) {
        refuse(
            "name",
            format!("must have at most {MAX_NAME} characters, and no control characters"),
        );
    }
    let limits = &package.limits;
    for (key, value) in [
        ("limits.time_limit", limits.cpu_us.max(limits.wall_us)),
        ("limits.memory", limits.memory_bytes),
        ("limits.output", limits.output_bytes),
        ("limits.code", package.code_bytes),
    ] {
        if i64::try_from(value).is_err() {
            refuse(key, "is too large".to_owned());
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(errors).into())
}

fn refused(Refused(complaints): Refused) -> Failure {
    let errors: Vec<FieldError> = complaints
        .iter()
        .map(|complaint| FieldError {
            pointer: place(complaint),
            detail: complaint.what.clone(),
        })
        .collect();
    Refusal::invalid(errors).into()
}

impl From<&Complaint> for WarningBody {
    fn from(complaint: &Complaint) -> Self {
        Self {
            pointer: place(complaint),
            detail: complaint.what.clone(),
        }
    }
}

/// `problem.yaml:12 limits.memory`, or `package` for all of it.
fn place(complaint: &Complaint) -> String {
    let mut place = match complaint.file.as_str() {
        "" => "package".to_owned(),
        file => file.to_owned(),
    };
    if let Some(line) = complaint.line {
        place = format!("{place}:{line}");
    }
    if let Some(key) = &complaint.key {
        place = format!("{place} {key}");
    }
    place
}

/// Writes the package to a file; returns the stem of the form's file name, if there is one.
async fn receive(app: &App, request: Request, to: &Path) -> Result<Option<String>> {
    const WANTED: &str =
        "a zip as application/zip, or a form as multipart/form-data with it in the field `package`";
    let max = app.config.package_bytes;
    let headers = request.headers();
    refuse_encoding(headers)?;
    let media = media_type(headers);
    match media.as_deref() {
        Some("application/zip" | "application/x-zip-compressed") => {
            refuse_announced(headers, max)?;
            let body = request.into_body().into_data_stream();
            pour(body, to, max, |_| broken_off()).await?;
            Ok(None)
        }
        Some("multipart/form-data") => {
            refuse_announced(headers, max.saturating_add(MULTIPART_EXTRA))?;
            receive_form(request, to, max).await
        }
        other => Err(unsupported(other, WANTED)),
    }
}

async fn receive_form(request: Request, to: &Path, max: u64) -> Result<Option<String>> {
    let malformed = |error: axum::extract::multipart::MultipartError| {
        Failure::new(
            RefusalKind::Malformed,
            format!("the form cannot be read: {}", error.body_text()),
        )
    };
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| {
        Failure::new(
            RefusalKind::Malformed,
            format!("the form cannot be read: {}", error.body_text()),
        )
    })?;
    let mut received = None;
    while let Some(field) = timeout(PAUSE, form.next_field())
        .await
        .map_err(|_| too_slow())?
        .map_err(malformed)?
    {
        let name = field.name().unwrap_or_default();
        if name != "package" || received.is_some() {
            let pointer = format!("/{}", shorten(name));
            return Err(Refusal::field(pointer, "is not expected: the form has one field, `package`").into());
        }
        let stem = field
            .file_name()
            .and_then(|name| Path::new(name).file_stem())
            .and_then(|stem| stem.to_str())
            .map(str::to_owned);
        pour(field, to, max, malformed).await?;
        received = Some(stem);
    }
    received.ok_or_else(|| Refusal::field("/package", "is missing").into())
}

/// Writes a stream to a new file, up to `max` bytes.
async fn pour<E>(
    stream: impl Stream<Item = std::result::Result<Bytes, E>>,
    to: &Path,
    max: u64,
    broken: impl Fn(E) -> Failure,
) -> Result<()> {
    let failed = |error: std::io::Error| Failure::internal("writing an upload", &error);
    let mut stream = std::pin::pin!(stream);
    let mut file = BufWriter::with_capacity(256 << 10, File::create_new(to).await.map_err(failed)?);
    let mut written = 0_u64;
    while let Some(chunk) = timeout(PAUSE, stream.next()).await.map_err(|_| too_slow())? {
        let chunk = chunk.map_err(&broken)?;
        written += chunk.len() as u64;
        if written > max {
            return Err(too_large(max));
        }
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)
}
