-- What the owner of an account is told that was done to it, until they say that they have read it.
CREATE TABLE account_message (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    by_name TEXT,
    at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX account_message_unread ON account_message (account_id, read_at);

-- Who turned a one-time link down, and why.
ALTER TABLE one_time_link ADD COLUMN refused_by TEXT REFERENCES account (id);
ALTER TABLE one_time_link ADD COLUMN refused_because TEXT;
CREATE INDEX one_time_link_confirmation ON one_time_link (confirmation, used_at);

-- Letters about an account belong to no edition; one that asks whoever objects to show that they can be reached, to no account.
ALTER TABLE letter ALTER COLUMN competition_id DROP NOT NULL;
ALTER TABLE letter ALTER COLUMN account_id DROP NOT NULL;
