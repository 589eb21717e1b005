-- How much is outstanding, without counting it; and whose share of the queue is larger. Its twin is in ../sqlite;
-- both move together.

-- The sums over all rows are how many judgements wait and run. There are several rows, so that statements that change judgements at
-- the same time do not wait for each other: a session adds to the row of its process.
CREATE TABLE outstanding (
    shard BIGINT PRIMARY KEY,
    queued BIGINT NOT NULL DEFAULT 0,
    running BIGINT NOT NULL DEFAULT 0
);
INSERT INTO outstanding (shard) SELECT * FROM generate_series(0, 63);
UPDATE outstanding SET
    queued = (SELECT COUNT(*) FROM judgements WHERE state = 'queued'),
    running = (SELECT COUNT(*) FROM judgements WHERE state = 'running')
    WHERE shard = 0;

-- Once a statement, however many rows it changed.
CREATE FUNCTION count_outstanding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    queued_now BIGINT := 0;
    running_now BIGINT := 0;
    queued_before BIGINT := 0;
    running_before BIGINT := 0;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        SELECT COUNT(*) FILTER (WHERE state = 'queued'), COUNT(*) FILTER (WHERE state = 'running')
            INTO queued_now, running_now FROM come;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        SELECT COUNT(*) FILTER (WHERE state = 'queued'), COUNT(*) FILTER (WHERE state = 'running')
            INTO queued_before, running_before FROM gone;
    END IF;
    IF queued_now <> queued_before OR running_now <> running_before THEN
        UPDATE outstanding SET queued = queued + queued_now - queued_before, running = running + running_now - running_before
            WHERE shard = pg_backend_pid() % 64;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER outstanding_come AFTER INSERT ON judgements REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION count_outstanding();
CREATE TRIGGER outstanding_moved AFTER UPDATE ON judgements REFERENCING OLD TABLE AS gone NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION count_outstanding();
CREATE TRIGGER outstanding_gone AFTER DELETE ON judgements REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_outstanding();

-- Users whose share of a band is another than that of everybody else, which is 1.
CREATE TABLE weights (
    user_id TEXT COLLATE "C" PRIMARY KEY,
    weight BIGINT NOT NULL CHECK (weight BETWEEN 1 AND 100)
);
