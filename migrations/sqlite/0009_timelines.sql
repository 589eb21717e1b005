-- How workers came along with judgements. Its twin is in ../postgres; both move together.

-- JSON: spans since the claim, by the worker's clock. NULL where no worker has told.
ALTER TABLE judgements ADD COLUMN timeline TEXT;
