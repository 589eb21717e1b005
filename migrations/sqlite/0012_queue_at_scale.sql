-- How much is outstanding, without counting it; and whose share of the queue is larger. Its twin is in ../postgres;
-- both move together.

-- How many judgements wait and run. One row: there is one writer.
CREATE TABLE outstanding (
    shard INTEGER PRIMARY KEY,
    queued INTEGER NOT NULL DEFAULT 0,
    running INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO outstanding (shard, queued, running) VALUES (
    0,
    (SELECT COUNT(*) FROM judgements WHERE state = 'queued'),
    (SELECT COUNT(*) FROM judgements WHERE state = 'running')
);

CREATE TRIGGER outstanding_come AFTER INSERT ON judgements WHEN NEW.state IN ('queued', 'running') BEGIN
    UPDATE outstanding SET queued = queued + (NEW.state = 'queued'), running = running + (NEW.state = 'running');
END;
CREATE TRIGGER outstanding_moved AFTER UPDATE OF state ON judgements WHEN OLD.state <> NEW.state BEGIN
    UPDATE outstanding SET
        queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
        running = running + (NEW.state = 'running') - (OLD.state = 'running');
END;
CREATE TRIGGER outstanding_gone AFTER DELETE ON judgements WHEN OLD.state IN ('queued', 'running') BEGIN
    UPDATE outstanding SET queued = queued - (OLD.state = 'queued'), running = running - (OLD.state = 'running');
END;

-- Users whose share of a band is another than that of everybody else, which is 1.
CREATE TABLE weights (
    user_id TEXT NOT NULL PRIMARY KEY,
    weight INTEGER NOT NULL CHECK (weight BETWEEN 1 AND 100)
) STRICT;
