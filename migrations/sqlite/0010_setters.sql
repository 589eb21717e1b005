-- What setters do: versions of problems, hidden problems, verifications. Its twin is in ../postgres; both move together.

ALTER TABLE problems ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;
-- The number of the version that is current.
ALTER TABLE problems ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Each upload, with what it sets, so that it can be made current again. Never changed.
CREATE TABLE versions (
    problem_id TEXT NOT NULL,
    -- From 1.
    number INTEGER NOT NULL,
    package BLOB NOT NULL REFERENCES packages (hash),
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    -- JSON: what was odd about it.
    warnings TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (problem_id, number)
) STRICT;
INSERT INTO versions (problem_id, number, package, name, settings, warnings, uploaded_by, message, created_at)
    SELECT id, 1, package, name, settings, '[]', owner, '', updated_at FROM problems;

CREATE TABLE verifications (
    id BLOB NOT NULL PRIMARY KEY,
    problem_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX verifications_by_problem ON verifications (problem_id, id);

-- What is compared in a verification. The submissions are trials.
CREATE TABLE examples (
    verification_id BLOB NOT NULL REFERENCES verifications (id),
    ordinal INTEGER NOT NULL,
    -- Below submissions/; empty for the test data.
    path TEXT NOT NULL,
    -- JSON: the verdicts that its judgement may end with.
    expected TEXT NOT NULL,
    language_id TEXT,
    -- NULL where it is not judged.
    submission_id BLOB,
    -- Why it is not judged.
    skipped TEXT,
    PRIMARY KEY (verification_id, ordinal)
) STRICT;

-- What is not as the package expects; of examples only.
ALTER TABLE judgements ADD COLUMN missed TEXT;
-- Examples are kept, other trials forgotten.
DROP INDEX submissions_trials;
CREATE INDEX submissions_trials ON submissions (created_at) WHERE trial IS NOT NULL AND substr(trial, 1, 10) <> '{"example"';
