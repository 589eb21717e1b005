//! Taking a submission in: its row and its first judgement, together or not at all.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{
    Band, Judgement, JudgementId, PackageHash, ProblemRecord, SourceFile, Submission, SubmissionId,
    SubmissionView, Timestamp, Trial, UserId,
};
use serde::Serialize;
use uuid::Uuid;

use crate::engine::Engine;
use crate::sql::{execute, fetch_optional, query, statements};
use crate::{Result, Store, StoreError, row, sqlite, text};

const SUBMIT: &str = "store a submission";

/// The answer to [`Store::submit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It is stored and its judgement is queued.
    New(Box<SubmissionView>),
    /// The same idempotency key and body were stored before, as this submission.
    Before(SubmissionId),
    /// The idempotency key was used for another body.
    KeyReused,
    /// As many of the user wait as may, and nothing is stored.
    TooMany,
    /// The problem is not what it was taken for, and nothing is stored.
    ProblemChanged,
}

/// Who is to be stored, in whose company.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer {
    record: Arc<NewRecord>,
    most: i64,
}

/// A submission with its first judgement, as statements read it. Hashes are hexadecimal.
#[derive(Debug, Serialize)]
struct NewRecord {
    id: Uuid,
    judgement: Uuid,
    user_id: String,
    problem_id: String,
    package: String,
    language_id: String,
    band: u8,
    tag: String,
    created_at: i64,
    idempotency_key: Option<String>,
    request: Option<String>,
    files: String,
    trial: Option<String>,
    entry_point: Option<String>,
    /// Whether the problem is taken to be hidden; nothing where what it is now is not to be looked at.
    is_hidden: Option<bool>,
    /// The band that the problem is taken to ask for.
    problem_band: Option<u8>,
}

/// An idempotency key of a user, with a hash of the request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The client's key.
    pub key: String,
    /// BLAKE3 of the body.
    pub request: [u8; 32],
}

impl Store {
    /// Stores a submission and its first judgement, queued, together or not at all; those that come at the same time in one
    /// statement and commit. It is durable when this returns.
    ///
    /// `most` bounds how many of the user may wait, rejudges apart. Those that are stored at the very same moment by several processes
    /// do not see each other and can exceed it, by few.
    pub async fn submit(
        &self,
        submission: &Submission,
        key: Option<&Idempotency>,
        most: Option<u32>,
    ) -> Result<Submitted> {
        let record = NewRecord::of(submission, key)?;
        self.admit_one(submission, record, key, most).await
    }

    /// The same, for a problem that was read some time ago: what it is now is looked at while the submission is stored, which saves a
    /// question on the way of every one. [`Submitted::ProblemChanged`] where it has another package by now, is hidden, shown or
    /// routed otherwise.
    pub async fn submit_to(
        &self,
        problem: &ProblemRecord,
        submission: &Submission,
        key: Option<&Idempotency>,
        most: Option<u32>,
    ) -> Result<Submitted> {
        let record = NewRecord {
            is_hidden: Some(problem.is_hidden),
            problem_band: Some(problem.band.rank()),
            ..NewRecord::of(submission, key)?
        };
        let submitted = self.admit_one(submission, record, key, most).await;
        if !matches!(submitted, Ok(Submitted::TooMany) | Err(StoreError::Failed { .. })) {
            return submitted;
        }
        let now = self.problem(&problem.id).await?;
        let is_same = now.is_some_and(|now| {
            (now.package, now.is_hidden, now.band, &now.tag)
                == (submission.package, problem.is_hidden, problem.band, &problem.tag)
        });
        if is_same {
            submitted
        } else {
            Ok(Submitted::ProblemChanged)
        }
    }

    async fn admit_one(
        &self,
        submission: &Submission,
        record: NewRecord,
        key: Option<&Idempotency>,
        most: Option<u32>,
    ) -> Result<Submitted> {
        let judgement = JudgementId(record.judgement);
        let newcomer = Newcomer {
            record: Arc::new(record),
            most: most.map_or(i64::from(u32::MAX), i64::from),
        };
        if let Some(queued_at) = self.newcomers.join(newcomer).await? {
            let view = queued(submission, judgement, Timestamp(queued_at));
            return Ok(Submitted::New(Box::new(view)));
        }
        if let Some(key) = key
            && let Some(before) = self.submitted_before(&submission.user, key).await?
        {
            return Ok(before);
        }
        match most {
            Some(_) => Ok(Submitted::TooMany),
            None => Err(StoreError::failed(
                SUBMIT,
                "it was not stored, and nothing is known against it",
            )),
        }
    }

    /// What became of an idempotency key of a user: [`Submitted::Before`] or [`Submitted::KeyReused`]; `None` where it is new.
    pub async fn submitted_before(&self, user: &UserId, key: &Idempotency) -> Result<Option<Submitted>> {
        let found: Option<(Uuid, Vec<u8>)> = fetch_optional!(
            self,
            write,
            FIND_BY_KEY,
            user.as_str(),
            text::clean(&key.key).into_owned()
        )?;
        Ok(found.map(|(id, request)| {
            if request == key.request {
                Submitted::Before(SubmissionId(id))
            } else {
                Submitted::KeyReused
            }
        }))
    }

    /// Makes a new judgement of a submission, with that package and urgency, for the workers that its problem asks for now. `None` where there is no such submission.
    pub async fn rejudge(
        &self,
        submission: SubmissionId,
        package: &PackageHash,
        band: Band,
    ) -> Result<Option<JudgementId>> {
        let judgement = JudgementId::new();
        let made = execute!(
            self,
            REJUDGE,
            judgement.0,
            package.0.to_vec(),
            i64::from(band.rank()),
            submission.0,
        )?;
        Ok((made > 0).then_some(judgement))
    }

    /// The source files of a submission.
    pub async fn source(&self, id: SubmissionId) -> Result<Option<Vec<SourceFile>>> {
        let found: Option<(String,)> = fetch_optional!(self, read, SOURCE, id.0)?;
        found.map(|(files,)| read_files(&files)).transpose()
    }
}

impl NewRecord {
    fn of(submission: &Submission, key: Option<&Idempotency>) -> Result<Self> {
        let unwritable = |error| StoreError::failed(SUBMIT, error);
        let trial = submission.trial.as_ref().map(serde_json::to_string);
        Ok(Self {
            id: submission.id.0,
            judgement: JudgementId::new().0,
            user_id: submission.user.to_string(),
            problem_id: submission.problem.to_string(),
            package: submission.package.to_string(),
            language_id: submission.language.to_string(),
            band: submission.band.rank(),
            tag: submission.tag.to_string(),
            created_at: submission.created_at.0,
            idempotency_key: key.map(|key| text::clean(&key.key).into_owned()),
            request: key.map(|key| PackageHash(key.request).to_string()),
            files: serde_json::to_string(&submission.files).map_err(unwritable)?,
            trial: trial.transpose().map_err(unwritable)?,
            entry_point: submission
                .entry_point
                .as_deref()
                .map(|name| text::clean(name).into_owned()),
            is_hidden: None,
            problem_band: None,
        })
    }
}

impl Newcomer {
    /// What it weighs: its source.
    pub(crate) fn weight(&self) -> usize {
        self.record.files.len()
    }
}

/// A submission whose judgement has just been queued.
fn queued(submission: &Submission, judgement: JudgementId, queued_at: Timestamp) -> SubmissionView {
    SubmissionView {
        id: submission.id,
        user: submission.user.clone(),
        problem: submission.problem.clone(),
        language: submission.language.clone(),
        created_at: submission.created_at,
        is_trial: submission.trial.is_some(),
        is_example: matches!(submission.trial, Some(Trial::Example(_))),
        is_contest: submission.band == Band::Contest,
        judgement: Judgement::queued(judgement, submission.id, queued_at),
    }
}

/// Stores those that came together. When each was queued; `None` where its key was used before, or too many of its user wait.
pub(crate) async fn admit(engine: &Engine, newcomers: Vec<Newcomer>) -> Result<Vec<Option<i64>>> {
    let mut queued = HashMap::with_capacity(newcomers.len());
    for same in newcomers.chunk_by(|one, other| one.most == other.most) {
        let most = same.first().map_or(0, |newcomer| newcomer.most);
        let records: Vec<&NewRecord> = same.iter().map(|newcomer| &*newcomer.record).collect();
        let records = serde_json::to_string(&records).map_err(|error| StoreError::failed(SUBMIT, error))?;
        let rows: Vec<(Uuid, i64)> = match engine {
            Engine::Postgres(server) => {
                let insert = query!(postgres, query_as, INSERT_ALL, records, most);
                engine.answer(SUBMIT, server.fetch_all(insert)).await?
            }
            Engine::Sqlite(file) => {
                let insert = async {
                    let mut transaction = file.write.begin_with(sqlite::BEGIN).await?;
                    query!(sqlite, query, INSERT, records.as_str(), most)
                        .execute(&mut *transaction)
                        .await?;
                    let rows = query!(sqlite, query_as, INSERT_FIRST, records.as_str())
                        .fetch_all(&mut *transaction)
                        .await?;
                    transaction.commit().await?;
                    Ok(rows)
                };
                engine.answer(SUBMIT, insert).await?
            }
        };
        queued.extend(rows);
    }
    let answers = newcomers
        .iter()
        .map(|newcomer| queued.remove(&newcomer.record.judgement));
    Ok(answers.collect())
}

pub(crate) fn read_files(files: &str) -> Result<Vec<SourceFile>> {
    serde_json::from_str(files).map_err(|error| row::impossible("submissions.files", error))
}

statements! {
    /// Submissions, and how many of a user may wait. One statement is one round trip and one commit. A key that was used before, and
    /// one too many, leave no row in `s`, and nothing is changed. Of one user's, the first come
    /// first. In the order of keys, so that two of these cannot wait for each other.
    INSERT_ALL(2) = "store a submission" postgres [
        "WITH i AS MATERIALIZED (SELECT i.*, row_number() OVER (PARTITION BY i.user_id ORDER BY i.id) AS nth FROM \
         json_to_recordset(CAST($1 AS json)) AS i(id uuid, judgement uuid, user_id text, problem_id text, package text, \
         language_id text, band bigint, tag text, created_at bigint, idempotency_key text, request text, files text, trial text, \
         entry_point text, is_hidden boolean, problem_band bigint)), \
         s AS (INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, idempotency_key, \
         request, files, trial, entry_point) SELECT i.id, i.user_id, i.problem_id, decode(i.package, 'hex'), i.language_id, i.band, \
         i.created_at, i.idempotency_key, decode(i.request, 'hex'), i.files, i.trial, i.entry_point FROM i WHERE i.nth + " waiting " <= $2 AND " as_expected " \
         ORDER BY i.user_id, i.idempotency_key \
         ON CONFLICT (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING id) \
         INSERT INTO judgements (id, submission_id, package, band, tag, user_id, language_id, state, created_at, queued_at) \
         SELECT i.judgement, i.id, decode(i.package, 'hex'), i.band, i.tag, i.user_id, i.language_id, 'queued', " now ", " now
        " FROM i JOIN s ON s.id = i.id RETURNING id, created_at"
    ];
    /// Submissions, and how many of a user may wait.
    INSERT(2) = "store a submission" sqlite [
        "INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, idempotency_key, \
         request, files, trial, entry_point) SELECT i.id, i.user_id, i.problem_id, unhex(i.package), i.language_id, i.band, \
         i.created_at, i.idempotency_key, unhex(i.request), i.files, i.trial, i.entry_point FROM ( \
         SELECT unhex(value ->> 'id', '-') AS id, value ->> 'user_id' AS user_id, value ->> 'problem_id' AS problem_id, \
         value ->> 'package' AS package, value ->> 'language_id' AS language_id, value ->> 'band' AS band, \
         value ->> 'created_at' AS created_at, value ->> 'idempotency_key' AS idempotency_key, \
         value ->> 'request' AS request, value ->> 'files' AS files, value ->> 'trial' AS trial, value ->> 'entry_point' AS entry_point, \
         value ->> 'is_hidden' AS is_hidden, value ->> 'problem_band' AS problem_band, value ->> 'tag' AS tag, row_number() OVER (PARTITION BY value ->> 'user_id' ORDER BY value ->> 'id') AS nth FROM json_each($1)) AS i \
         WHERE i.nth + " waiting " <= $2 AND " as_expected " \
         ON CONFLICT (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING"
    ];
    /// Submissions. One that was not inserted is not there.
    INSERT_FIRST(1) = "store a submission" sqlite [
        "INSERT INTO judgements (id, submission_id, package, band, tag, user_id, language_id, state, created_at, queued_at) \
         SELECT unhex(value ->> 'judgement', '-'), s.id, s.package, s.band, value ->> 'tag', s.user_id, s.language_id, 'queued', " now ", " now
        " FROM json_each($1) JOIN submissions s ON s.id = unhex(value ->> 'id', '-') RETURNING id, created_at"
    ];
    /// User, key.
    FIND_BY_KEY(2) = "look up an idempotency key" [
        "SELECT id, request FROM submissions WHERE user_id = $1 AND idempotency_key = $2"
    ];
    /// Judgement, package, band, submission.
    REJUDGE(4) = "rejudge a submission" [
        "INSERT INTO judgements (id, submission_id, package, band, tag, user_id, language_id, state, created_at, queued_at) \
         SELECT $1, s.id, $2, $3, " tag_now ", s.user_id, s.language_id, 'queued', " now ", " now " FROM submissions s WHERE s.id = $4"
    ];
    SOURCE(1) = "read a source" ["SELECT files FROM submissions WHERE id = $1"];
}
