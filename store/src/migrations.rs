//! The schema's versions: SQL files in `migrations/`, one folder an engine, embedded in the program.
//!
//! Both folders have the same numbers and names and move together. A migration that was once released never changes; its
//! checksum is in the database.

use std::collections::HashSet;

use sqlx::migrate::{Migrate, MigrateError, Migrator};

use crate::engine::Engine;
use crate::{Result, Store, StoreError, sqlite};

static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");

const OPERATION: &str = "migrate the database";

impl Store {
    /// Brings the schema up to date. Any number of processes may do so at once: one does, the others wait.
    pub async fn migrate(&self) -> Result<()> {
        let done = match &self.engine {
            // Waits for an advisory lock; each migration is a transaction. A migration that fails leaves the lock with the
            // session: only its end gives it back.
            Engine::Postgres(server) => {
                async {
                    let mut connection = server.pool.acquire().await?;
                    let done = POSTGRES.run_direct(None, &mut *connection, false).await;
                    connection.close().await?;
                    done
                }
                .await
            }
            // The migrator's lock does nothing here. One transaction around all of them does, and saves a wait for the
            // disk per migration.
            Engine::Sqlite(file) => {
                async {
                    let mut transaction = file.write.begin_with(sqlite::BEGIN).await?;
                    SQLITE.run_direct(None, &mut *transaction, false).await?;
                    Ok(transaction.commit().await?)
                }
                .await
            }
        };
        done.map_err(|error| self.explain(error))
    }

    /// How many migrations are missing; 0 when the schema is up to date. Fails on a schema that this program is too old for.
    pub async fn pending_migrations(&self) -> Result<usize> {
        let known = match &self.engine {
            Engine::Postgres(_) => &POSTGRES,
            Engine::Sqlite(_) => &SQLITE,
        };
        let applied = self.applied_migrations().await?;
        if let Some(newer) = applied.iter().find(|version| !known.version_exists(**version)) {
            return Err(self.explain(MigrateError::VersionMissing(*newer)));
        }
        let is_missing = |version: i64| !applied.contains(&version);
        Ok(known
            .iter()
            .filter(|migration| is_missing(migration.version))
            .count())
    }

    async fn applied_migrations(&self) -> Result<HashSet<i64>> {
        let table: Option<(i64,)> = crate::sql::fetch_optional!(self, read, HAS_MIGRATIONS)?;
        if table.is_none() {
            return Ok(HashSet::new());
        }
        let applied = async {
            match &self.engine {
                Engine::Postgres(server) => {
                    server
                        .pool
                        .acquire()
                        .await?
                        .list_applied_migrations(&POSTGRES.table_name)
                        .await
                }
                Engine::Sqlite(file) => {
                    file.read
                        .acquire()
                        .await?
                        .list_applied_migrations(&SQLITE.table_name)
                        .await
                }
            }
        };
        let applied = applied.await.map_err(|error| self.explain(error))?;
        Ok(applied.into_iter().map(|migration| migration.version).collect())
    }

    /// What a failed migration means to whoever has to mend it.
    fn explain(&self, error: MigrateError) -> StoreError {
        let place = self.engine.place();
        match error {
            MigrateError::VersionMissing(version) => StoreError::failed(
                OPERATION,
                format_args!("{place}: its schema has version {version}, which is newer than this program"),
            ),
            MigrateError::VersionMismatch(version) => StoreError::failed(
                OPERATION,
                format_args!(
                    "{place}: version {version} of its schema was made by another build of this program"
                ),
            ),
            MigrateError::Execute(error) => StoreError::from_driver(OPERATION, place, &error),
            MigrateError::ExecuteMigration(error, version) => StoreError::failed(
                OPERATION,
                format_args!("{place}: version {version} cannot be applied: {error}"),
            ),
            other => StoreError::failed(OPERATION, format_args!("{place}: {other}")),
        }
    }
}

crate::sql::statements! {
    /// Whether the database was ever migrated: a row, or none.
    HAS_MIGRATIONS(0) = "look for the schema" ["SELECT CAST(1 AS BIGINT) FROM " migrations_table];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_versions() {
        let versions = |migrator: &'static Migrator| {
            migrator
                .iter()
                .map(|migration| (migration.version, migration.description.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(versions(&POSTGRES), versions(&SQLITE));
        assert!(!versions(&POSTGRES).is_empty());
    }
}
