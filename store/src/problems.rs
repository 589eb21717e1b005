//! Problems, and which package each is judged with.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Band, LanguageId, Limits, PackageHash, ProblemId, ProblemRecord, ProblemType, Score, Timestamp, UserId,
    WorkerTag,
};
use serde::{Deserialize, Serialize};
use tokio::fs::File;

use crate::engine::Engine;
use crate::packages::{self, Object};
use crate::sql::{fetch_all, fetch_all_quickly, fetch_optional, query, statements};
use crate::versions::{self, Upload};
use crate::{MAX_PAGE, Result, Store, StoreError, row, sqlite, text};

const PUT: &str = "store a problem";

/// To whom problems are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenBy<'a> {
    /// Whoever sees all of them.
    Everything,
    /// Somebody who sees the hidden ones of their own.
    User(&'a UserId),
    /// Whoever sees no hidden one.
    Anybody,
}

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
pub(crate) struct Row {
    id: String,
    name: String,
    owner: String,
    package: Vec<u8>,
    settings: String,
    is_hidden: bool,
    band: i64,
    tag: String,
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
            is_hidden: row.is_hidden,
            band: Band::from_rank(row.band).ok_or_else(|| row::impossible("problems.band", row.band))?,
            tag: row::parsed("problems.tag", &row.tag)?,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

impl Store {
    /// Stores a problem's package (a zip) and makes it current, uploaded by its owner without a word: see
    /// [`Store::put_version`].
    pub async fn put_problem(&self, record: &ProblemRecord, package: File) -> Result<ProblemRecord> {
        let upload = Upload {
            by: record.owner.clone(),
            message: String::new(),
            warnings: Vec::new(),
            is_hidden: None,
        };
        self.put_version(record, package, &upload).await
    }

    /// Stores a problem's package (a zip) and makes it current: creates the problem or replaces its package, in one
    /// transaction, after the object is safely stored. `record.created_at`, `owner` of an existing problem stay.
    ///
    /// It becomes a version of its own, unless it is what is current already.
    pub async fn put_version(
        &self,
        record: &ProblemRecord,
        package: File,
        upload: &Upload,
    ) -> Result<ProblemRecord> {
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
        self.write_problem(record, &settings, &object, upload)
            .await?
            .try_into()
    }

    async fn write_problem(
        &self,
        record: &ProblemRecord,
        settings: &str,
        object: &Object,
        upload: &Upload,
    ) -> Result<Row> {
        let (id, package) = (record.id.as_str(), record.package.0.to_vec());
        let name = text::clean(&record.name).into_owned();
        let warnings =
            serde_json::to_string(&upload.warnings).map_err(|error| StoreError::failed(PUT, error))?;
        let message = text::clean(&upload.message).into_owned();
        let size = row::stored(object.size);
        /// The same statements in one transaction of either engine.
        macro_rules! both {
            ($engine:ident, $transaction:expr) => {
                self.engine
                    .answer(PUT, async {
                        let mut transaction = $transaction.await?;
                        query!(
                            $engine,
                            query,
                            PUT_PACKAGE,
                            package.clone(),
                            id,
                            object.digest.to_vec(),
                            size
                        )
                        .execute(&mut *transaction)
                        .await?;
                        // Locks the problem, so that versions are numbered one after the other.
                        let row = query!(
                            $engine,
                            query_as,
                            PUT_PROBLEM,
                            id,
                            name.as_str(),
                            record.owner.as_str(),
                            package.clone(),
                            settings,
                            record.created_at.0,
                            record.updated_at.0,
                            upload.is_hidden
                        )
                        .fetch_one(&mut *transaction)
                        .await?;
                        query!(
                            $engine,
                            query,
                            versions::ADD,
                            id,
                            package,
                            name.as_str(),
                            settings,
                            warnings.as_str(),
                            upload.by.as_str(),
                            message.as_str()
                        )
                        .execute(&mut *transaction)
                        .await?;
                        query!($engine, query, versions::POINT, id)
                            .execute(&mut *transaction)
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

    /// Shows a problem to everybody, or only to its owner and administrators. `None` where there is no such problem.
    pub async fn set_hidden(&self, id: &ProblemId, is_hidden: bool) -> Result<Option<ProblemRecord>> {
        let row: Option<Row> = fetch_optional!(self, write, HIDE, id.as_str(), is_hidden)?;
        row.map(TryInto::try_into).transpose()
    }

    /// From now on, what is submitted to a problem is this urgent, and is judged by the workers that serve the tag. What waits already
    /// stays as it is. `None` where there is no such problem.
    pub async fn route_problem(
        &self,
        id: &ProblemId,
        band: Band,
        tag: &WorkerTag,
    ) -> Result<Option<ProblemRecord>> {
        let band = i64::from(band.rank());
        let row: Option<Row> = fetch_optional!(self, write, ROUTE, id.as_str(), band, tag.as_str())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Problems by id, after `after`, those of an owner or of all; at most [`MAX_PAGE`].
    pub async fn problems(
        &self,
        seen_by: SeenBy<'_>,
        owner: Option<&UserId>,
        after: Option<&ProblemId>,
        limit: u32,
    ) -> Result<Vec<ProblemRecord>> {
        // No id is empty, so that all come after the empty text.
        let after = after.map_or("", ProblemId::as_str);
        let owner = owner.map(UserId::as_str);
        let viewer = match seen_by {
            SeenBy::User(user) => Some(user.as_str()),
            SeenBy::Everything | SeenBy::Anybody => None,
        };
        let sees_all = seen_by == SeenBy::Everything;
        let limit = i64::from(limit.min(MAX_PAGE));
        let rows: Vec<Row> = fetch_all!(self, read, LIST, after, limit, owner, sees_all, viewer)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

/// What is asked for together.
pub(crate) async fn find(engine: &Engine, ids: Vec<ProblemId>) -> Result<Vec<Option<ProblemRecord>>> {
    let distinct: BTreeSet<&str> = ids.iter().map(ProblemId::as_str).collect();
    let distinct =
        serde_json::to_string(&distinct).map_err(|error| StoreError::failed(FIND.operation, error))?;
    let rows: Vec<Row> = fetch_all_quickly!(engine, read, FIND, distinct.as_str())?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let record = ProblemRecord::try_from(row)?;
        found.insert(record.id.clone(), record);
    }
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

statements! {
    /// Hash, problem, object, size. The first zip of a package stays.
    PUT_PACKAGE(4) = "store a package" [
        "INSERT INTO packages (hash, problem_id, object, size, created_at) VALUES ($1, $2, $3, $4, " now ") \
         ON CONFLICT (hash) DO NOTHING"
    ];
    /// Id, name, owner, package, settings, creation, update, whether it is hidden or NULL.
    PUT_PROBLEM(8) = "store a problem" [
        "INSERT INTO problems (id, name, owner, package, settings, created_at, updated_at, is_hidden) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, COALESCE($8, FALSE)) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, package = excluded.package, \
         settings = excluded.settings, updated_at = excluded.updated_at, is_hidden = COALESCE($8, problems.is_hidden) \
         RETURNING " problem_columns
    ];
    /// Id, whether it is hidden.
    HIDE(2) = "hide or show a problem" [
        "UPDATE problems SET is_hidden = $2 WHERE id = $1 RETURNING " problem_columns
    ];
    /// Id, band, tag.
    ROUTE(3) = "route a problem" [
        "UPDATE problems SET band = $2, tag = $3 WHERE id = $1 RETURNING " problem_columns
    ];
    FIND(1) = "read a problem" ["SELECT " problem_columns " FROM problems WHERE id IN " texts];
    /// After, limit, owner or NULL, whether all are seen, who sees their own or NULL.
    LIST(5) = "list problems" [
        "SELECT " problem_columns " FROM problems WHERE id > $1 AND (CAST($3 AS TEXT) IS NULL OR owner = $3) \
         AND (NOT is_hidden OR $4 OR owner = $5) ORDER BY id LIMIT $2"
    ];
}
