ALTER TABLE dataset ADD CONSTRAINT dataset_kind_check CHECK (kind IN ('catalogue', 'working_days'));
ALTER TABLE account ADD CONSTRAINT account_role_check
    CHECK (role IN ('applicant', 'city_reviewer', 'expert', 'office', 'supervisor', 'admin'));
ALTER TABLE account ADD CONSTRAINT account_check CHECK ((region IS NOT NULL) = (role IN ('applicant', 'city_reviewer')));
ALTER TABLE one_time_link ADD CONSTRAINT one_time_link_confirmation_check
    CHECK (confirmation IN ('not_needed', 'awaited', 'given'));
ALTER TABLE totp ADD CONSTRAINT totp_state_check CHECK (state IN ('begun', 'confirmed'));
ALTER TABLE idempotency DROP COLUMN sent;
ALTER TABLE public_answer DROP COLUMN sent;
