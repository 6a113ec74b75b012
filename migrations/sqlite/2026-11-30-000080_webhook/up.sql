-- Webhooks of external systems: where they are told by themselves what changed. Secrets are not stored: they follow from the
-- keys, the webhook and the number of the secret.
CREATE TABLE webhook (
    id TEXT NOT NULL PRIMARY KEY,
    machine_id TEXT NOT NULL REFERENCES machine (account_id),
    region TEXT,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    acts TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES account (id),
    made_at INTEGER NOT NULL,
    confirmed_by TEXT REFERENCES account (id),
    confirmed_at INTEGER,
    ended_by TEXT REFERENCES account (id),
    ended_at INTEGER,
    ended_because TEXT,
    secret_number INTEGER NOT NULL,
    -- Until when the secret before signs too.
    former_until INTEGER
) STRICT;

CREATE INDEX webhook_of_machine ON webhook (machine_id);

-- How far each has come.
CREATE TABLE webhook_progress (
    webhook_id TEXT NOT NULL PRIMARY KEY REFERENCES webhook (id),
    -- Up to where of what changed deliveries have been made.
    place TEXT,
    next_at INTEGER NOT NULL,
    -- While a delivery is under way: until when the process that has it may take.
    claimed_until INTEGER,
    failing_since INTEGER,
    delivered_at INTEGER,
    failed_at INTEGER,
    fault TEXT,
    paused_by TEXT REFERENCES account (id),
    paused_at INTEGER,
    paused_because TEXT
) STRICT;

CREATE TABLE webhook_delivery (
    id TEXT NOT NULL PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhook (id),
    message_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    tried_at INTEGER,
    status INTEGER,
    fault TEXT,
    delivered_at INTEGER
) STRICT;

CREATE INDEX webhook_delivery_of ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, id) WHERE delivered_at IS NULL;
