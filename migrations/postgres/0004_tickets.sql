-- Tickets: one-time stand-ins for a token, for clients that cannot set a header. Its twin is in ../sqlite; both move together.

CREATE TABLE tickets (
    -- BLAKE3 of the ticket's text. The text is nowhere.
    hash BYTEA PRIMARY KEY,
    token_id UUID NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX tickets_by_end ON tickets (expires_at);
