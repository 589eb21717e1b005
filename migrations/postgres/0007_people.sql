-- People who sign in with a password. Its twin is in ../sqlite; both move together.

CREATE TABLE people (
    id TEXT COLLATE "C" PRIMARY KEY,
    role TEXT NOT NULL,
    -- Argon2id, in the form of the Password Hashing Competition.
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Since when they may not sign in.
    disabled_at BIGINT
);
-- Names that differ in the case of letters alone would be taken for each other.
CREATE UNIQUE INDEX people_by_name ON people (lower(id));

-- A session is a token whose text travels in a cookie.
ALTER TABLE tokens ADD COLUMN is_session BOOLEAN NOT NULL DEFAULT FALSE;
