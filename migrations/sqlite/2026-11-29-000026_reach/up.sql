-- A letter may go to somebody without an account: a code to whoever objects, to show that they can be reached.
CREATE TABLE letter_anew (
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
INSERT INTO letter_anew SELECT id, competition_id, dedupe_key, account_id, address, subject, body, state, attempts, next_at, claimed_until, error, created_at, sent_at FROM letter;
DROP TABLE letter;
ALTER TABLE letter_anew RENAME TO letter;
CREATE INDEX letter_state ON letter (state, next_at);
