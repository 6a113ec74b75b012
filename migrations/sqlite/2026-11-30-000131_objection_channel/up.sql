-- How an objection came that the office registered; none where it was filed on the page of the notice.
ALTER TABLE objection ADD COLUMN channel TEXT;
