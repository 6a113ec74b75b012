ALTER TABLE account DROP COLUMN duties;
