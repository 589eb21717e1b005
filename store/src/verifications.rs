//! Verifications: a package's examples, each a trial whose judgement is compared with what the package expects.

use domain::{
    LanguageId, ProblemId, SubmissionId, SubmissionView, Timestamp, UserId, Verdict, VerificationId,
};
use serde::Serialize;
use uuid::Uuid;

use crate::engine::Engine;
use crate::sql::{fetch_all, fetch_optional, query, statements};
use crate::{MAX_PAGE, Result, Store, StoreError, row, sqlite, text};

const START: &str = "store a verification";

/// A verification of a version of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationRecord {
    /// Its id.
    pub id: VerificationId,
    /// Of which problem.
    pub problem: ProblemId,
    /// Of which version.
    pub version: u32,
    /// Who asked for it.
    pub by: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// What is compared in a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleRecord {
    /// Its path below `submissions/`; empty for the test data.
    pub path: String,
    /// The verdicts that its judgement may end with.
    pub expected: Vec<Verdict>,
    /// In which language.
    pub language: Option<LanguageId>,
    /// The trial; or why it is none.
    pub judged: std::result::Result<SubmissionId, String>,
}

/// An example, as statements read it.
#[derive(Debug, Serialize)]
struct NewExample<'a> {
    ordinal: usize,
    path: String,
    expected: String,
    language: Option<&'a str>,
    submission: Option<Uuid>,
    skipped: Option<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    problem_id: String,
    version: i64,
    started_by: String,
    created_at: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct ExampleRow {
    path: String,
    expected: String,
    language_id: Option<String>,
    submission_id: Option<Uuid>,
    skipped: Option<String>,
}

impl TryFrom<Row> for VerificationRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: VerificationId(row.id),
            problem: row::parsed("verifications.problem_id", &row.problem_id)?,
            version: row::number("verifications.version", row.version)?,
            by: row::parsed("verifications.started_by", &row.started_by)?,
            created_at: Timestamp(row.created_at),
        })
    }
}

impl TryFrom<ExampleRow> for ExampleRecord {
    type Error = StoreError;

    fn try_from(row: ExampleRow) -> Result<Self> {
        let language = row.language_id.as_deref();
        Ok(Self {
            path: row.path,
            expected: row::document("examples.expected", Some(&row.expected))?,
            language: language
                .map(|id| row::parsed("examples.language_id", id))
                .transpose()?,
            judged: row
                .submission_id
                .map(SubmissionId)
                .ok_or_else(|| row.skipped.unwrap_or_default()),
        })
    }
}

impl Store {
    /// Stores a verification and what is compared in it. The trials that it names are submitted afterwards.
    pub async fn add_verification(
        &self,
        record: &VerificationRecord,
        examples: &[ExampleRecord],
    ) -> Result<()> {
        let unwritable = |error| StoreError::failed(START, error);
        let new: Vec<NewExample<'_>> = examples
            .iter()
            .enumerate()
            .map(|(ordinal, example)| {
                Ok(NewExample {
                    ordinal,
                    path: text::clean(&example.path).into_owned(),
                    expected: serde_json::to_string(&example.expected).map_err(unwritable)?,
                    language: example.language.as_ref().map(LanguageId::as_str),
                    submission: example.judged.as_ref().ok().map(|id| id.0),
                    skipped: example
                        .judged
                        .as_ref()
                        .err()
                        .map(|reason| text::clean(reason).into_owned()),
                })
            })
            .collect::<Result<_>>()?;
        let new = serde_json::to_string(&new).map_err(unwritable)?;
        macro_rules! both {
            ($engine:ident, $transaction:expr) => {
                self.engine
                    .answer(START, async {
                        let mut transaction = $transaction.await?;
                        query!(
                            $engine,
                            query,
                            INSERT,
                            record.id.0,
                            record.problem.as_str(),
                            i64::from(record.version),
                            record.by.as_str(),
                            record.created_at.0
                        )
                        .execute(&mut *transaction)
                        .await?;
                        query!($engine, query, INSERT_EXAMPLES, new.as_str(), record.id.0)
                            .execute(&mut *transaction)
                            .await?;
                        transaction.commit().await
                    })
                    .await
            };
        }
        match &self.engine {
            Engine::Postgres(server) => both!(postgres, server.pool.begin()),
            Engine::Sqlite(file) => both!(sqlite, file.write.begin_with(sqlite::BEGIN)),
        }
    }

    /// One verification.
    pub async fn verification(&self, id: VerificationId) -> Result<Option<VerificationRecord>> {
        let row: Option<Row> = fetch_optional!(self, read, FIND, id.0)?;
        row.map(TryInto::try_into).transpose()
    }

    /// The verifications of a problem, the newest first, before `before`; at most [`MAX_PAGE`].
    pub async fn verifications(
        &self,
        problem: &ProblemId,
        before: Option<VerificationId>,
        limit: u32,
    ) -> Result<Vec<VerificationRecord>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let limit = i64::from(limit.min(MAX_PAGE));
        let rows: Vec<Row> = fetch_all!(self, read, LIST, problem.as_str(), before, limit)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// What is compared in a verification, in order, each with its trial as far as that is stored.
    pub async fn examples(&self, id: VerificationId) -> Result<Vec<(ExampleRecord, Option<SubmissionView>)>> {
        let rows: Vec<ExampleRow> = fetch_all!(self, read, EXAMPLES, id.0)?;
        let examples: Vec<ExampleRecord> = rows.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
        let ids: Vec<SubmissionId> = examples
            .iter()
            .filter_map(|example| example.judged.as_ref().ok().copied())
            .collect();
        let mut views = self.submissions_by_id(&ids).await?.into_iter().peekable();
        let with_view = |example: ExampleRecord| {
            let view = views.next_if(|view| example.judged == Ok(view.id));
            (example, view)
        };
        Ok(examples.into_iter().map(with_view).collect())
    }
}

statements! {
    /// Id, problem, version, who, when.
    INSERT(5) = "store a verification" [
        "INSERT INTO verifications (id, problem_id, version, started_by, created_at) VALUES ($1, $2, $3, $4, $5)"
    ];
    /// Examples, verification.
    INSERT_EXAMPLES(2) = "store examples" [
        "INSERT INTO examples (verification_id, ordinal, path, expected, language_id, submission_id, skipped) \
         SELECT $2, i.ordinal, i.path, i.expected, i.language, i.submission, i.skipped FROM " new_examples
    ];
    FIND(1) = "read a verification" [
        "SELECT id, problem_id, version, started_by, created_at FROM verifications WHERE id = $1"
    ];
    /// Problem, before, limit.
    LIST(3) = "list verifications" [
        "SELECT id, problem_id, version, started_by, created_at FROM verifications WHERE problem_id = $1 AND id < $2 \
         ORDER BY id DESC LIMIT $3"
    ];
    EXAMPLES(1) = "read examples" [
        "SELECT path, expected, language_id, submission_id, skipped FROM examples WHERE verification_id = $1 ORDER BY ordinal"
    ];
}
