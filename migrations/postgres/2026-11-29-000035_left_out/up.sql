-- A city's opinions on applications that are not on its list, and whom applicants may ask about it.
CREATE TABLE recommendation_left_out (
    application_id TEXT NOT NULL PRIMARY KEY REFERENCES application (id),
    competition_id TEXT NOT NULL,
    city TEXT NOT NULL,
    opinion TEXT NOT NULL
);
CREATE INDEX recommendation_left_out_city ON recommendation_left_out (competition_id, city);
ALTER TABLE recommendation_list ADD COLUMN contact TEXT NOT NULL DEFAULT '';
