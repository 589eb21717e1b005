-- Rejudges that are looked at before they count. Its twin is in ../postgres; both move together.

-- Kept apart: no submission's judgement until its rejudge is applied.
ALTER TABLE judgements ADD COLUMN is_preview INTEGER NOT NULL DEFAULT 0;

CREATE TABLE rejudges (
    id BLOB NOT NULL PRIMARY KEY,
    problem_id TEXT NOT NULL,
    -- The version that is judged with.
    version INTEGER NOT NULL,
    -- JSON: which submissions were asked for.
    filter TEXT NOT NULL,
    started_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'applied', 'discarded')),
    decided_by TEXT,
    decided_at INTEGER,
    -- When the judgements of a discarded one were gone.
    forgotten_at INTEGER
) STRICT;
CREATE INDEX rejudges_by_problem ON rejudges (problem_id, id);
-- One at a time: of two judgements of a submission that both wait to count, nobody could say which does.
CREATE UNIQUE INDEX rejudges_open ON rejudges (problem_id) WHERE state = 'open';
CREATE INDEX rejudges_to_forget ON rejudges (id) WHERE state = 'discarded' AND forgotten_at IS NULL;

CREATE TABLE rejudged (
    rejudge_id BLOB NOT NULL REFERENCES rejudges (id),
    submission_id BLOB NOT NULL,
    old_judgement BLOB NOT NULL,
    new_judgement BLOB NOT NULL,
    PRIMARY KEY (rejudge_id, submission_id)
) STRICT;
