-- Letters that ask a department about veto items of several applications, and how it was answered.
CREATE TABLE inquiry (
    competition_id TEXT NOT NULL REFERENCES competition (id),
    number INTEGER NOT NULL,
    department TEXT NOT NULL,
    document_number TEXT NOT NULL,
    dated TEXT NOT NULL,
    -- Which applications it names, with whom, and which items of each it asks about.
    asked TEXT NOT NULL,
    asked_by TEXT NOT NULL REFERENCES account (id),
    asked_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    -- The reply, once it was uploaded: each application has it among its evidence.
    reply_digest TEXT,
    reply_name TEXT,
    -- What the reply is, once results were recorded.
    note TEXT NOT NULL,
    answered_by TEXT REFERENCES account (id),
    answered_at INTEGER,
    PRIMARY KEY (competition_id, number)
) STRICT;
