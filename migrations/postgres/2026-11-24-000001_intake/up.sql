-- Intake: reference data, accounts, editions, applications, recommendation, checks, audit trail.

CREATE TABLE signing_key (
    id TEXT NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE dataset (
    kind TEXT NOT NULL CHECK (kind IN ('catalogue', 'working_days')),
    version INTEGER NOT NULL CHECK (version > 0),
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    imported_by TEXT,
    imported_at BIGINT NOT NULL,
    PRIMARY KEY (kind, version)
);

CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('applicant', 'city_reviewer', 'expert', 'office', 'supervisor', 'admin')),
    region TEXT,
    enabled BOOLEAN NOT NULL,
    password_hash TEXT,
    password_changed_at BIGINT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK ((region IS NOT NULL) = (role IN ('applicant', 'city_reviewer')))
);

CREATE TABLE one_time_link (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT REFERENCES account (id),
    secret_digest TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE login_failure (
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    failures INTEGER NOT NULL,
    since BIGINT NOT NULL,
    locked_until BIGINT,
    PRIMARY KEY (name, source)
);

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    client TEXT NOT NULL,
    ended_at BIGINT,
    ended_because TEXT
);

CREATE TABLE refresh_token (
    secret_digest TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id),
    issued_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE competition (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    version INTEGER NOT NULL,
    called_version INTEGER,
    created_by TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE competition_version (
    competition_id TEXT NOT NULL REFERENCES competition (id),
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (competition_id, number)
);

CREATE TABLE application (
    id TEXT NOT NULL PRIMARY KEY,
    competition_id TEXT NOT NULL REFERENCES competition (id),
    lead_region TEXT NOT NULL,
    city TEXT NOT NULL,
    chain INTEGER NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    number TEXT UNIQUE,
    created_by TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE application_part (
    application_id TEXT NOT NULL REFERENCES application (id),
    part TEXT NOT NULL,
    revision BIGINT NOT NULL,
    content TEXT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, part)
);

CREATE TABLE application_part_version (
    application_id TEXT NOT NULL REFERENCES application (id),
    part TEXT NOT NULL,
    revision BIGINT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, part, revision)
);

CREATE TABLE submission (
    application_id TEXT NOT NULL REFERENCES application (id),
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    submitted_by TEXT NOT NULL REFERENCES account (id),
    submitted_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, number)
);

CREATE TABLE application_member (
    application_id TEXT NOT NULL REFERENCES application (id),
    region TEXT NOT NULL,
    role TEXT NOT NULL,
    consent TEXT NOT NULL,
    statement TEXT NOT NULL,
    decided_by TEXT REFERENCES account (id),
    decided_at BIGINT,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, region)
);

CREATE TABLE evidence (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id),
    digest TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size > 0),
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    office_only BOOLEAN NOT NULL,
    uploaded_by TEXT NOT NULL REFERENCES account (id),
    uploaded_at BIGINT NOT NULL,
    removed_at BIGINT
);

CREATE TABLE application_decision (
    application_id TEXT NOT NULL REFERENCES application (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reasons TEXT NOT NULL,
    decided_by TEXT NOT NULL REFERENCES account (id),
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, number)
);

CREATE TABLE recommendation_list (
    competition_id TEXT NOT NULL REFERENCES competition (id),
    city TEXT NOT NULL,
    revision BIGINT NOT NULL,
    number TEXT UNIQUE,
    content TEXT,
    digest TEXT,
    sealed_by TEXT REFERENCES account (id),
    sealed_at BIGINT,
    PRIMARY KEY (competition_id, city)
);

CREATE TABLE recommendation (
    application_id TEXT NOT NULL PRIMARY KEY REFERENCES application (id),
    competition_id TEXT NOT NULL,
    city TEXT NOT NULL,
    place INTEGER NOT NULL CHECK (place > 0),
    opinion TEXT NOT NULL,
    UNIQUE (competition_id, city, place),
    FOREIGN KEY (competition_id, city) REFERENCES recommendation_list (competition_id, city)
);

CREATE TABLE formal_check (
    application_id TEXT NOT NULL REFERENCES application (id),
    round INTEGER NOT NULL CHECK (round IN (1, 2)),
    items TEXT NOT NULL,
    result TEXT NOT NULL,
    reasons TEXT NOT NULL,
    correction_until BIGINT,
    checked_by TEXT NOT NULL REFERENCES account (id),
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, round)
);

CREATE TABLE veto_check (
    application_id TEXT NOT NULL REFERENCES application (id),
    item TEXT NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    document TEXT REFERENCES evidence (id),
    revision BIGINT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES account (id),
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, item)
);

CREATE TABLE audit_head (
    chain TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    digest TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE audit_event (
    chain TEXT NOT NULL,
    seq BIGINT NOT NULL CHECK (seq > 0),
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    account_id TEXT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
);

CREATE TABLE idempotency (
    account_id TEXT NOT NULL REFERENCES account (id),
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    body TEXT NOT NULL,
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

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

-- What is written in these tables stays: no statement changes, removes or replaces it.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER dataset_rows_stay BEFORE UPDATE OR DELETE ON dataset FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dataset_stays BEFORE TRUNCATE ON dataset FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER competition_version_rows_stay BEFORE UPDATE OR DELETE ON competition_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER competition_version_stays BEFORE TRUNCATE ON competition_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_part_version_rows_stay BEFORE UPDATE OR DELETE ON application_part_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_part_version_stays BEFORE TRUNCATE ON application_part_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER submission_rows_stay BEFORE UPDATE OR DELETE ON submission FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER submission_stays BEFORE TRUNCATE ON submission FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_decision_rows_stay BEFORE UPDATE OR DELETE ON application_decision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_decision_stays BEFORE TRUNCATE ON application_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_rows_stay BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_stays BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
