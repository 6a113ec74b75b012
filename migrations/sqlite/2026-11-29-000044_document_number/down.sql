ALTER TABLE recommendation_list DROP COLUMN document_number;
