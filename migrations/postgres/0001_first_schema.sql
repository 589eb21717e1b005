-- The first schema. Its twin is in ../sqlite; both move together.
--
-- Times are microseconds since 1970 (BIGINT). Ids are UUIDs of version 7, made in the program. Documents that only the
-- program reads (sources, settings) are JSON in a TEXT column: what is stored is what was written, byte for byte.
-- Identifiers that are text sort by their bytes (COLLATE "C"), as they do in SQLite.

CREATE TABLE tokens (
    id UUID PRIMARY KEY,
    -- BLAKE3 of the token's text. The text is nowhere.
    hash BYTEA NOT NULL UNIQUE,
    user_id TEXT COLLATE "C" NOT NULL,
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX tokens_by_user ON tokens (user_id);

CREATE TABLE packages (
    -- The content hash of the package's files.
    hash BYTEA PRIMARY KEY,
    -- The problem that it was first uploaded for.
    problem_id TEXT COLLATE "C" NOT NULL,
    -- BLAKE3 of the stored zip, which names it in the object store: two zips can hold the same files.
    object BYTEA NOT NULL,
    -- Length of the stored zip, in bytes.
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE problems (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    package BYTEA NOT NULL REFERENCES packages (hash),
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- No foreign key to problems or packages: every submission to a problem would lock and rewrite the problem's row, and a
-- contest has thousands a minute to one problem. Neither problems nor packages are ever deleted.
CREATE TABLE submissions (
    id UUID PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL,
    problem_id TEXT COLLATE "C" NOT NULL,
    -- The package that was the problem's when the submission was sent.
    package BYTEA NOT NULL,
    language_id TEXT NOT NULL,
    band BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    idempotency_key TEXT,
    -- BLAKE3 of the request that used the key.
    request BYTEA,
    files TEXT NOT NULL,
    CHECK ((idempotency_key IS NULL) = (request IS NULL))
);
CREATE INDEX submissions_by_user ON submissions (user_id, id);
CREATE INDEX submissions_by_problem ON submissions (problem_id, id);
CREATE UNIQUE INDEX submissions_by_key ON submissions (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE judgements (
    id UUID PRIMARY KEY,
    submission_id UUID NOT NULL REFERENCES submissions (id),
    -- What this judgement judges with; a rejudge may take a newer package than the submission's.
    package BYTEA NOT NULL,
    band BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'cancelled')),
    -- How often it was claimed. Only grows: events are ordered by it.
    attempt BIGINT NOT NULL DEFAULT 0,
    -- How many of these attempts failed: the worker went silent, or handed it back for a fault. Bounded by the sweep.
    failures BIGINT NOT NULL DEFAULT 0,
    -- What happened in the failed attempts.
    story TEXT NOT NULL DEFAULT '',
    -- Who holds it, or concluded it.
    worker_id UUID,
    lease_until BIGINT,
    verdict TEXT,
    blame TEXT,
    message TEXT,
    compiler_output TEXT,
    cpu_us BIGINT,
    memory_bytes BIGINT,
    cases_done BIGINT NOT NULL DEFAULT 0,
    cases_total BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    CHECK (state <> 'running' OR (worker_id IS NOT NULL AND lease_until IS NOT NULL)),
    CHECK ((state = 'done') = (verdict IS NOT NULL))
) WITH (fillfactor = 85); -- a heartbeat then stays on its page, and touches no index: none holds lease_until
CREATE INDEX judgements_by_submission ON judgements (submission_id, id);
CREATE INDEX judgements_queued ON judgements (band, created_at, id) WHERE state = 'queued';
CREATE INDEX judgements_failed ON judgements (failures) WHERE state = 'queued' AND failures > 0;
CREATE INDEX judgements_running ON judgements (id) WHERE state = 'running';

-- No foreign key: runs are written only by the statement that has just ended their judgement, and a check a run would
-- cost more than the run.
CREATE TABLE runs (
    judgement_id UUID NOT NULL,
    ordinal BIGINT NOT NULL,
    test_case TEXT NOT NULL,
    verdict TEXT NOT NULL,
    cpu_us BIGINT NOT NULL,
    wall_us BIGINT NOT NULL,
    memory_bytes BIGINT NOT NULL,
    message TEXT,
    PRIMARY KEY (judgement_id, ordinal)
);

CREATE TABLE workers (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    slots BIGINT NOT NULL,
    languages TEXT NOT NULL,
    seen_at BIGINT NOT NULL
);
