//! Problems, and which package each is judged with.

use std::collections::{BTreeSet, HashMap};

use domain::{LanguageId, Limits, PackageHash, ProblemId, ProblemRecord, ProblemType, Score, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::fs::File;

use crate::engine::Engine;
use crate::packages::{self, Object};
use crate::sql::{fetch_all, query, statements};
use crate::{MAX_PAGE, Result, Store, StoreError, row, sqlite, text};

const PUT: &str = "store a problem";

/// What the current package says about its problem: read and written whole, so it is one column.
#[derive(Debug, Serialize, Deserialize)]
struct Settings {
    types: Vec<ProblemType>,
    limits: Limits,
    code_bytes: u64,
    languages: Option<Vec<LanguageId>>,
    test_cases: u32,
    /// Those of before there were scores have none.
    #[serde(default)]
    max_score: Option<Score>,
    #[serde(default)]
    keywords: Vec<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    owner: String,
    package: Vec<u8>,
    settings: String,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for ProblemRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let settings: Settings = serde_json::from_str(&row.settings)
            .map_err(|error| row::impossible("problems.settings", error))?;
        Ok(Self {
            id: row::parsed("problems.id", &row.id)?,
            name: row.name,
            types: settings.types,
            limits: settings.limits,
            code_bytes: settings.code_bytes,
            languages: settings.languages,
            test_cases: settings.test_cases,
            max_score: settings.max_score,
            keywords: settings.keywords,
            package: PackageHash(row::hash("problems.package", &row.package)?),
            owner: row::parsed("problems.owner", &row.owner)?,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

impl Store {
    /// Stores a problem's package (a zip) and makes it current: creates the problem or replaces its package, in one
    /// transaction, after the object is safely stored. `record.created_at`, `owner` of an existing problem stay.
    pub async fn put_problem(&self, record: &ProblemRecord, package: File) -> Result<ProblemRecord> {
        let object = packages::put(&*self.objects, package).await?;
        let settings = serde_json::to_string(&Settings {
            types: record.types.clone(),
            limits: record.limits.clone(),
            code_bytes: record.code_bytes,
            languages: record.languages.clone(),
            test_cases: record.test_cases,
            max_score: record.max_score,
            keywords: record.keywords.clone(),
        })
        .map_err(|error| StoreError::failed(PUT, error))?;
        self.write_problem(record, &settings, &object).await?.try_into()
    }

    async fn write_problem(&self, record: &ProblemRecord, settings: &str, object: &Object) -> Result<Row> {
        /// The same two statements in one transaction of either engine.
        macro_rules! both {
            ($engine:ident, $transaction:expr) => {
                self.engine
                    .answer(PUT, async {
                        let mut transaction = $transaction.await?;
                        query!(
                            $engine,
                            query,
                            PUT_PACKAGE,
                            record.package.0.to_vec(),
                            record.id.as_str(),
                            object.digest.to_vec(),
                            row::stored(object.size)
                        )
                        .execute(&mut *transaction)
                        .await?;
                        let row = query!(
                            $engine,
                            query_as,
                            PUT_PROBLEM,
                            record.id.as_str(),
                            text::clean(&record.name).into_owned(),
                            record.owner.as_str(),
                            record.package.0.to_vec(),
                            settings,
                            record.created_at.0,
                            record.updated_at.0
                        )
                        .fetch_one(&mut *transaction)
                        .await?;
                        transaction.commit().await?;
                        Ok(row)
                    })
                    .await
            };
        }
        match &self.engine {
            Engine::Postgres(server) => both!(postgres, server.pool.begin()),
            Engine::Sqlite(file) => both!(sqlite, file.write.begin_with(sqlite::BEGIN)),
        }
    }

    /// One problem, as it is now. Those who ask at the same time ask together: most submissions are to few problems.
    pub async fn problem(&self, id: &ProblemId) -> Result<Option<ProblemRecord>> {
        self.known.join(id.clone()).await
    }

    /// Problems by id, after `after`; at most [`MAX_PAGE`].
    pub async fn problems(&self, after: Option<&ProblemId>, limit: u32) -> Result<Vec<ProblemRecord>> {
        // No id is empty, so that all come after the empty text.
        let after = after.map_or("", ProblemId::as_str);
        let rows: Vec<Row> = fetch_all!(self, read, LIST, after, i64::from(limit.min(MAX_PAGE)))?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

/// What is asked for together.
pub(crate) async fn find(engine: &Engine, ids: Vec<ProblemId>) -> Result<Vec<Option<ProblemRecord>>> {
    let reader = Reader {
        engine: engine.clone(),
    };
    let distinct: BTreeSet<&str> = ids.iter().map(ProblemId::as_str).collect();
    let distinct =
        serde_json::to_string(&distinct).map_err(|error| StoreError::failed(FIND.operation, error))?;
    let rows: Vec<Row> = fetch_all!(reader, read, FIND, distinct.as_str())?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let record = ProblemRecord::try_from(row)?;
        found.insert(record.id.clone(), record);
    }
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

/// Reads on behalf of a store.
struct Reader {
    engine: Engine,
}

statements! {
    /// Hash, problem, object, size. The first zip of a package stays.
    PUT_PACKAGE(4) = "store a package" [
        "INSERT INTO packages (hash, problem_id, object, size, created_at) VALUES ($1, $2, $3, $4, " now ") \
         ON CONFLICT (hash) DO NOTHING"
    ];
    /// Id, name, owner, package, settings, creation, update.
    PUT_PROBLEM(7) = "store a problem" [
        "INSERT INTO problems (id, name, owner, package, settings, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, package = excluded.package, \
         settings = excluded.settings, updated_at = excluded.updated_at \
         RETURNING id, name, owner, package, settings, created_at, updated_at"
    ];
    FIND(1) = "read a problem" [
        "SELECT id, name, owner, package, settings, created_at, updated_at FROM problems WHERE id IN " texts
    ];
    /// After, limit.
    LIST(2) = "list problems" [
        "SELECT id, name, owner, package, settings, created_at, updated_at FROM problems WHERE id > $1 \
         ORDER BY id LIMIT $2"
    ];
}
