-- How urgent what is submitted to a problem is, and which workers judge it. Its twin is in ../sqlite; both move together.

ALTER TABLE problems ADD COLUMN band BIGINT NOT NULL DEFAULT 1 CHECK (band IN (0, 1));
-- Of judgements from now on.
ALTER TABLE problems ADD COLUMN tag TEXT COLLATE "C" NOT NULL DEFAULT 'general';

ALTER TABLE judgements ADD COLUMN tag TEXT COLLATE "C" NOT NULL DEFAULT 'general';

-- JSON: the tags that a worker serves.
ALTER TABLE workers ADD COLUMN tags TEXT NOT NULL DEFAULT '["general"]';

-- Who follows contests is told what was submitted last.
CREATE INDEX submissions_of_contests ON submissions (id) WHERE band = 0;
