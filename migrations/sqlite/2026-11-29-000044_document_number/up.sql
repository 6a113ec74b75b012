-- The number that the city's own letter of recommendation bears (推荐文号), as the city writes it.
ALTER TABLE recommendation_list ADD COLUMN document_number TEXT NOT NULL DEFAULT '';
