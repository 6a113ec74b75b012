-- A rejection that is taken back is a round of its own, and so is the check after it.
DROP TRIGGER formal_check_no_update;
DROP TRIGGER formal_check_no_delete;
DROP TRIGGER formal_check_no_replace;
CREATE TABLE formal_check_of_rounds (
    application_id TEXT NOT NULL REFERENCES application (id),
    round INTEGER NOT NULL CHECK (round >= 1),
    items TEXT NOT NULL,
    result TEXT NOT NULL,
    reasons TEXT NOT NULL,
    correction_until INTEGER,
    checked_by TEXT NOT NULL REFERENCES account (id),
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, round)
) STRICT;
INSERT INTO formal_check_of_rounds SELECT * FROM formal_check;
DROP TABLE formal_check;
ALTER TABLE formal_check_of_rounds RENAME TO formal_check;
CREATE TRIGGER formal_check_no_update BEFORE UPDATE ON formal_check BEGIN SELECT RAISE(ABORT, 'table formal_check is append-only'); END;
CREATE TRIGGER formal_check_no_delete BEFORE DELETE ON formal_check BEGIN SELECT RAISE(ABORT, 'table formal_check is append-only'); END;
CREATE TRIGGER formal_check_no_replace BEFORE INSERT ON formal_check WHEN EXISTS (SELECT 1 FROM formal_check WHERE application_id = NEW.application_id AND round = NEW.round)
    BEGIN SELECT RAISE(ABORT, 'table formal_check is append-only'); END;
