-- Trials: submissions that are run and shown, count nowhere and are soon forgotten. Its twin is in ../sqlite; both move together.

-- JSON: what it is tried on. NULL for a submission that counts.
ALTER TABLE submissions ADD COLUMN trial TEXT;
CREATE INDEX submissions_trials ON submissions (created_at) WHERE trial IS NOT NULL;

-- JSON: what the program wrote, of trials only.
ALTER TABLE judgements ADD COLUMN trial_outputs TEXT;
