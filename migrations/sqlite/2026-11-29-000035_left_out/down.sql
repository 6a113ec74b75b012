ALTER TABLE recommendation_list DROP COLUMN contact;
DROP TABLE recommendation_left_out;
