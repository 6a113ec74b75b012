-- Which keys this database goes with; the keys themselves are kept elsewhere.
CREATE TABLE key_fingerprint (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    recorded_at BIGINT NOT NULL
);

-- A link for an account that judges or watches works once a second person has confirmed it.
ALTER TABLE one_time_link ADD COLUMN confirmation TEXT NOT NULL DEFAULT 'not_needed'
    CHECK (confirmation IN ('not_needed', 'awaited', 'given'));
ALTER TABLE one_time_link ADD COLUMN issued_by TEXT REFERENCES account (id);
ALTER TABLE one_time_link ADD COLUMN confirmed_by TEXT REFERENCES account (id);
