-- Who did what, what administrators have set, and when people were last here. Its twin is in ../sqlite; both move together.

CREATE TABLE audit (
    id UUID PRIMARY KEY,
    at BIGINT NOT NULL,
    -- NULL for nobody in particular, and for who was at the command line.
    user_id TEXT COLLATE "C",
    -- The token or session that they came with.
    token_id UUID,
    address TEXT,
    request_id TEXT,
    action TEXT COLLATE "C" NOT NULL,
    -- What it was done to: a user, a problem, a submission.
    subject TEXT COLLATE "C" NOT NULL,
    -- JSON, bounded.
    details TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_user ON audit (user_id, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_subject ON audit (subject, id);

-- Entries are written and, in the end, forgotten; they are never written over.
CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an entry of the audit log is never changed';
END
$$;
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();

CREATE TABLE settings (
    name TEXT COLLATE "C" PRIMARY KEY,
    -- JSON.
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT COLLATE "C"
);

-- When they last signed in.
ALTER TABLE people ADD COLUMN signed_in_at BIGINT;
