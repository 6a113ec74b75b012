-- External systems: accounts that nobody signs in to, each with one token, of which the digest is stored.
ALTER TABLE account ADD COLUMN machine BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE machine (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id),
    secret_digest TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES account (id),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    confirmed_by TEXT REFERENCES account (id),
    confirmed_at BIGINT,
    revoked_by TEXT REFERENCES account (id),
    revoked_at BIGINT,
    revoked_because TEXT,
    -- When and from where it was last used, to within some minutes.
    used_at BIGINT,
    used_from TEXT
);
