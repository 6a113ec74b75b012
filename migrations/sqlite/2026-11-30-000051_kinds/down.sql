PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'kind TEXT NOT NULL,', 'kind TEXT NOT NULL CHECK (kind IN (''catalogue'', ''working_days'')),')
    WHERE type = 'table' AND name = 'dataset';
UPDATE sqlite_schema SET sql = replace(replace(sql, 'role TEXT NOT NULL,',
        'role TEXT NOT NULL CHECK (role IN (''applicant'', ''city_reviewer'', ''expert'', ''office'', ''supervisor'', ''admin'')),'),
        char(10) || ') STRICT',
        ',' || char(10) || '    CHECK ((region IS NOT NULL) = (role IN (''applicant'', ''city_reviewer'')))' || char(10) || ') STRICT')
    WHERE type = 'table' AND name = 'account';
UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT ''not_needed''',
        'DEFAULT ''not_needed''' || char(10) || '    CHECK (confirmation IN (''not_needed'', ''awaited'', ''given''))')
    WHERE type = 'table' AND name = 'one_time_link';
UPDATE sqlite_schema SET sql = replace(sql, 'state TEXT NOT NULL,', 'state TEXT NOT NULL CHECK (state IN (''begun'', ''confirmed'')),')
    WHERE type = 'table' AND name = 'totp';
PRAGMA writable_schema = RESET;
ALTER TABLE idempotency DROP COLUMN sent;
ALTER TABLE public_answer DROP COLUMN sent;
