-- Tickets: one-time stand-ins for a token, for clients that cannot set a header. Its twin is in ../postgres; both move together.

CREATE TABLE tickets (
    -- BLAKE3 of the ticket's text. The text is nowhere.
    hash BLOB NOT NULL PRIMARY KEY,
    token_id BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tickets_by_end ON tickets (expires_at);
