-- What a scanner said of kept files, by the digest of their content: a file without a row was not scanned.
CREATE TABLE file_scan (
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    found TEXT NOT NULL,
    scanned_at INTEGER NOT NULL,
    PRIMARY KEY (digest)
) STRICT;
CREATE TRIGGER file_scan_no_update BEFORE UPDATE ON file_scan BEGIN SELECT RAISE(ABORT, 'table file_scan is append-only'); END;
CREATE TRIGGER file_scan_no_delete BEFORE DELETE ON file_scan BEGIN SELECT RAISE(ABORT, 'table file_scan is append-only'); END;
CREATE TRIGGER file_scan_no_replace BEFORE INSERT ON file_scan WHEN EXISTS (SELECT 1 FROM file_scan WHERE digest = NEW.digest)
    BEGIN SELECT RAISE(IGNORE); END;
