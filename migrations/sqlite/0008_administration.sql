-- Who did what, what administrators have set, and when people were last here. Its twin is in ../postgres; both move together.

CREATE TABLE audit (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    -- NULL for nobody in particular, and for who was at the command line.
    user_id TEXT,
    -- The token or session that they came with.
    token_id BLOB,
    address TEXT,
    request_id TEXT,
    action TEXT NOT NULL,
    -- What it was done to: a user, a problem, a submission.
    subject TEXT NOT NULL,
    -- JSON, bounded.
    details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_user ON audit (user_id, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_subject ON audit (subject, id);

-- Entries are written and, in the end, forgotten; they are never written over.
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an entry of the audit log is never changed');
END;

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    -- JSON.
    value TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT
) STRICT;

-- When they last signed in.
ALTER TABLE people ADD COLUMN signed_in_at INTEGER;
