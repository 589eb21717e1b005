//! Versions of problems: each upload, immutable, one of them current.

use domain::{FieldError, PackageHash, ProblemId, ProblemRecord, Timestamp, UserId};

use crate::problems::Row as ProblemRow;
use crate::sql::{fetch_all, fetch_optional, statements};
use crate::{MAX_PAGE, Result, Store, row};

/// What comes with a package that is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Who sends it.
    pub by: UserId,
    /// What they say about it.
    pub message: String,
    /// What is odd about it.
    pub warnings: Vec<FieldError>,
    /// Whether the problem is hidden from now on; `None` leaves it as it is, and a new one is not.
    pub is_hidden: Option<bool>,
}

/// A version of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRecord {
    /// Its number, from 1.
    pub number: u32,
    /// Its package.
    pub package: PackageHash,
    /// What the problem is called in it.
    pub name: String,
    /// Who uploaded it.
    pub by: UserId,
    /// What they said about it.
    pub message: String,
    /// What is odd about it.
    pub warnings: Vec<FieldError>,
    /// The length of its zip, in bytes.
    pub size: u64,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// Whether it is what submissions are judged with.
    pub is_current: bool,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    number: i64,
    package: Vec<u8>,
    name: String,
    uploaded_by: String,
    message: String,
    warnings: String,
    size: i64,
    created_at: i64,
    is_current: bool,
}

impl TryFrom<Row> for VersionRecord {
    type Error = crate::StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            number: row::number("versions.number", row.number)?,
            package: PackageHash(row::hash("versions.package", &row.package)?),
            name: row.name,
            by: row::parsed("versions.uploaded_by", &row.uploaded_by)?,
            message: row.message,
            warnings: row::document("versions.warnings", Some(&row.warnings))?,
            size: row::number("packages.size", row.size)?,
            created_at: Timestamp(row.created_at),
            is_current: row.is_current,
        })
    }
}

impl Store {
    /// Versions of a problem, the newest first, before the one of that number; at most [`MAX_PAGE`].
    pub async fn versions(
        &self,
        problem: &ProblemId,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<VersionRecord>> {
        let before = before.map_or(i64::MAX, i64::from);
        let limit = i64::from(limit.min(MAX_PAGE));
        let rows: Vec<Row> = fetch_all!(self, read, LIST, problem.as_str(), before, limit)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The version of that number, or the current one.
    pub async fn version(&self, problem: &ProblemId, number: Option<u32>) -> Result<Option<VersionRecord>> {
        let number = number.map(i64::from);
        let row: Option<Row> = fetch_optional!(self, read, FIND, problem.as_str(), number)?;
        row.map(TryInto::try_into).transpose()
    }

    /// Makes a version current, at that time. `None` where there is none of that number.
    pub async fn restore_version(
        &self,
        problem: &ProblemId,
        number: u32,
        at: Timestamp,
    ) -> Result<Option<ProblemRecord>> {
        let row: Option<ProblemRow> =
            fetch_optional!(self, write, RESTORE, problem.as_str(), i64::from(number), at.0)?;
        row.map(TryInto::try_into).transpose()
    }
}

statements! {
    /// Problem, package, name, settings, warnings, who, message. What is current already is no new version.
    ADD(7) = "store a version" [
        "INSERT INTO versions (problem_id, number, package, name, settings, warnings, uploaded_by, message, created_at) \
         SELECT $1, (SELECT COALESCE(MAX(v.number), 0) + 1 FROM versions v WHERE v.problem_id = $1), $2, $3, $4, $5, $6, $7, " now
        " WHERE NOT EXISTS (SELECT 1 FROM problems p JOIN versions v ON v.problem_id = p.id AND v.number = p.version \
         WHERE p.id = $1 AND v.package = $2)"
    ];
    /// Problem. Its package is the newest version's that has it.
    POINT(1) = "point to a version" [
        "UPDATE problems SET version = (SELECT MAX(v.number) FROM versions v WHERE v.problem_id = problems.id \
         AND v.package = problems.package) WHERE id = $1"
    ];
    /// Problem, before, limit.
    LIST(3) = "list versions" [
        "SELECT v.number, v.package, v.name, v.uploaded_by, v.message, v.warnings, k.size, v.created_at, \
         v.number = p.version AS is_current FROM versions v JOIN problems p ON p.id = v.problem_id \
         JOIN packages k ON k.hash = v.package WHERE v.problem_id = $1 AND v.number < $2 ORDER BY v.number DESC LIMIT $3"
    ];
    /// Problem, number or NULL.
    FIND(2) = "read a version" [
        "SELECT v.number, v.package, v.name, v.uploaded_by, v.message, v.warnings, k.size, v.created_at, \
         v.number = p.version AS is_current FROM versions v JOIN problems p ON p.id = v.problem_id \
         JOIN packages k ON k.hash = v.package WHERE v.problem_id = $1 AND v.number = COALESCE($2, p.version)"
    ];
    /// Problem, number, time.
    RESTORE(3) = "restore a version" [
        "UPDATE problems SET package = v.package, name = v.name, settings = v.settings, version = v.number, updated_at = $3 \
         FROM versions v WHERE v.problem_id = problems.id AND problems.id = $1 AND v.number = $2 RETURNING " problem_columns
    ];
}
