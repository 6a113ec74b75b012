-- What the owner of an account is told that was done to it, until they say that they have read it.
CREATE TABLE account_message (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    by_name TEXT,
    at INTEGER NOT NULL,
    read_at INTEGER
) STRICT;
CREATE INDEX account_message_unread ON account_message (account_id, read_at);

-- Who turned a one-time link down, and why.
ALTER TABLE one_time_link ADD COLUMN refused_by TEXT REFERENCES account (id);
ALTER TABLE one_time_link ADD COLUMN refused_because TEXT;
CREATE INDEX one_time_link_confirmation ON one_time_link (confirmation, used_at);

-- Letters about an account belong to no edition; one that asks whoever objects to show that they can be reached, to no account.
CREATE TABLE letter_new (
    id TEXT NOT NULL,
    competition_id TEXT,
    dedupe_key TEXT NOT NULL,
    account_id TEXT,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    claimed_until INTEGER,
    error TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    PRIMARY KEY (id),
    UNIQUE (dedupe_key),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (account_id) REFERENCES account (id)
) STRICT;
INSERT INTO letter_new SELECT * FROM letter;
DROP TABLE letter;
ALTER TABLE letter_new RENAME TO letter;
CREATE INDEX letter_state ON letter (state, next_at);
