DROP TABLE machine;
ALTER TABLE account DROP COLUMN machine;
