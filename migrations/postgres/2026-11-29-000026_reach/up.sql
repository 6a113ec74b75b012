-- A letter may go to somebody without an account: a code to whoever objects, to show that they can be reached.
ALTER TABLE letter ALTER COLUMN account_id DROP NOT NULL;
