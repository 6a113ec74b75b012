-- Who signs in to which account by the province's platform: one subject, one account.
CREATE TABLE platform_link (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    label TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX platform_link_subject ON platform_link (issuer, subject) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX platform_link_account ON platform_link (account_id) WHERE ended_at IS NULL;

-- Trips to the platform that have ended, so that none ends twice; rows are deleted once they could not end in any case.
CREATE TABLE platform_trip (
    state TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
