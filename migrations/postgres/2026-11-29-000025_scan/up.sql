-- What a scanner said of kept files, by the digest of their content: a file without a row was not scanned.
CREATE TABLE file_scan (
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    found TEXT NOT NULL,
    scanned_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
);
CREATE TRIGGER file_scan_rows_stay BEFORE UPDATE OR DELETE ON file_scan FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER file_scan_stays BEFORE TRUNCATE ON file_scan FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
