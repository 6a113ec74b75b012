-- A rejection that is taken back is a round of its own, and so is the check after it.
ALTER TABLE formal_check DROP CONSTRAINT formal_check_round_check;
ALTER TABLE formal_check ADD CONSTRAINT formal_check_round_check CHECK (round >= 1);
