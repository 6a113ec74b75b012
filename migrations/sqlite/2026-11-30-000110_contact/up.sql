-- The telephone number of an account, and whether its owner stands by the e-mail address: it was there when the account was
-- opened, or the owner entered it. What another person entered since is no way to a password.
ALTER TABLE account ADD COLUMN phone TEXT;
ALTER TABLE account ADD COLUMN email_confirmed INTEGER NOT NULL DEFAULT 0 CHECK (email_confirmed IN (0, 1));

-- The roles whose forgotten passwords are helped by mail.
CREATE TABLE forgotten_password (
    role TEXT NOT NULL PRIMARY KEY
) STRICT;
