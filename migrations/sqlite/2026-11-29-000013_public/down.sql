ALTER TABLE objection DROP COLUMN reached_at;
DROP TABLE public_use;
