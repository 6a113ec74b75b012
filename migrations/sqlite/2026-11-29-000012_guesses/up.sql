-- Passwords that were tried, each counted before it is looked at. `login_failure` is no longer read; it stays for
-- processes of the release before while they still run.
CREATE TABLE password_guess (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    at INTEGER NOT NULL,
    forgiven INTEGER NOT NULL CHECK (forgiven IN (0, 1))
) STRICT;

CREATE INDEX password_guess_name ON password_guess (name, at);
CREATE INDEX password_guess_at ON password_guess (at);
