-- Intake: reference data, accounts, editions, applications, recommendation, checks, audit trail.

CREATE TABLE signing_key (
    id TEXT NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE dataset (
    kind TEXT NOT NULL CHECK (kind IN ('catalogue', 'working_days')),
    version INTEGER NOT NULL CHECK (version > 0),
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    imported_by TEXT,
    imported_at INTEGER NOT NULL,
    PRIMARY KEY (kind, version)
) STRICT;

CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('applicant', 'city_reviewer', 'expert', 'office', 'supervisor', 'admin')),
    region TEXT,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    password_hash TEXT,
    password_changed_at INTEGER,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK ((region IS NOT NULL) = (role IN ('applicant', 'city_reviewer')))
) STRICT;

CREATE TABLE one_time_link (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT REFERENCES account (id),
    secret_digest TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE TABLE login_failure (
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    failures INTEGER NOT NULL,
    since INTEGER NOT NULL,
    locked_until INTEGER,
    PRIMARY KEY (name, source)
) STRICT;

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    client TEXT NOT NULL,
    ended_at INTEGER,
    ended_because TEXT
) STRICT;

CREATE TABLE refresh_token (
    secret_digest TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id),
    issued_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE TABLE competition (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    called_version INTEGER,
    created_by TEXT NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE competition_version (
    competition_id TEXT NOT NULL REFERENCES competition (id),
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (competition_id, number)
) STRICT;

CREATE TABLE application (
    id TEXT NOT NULL PRIMARY KEY,
    competition_id TEXT NOT NULL REFERENCES competition (id),
    lead_region TEXT NOT NULL,
    city TEXT NOT NULL,
    chain INTEGER NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    number TEXT UNIQUE,
    created_by TEXT NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE application_part (
    application_id TEXT NOT NULL REFERENCES application (id),
    part TEXT NOT NULL,
    revision INTEGER NOT NULL,
    content TEXT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, part)
) STRICT;

CREATE TABLE application_part_version (
    application_id TEXT NOT NULL REFERENCES application (id),
    part TEXT NOT NULL,
    revision INTEGER NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, part, revision)
) STRICT;

CREATE TABLE submission (
    application_id TEXT NOT NULL REFERENCES application (id),
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    submitted_by TEXT NOT NULL REFERENCES account (id),
    submitted_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, number)
) STRICT;

CREATE TABLE application_member (
    application_id TEXT NOT NULL REFERENCES application (id),
    region TEXT NOT NULL,
    role TEXT NOT NULL,
    consent TEXT NOT NULL,
    statement TEXT NOT NULL,
    decided_by TEXT REFERENCES account (id),
    decided_at INTEGER,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, region)
) STRICT;

CREATE TABLE evidence (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    digest TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size > 0),
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    office_only INTEGER NOT NULL CHECK (office_only IN (0, 1)),
    uploaded_by TEXT NOT NULL REFERENCES account (id),
    uploaded_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;

CREATE TABLE application_decision (
    application_id TEXT NOT NULL REFERENCES application (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reasons TEXT NOT NULL,
    decided_by TEXT NOT NULL REFERENCES account (id),
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, number)
) STRICT;

CREATE TABLE recommendation_list (
    competition_id TEXT NOT NULL REFERENCES competition (id),
    city TEXT NOT NULL,
    revision INTEGER NOT NULL,
    number TEXT UNIQUE,
    content TEXT,
    digest TEXT,
    sealed_by TEXT REFERENCES account (id),
    sealed_at INTEGER,
    PRIMARY KEY (competition_id, city)
) STRICT;

CREATE TABLE recommendation (
    application_id TEXT NOT NULL PRIMARY KEY REFERENCES application (id),
    competition_id TEXT NOT NULL,
    city TEXT NOT NULL,
    place INTEGER NOT NULL CHECK (place > 0),
    opinion TEXT NOT NULL,
    UNIQUE (competition_id, city, place),
    FOREIGN KEY (competition_id, city) REFERENCES recommendation_list (competition_id, city)
) STRICT;

CREATE TABLE formal_check (
    application_id TEXT NOT NULL REFERENCES application (id),
    round INTEGER NOT NULL CHECK (round IN (1, 2)),
    items TEXT NOT NULL,
    result TEXT NOT NULL,
    reasons TEXT NOT NULL,
    correction_until INTEGER,
    checked_by TEXT NOT NULL REFERENCES account (id),
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, round)
) STRICT;

CREATE TABLE veto_check (
    application_id TEXT NOT NULL REFERENCES application (id),
    item TEXT NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    document TEXT REFERENCES evidence (id),
    revision INTEGER NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, item)
) STRICT;

CREATE TABLE audit_head (
    chain TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_event (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL,
    account_id TEXT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;

CREATE TABLE idempotency (
    account_id TEXT NOT NULL REFERENCES account (id),
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    body TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT;

CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

CREATE INDEX one_time_link_account ON one_time_link (account_id);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX refresh_token_session ON refresh_token (session_id);
-- One lead per region and chain in an edition; who withdraws may file again.
CREATE UNIQUE INDEX application_lead ON application (competition_id, lead_region, chain) WHERE state <> 'withdrawn';
CREATE INDEX application_city ON application (competition_id, city);
CREATE INDEX application_member_region ON application_member (region);
CREATE INDEX evidence_application ON evidence (application_id);
CREATE INDEX evidence_digest ON evidence (digest);
CREATE INDEX audit_event_at ON audit_event (at);
CREATE INDEX audit_event_account ON audit_event (account_id);
CREATE INDEX audit_event_object ON audit_event (object);

-- What is written in these tables stays: no statement changes, removes or replaces it. The third trigger of each
-- stops INSERT OR REPLACE, which fires no DELETE trigger unless a connection sets recursive_triggers.
CREATE TRIGGER dataset_no_update BEFORE UPDATE ON dataset BEGIN SELECT RAISE(ABORT, 'table dataset is append-only'); END;
CREATE TRIGGER dataset_no_delete BEFORE DELETE ON dataset BEGIN SELECT RAISE(ABORT, 'table dataset is append-only'); END;
CREATE TRIGGER dataset_no_replace BEFORE INSERT ON dataset WHEN EXISTS (SELECT 1 FROM dataset WHERE kind = NEW.kind AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'table dataset is append-only'); END;
CREATE TRIGGER competition_version_no_update BEFORE UPDATE ON competition_version BEGIN SELECT RAISE(ABORT, 'table competition_version is append-only'); END;
CREATE TRIGGER competition_version_no_delete BEFORE DELETE ON competition_version BEGIN SELECT RAISE(ABORT, 'table competition_version is append-only'); END;
CREATE TRIGGER competition_version_no_replace BEFORE INSERT ON competition_version WHEN EXISTS (SELECT 1 FROM competition_version WHERE competition_id = NEW.competition_id AND number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'table competition_version is append-only'); END;
CREATE TRIGGER application_part_version_no_update BEFORE UPDATE ON application_part_version BEGIN SELECT RAISE(ABORT, 'table application_part_version is append-only'); END;
CREATE TRIGGER application_part_version_no_delete BEFORE DELETE ON application_part_version BEGIN SELECT RAISE(ABORT, 'table application_part_version is append-only'); END;
CREATE TRIGGER application_part_version_no_replace BEFORE INSERT ON application_part_version WHEN EXISTS (SELECT 1 FROM application_part_version WHERE application_id = NEW.application_id AND part = NEW.part AND revision = NEW.revision)
    BEGIN SELECT RAISE(ABORT, 'table application_part_version is append-only'); END;
CREATE TRIGGER submission_no_update BEFORE UPDATE ON submission BEGIN SELECT RAISE(ABORT, 'table submission is append-only'); END;
CREATE TRIGGER submission_no_delete BEFORE DELETE ON submission BEGIN SELECT RAISE(ABORT, 'table submission is append-only'); END;
CREATE TRIGGER submission_no_replace BEFORE INSERT ON submission WHEN EXISTS (SELECT 1 FROM submission WHERE application_id = NEW.application_id AND number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'table submission is append-only'); END;
CREATE TRIGGER application_decision_no_update BEFORE UPDATE ON application_decision BEGIN SELECT RAISE(ABORT, 'table application_decision is append-only'); END;
CREATE TRIGGER application_decision_no_delete BEFORE DELETE ON application_decision BEGIN SELECT RAISE(ABORT, 'table application_decision is append-only'); END;
CREATE TRIGGER application_decision_no_replace BEFORE INSERT ON application_decision WHEN EXISTS (SELECT 1 FROM application_decision WHERE application_id = NEW.application_id AND number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'table application_decision is append-only'); END;
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'table audit_event is append-only'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'table audit_event is append-only'); END;
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event WHEN EXISTS (SELECT 1 FROM audit_event WHERE chain = NEW.chain AND seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'table audit_event is append-only'); END;
