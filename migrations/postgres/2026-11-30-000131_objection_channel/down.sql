ALTER TABLE objection DROP COLUMN channel;
