ALTER TABLE formal_check DROP CONSTRAINT formal_check_round_check;
ALTER TABLE formal_check ADD CONSTRAINT formal_check_round_check CHECK (round IN (1, 2)) NOT VALID;
