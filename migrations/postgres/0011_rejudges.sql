-- Rejudges that are looked at before they count. Its twin is in ../sqlite; both move together.

-- Kept apart: no submission's judgement until its rejudge is applied.
ALTER TABLE judgements ADD COLUMN is_preview BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE rejudges (
    id UUID PRIMARY KEY,
    problem_id TEXT COLLATE "C" NOT NULL,
    -- The version that is judged with.
    version BIGINT NOT NULL,
    -- JSON: which submissions were asked for.
    filter TEXT NOT NULL,
    started_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'applied', 'discarded')),
    decided_by TEXT COLLATE "C",
    decided_at BIGINT,
    -- When the judgements of a discarded one were gone.
    forgotten_at BIGINT
);
CREATE INDEX rejudges_by_problem ON rejudges (problem_id, id);
-- One at a time: of two judgements of a submission that both wait to count, nobody could say which does.
CREATE UNIQUE INDEX rejudges_open ON rejudges (problem_id) WHERE state = 'open';
CREATE INDEX rejudges_to_forget ON rejudges (id) WHERE state = 'discarded' AND forgotten_at IS NULL;

CREATE TABLE rejudged (
    rejudge_id UUID NOT NULL REFERENCES rejudges (id),
    submission_id UUID NOT NULL,
    old_judgement UUID NOT NULL,
    new_judgement UUID NOT NULL,
    PRIMARY KEY (rejudge_id, submission_id)
);
