-- From draw to announcement: experts, panels, inspections, score sheets, signed documents, objections, titles, letters.

-- Where letters to an account go.
ALTER TABLE account ADD COLUMN email TEXT;

CREATE TABLE expert (
    id TEXT NOT NULL,
    account_id TEXT,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    content TEXT NOT NULL,
    revision BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name, unit),
    UNIQUE (account_id),
    FOREIGN KEY (account_id) REFERENCES account (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
);

CREATE TABLE draw (
    competition_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    secret TEXT NOT NULL,
    public_seed TEXT,
    result TEXT,
    frozen_by TEXT NOT NULL,
    frozen_at BIGINT NOT NULL,
    drawn_at BIGINT,
    witnessed_by TEXT,
    witnessed_at BIGINT,
    reason TEXT NOT NULL,
    PRIMARY KEY (competition_id, number),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (frozen_by) REFERENCES account (id),
    FOREIGN KEY (witnessed_by) REFERENCES account (id)
);

CREATE TABLE panel_application (
    application_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (application_id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id)
);

CREATE TABLE panel_seat (
    competition_id TEXT NOT NULL,
    unit TEXT NOT NULL,
    expert_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    declared_at BIGINT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (competition_id, unit, expert_id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (expert_id) REFERENCES expert (id)
);

CREATE TABLE sheet (
    application_id TEXT NOT NULL,
    expert_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT,
    revision BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, expert_id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (expert_id) REFERENCES expert (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
);

CREATE TABLE inspection (
    application_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    state TEXT NOT NULL,
    plan TEXT NOT NULL,
    record TEXT NOT NULL,
    signatures TEXT NOT NULL,
    version INTEGER NOT NULL,
    comment_until BIGINT,
    revision BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (application_id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
);

CREATE TABLE rectification (
    id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    due BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
);

CREATE TABLE document (
    competition_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    signed_by TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (competition_id, kind, subject, number),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (signed_by) REFERENCES account (id)
);

CREATE TABLE edition_secret (
    competition_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    PRIMARY KEY (competition_id),
    FOREIGN KEY (competition_id) REFERENCES competition (id)
);

CREATE TABLE objection (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    number TEXT NOT NULL,
    code_digest TEXT NOT NULL,
    anonymous BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    identity TEXT,
    steps TEXT NOT NULL,
    due BIGINT,
    revision BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (number),
    UNIQUE (code_digest),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (application_id) REFERENCES application (id)
);

CREATE TABLE objection_file (
    id TEXT NOT NULL,
    objection_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (objection_id) REFERENCES objection (id)
);

CREATE TABLE recheck_request (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    answer TEXT,
    revision BIGINT NOT NULL,
    filed_by TEXT NOT NULL,
    filed_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (filed_by) REFERENCES account (id)
);

CREATE TABLE title (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    revision BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (application_id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (application_id) REFERENCES application (id)
);

CREATE TABLE letter (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    account_id TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    claimed_until BIGINT,
    error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    PRIMARY KEY (id),
    UNIQUE (dedupe_key),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (account_id) REFERENCES account (id)
);

CREATE INDEX panel_application_unit ON panel_application (competition_id, unit);
CREATE INDEX panel_seat_expert ON panel_seat (expert_id);
CREATE INDEX sheet_competition ON sheet (competition_id);
CREATE INDEX sheet_expert ON sheet (expert_id);
CREATE INDEX inspection_competition ON inspection (competition_id);
CREATE INDEX rectification_application ON rectification (application_id);
CREATE INDEX rectification_competition ON rectification (competition_id);
CREATE INDEX objection_competition ON objection (competition_id);
CREATE INDEX objection_application ON objection (application_id);
CREATE INDEX objection_file_objection ON objection_file (objection_id);
CREATE INDEX recheck_request_competition ON recheck_request (competition_id);
CREATE INDEX recheck_request_application ON recheck_request (application_id);
CREATE INDEX title_competition ON title (competition_id);
CREATE INDEX letter_state ON letter (state, next_at);

-- What is written in this table stays.
CREATE TRIGGER document_rows_stay BEFORE UPDATE OR DELETE ON document FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_stays BEFORE TRUNCATE ON document FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
