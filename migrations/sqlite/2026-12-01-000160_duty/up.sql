-- What an account of the office is there for: names of duties with commas between, none where duties are not divided.
ALTER TABLE account ADD COLUMN duties TEXT NOT NULL DEFAULT '';
