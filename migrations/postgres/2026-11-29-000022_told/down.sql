DELETE FROM letter WHERE competition_id IS NULL OR account_id IS NULL;
ALTER TABLE letter ALTER COLUMN competition_id SET NOT NULL;
ALTER TABLE letter ALTER COLUMN account_id SET NOT NULL;
DROP INDEX one_time_link_confirmation;
ALTER TABLE one_time_link DROP COLUMN refused_because;
ALTER TABLE one_time_link DROP COLUMN refused_by;
DROP TABLE account_message;
