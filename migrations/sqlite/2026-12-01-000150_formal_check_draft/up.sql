-- Formal checks that are not issued yet, one an application.
CREATE TABLE formal_check_draft (
    application_id TEXT NOT NULL PRIMARY KEY REFERENCES application (id),
    -- Findings, result and reason as JSON.
    content TEXT NOT NULL,
    revision INTEGER NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at INTEGER NOT NULL
) STRICT;
-- With which others a check was issued: a number within its competition, from 1.
ALTER TABLE formal_check ADD COLUMN lot INTEGER;
