-- The first schema. Its twin is in ../postgres; both move together.
--
-- Times are microseconds since 1970 (INTEGER). Ids are UUIDs of version 7, made in the program. Documents that only the
-- program reads (sources, settings) are JSON in a TEXT column: what is stored is what was written, byte for byte.
-- STRICT takes only the type names of SQLite: a BIGINT is an INTEGER, a UUID its sixteen bytes.

CREATE TABLE tokens (
    id BLOB NOT NULL PRIMARY KEY,
    -- BLAKE3 of the token's text. The text is nowhere.
    hash BLOB NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user_id);

CREATE TABLE packages (
    -- The content hash of the package's files.
    hash BLOB NOT NULL PRIMARY KEY,
    -- The problem that it was first uploaded for.
    problem_id TEXT NOT NULL,
    -- BLAKE3 of the stored zip, which names it in the object store: two zips can hold the same files.
    object BLOB NOT NULL,
    -- Length of the stored zip, in bytes.
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE problems (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    package BLOB NOT NULL REFERENCES packages (hash),
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- No foreign key to problems or packages: every submission to a problem would lock and rewrite the problem's row, and a
-- contest has thousands a minute to one problem. Neither problems nor packages are ever deleted.
CREATE TABLE submissions (
    id BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    problem_id TEXT NOT NULL,
    -- The package that was the problem's when the submission was sent.
    package BLOB NOT NULL,
    language_id TEXT NOT NULL,
    band INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    idempotency_key TEXT,
    -- BLAKE3 of the request that used the key.
    request BLOB,
    files TEXT NOT NULL,
    CHECK ((idempotency_key IS NULL) = (request IS NULL))
) STRICT;
CREATE INDEX submissions_by_user ON submissions (user_id, id);
CREATE INDEX submissions_by_problem ON submissions (problem_id, id);
CREATE UNIQUE INDEX submissions_by_key ON submissions (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE judgements (
    id BLOB NOT NULL PRIMARY KEY,
    submission_id BLOB NOT NULL REFERENCES submissions (id),
    -- What this judgement judges with; a rejudge may take a newer package than the submission's.
    package BLOB NOT NULL,
    band INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'cancelled')),
    -- How often it was claimed. Only grows: events are ordered by it.
    attempt INTEGER NOT NULL DEFAULT 0,
    -- How many of these attempts failed: the worker went silent, or handed it back for a fault. Bounded by the sweep.
    failures INTEGER NOT NULL DEFAULT 0,
    -- What happened in the failed attempts.
    story TEXT NOT NULL DEFAULT '',
    -- Who holds it, or concluded it.
    worker_id BLOB,
    lease_until INTEGER,
    verdict TEXT,
    blame TEXT,
    message TEXT,
    compiler_output TEXT,
    cpu_us INTEGER,
    memory_bytes INTEGER,
    cases_done INTEGER NOT NULL DEFAULT 0,
    cases_total INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    CHECK (state <> 'running' OR (worker_id IS NOT NULL AND lease_until IS NOT NULL)),
    CHECK ((state = 'done') = (verdict IS NOT NULL))
) STRICT;
CREATE INDEX judgements_by_submission ON judgements (submission_id, id);
CREATE INDEX judgements_queued ON judgements (band, created_at, id) WHERE state = 'queued';
CREATE INDEX judgements_failed ON judgements (failures) WHERE state = 'queued' AND failures > 0;
CREATE INDEX judgements_running ON judgements (id) WHERE state = 'running';

-- No foreign key: runs are written only by the statement that has just ended their judgement, and a check a run would
-- cost more than the run.
CREATE TABLE runs (
    judgement_id BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    test_case TEXT NOT NULL,
    verdict TEXT NOT NULL,
    cpu_us INTEGER NOT NULL,
    wall_us INTEGER NOT NULL,
    memory_bytes INTEGER NOT NULL,
    message TEXT,
    PRIMARY KEY (judgement_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    slots INTEGER NOT NULL,
    languages TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
