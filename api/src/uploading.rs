//! Taking packages in: receive, check, pack, store.

use std::path::{Path, PathBuf};

use ::problems::{Caps, Complaint, Package, Refused};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use bytes::Bytes;
use domain::{
    Action, FieldError, PackageHash, Principal, ProblemId, ProblemRecord, Refusal, RefusalKind, UserId,
};
use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio::time::timeout;

use crate::app::App;
use crate::asker::lacks_right;
use crate::audit;
use crate::body::{
    PAUSE, broken_off, media_type, refuse_announced, refuse_encoding, too_large, too_slow, unsupported,
};
use crate::clock::now;
use crate::failure::{Failure, Result, shorten};
use crate::scratch::Scratch;

/// Entries of a package at most.
const ENTRIES: usize = 20_000;

/// How much larger than the largest upload a package may be once it is inflated.
const INFLATION: u64 = 8;

/// Beside the package itself, a multipart body has its boundaries, headers and other fields.
const MULTIPART_EXTRA: u64 = 64 << 10;

/// A field beside the package, in bytes.
const WISH_BYTES: usize = 8 << 10;

/// Characters of a message at most.
const MAX_MESSAGE: usize = 500;

/// The directory that a zip is unpacked into. A package without a top directory is called by it, which is no id.
const UNNAMED: &str = "-unnamed-";

/// What an upload says beside its package, as it was written.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The problem's id; what the package says where it is missing.
    pub id: Option<String>,
    /// What is said about this version.
    pub message: Option<String>,
    /// `true` hides the problem, `false` shows it.
    pub hidden: Option<String>,
}

impl Wishes {
    fn named(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "id" => Some(&mut self.id),
            "message" => Some(&mut self.message),
            "hidden" => Some(&mut self.hidden),
            _ => None,
        }
    }
}

/// The same, read.
#[derive(Debug, Default)]
struct Settled {
    id: Option<ProblemId>,
    message: String,
    is_hidden: Option<bool>,
}

/// What a package is to be.
#[derive(Debug, Clone)]
pub enum Target {
    /// A problem that is new.
    New,
    /// The problem of that id, which may be new.
    Problem(ProblemId),
}

/// A problem as it was stored.
#[derive(Debug)]
pub struct Stored {
    /// The problem.
    pub problem: ProblemRecord,
    /// What is odd but not wrong with the package.
    pub warnings: Vec<FieldError>,
}

/// Receives, checks and stores a package. `wishes` are those of the query; those of a form are added, whatever becomes of it.
pub(crate) async fn upload(
    app: &App,
    principal: &Principal,
    by: &UserId,
    target: Target,
    wishes: &mut Wishes,
    request: Request,
) -> Result<Stored> {
    let of_query = wishes.clone();
    let unpacked = unpack(app, request, wishes).await;
    let settled = settle(wishes, &of_query);
    let (unpacked, settled) = match (unpacked, settled) {
        (Ok(unpacked), Ok(settled)) => (unpacked, settled),
        (Ok(unpacked), Err(errors)) => {
            unpacked.scratch.remove().await;
            return Err(Refusal::invalid(errors).into());
        }
        (Err(failure), Err(mut errors)) if failure.refusal.kind == RefusalKind::Invalid => {
            errors.extend(failure.refusal.errors);
            return Err(Refusal::invalid(errors).into());
        }
        (Err(failure), _) => return Err(failure),
    };
    let problem = store(app, by, target, settled, &unpacked).await;
    unpacked.scratch.remove().await;
    let problem = problem?;
    let action = if problem.created_at == problem.updated_at {
        Action::ProblemUploaded
    } else {
        Action::ProblemReplaced
    };
    let details = json!({"package": problem.package, "is_hidden": problem.is_hidden});
    audit::note(app, principal, action, &problem.id, details).await;
    Ok(Stored {
        problem,
        warnings: unpacked.warnings,
    })
}

async fn store(
    app: &App,
    by: &UserId,
    target: Target,
    settled: Settled,
    unpacked: &Unpacked,
) -> Result<ProblemRecord> {
    let id = match target {
        Target::Problem(id) => {
            if settled.id.is_some_and(|other| other != id) {
                return Err(Refusal::field("/id", format!("is not {id}, whose package this is")).into());
            }
            id
        }
        Target::New => {
            let id = settled.id.map_or_else(|| unpacked.id(), Ok)?;
            refuse_existing(app, &id).await?;
            id
        }
    };
    let record = unpacked.package.record(id, by.clone(), unpacked.hash, now());
    let zip = File::open(&unpacked.zip)
        .await
        .map_err(|error| Failure::internal("opening a packed package", &error))?;
    let upload = store::Upload {
        by: by.clone(),
        message: settled.message,
        warnings: unpacked.warnings.clone(),
        is_hidden: settled.is_hidden,
    };
    Ok(app.store.put_version(&record, zip, &upload).await?)
}

/// The user who may upload problems.
pub(crate) fn creator(principal: &Principal) -> Result<UserId> {
    principal
        .user()
        .filter(|_| principal.may_create_problems())
        .cloned()
        .ok_or_else(|| lacks_right(principal, "only setters and administrators may upload problems"))
}

/// Refuses to make a problem that there is.
pub(crate) async fn refuse_existing(app: &App, id: &ProblemId) -> Result<()> {
    if app.store.problem(id).await?.is_none() {
        return Ok(());
    }
    Err(Failure::new(
        RefusalKind::Conflict,
        format!("there is a problem {id} already; PUT /api/v1/problems/{id} replaces its package"),
    ))
}

/// How much a package may hold.
pub(crate) fn caps(app: &App) -> Caps {
    Caps {
        entries: ENTRIES,
        file_bytes: app.config.package_bytes.saturating_mul(INFLATION),
        total_bytes: app.config.package_bytes.saturating_mul(INFLATION),
    }
}

/// Reads the wishes, or tells all that is wrong with them.
fn settle(wishes: &Wishes, of_query: &Wishes) -> std::result::Result<Settled, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut refuse = |name: &str, is_of_query: bool, detail: String| {
        let sign = if is_of_query { '?' } else { '/' };
        errors.push(FieldError {
            pointer: format!("{sign}{name}"),
            detail,
        });
    };
    let mut settled = Settled::default();
    // Who leaves a field of a form empty says nothing.
    let said = |wish: &Option<String>| {
        wish.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    if let Some(id) = said(&wishes.id) {
        match id.parse() {
            Ok(id) => settled.id = Some(id),
            Err(error) => refuse("id", of_query.id.is_some(), error.to_string()),
        }
    }
    if let Some(message) = said(&wishes.message) {
        if message.chars().count() > MAX_MESSAGE || message.contains(char::is_control) {
            let detail = format!("must be one line of at most {MAX_MESSAGE} characters");
            refuse("message", of_query.message.is_some(), detail);
        }
        settled.message = message;
    }
    match said(&wishes.hidden).as_deref() {
        None => {}
        Some("true") => settled.is_hidden = Some(true),
        Some("false") => settled.is_hidden = Some(false),
        Some(_) => refuse(
            "hidden",
            of_query.hidden.is_some(),
            "must be true or false".to_owned(),
        ),
    }
    if errors.is_empty() {
        Ok(settled)
    } else {
        Err(errors)
    }
}

/// A package that was read, checked and packed.
#[derive(Debug)]
struct Unpacked {
    scratch: Scratch,
    package: Package,
    hash: PackageHash,
    zip: PathBuf,
    warnings: Vec<FieldError>,
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

async fn unpack(app: &App, request: Request, wishes: &mut Wishes) -> Result<Unpacked> {
    let scratch = Scratch::new(app).await?;
    let file_stem = match receive(app, request, &upload_path(&scratch), wishes).await {
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
    let caps = caps(app);
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
            warnings: package.warnings.iter().map(told).collect(),
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
    Refusal::invalid(complaints.iter().map(told).collect()).into()
}

fn told(complaint: &Complaint) -> FieldError {
    FieldError {
        pointer: place(complaint),
        detail: complaint.what.clone(),
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
async fn receive(app: &App, request: Request, to: &Path, wishes: &mut Wishes) -> Result<Option<String>> {
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
            receive_form(request, to, max, wishes).await
        }
        other => Err(unsupported(other, WANTED)),
    }
}

async fn receive_form(request: Request, to: &Path, max: u64, wishes: &mut Wishes) -> Result<Option<String>> {
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
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(wish) = wishes.named(&name)
            && wish.is_none()
        {
            *wish = Some(text_of(field).await?);
            continue;
        }
        if name != "package" || received.is_some() {
            let pointer = format!("/{}", shorten(&name));
            let detail = "is not expected: the form has `package`, and `id`, `message` and `hidden` if wanted, once each";
            return Err(Refusal::field(pointer, detail).into());
        }
        let is_chosen = field.file_name() != Some("");
        let stem = field
            .file_name()
            .and_then(|name| Path::new(name).file_stem())
            .and_then(|stem| stem.to_str())
            .map(str::to_owned);
        let written = pour(field, to, max, malformed).await?;
        // A browser sends an empty file where none was chosen.
        if !is_chosen && written == 0 {
            return Err(Refusal::field("/package", "is missing: choose a file").into());
        }
        received = Some(stem);
    }
    received.ok_or_else(|| Refusal::field("/package", "is missing").into())
}

/// A field of a form that is no file.
async fn text_of(field: Field<'_>) -> Result<String> {
    let name = field.name().unwrap_or_default().to_owned();
    let mut stream = std::pin::pin!(field);
    let mut bytes = Vec::new();
    while let Some(chunk) = timeout(PAUSE, stream.next()).await.map_err(|_| too_slow())? {
        bytes.extend_from_slice(&chunk.map_err(malformed)?);
        if bytes.len() > WISH_BYTES {
            return Err(Refusal::field(format!("/{name}"), "is too long").into());
        }
    }
    String::from_utf8(bytes).map_err(|_| Refusal::field(format!("/{name}"), "is not UTF-8").into())
}

fn malformed(error: MultipartError) -> Failure {
    Failure::new(
        RefusalKind::Malformed,
        format!("the form cannot be read: {}", error.body_text()),
    )
}

/// Writes a stream to a new file, up to `max` bytes. Returns how many.
async fn pour<E>(
    stream: impl Stream<Item = std::result::Result<Bytes, E>>,
    to: &Path,
    max: u64,
    broken: impl Fn(E) -> Failure,
) -> Result<u64> {
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
    file.flush().await.map_err(failed)?;
    Ok(written)
}
