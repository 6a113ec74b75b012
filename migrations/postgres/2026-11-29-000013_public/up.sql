-- What the public took on a day, under marks of who it was: counted here so that restarts and several processes keep
-- it. Rows of days that are over are deleted.
CREATE TABLE public_use (
    purpose TEXT NOT NULL,
    mark TEXT NOT NULL,
    day TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (purpose, mark, day)
);

-- What files took before counts for good.
INSERT INTO public_use SELECT 'bytes_in_all', '', '', COALESCE(SUM(size), 0)::BIGINT FROM objection_file;

-- When whoever objects was shown to be reachable.
ALTER TABLE objection ADD COLUMN reached_at BIGINT;
