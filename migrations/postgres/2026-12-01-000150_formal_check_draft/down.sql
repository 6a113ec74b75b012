ALTER TABLE formal_check DROP COLUMN lot;
DROP TABLE formal_check_draft;
