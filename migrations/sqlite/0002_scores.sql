-- Scores, and what validators say for judges. Its twin is in ../postgres; both move together.

ALTER TABLE judgements ADD COLUMN score REAL;
ALTER TABLE judgements ADD COLUMN max_score REAL;
-- JSON: what became of the groups of test cases. NULL where there is nothing to tell.
ALTER TABLE judgements ADD COLUMN groups TEXT;
-- JSON: secrets of the package may be in it. NULL where nothing was said.
ALTER TABLE judgements ADD COLUMN judge_messages TEXT;

ALTER TABLE runs ADD COLUMN score REAL;
