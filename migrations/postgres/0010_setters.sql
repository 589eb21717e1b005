-- What setters do: versions of problems, hidden problems, verifications. Its twin is in ../sqlite; both move together.

ALTER TABLE problems ADD COLUMN is_hidden BOOLEAN NOT NULL DEFAULT FALSE;
-- The number of the version that is current.
ALTER TABLE problems ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Each upload, with what it sets, so that it can be made current again. Never changed.
CREATE TABLE versions (
    problem_id TEXT COLLATE "C" NOT NULL,
    -- From 1.
    number BIGINT NOT NULL,
    package BYTEA NOT NULL REFERENCES packages (hash),
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    -- JSON: what was odd about it.
    warnings TEXT NOT NULL,
    uploaded_by TEXT COLLATE "C" NOT NULL,
    message TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (problem_id, number)
);
INSERT INTO versions (problem_id, number, package, name, settings, warnings, uploaded_by, message, created_at)
    SELECT id, 1, package, name, settings, '[]', owner, '', updated_at FROM problems;

CREATE TABLE verifications (
    id UUID PRIMARY KEY,
    problem_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    started_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX verifications_by_problem ON verifications (problem_id, id);

-- What is compared in a verification. The submissions are trials.
CREATE TABLE examples (
    verification_id UUID NOT NULL REFERENCES verifications (id),
    ordinal BIGINT NOT NULL,
    -- Below submissions/; empty for the test data.
    path TEXT NOT NULL,
    -- JSON: the verdicts that its judgement may end with.
    expected TEXT NOT NULL,
    language_id TEXT COLLATE "C",
    -- NULL where it is not judged.
    submission_id UUID,
    -- Why it is not judged.
    skipped TEXT,
    PRIMARY KEY (verification_id, ordinal)
);

-- What is not as the package expects; of examples only.
ALTER TABLE judgements ADD COLUMN missed TEXT;
-- Examples are kept, other trials forgotten.
DROP INDEX submissions_trials;
CREATE INDEX submissions_trials ON submissions (created_at) WHERE trial IS NOT NULL AND substr(trial, 1, 10) <> '{"example"';
