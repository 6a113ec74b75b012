ALTER TABLE one_time_link DROP COLUMN confirmed_by;
ALTER TABLE one_time_link DROP COLUMN issued_by;
ALTER TABLE one_time_link DROP COLUMN confirmation;
DROP TABLE key_fingerprint;
