//! Accepting a submission, whatever the shape of the request it came in.

use std::collections::HashSet;
use std::sync::Arc;

use bus::{Entry, Lane};
use domain::{
    Band, FieldError, InvalidSource, Language, Principal, ProblemId, ProblemRecord, ProblemType, Refusal,
    RefusalKind, SourceFile, Submission, SubmissionId, SubmissionView, Trial, Update, UserId,
};
use store::{Idempotency, Submitted};
use tracing::Instrument as _;

use crate::app::App;
use crate::clock::now;
use crate::failure::{Failure, Result, shorten};
use crate::known_languages::{languages, recent};
use crate::near::did_you_mean;
use crate::seeing::seen_by;

/// Files of one submission at most.
const MAX_FILES: usize = 100;

/// Problems among which near names are looked for.
const NEAR_AMONG: u32 = 1000;

/// Who submits in open mode without saying who.
const ANONYMOUS: &str = "anonymous";

/// What a request asks for, as far as it could be read without the store.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) user: Option<UserId>,
    pub(crate) problem: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) source: Source,
    /// What it is merely to be tried on.
    pub(crate) trial: Option<Trial>,
    /// With what it begins, a file or a class.
    pub(crate) entry_point: Option<String>,
    /// What is wrong so far.
    pub(crate) errors: Vec<FieldError>,
    /// What the request calls its fields.
    pub(crate) names: Names,
}

/// The source of a draft.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// None that could be read; that is among the errors already.
    Unread,
    /// One text, with the name of its file if there is one.
    Text(String, Option<String>),
    /// Several files.
    Files(Vec<SourceFile>),
}

/// What a request calls its fields, as JSON pointers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    pub(crate) user: &'static str,
    pub(crate) problem: &'static str,
    pub(crate) language: &'static str,
    pub(crate) source: &'static str,
}

/// A submission that is stored.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) view: SubmissionView,
    /// Whether an earlier request had stored it.
    pub(crate) is_replay: bool,
}

/// Checks a draft and stores it; tells everything that is wrong with it at once.
///
/// Goes on where the client leaves in between, so that what is stored is also told to the queue.
pub(crate) async fn accept(
    app: &App,
    principal: Principal,
    draft: Draft,
    key: Option<Idempotency>,
) -> Result<Accepted> {
    let inner = app.clone();
    let task = async move { store(&inner, &principal, draft, key).await };
    app.tasks
        .spawn(task.in_current_span())
        .await
        .map_err(|error| Failure::internal("accepting a submission", &error))?
}

async fn store(app: &App, principal: &Principal, draft: Draft, key: Option<Idempotency>) -> Result<Accepted> {
    let settings = app.settings.current(app).await;
    if !settings.submissions && !principal.may_administer() {
        return closed(app, principal, &draft, key.as_ref()).await;
    }
    let most = settings.most_waiting;
    if let Some(submitted) = store_lately(app, principal, &draft, key.as_ref(), most).await {
        return answer(app, submitted?, most).await;
    }
    let (submission, _) = check(app, principal, draft, None).await?;
    let submitted = app.store.submit(&submission, key.as_ref(), most).await?;
    answer(app, (submission, submitted), most).await
}

/// Stores it for a problem as it was known lately, which the store looks at again while it stores. `None` where that is not known, or may
/// not be so any more; then nothing is stored.
async fn store_lately(
    app: &App,
    principal: &Principal,
    draft: &Draft,
    key: Option<&Idempotency>,
    most: Option<u32>,
) -> Option<Result<(Submission, Submitted)>> {
    let lately = app.problems.get(draft.problem.as_deref()?)?;
    // What speaks against it may be what has changed.
    let checked = check(app, principal, draft.clone(), Some(lately)).await;
    let (submission, problem) = checked.ok()?;
    match app.store.submit_to(&problem, &submission, key, most).await {
        Ok(Submitted::ProblemChanged) => None,
        Ok(submitted) => Some(Ok((submission, submitted))),
        Err(error) => Some(Err(error.into())),
    }
}

/// Tells the queue and the listeners of what is stored.
async fn answer(
    app: &App,
    (submission, submitted): (Submission, Submitted),
    most: Option<u32>,
) -> Result<Accepted> {
    let id = match submitted {
        Submitted::New(view) => {
            let entry = Entry {
                judgement: view.judgement.id,
                lane: Lane::of(&submission),
                user: submission.user,
            };
            app.telling.tell(entry, Update::from(&*view));
            return Ok(Accepted {
                view: *view,
                is_replay: false,
            });
        }
        Submitted::Before(id) => id,
        Submitted::KeyReused => {
            let detail = "was used for a request with another body; a new request needs a new key";
            return Err(Refusal::field("Idempotency-Key", detail).into());
        }
        Submitted::TooMany => return Err(Failure::too_many(most.unwrap_or_default())),
        Submitted::ProblemChanged => {
            return Err(Failure::internal(
                "storing a submission",
                &"its problem has changed",
            ));
        }
    };
    replayed(app, id).await
}

/// While nothing is taken, only a client that asks again is told what became of its request from before.
async fn closed(
    app: &App,
    principal: &Principal,
    draft: &Draft,
    key: Option<&Idempotency>,
) -> Result<Accepted> {
    if let Some(key) = key {
        let user = submitter(principal, draft)?;
        if let Some(Submitted::Before(id)) = app.store.submitted_before(&user, key).await? {
            return replayed(app, id).await;
        }
    }
    Err(Failure::new(
        RefusalKind::Closed,
        "submissions are closed on this server: nothing is taken until an administrator opens them again",
    ))
}

async fn replayed(app: &App, id: SubmissionId) -> Result<Accepted> {
    let view = app.store.submission(id).await?;
    let view = view.ok_or_else(|| Failure::internal("reading a submission back", &id))?;
    Ok(Accepted {
        view,
        is_replay: true,
    })
}

/// The submission and its problem; `lately` is what is known of that, where it is not to be read.
async fn check(
    app: &App,
    principal: &Principal,
    mut draft: Draft,
    lately: Option<Arc<ProblemRecord>>,
) -> Result<(Submission, Arc<ProblemRecord>)> {
    let user = submitter(principal, &draft)?;
    let found = find_problem(app, principal, &mut draft, lately).await?;
    let problem = found.as_deref();
    let language = find_language(app, &mut draft, problem).await?;
    check_trial(&mut draft, problem);
    let is_list = matches!(draft.source, Source::Files(_));
    let files = files(&mut draft, language.as_ref());
    check_files(&mut draft, &files, is_list);
    let entry_point = entry_point(&mut draft, language.as_ref(), &files);
    check_size(&mut draft, &files, is_list, problem);
    match (found, language) {
        (Some(problem), Some(language)) if draft.errors.is_empty() => {
            let submission = Submission {
                id: SubmissionId::new(),
                user,
                problem: problem.id.clone(),
                package: problem.package,
                language: language.id,
                files,
                entry_point,
                band: match draft.trial {
                    // Nothing hangs on it.
                    Some(_) => Band::Interactive,
                    None => problem.band,
                },
                tag: problem.tag.clone(),
                created_at: now(),
                trial: draft.trial,
            };
            Ok((submission, problem))
        }
        _ => Err(Refusal::invalid(draft.errors).into()),
    }
}

impl Draft {
    fn refuse(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        });
    }
}

fn submitter(principal: &Principal, draft: &Draft) -> Result<UserId> {
    let user = match (draft.user.as_ref(), principal.user()) {
        (Some(user), _) | (None, Some(user)) => user.clone(),
        (None, None) => ANONYMOUS
            .parse()
            .map_err(|error| Failure::internal("naming the anonymous user", &error))?,
    };
    if principal.may_submit_as(&user) {
        return Ok(user);
    }
    Err(Failure::new(
        RefusalKind::Forbidden,
        format!(
            "{}: your token does not allow to submit as {user}",
            draft.names.user
        ),
    ))
}

/// What can be tried depends on the problem.
fn check_trial(draft: &mut Draft, problem: Option<&ProblemRecord>) {
    let Some((trial, problem)) = draft.trial.as_ref().zip(problem) else {
        return;
    };
    if problem.takes_answers() {
        let pointer = draft.names.problem;
        draft.refuse(pointer, "takes outputs, and no program that could be tried");
    } else if matches!(trial, Trial::Input(_)) && problem.types.contains(&ProblemType::Interactive) {
        draft.refuse("/input", "is of no use to a program that talks with another");
    }
}

async fn find_problem(
    app: &App,
    principal: &Principal,
    draft: &mut Draft,
    lately: Option<Arc<ProblemRecord>>,
) -> Result<Option<Arc<ProblemRecord>>> {
    let Some(text) = draft.problem.take() else {
        return Ok(None);
    };
    let pointer = draft.names.problem;
    let id: ProblemId = match text.parse() {
        Ok(id) => id,
        Err(error) => {
            draft.refuse(pointer, error.to_string());
            return Ok(None);
        }
    };
    let problem = if lately.is_some() {
        lately
    } else {
        let now = app.store.problem(&id).await?.map(Arc::new);
        if let Some(problem) = &now {
            app.problems.insert(text.clone(), Arc::clone(problem));
        }
        now
    };
    let problem = problem.filter(|problem| principal.may_see(problem));
    if problem.is_none() {
        let others = app
            .store
            .problems(seen_by(principal), None, None, NEAR_AMONG)
            .await?;
        let near = did_you_mean(&text, others.iter().map(|problem| problem.id.as_str()));
        draft.refuse(pointer, format!("there is no problem {text:?}{near}"));
    }
    Ok(problem)
}

async fn find_language(
    app: &App,
    draft: &mut Draft,
    problem: Option<&ProblemRecord>,
) -> Result<Option<Language>> {
    let name = draft.language.take();
    let pointer = draft.names.language;
    if problem.is_some_and(ProblemRecord::takes_answers) {
        let text = Language::text();
        if name.is_some_and(|name| !text.answers_to(&name)) {
            let detail = format!(
                "must be {}: what is submitted to this problem are the outputs, and no program",
                text.id
            );
            draft.refuse(pointer, detail);
        }
        return Ok(Some(text));
    }
    if let Some(name) = &name
        && let Some(language) = usable(app, name, problem).await?
    {
        return Ok(Some(language));
    }
    let languages = languages(app).await?;
    let Some(name) = name.or_else(|| guessed(draft, &languages)) else {
        return Ok(None);
    };
    let Some(language) = languages.iter().find(|language| language.answers_to(&name)) else {
        let names = languages.iter().flat_map(|language| {
            std::iter::once(language.id.as_str()).chain(language.aliases.iter().map(String::as_str))
        });
        let near = did_you_mean(&name, names);
        let ids: Vec<&str> = languages.iter().map(|language| language.id.as_str()).collect();
        draft.refuse(
            pointer,
            format!(
                "there is no language {:?}{near}; there are {}",
                shorten(&name),
                ids.join(", ")
            ),
        );
        return Ok(None);
    };
    if let Some(allowed) = problem.and_then(|problem| problem.languages.as_ref())
        && !allowed.contains(&language.id)
    {
        let allowed: Vec<&str> = allowed.iter().map(domain::LanguageId::as_str).collect();
        draft.refuse(
            pointer,
            format!(
                "the problem does not allow {}; it allows {}",
                language.id,
                allowed.join(", ")
            ),
        );
    } else if let Some(reason) = &language.unavailable {
        draft.refuse(
            pointer,
            format!("{} cannot be used on this server now: {reason}", language.id),
        );
    }
    Ok(Some(language.clone()))
}

/// The language that the files suggest. `None` where there is none, or the request's own is wrong, which is said then.
fn guessed(draft: &mut Draft, languages: &[Language]) -> Option<String> {
    let pointer = draft.names.language;
    if draft.errors.iter().any(|error| error.pointer == pointer) {
        return None;
    }
    let guess = match &draft.source {
        Source::Unread => return None,
        Source::Files(files) => domain::guess(languages, files),
        Source::Text(content, Some(name)) => {
            let (name, content) = (name.clone(), content.clone());
            domain::guess(languages, &[SourceFile { name, content }])
        }
        Source::Text(_, None) => {
            draft.refuse(
                pointer,
                "is missing; only with the name of a file can it be guessed",
            );
            return None;
        }
    };
    match guess {
        Ok(id) => Some(id.to_string()),
        Err(error) => {
            draft.refuse(pointer, format!("is missing, and cannot be guessed: {error}"));
            None
        }
    }
}

/// What the submission begins with, where the language leaves it a choice.
fn entry_point(draft: &mut Draft, language: Option<&Language>, files: &[SourceFile]) -> Option<String> {
    const POINTER: &str = "/entry_point";
    let (name, language) = (draft.entry_point.take()?, language?);
    let guide = language.guide.as_ref();
    let Some(kind) = guide.and_then(|guide| guide.entry_point) else {
        let rule = guide.map(|guide| format!(". {}", guide.entry_rule));
        let rule = rule.unwrap_or_default();
        draft.refuse(
            POINTER,
            format!("means nothing in {}: leave it out{rule}", language.name),
        );
        return None;
    };
    if let Err(what) = kind.check(&name, files) {
        draft.refuse(POINTER, format!("must be {what}, not {:?}", shorten(&name)));
        return None;
    }
    Some(name)
}

/// The language that is meant, where nothing speaks against it. By what was known a moment ago, because every submission asks.
async fn usable(app: &App, name: &str, problem: Option<&ProblemRecord>) -> Result<Option<Language>> {
    let known = recent(app).await?;
    let meant = known.iter().find(|language| language.answers_to(name));
    let allowed = problem.and_then(|problem| problem.languages.as_ref());
    let is_usable = |language: &&Language| {
        language.unavailable.is_none() && allowed.is_none_or(|allowed| allowed.contains(&language.id))
    };
    Ok(meant.filter(is_usable).cloned())
}

/// The files of the source; a text without a name gets the language's usual one.
fn files(draft: &mut Draft, language: Option<&Language>) -> Vec<SourceFile> {
    match std::mem::replace(&mut draft.source, Source::Unread) {
        Source::Unread => Vec::new(),
        Source::Files(files) => files,
        Source::Text(content, name) => {
            let ending = language
                .and_then(|language| language.extensions.first())
                .map_or("txt", String::as_str);
            let name = name.unwrap_or_else(|| format!("main.{ending}"));
            vec![SourceFile { name, content }]
        }
    }
}

fn check_files(draft: &mut Draft, files: &[SourceFile], is_list: bool) {
    if files.len() > MAX_FILES {
        draft.refuse("/files", format!("has more than {MAX_FILES} files"));
        return;
    }
    let mut names = HashSet::new();
    for (at, file) in files.iter().enumerate() {
        let (name, content) = if is_list {
            (format!("/files/{at}/name"), format!("/files/{at}/content"))
        } else {
            ("/filename".to_owned(), draft.names.source.to_owned())
        };
        match file.check() {
            Ok(()) => {}
            Err(error @ InvalidSource::Name) => draft.refuse(name.as_str(), error.to_string()),
            Err(error @ (InvalidSource::Empty | InvalidSource::Nul(_))) => {
                draft.refuse(content, error.to_string());
            }
        }
        if !names.insert(&file.name) {
            draft.refuse(name, format!("{:?} is there twice", shorten(&file.name)));
        }
    }
}

fn check_size(draft: &mut Draft, files: &[SourceFile], is_list: bool, problem: Option<&ProblemRecord>) {
    let bytes: u64 = files.iter().map(|file| file.content.len() as u64).sum();
    let Some(limit) = problem
        .map(|problem| problem.code_bytes)
        .filter(|limit| bytes > *limit)
    else {
        return;
    };
    let pointer = if is_list { "/files" } else { draft.names.source };
    draft.refuse(
        pointer,
        format!("has {bytes} bytes; the problem allows {limit} bytes"),
    );
}
