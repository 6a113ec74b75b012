-- External systems: accounts that nobody signs in to, each with one token, of which the digest is stored.
ALTER TABLE account ADD COLUMN machine INTEGER NOT NULL DEFAULT 0 CHECK (machine IN (0, 1));

CREATE TABLE machine (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id),
    secret_digest TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES account (id),
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    confirmed_by TEXT REFERENCES account (id),
    confirmed_at INTEGER,
    revoked_by TEXT REFERENCES account (id),
    revoked_at INTEGER,
    revoked_because TEXT,
    -- When and from where it was last used, to within some minutes.
    used_at INTEGER,
    used_from TEXT
) STRICT;
