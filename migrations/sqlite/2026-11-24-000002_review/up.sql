-- From draw to announcement: experts, panels, inspections, score sheets, signed documents, objections, titles, letters.

-- Where letters to an account go.
ALTER TABLE account ADD COLUMN email TEXT;

CREATE TABLE expert (
    id TEXT NOT NULL,
    account_id TEXT,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    content TEXT NOT NULL,
    revision INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name, unit),
    UNIQUE (account_id),
    FOREIGN KEY (account_id) REFERENCES account (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
) STRICT;

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
    frozen_at INTEGER NOT NULL,
    drawn_at INTEGER,
    witnessed_by TEXT,
    witnessed_at INTEGER,
    reason TEXT NOT NULL,
    PRIMARY KEY (competition_id, number),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (frozen_by) REFERENCES account (id),
    FOREIGN KEY (witnessed_by) REFERENCES account (id)
) STRICT;

CREATE TABLE panel_application (
    application_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (application_id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id)
) STRICT;

CREATE TABLE panel_seat (
    competition_id TEXT NOT NULL,
    unit TEXT NOT NULL,
    expert_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    declared_at INTEGER,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (competition_id, unit, expert_id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (expert_id) REFERENCES expert (id)
) STRICT;

CREATE TABLE sheet (
    application_id TEXT NOT NULL,
    expert_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT,
    revision INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, expert_id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (expert_id) REFERENCES expert (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
) STRICT;

CREATE TABLE inspection (
    application_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    state TEXT NOT NULL,
    plan TEXT NOT NULL,
    record TEXT NOT NULL,
    signatures TEXT NOT NULL,
    version INTEGER NOT NULL,
    comment_until INTEGER,
    revision INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (application_id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
) STRICT;

CREATE TABLE rectification (
    id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    due INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (changed_by) REFERENCES account (id)
) STRICT;

CREATE TABLE document (
    competition_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    signed_by TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    PRIMARY KEY (competition_id, kind, subject, number),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (signed_by) REFERENCES account (id)
) STRICT;

CREATE TABLE edition_secret (
    competition_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    PRIMARY KEY (competition_id),
    FOREIGN KEY (competition_id) REFERENCES competition (id)
) STRICT;

CREATE TABLE objection (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    number TEXT NOT NULL,
    code_digest TEXT NOT NULL,
    anonymous INTEGER NOT NULL CHECK (anonymous IN (0, 1)),
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    identity TEXT,
    steps TEXT NOT NULL,
    due INTEGER,
    revision INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (number),
    UNIQUE (code_digest),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (application_id) REFERENCES application (id)
) STRICT;

CREATE TABLE objection_file (
    id TEXT NOT NULL,
    objection_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (objection_id) REFERENCES objection (id)
) STRICT;

CREATE TABLE recheck_request (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    answer TEXT,
    revision INTEGER NOT NULL,
    filed_by TEXT NOT NULL,
    filed_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (application_id) REFERENCES application (id),
    FOREIGN KEY (filed_by) REFERENCES account (id)
) STRICT;

CREATE TABLE title (
    id TEXT NOT NULL,
    competition_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    state TEXT NOT NULL,
    content TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    revision INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (application_id),
    FOREIGN KEY (competition_id) REFERENCES competition (id),
    FOREIGN KEY (application_id) REFERENCES application (id)
) STRICT;

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

-- What is written in this table stays; the third trigger stops INSERT OR REPLACE.
CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'table document is append-only'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'table document is append-only'); END;
CREATE TRIGGER document_no_replace BEFORE INSERT ON document WHEN EXISTS (SELECT 1 FROM document WHERE competition_id = NEW.competition_id AND kind = NEW.kind AND subject = NEW.subject AND number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'table document is append-only'); END;
