//! Statements: one text for both engines.
//!
//! A statement is written once, in the subset of SQL that Postgres and SQLite share (`$1` binds, `ON CONFLICT`,
//! `RETURNING`, row values, partial indexes). Where the dialects must differ, the text names a fragment, and the macro
//! puts in that engine's words at compile time:
//!
//! ```text
//! statements! {
//!     /// Extends a lease.
//!     EXTEND(2) = "extend a lease" ["UPDATE judgements SET lease_until = " now " + $2 WHERE id = $1"];
//! }
//! ```
//!
//! Lists travel as one bind: identifiers as [`Ids`](crate::ids::Ids), records as a JSON text, so that a statement is the
//! same for one row and for a thousand. A module's statements are collected in its `STATEMENTS`; a test prepares all of
//! them on both engines, because SQLite takes a bind that is missing for NULL.

/// One statement in both dialects.
#[derive(Debug)]
pub(crate) struct Statement {
    /// What it does, for errors: "claim judgements".
    pub(crate) operation: &'static str,
    /// How many binds it takes.
    pub(crate) parameters: usize,
    /// The text for Postgres; empty where SQLite needs several statements and Postgres another one.
    pub(crate) postgres: &'static str,
    /// The text for SQLite; empty where Postgres does it in one statement of its own.
    pub(crate) sqlite: &'static str,
}

/// The words of one engine for a fragment; a literal stands for itself.
macro_rules! fragment {
    // The database's clock, in microseconds since 1970.
    (postgres now) => { "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)" };
    (sqlite now) => { "CAST(unixepoch('subsec') * 1000000 AS INTEGER)" };
    // One of the identifiers in the first bind.
    (postgres in_ids) => { "= ANY($1)" };
    (sqlite in_ids) => { "IN (SELECT unhex(value, '-') FROM json_each($1))" };
    // The texts in the first bind.
    (postgres texts) => { "(SELECT t.value FROM json_array_elements_text(CAST($1 AS json)) AS t)" };
    (sqlite texts) => { "(SELECT value FROM json_each($1))" };
    // The leases in the first bind, as the table `i`.
    (postgres leases) => {
        "json_to_recordset(CAST($1 AS json)) AS i(judgement uuid, worker uuid, attempt bigint)"
    };
    (sqlite leases) => {
        "(SELECT unhex(value ->> 'judgement', '-') AS judgement, unhex(value ->> 'worker', '-') AS worker, \
         value ->> 'attempt' AS attempt FROM json_each($1)) AS i"
    };
    // What is claimed: of the judgements in the first bind those that wait, and those whose worker has gone silent.
    ($engine:ident picked) => {
        concat!(
            "picked AS MATERIALIZED (SELECT id FROM judgements WHERE id ",
            $crate::sql::fragment!($engine in_ids),
            " AND (state = 'queued' OR (state = 'running' AND lease_until <= ",
            $crate::sql::fragment!($engine now),
            ")) ",
            $crate::sql::fragment!($engine lock_free),
            ")"
        )
    };
    // What a claim sets.
    ($engine:ident claim_columns) => {
        concat!(
            "attempt = attempt + 1, failures = failures + CASE state WHEN 'running' THEN 1 ELSE 0 END, \
             kills = kills + CASE state WHEN 'running' THEN ",
            $crate::sql::fragment!($engine killed),
            " ELSE 0 END, story = story || CASE state WHEN 'running' THEN ",
            $crate::sql::fragment!($engine went_silent),
            " ELSE '' END, state = 'running', worker_id = $2, started_at = ",
            $crate::sql::fragment!($engine now),
            ", lease_until = ",
            $crate::sql::fragment!($engine now),
            " + $3"
        )
    };
    // What a worker needs to know of a judgement `j` and its submission `s`.
    ($engine:ident work_columns) => {
        "j.id AS judgement_id, j.worker_id, j.attempt, j.failures, j.package, j.band, j.tag, j.submission_id, s.user_id, s.problem_id, \
         s.language_id, s.created_at, s.files, s.trial, s.entry_point, j.is_preview"
    };
    // One of these: looked up one by one, however few or many rows the planner thinks that there are.
    (postgres in_held) => { "= ANY(ARRAY(SELECT id FROM held))" };
    (sqlite in_held) => { "IN (SELECT id FROM held)" };
    (postgres in_picked) => { "= ANY(ARRAY(SELECT id FROM picked))" };
    (sqlite in_picked) => { "IN (SELECT id FROM picked)" };
    // Locks the rows that were found, but passes over those that somebody else is just taking, instead of waiting for them. SQLite has
    // one writer.
    (postgres lock_free) => { "FOR UPDATE SKIP LOCKED" };
    (sqlite lock_free) => { "" };
    // Locks the rows that were found, in the order they were found.
    (postgres lock) => { "FOR UPDATE" };
    (sqlite lock) => { "" };
    // The accounts to be made in the first bind, as the table `i`.
    (postgres new_people) => {
        "json_to_recordset(CAST($1 AS json)) AS i(id text, role text, password text)"
    };
    (sqlite new_people) => {
        "(SELECT value ->> 'id' AS id, value ->> 'role' AS role, value ->> 'password' AS password FROM json_each($1)) AS i"
    };
    // The settings in the first bind, as the table `i`.
    (postgres settings) => {
        "json_to_recordset(CAST($1 AS json)) AS i(name text, value text, changed_by text)"
    };
    (sqlite settings) => {
        "(SELECT value ->> 'name' AS name, value ->> 'value' AS value, value ->> 'changed_by' AS changed_by \
         FROM json_each($1)) AS i"
    };
    // A condition that always holds, and lets this statement commit without waiting for the disk: only where losing the
    // row in a crash means no more than doing the work again. SQLite (WAL, synchronous NORMAL) never waits.
    (postgres unhurried) => { "(SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL" };
    (sqlite unhurried) => { "TRUE" };
    // The judgements whose lease in the first bind is still held, locked in the order of their ids. Each is looked up by itself: a join
    // would read all that run, and with them all that has run since the table was last cleaned.
    (postgres held_leases) => {
        concat!(
            "SELECT j.id FROM (SELECT * FROM ",
            $crate::sql::fragment!(postgres leases),
            " ORDER BY i.judgement) AS i CROSS JOIN LATERAL (SELECT j.id FROM judgements j WHERE j.id = i.judgement \
             AND j.state = 'running' AND j.worker_id = i.worker AND j.attempt = i.attempt FOR UPDATE) AS j"
        )
    };
    (sqlite held_leases) => {
        concat!(
            "SELECT j.id FROM judgements j JOIN ",
            $crate::sql::fragment!(sqlite leases),
            " ON j.id = i.judgement WHERE j.state = 'running' AND j.worker_id = i.worker AND j.attempt = i.attempt"
        )
    };
    // The conclusions in the first bind, as the table `i`. `held` is the attempt: `attempt` would be ambiguous.
    (postgres conclusions) => {
        "json_to_recordset(CAST($1 AS json)) AS i(judgement uuid, verdict text, blame text, message text, \
         compiler_output text, cpu_us bigint, memory_bytes bigint, cases_done bigint, cases_total bigint, \
         score double precision, max_score double precision, groups text, judge_messages text, \
          trial_outputs text, timeline text, missed text)"
    };
    (sqlite conclusions) => {
        "(SELECT unhex(value ->> 'judgement', '-') AS judgement, unhex(value ->> 'worker', '-') AS worker, \
         value ->> 'attempt' AS held, value ->> 'verdict' AS verdict, value ->> 'blame' AS blame, \
         value ->> 'message' AS message, value ->> 'compiler_output' AS compiler_output, \
         value ->> 'cpu_us' AS cpu_us, value ->> 'memory_bytes' AS memory_bytes, \
         value ->> 'cases_done' AS cases_done, value ->> 'cases_total' AS cases_total, \
         value ->> 'score' AS score, value ->> 'max_score' AS max_score, value ->> 'groups' AS groups, \
         value ->> 'judge_messages' AS judge_messages, value ->> 'trial_outputs' AS trial_outputs, \
         value ->> 'timeline' AS timeline, value ->> 'missed' AS missed \
          FROM json_each($1)) AS i"
    };
    // The examples in the first bind, as the table `i`.
    (postgres new_examples) => {
        "json_to_recordset(CAST($1 AS json)) AS i(ordinal bigint, path text, expected text, language text, submission uuid, \
         skipped text)"
    };
    (sqlite new_examples) => {
        "(SELECT value ->> 'ordinal' AS ordinal, value ->> 'path' AS path, value ->> 'expected' AS expected, \
         value ->> 'language' AS language, unhex(value ->> 'submission', '-') AS submission, value ->> 'skipped' AS skipped \
         FROM json_each($1)) AS i"
    };
    // The new judgements of a rejudge in the first bind, as the table `i`.
    (postgres new_judgements) => {
        "json_to_recordset(CAST($1 AS json)) AS i(submission uuid, former uuid, latter uuid)"
    };
    (sqlite new_judgements) => {
        "(SELECT unhex(value ->> 'submission', '-') AS submission, unhex(value ->> 'former', '-') AS former, \
         unhex(value ->> 'latter', '-') AS latter FROM json_each($1)) AS i"
    };
    // What is read of a rejudge.
    ($engine:ident rejudge_columns) => {
        "id, problem_id, version, filter, started_by, created_at, state, decided_by, decided_at"
    };
    // What a conclusion sets.
    ($engine:ident conclusion_columns) => {
        concat!(
            "state = 'done', verdict = i.verdict, blame = i.blame, message = i.message, \
             compiler_output = i.compiler_output, cpu_us = i.cpu_us, memory_bytes = i.memory_bytes, \
             cases_done = i.cases_done, cases_total = i.cases_total, score = i.score, max_score = i.max_score, \
             groups = i.groups, judge_messages = i.judge_messages, trial_outputs = i.trial_outputs, timeline = i.timeline, \
              missed = i.missed, \
             lease_until = NULL, finished_at = ",
            $crate::sql::fragment!($engine now)
        )
    };
    // The workers that hold one lease and no more, beside a lease that ran out: whatever it was that silenced such a worker, it was
    // that judgement. And what that adds to a judgement's count.
    ($engine:ident alone) => {
        "alone AS MATERIALIZED (SELECT worker_id FROM judgements WHERE state = 'running' GROUP BY worker_id HAVING COUNT(*) = 1)"
    };
    ($engine:ident killed) => { "CASE WHEN worker_id IN (SELECT worker_id FROM alone) THEN 1 ELSE 0 END" };
    // How many of the user of `i` wait, rejudges apart, counted up to the second bind; not at all where that is no bound.
    ($engine:ident waiting) => {
        "CASE WHEN $2 < 4294967295 THEN (SELECT COUNT(*) FROM (SELECT 1 FROM judgements w WHERE w.user_id = i.user_id \
         AND w.state = 'queued' AND w.band < 2 LIMIT $2) AS counted) ELSE 0 END"
    };
    // Whether the problem of `i` is still what it is taken for, where it is taken for something.
    (postgres as_expected) => {
        "(i.is_hidden IS NULL OR EXISTS (SELECT 1 FROM problems p WHERE p.id = i.problem_id AND p.is_hidden = i.is_hidden \
         AND p.band = i.problem_band AND p.tag = i.tag AND p.package = decode(i.package, 'hex')))"
    };
    (sqlite as_expected) => {
        "(i.is_hidden IS NULL OR EXISTS (SELECT 1 FROM problems p WHERE p.id = i.problem_id AND p.is_hidden = i.is_hidden \
         AND p.band = i.problem_band AND p.tag = i.tag AND p.package = unhex(i.package)))"
    };
    // The line of a story that tells of a lease that ran out.
    ($engine:ident went_silent) => {
        "'attempt ' || attempt || ': the worker went silent' || CASE WHEN worker_id IN (SELECT worker_id FROM alone) \
         THEN ', which judged nothing else' ELSE '' END || '; '"
    };
    // What is shown of a judgement `j`, and of its submission `s`.
    ($engine:ident judgement_columns) => {
        "j.id AS judgement_id, j.submission_id, j.state, j.attempt, j.verdict, j.blame, j.message, j.compiler_output, \
         j.cpu_us, j.memory_bytes, j.cases_done, j.cases_total, j.score, j.max_score, j.groups, j.missed, \
         j.created_at AS queued_first_at, j.started_at, j.finished_at"
    };
    ($engine:ident view_columns) => {
        concat!(
            "s.user_id, s.problem_id, s.language_id, s.created_at, s.band AS submitted_band, s.trial IS NOT NULL AS is_trial, \
             COALESCE(substr(s.trial, 1, 10) = '{\"example\"', FALSE) AS is_example, ",
            $crate::sql::fragment!($engine judgement_columns)
        )
    };
    // What is shown of an entry of the audit log, of an account, and of a token.
    ($engine:ident audit_columns) => {
        "id, at, user_id, token_id, address, request_id, action, subject, details"
    };
    ($engine:ident person_columns) => { "id, role, created_at, disabled_at, signed_in_at" };
    ($engine:ident token_columns) => { "id, role, label, created_at, expires_at" };
    // The administrators who may sign in, locked so that two of them cannot take the right from each other at once.
    ($engine:ident admins) => {
        concat!(
            "WITH admins AS MATERIALIZED (SELECT id FROM people WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id ",
            $crate::sql::fragment!($engine lock),
            ") "
        )
    };
    // Whether there is an administrator besides the account in the first bind.
    ($engine:ident another_admin) => { "EXISTS (SELECT 1 FROM admins WHERE id <> $1)" };
    // The newest judgement of the submission `s` that counts.
    ($engine:ident newest) => {
        "(SELECT n.id FROM judgements n WHERE n.submission_id = s.id AND NOT n.is_preview ORDER BY n.id DESC LIMIT 1)"
    };
    // A trial that is soon forgotten: the words of the index over these.
    ($engine:ident passing) => { "trial IS NOT NULL AND substr(trial, 1, 10) <> '{\"example\"'" };
    // What is read of a problem.
    ($engine:ident problem_columns) => {
        "problems.id, problems.name, problems.owner, problems.package, problems.settings, problems.is_hidden, \
         problems.band, problems.tag, problems.created_at, problems.updated_at"
    };
    // The workers that the problem of `s` asks for now. It is no row's foreign key: a problem may be gone.
    ($engine:ident tag_now) => {
        "COALESCE((SELECT p.tag FROM problems p WHERE p.id = s.problem_id), 'general')"
    };
    // The same as `j`, beside `s`: looked up for each, whatever the planner thinks of the number of judgements.
    (postgres with_newest) => {
        "CROSS JOIN LATERAL (SELECT n.* FROM judgements n WHERE n.submission_id = s.id AND NOT n.is_preview \
         ORDER BY n.id DESC LIMIT 1) AS j"
    };
    (sqlite with_newest) => {
        "JOIN judgements j ON j.id = (SELECT n.id FROM judgements n WHERE n.submission_id = s.id AND NOT n.is_preview \
         ORDER BY n.id DESC LIMIT 1)"
    };
    // What counts, with the state and verdict of `j` and the language of `s` that are asked for.
    ($engine:ident filter) => {
        "AND s.trial IS NULL AND (CAST($2 AS TEXT) IS NULL OR j.state = $2) AND (CAST($3 AS TEXT) IS NULL OR j.verdict = $3) \
         AND (CAST($5 AS TEXT) IS NULL OR s.language_id = $5)"
    };
    // The catalogue's row of the table of applied migrations.
    (postgres migrations_table) => {
        "pg_catalog.pg_class WHERE relname = '_sqlx_migrations' AND pg_catalog.pg_table_is_visible(oid)"
    };
    (sqlite migrations_table) => { "sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'" };
    ($engine:ident $text:literal) => { $text };
}

/// Defines statements and collects them: `NAME(binds) = "operation" [text]`, or `… postgres [text]` for one engine only.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident($parameters:literal) = $operation:literal $($only:ident)? [$($part:tt)+];)+) => {
        $($(#[$doc])* pub(crate) const $name: $crate::sql::Statement =
            $crate::sql::one_statement!($parameters, $operation, $($only)? [$($part)+]);)+
        /// Every statement of this module.
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[$crate::sql::Statement] = &[$($name),+];
    };
}

macro_rules! one_statement {
    ($parameters:literal, $operation:literal, [$($part:tt)+]) => {
        $crate::sql::Statement {
            operation: $operation,
            parameters: $parameters,
            postgres: concat!($($crate::sql::fragment!(postgres $part)),+),
            sqlite: concat!($($crate::sql::fragment!(sqlite $part)),+),
        }
    };
    ($parameters:literal, $operation:literal, postgres [$($part:tt)+]) => {
        $crate::sql::Statement {
            operation: $operation,
            parameters: $parameters,
            postgres: concat!($($crate::sql::fragment!(postgres $part)),+),
            sqlite: "",
        }
    };
    ($parameters:literal, $operation:literal, sqlite [$($part:tt)+]) => {
        $crate::sql::Statement {
            operation: $operation,
            parameters: $parameters,
            postgres: "",
            sqlite: concat!($($crate::sql::fragment!(sqlite $part)),+),
        }
    };
}

/// A query with its binds, in the dialect of `$engine`. Does not compile where the number of binds is wrong.
macro_rules! query {
    ($engine:ident, $make:ident, $statement:path $(, $bind:expr)* $(,)?) => {{
        const {
            assert!($statement.parameters == <[()]>::len(&[$($crate::sql::unit!($bind)),*]), "wrong number of binds");
            assert!(!$statement.$engine.is_empty(), "not a statement of this engine");
        }
        sqlx::$make($statement.$engine)$(.bind($bind))*
    }};
}

macro_rules! unit {
    ($anything:expr) => {
        ()
    };
}

/// Runs a statement on a store's engine with the given method of sqlx. On SQLite, `read` takes one of the readers and
/// `write` the writer.
macro_rules! run {
    ($store:expr, $access:ident, $make:ident, $fetch:ident, $statement:path $(, $bind:expr)* $(,)?) => {{
        let engine = &$store.engine;
        match engine {
            $crate::engine::Engine::Postgres(server) => {
                let query = $crate::sql::query!(postgres, $make, $statement $(, $bind)*);
                engine.answer($statement.operation, query.$fetch(&server.pool)).await
            }
            $crate::engine::Engine::Sqlite(file) => {
                let query = $crate::sql::query!(sqlite, $make, $statement $(, $bind)*);
                engine.answer($statement.operation, query.$fetch(&file.$access)).await
            }
        }
    }};
}

/// All rows of a statement.
macro_rules! fetch_all {
    ($store:expr, $access:ident, $($rest:tt)+) => {
        $crate::sql::run!($store, $access, query_as, fetch_all, $($rest)+)
    };
}

/// The same of a statement on the way of every submission, for what has an engine and no store.
macro_rules! fetch_all_quickly {
    ($engine:expr, $access:ident, $statement:path $(, $bind:expr)* $(,)?) => {{
        let engine = $engine;
        match engine {
            $crate::engine::Engine::Postgres(server) => {
                let query = $crate::sql::query!(postgres, query_as, $statement $(, $bind)*);
                engine.answer($statement.operation, server.fetch_all(query)).await
            }
            $crate::engine::Engine::Sqlite(file) => {
                let query = $crate::sql::query!(sqlite, query_as, $statement $(, $bind)*);
                engine.answer($statement.operation, query.fetch_all(&file.$access)).await
            }
        }
    }};
}

/// The only row of a statement, if there is one.
macro_rules! fetch_optional {
    ($store:expr, $access:ident, $($rest:tt)+) => {
        $crate::sql::run!($store, $access, query_as, fetch_optional, $($rest)+)
    };
}

/// Runs a statement on the writer; how many rows it changed.
macro_rules! execute {
    ($store:expr, $statement:path $(, $bind:expr)* $(,)?) => {{
        let engine = &$store.engine;
        match engine {
            $crate::engine::Engine::Postgres(server) => {
                let query = $crate::sql::query!(postgres, query, $statement $(, $bind)*);
                let done = engine.answer($statement.operation, query.execute(&server.pool)).await;
                done.map(|done| done.rows_affected())
            }
            $crate::engine::Engine::Sqlite(file) => {
                let query = $crate::sql::query!(sqlite, query, $statement $(, $bind)*);
                let done = engine.answer($statement.operation, query.execute(&file.write)).await;
                done.map(|done| done.rows_affected())
            }
        }
    }};
}

/// Runs statements in one transaction, each as `NAME[binds]`; the rest only where the first changes a row. How many rows that
/// changed.
macro_rules! execute_together {
    ($store:expr, $first:path [$($bind:expr),*] $(, $rest:path [$($more:expr),*])* $(,)?) => {{
        let engine = &$store.engine;
        match engine {
            $crate::engine::Engine::Postgres(server) => {
                let all = async {
                    let mut transaction = server.pool.begin().await?;
                    let first = $crate::sql::query!(postgres, query, $first $(, $bind)*);
                    let changed = first.execute(&mut *transaction).await?.rows_affected();
                    if changed > 0 {
                        $($crate::sql::query!(postgres, query, $rest $(, $more)*)
                            .execute(&mut *transaction)
                            .await?;)*
                    }
                    transaction.commit().await?;
                    Ok(changed)
                };
                engine.answer($first.operation, all).await
            }
            $crate::engine::Engine::Sqlite(file) => {
                let all = async {
                    let mut transaction = file.write.begin_with($crate::sqlite::BEGIN).await?;
                    let first = $crate::sql::query!(sqlite, query, $first $(, $bind)*);
                    let changed = first.execute(&mut *transaction).await?.rows_affected();
                    if changed > 0 {
                        $($crate::sql::query!(sqlite, query, $rest $(, $more)*)
                            .execute(&mut *transaction)
                            .await?;)*
                    }
                    transaction.commit().await?;
                    Ok(changed)
                };
                engine.answer($first.operation, all).await
            }
        }
    }};
}

pub(crate) use {
    execute, execute_together, fetch_all, fetch_all_quickly, fetch_optional, fragment, one_statement, query,
    run, statements, unit,
};

#[cfg(test)]
mod tests {
    use sqlx::{Either, Executor as _, SqlSafeStr as _, Statement as _};

    use super::Statement;
    use crate::engine::Engine;
    use crate::{Store, StoreConfig};

    /// The statements of every module.
    const ALL: [&[Statement]; 22] = [
        crate::STATEMENTS,
        crate::audit::STATEMENTS,
        crate::claims::STATEMENTS,
        crate::conclusions::STATEMENTS,
        crate::migrations::STATEMENTS,
        crate::packages::STATEMENTS,
        crate::people::STATEMENTS,
        crate::problems::STATEMENTS,
        crate::settings::STATEMENTS,
        crate::rejudges::STATEMENTS,
        crate::standing::STATEMENTS,
        crate::submissions::STATEMENTS,
        crate::sweep::STATEMENTS,
        crate::tickets::STATEMENTS,
        crate::timelines::STATEMENTS,
        crate::tokens::STATEMENTS,
        crate::trials::STATEMENTS,
        crate::verifications::STATEMENTS,
        crate::versions::STATEMENTS,
        crate::views::STATEMENTS,
        crate::weights::STATEMENTS,
        crate::workers::STATEMENTS,
    ];

    fn count<T>(parameters: Option<Either<&[T], usize>>) -> Option<usize> {
        parameters.map(|parameters| parameters.either(<[T]>::len, |count| count))
    }

    async fn check_all(database_url: String) {
        let objects = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreConfig {
            database_url,
            objects: objects.path().into(),
            max_connections: 1,
        })
        .await
        .unwrap();
        store.migrate().await.unwrap();
        let mut prepared = 0;
        for statement in ALL.into_iter().flatten() {
            let (text, found) = match &store.engine {
                Engine::Postgres(_) if statement.postgres.is_empty() => continue,
                Engine::Postgres(server) => {
                    let text = statement.postgres;
                    let answer = server.pool.prepare(text.into_sql_str()).await;
                    let answer = answer.unwrap_or_else(|error| panic!("{text}: {error}"));
                    (text, count(answer.parameters()))
                }
                Engine::Sqlite(_) if statement.sqlite.is_empty() => continue,
                Engine::Sqlite(file) => {
                    let text = statement.sqlite;
                    let answer = file.write.prepare(text.into_sql_str()).await;
                    let answer = answer.unwrap_or_else(|error| panic!("{text}: {error}"));
                    (text, count(answer.parameters()))
                }
            };
            assert_eq!(found, Some(statement.parameters), "binds of {text}");
            prepared += 1;
        }
        assert!(prepared > 30, "only {prepared} statements were prepared");
        store.close().await;
    }

    #[tokio::test]
    async fn postgres_understands_every_statement() {
        let postgres = e2e::services::Postgres::start().unwrap();
        check_all(postgres.url()).await;
    }

    #[tokio::test]
    async fn sqlite_understands_every_statement() {
        let directory = tempfile::tempdir().unwrap();
        check_all(format!("sqlite:{}", directory.path().join("gavel.db").display())).await;
    }
}
