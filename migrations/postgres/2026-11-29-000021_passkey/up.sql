-- Passkeys: what an authenticator knows one by, and its public key in COSE, both in base64url.
CREATE TABLE passkey (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    credential_id TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    counter BIGINT NOT NULL,
    copied BOOLEAN NOT NULL,
    added_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE INDEX passkey_account ON passkey (account_id);

-- Challenges that were answered. Each does once, and ends within minutes.
CREATE TABLE passkey_challenge (
    nonce TEXT NOT NULL PRIMARY KEY,
    ends_at BIGINT NOT NULL
);

CREATE INDEX passkey_challenge_ends ON passkey_challenge (ends_at);
