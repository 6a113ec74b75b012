DELETE FROM letter WHERE competition_id IS NULL OR account_id IS NULL;
CREATE TABLE letter_old (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    account_id TEXT NOT NULL,
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
INSERT INTO letter_old SELECT * FROM letter;
DROP TABLE letter;
ALTER TABLE letter_old RENAME TO letter;
CREATE INDEX letter_state ON letter (state, next_at);
DROP INDEX one_time_link_confirmation;
ALTER TABLE one_time_link DROP COLUMN refused_because;
ALTER TABLE one_time_link DROP COLUMN refused_by;
DROP TABLE account_message;
