-- Whose a judgement is and what it takes, where the queue needs it; and what workers say of themselves. Its twin is in
-- ../postgres; both move together.

-- The same as the submission's: a look into the queue then needs no join.
ALTER TABLE judgements ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
ALTER TABLE judgements ADD COLUMN language_id TEXT NOT NULL DEFAULT '';
UPDATE judgements SET user_id = s.user_id, language_id = s.language_id
    FROM submissions s WHERE s.id = judgements.submission_id;
-- How often a worker went silent that held this judgement and no other. Some programs kill their worker.
ALTER TABLE judgements ADD COLUMN kills INTEGER NOT NULL DEFAULT 0;
-- How many of a user wait, rejudges apart: their number is capped.
CREATE INDEX judgements_waiting_of_user ON judgements (user_id) WHERE state = 'queued' AND band < 2;

-- JSON: the bands that it serves.
ALTER TABLE workers ADD COLUMN bands TEXT NOT NULL DEFAULT '["contest","interactive","bulk"]';
-- How long a judgement takes it at present, in microseconds; NULL where it has not judged any.
ALTER TABLE workers ADD COLUMN service_us INTEGER;
