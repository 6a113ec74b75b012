-- Which roles, kinds and states there are is the program's to say: a list in a table had to be changed with it for each new one.
ALTER TABLE dataset DROP CONSTRAINT dataset_kind_check;
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account DROP CONSTRAINT account_check;
ALTER TABLE one_time_link DROP CONSTRAINT one_time_link_confirmation_check;
ALTER TABLE totp DROP CONSTRAINT totp_state_check;

-- Answers under idempotency keys as they were sent.
ALTER TABLE idempotency ADD COLUMN sent TEXT;
ALTER TABLE public_answer ADD COLUMN sent TEXT;
