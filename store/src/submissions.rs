//! Taking a submission in: its row and its first judgement, together or not at all.

use domain::{Band, JudgementId, PackageHash, SourceFile, Submission, SubmissionId, UserId};
use uuid::Uuid;

use crate::engine::Engine;
use crate::sql::{execute, fetch_optional, query, statements};
use crate::{Result, Store, StoreError, row, sqlite, text};

const SUBMIT: &str = "store a submission";

/// The answer to [`Store::submit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It is stored and its judgement is queued.
    New(JudgementId),
    /// The same idempotency key and body were stored before, as this submission.
    Before(SubmissionId),
    /// The idempotency key was used for another body.
    KeyReused,
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
    /// Stores a submission and its first judgement, queued, in one transaction.
    pub async fn submit(&self, submission: &Submission, key: Option<&Idempotency>) -> Result<Submitted> {
        let judgement = JudgementId::new();
        if self.insert(submission, key, judgement).await? {
            return Ok(Submitted::New(judgement));
        }
        match key {
            Some(key) => self.submitted_before(&submission.user, key).await,
            None => Err(StoreError::failed(
                SUBMIT,
                "it was not stored, and nothing is known against it",
            )),
        }
    }

    /// `false` where the user's key was used before, and nothing was written.
    async fn insert(
        &self,
        submission: &Submission,
        key: Option<&Idempotency>,
        judgement: JudgementId,
    ) -> Result<bool> {
        let files =
            serde_json::to_string(&submission.files).map_err(|error| StoreError::failed(SUBMIT, error))?;
        let trial = submission.trial.as_ref().map(serde_json::to_string).transpose();
        let trial = trial.map_err(|error| StoreError::failed(SUBMIT, error))?;
        /// The columns of a submission, and whatever else the engine's statement takes.
        macro_rules! insert {
            ($engine:ident, $statement:path $(, $more:expr)*) => {
                query!(
                    $engine,
                    query,
                    $statement,
                    submission.id.0,
                    submission.user.as_str(),
                    submission.problem.as_str(),
                    submission.package.0.to_vec(),
                    submission.language.as_str(),
                    i64::from(submission.band.rank()),
                    submission.created_at.0,
                    key.map(|key| text::clean(&key.key).into_owned()),
                    key.map(|key| key.request.to_vec()),
                    files,
                    trial,
                    submission.entry_point.as_deref().map(|name| text::clean(name).into_owned())
                    $(, $more)*
                )
            };
        }
        let inserted = match &self.engine {
            Engine::Postgres(server) => {
                let insert = insert!(postgres, INSERT_BOTH, judgement.0).execute(&server.pool);
                self.engine.answer(SUBMIT, insert).await?.rows_affected()
            }
            Engine::Sqlite(file) => {
                let insert = async {
                    let mut transaction = file.write.begin_with(sqlite::BEGIN).await?;
                    insert!(sqlite, INSERT).execute(&mut *transaction).await?;
                    let inserted = query!(sqlite, query, INSERT_FIRST, judgement.0, submission.id.0)
                        .execute(&mut *transaction)
                        .await?;
                    transaction.commit().await?;
                    Ok(inserted)
                };
                self.engine.answer(SUBMIT, insert).await?.rows_affected()
            }
        };
        Ok(inserted > 0)
    }

    async fn submitted_before(&self, user: &UserId, key: &Idempotency) -> Result<Submitted> {
        let found: Option<(Uuid, Vec<u8>)> = fetch_optional!(
            self,
            write,
            FIND_BY_KEY,
            user.as_str(),
            text::clean(&key.key).into_owned()
        )?;
        match found {
            Some((id, request)) if request == key.request => Ok(Submitted::Before(SubmissionId(id))),
            Some(_) => Ok(Submitted::KeyReused),
            None => Err(StoreError::failed(
                SUBMIT,
                "its idempotency key was there a moment ago and is gone",
            )),
        }
    }

    /// Makes a new judgement of a submission, with that package and urgency. `None` where there is no such submission.
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

pub(crate) fn read_files(files: &str) -> Result<Vec<SourceFile>> {
    serde_json::from_str(files).map_err(|error| row::impossible("submissions.files", error))
}

statements! {
    /// Twelve columns of the submission, and the judgement. One statement is one round trip and one commit. A key that was
    /// used before leaves `s` empty, and nothing is changed.
    INSERT_BOTH(13) = "store a submission" postgres [
        "WITH s AS ( \
         INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, idempotency_key, \
         request, files, trial, entry_point) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING \
         RETURNING id, package, band, user_id, language_id) \
         INSERT INTO judgements (id, submission_id, package, band, user_id, language_id, state, created_at, queued_at) \
         SELECT $13, s.id, s.package, s.band, s.user_id, s.language_id, 'queued', " now ", " now " FROM s"
    ];
    INSERT(12) = "store a submission" sqlite [
        "INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, idempotency_key, \
         request, files, trial, entry_point) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING"
    ];
    /// Judgement, submission. A submission that was not inserted is not there.
    INSERT_FIRST(2) = "store a submission" sqlite [
        "INSERT INTO judgements (id, submission_id, package, band, user_id, language_id, state, created_at, queued_at) \
         SELECT $1, s.id, s.package, s.band, s.user_id, s.language_id, 'queued', " now ", " now
        " FROM submissions s WHERE s.id = $2"
    ];
    /// User, key.
    FIND_BY_KEY(2) = "look up an idempotency key" [
        "SELECT id, request FROM submissions WHERE user_id = $1 AND idempotency_key = $2"
    ];
    /// Judgement, package, band, submission.
    REJUDGE(4) = "rejudge a submission" [
        "INSERT INTO judgements (id, submission_id, package, band, user_id, language_id, state, created_at, queued_at) \
         SELECT $1, s.id, $2, $3, s.user_id, s.language_id, 'queued', " now ", " now " FROM submissions s WHERE s.id = $4"
    ];
    SOURCE(1) = "read a source" ["SELECT files FROM submissions WHERE id = $1"];
}
