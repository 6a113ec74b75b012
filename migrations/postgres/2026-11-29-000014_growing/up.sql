-- What is written in these tables stays, as in the other tables of history.
CREATE TRIGGER formal_check_rows_stay BEFORE UPDATE OR DELETE ON formal_check FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER formal_check_stays BEFORE TRUNCATE ON formal_check FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER panel_application_rows_stay BEFORE UPDATE OR DELETE ON panel_application FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER panel_application_stays BEFORE TRUNCATE ON panel_application FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER edition_secret_rows_stay BEFORE UPDATE OR DELETE ON edition_secret FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER edition_secret_stays BEFORE TRUNCATE ON edition_secret FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER objection_file_rows_stay BEFORE UPDATE OR DELETE ON objection_file FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER objection_file_stays BEFORE TRUNCATE ON objection_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
