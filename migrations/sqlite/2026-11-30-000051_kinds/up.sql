-- Which roles, kinds and states there are is the program's to say: a list in a table had to be rebuilt with it for each new one.
-- What is stored stays as it is, so that the texts of the tables are all that changes: SQLite's own procedure for removing a
-- CHECK (https://sqlite.org/lang_altertable.html#otheralter). Half the tables refer to `account`, and foreign keys can't be
-- switched off within the transaction that a migration is.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (kind IN (''catalogue'', ''working_days''))', '')
    WHERE type = 'table' AND name = 'dataset';
UPDATE sqlite_schema SET sql = replace(replace(sql,
        ' CHECK (role IN (''applicant'', ''city_reviewer'', ''expert'', ''office'', ''supervisor'', ''admin''))', ''),
        ',' || char(10) || '    CHECK ((region IS NOT NULL) = (role IN (''applicant'', ''city_reviewer'')))', '')
    WHERE type = 'table' AND name = 'account';
UPDATE sqlite_schema SET sql = replace(sql,
        char(10) || '    CHECK (confirmation IN (''not_needed'', ''awaited'', ''given''))', '')
    WHERE type = 'table' AND name = 'one_time_link';
UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (state IN (''begun'', ''confirmed''))', '')
    WHERE type = 'table' AND name = 'totp';
-- Reads the tables anew.
PRAGMA writable_schema = RESET;

-- Answers under idempotency keys as they were sent. This also tells other connections that the tables have changed.
ALTER TABLE idempotency ADD COLUMN sent TEXT;
ALTER TABLE public_answer ADD COLUMN sent TEXT;
