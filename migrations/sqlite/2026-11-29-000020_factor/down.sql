DROP TABLE recovery_code;
DROP TABLE totp;
ALTER TABLE session DROP COLUMN proved_at;
ALTER TABLE one_time_link DROP COLUMN clears_second_factor;
ALTER TABLE account DROP COLUMN second_factor_at;
