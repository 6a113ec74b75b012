-- Second factors. The secret that an app shares follows from the nonce and a key outside the database; recovery codes
-- stand here as MACs.
ALTER TABLE account ADD COLUMN second_factor_at BIGINT;
ALTER TABLE one_time_link ADD COLUMN clears_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
-- When who uses the session last showed who they are, all of it.
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE totp (
    account_id TEXT NOT NULL REFERENCES account (id),
    state TEXT NOT NULL CHECK (state IN ('begun', 'confirmed')),
    nonce TEXT NOT NULL,
    used_step BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, state)
);

CREATE TABLE recovery_code (
    mac TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    used_at BIGINT
);

CREATE INDEX recovery_code_account ON recovery_code (account_id);
