-- What is written in these tables stays, as in the other tables of history.
CREATE TRIGGER formal_check_no_update BEFORE UPDATE ON formal_check BEGIN SELECT RAISE(ABORT, 'table formal_check is append-only'); END;
CREATE TRIGGER formal_check_no_delete BEFORE DELETE ON formal_check BEGIN SELECT RAISE(ABORT, 'table formal_check is append-only'); END;
CREATE TRIGGER formal_check_no_replace BEFORE INSERT ON formal_check WHEN EXISTS (SELECT 1 FROM formal_check WHERE application_id = NEW.application_id AND round = NEW.round)
    BEGIN SELECT RAISE(ABORT, 'table formal_check is append-only'); END;
CREATE TRIGGER panel_application_no_update BEFORE UPDATE ON panel_application BEGIN SELECT RAISE(ABORT, 'table panel_application is append-only'); END;
CREATE TRIGGER panel_application_no_delete BEFORE DELETE ON panel_application BEGIN SELECT RAISE(ABORT, 'table panel_application is append-only'); END;
CREATE TRIGGER panel_application_no_replace BEFORE INSERT ON panel_application WHEN EXISTS (SELECT 1 FROM panel_application WHERE application_id = NEW.application_id)
    BEGIN SELECT RAISE(ABORT, 'table panel_application is append-only'); END;
CREATE TRIGGER edition_secret_no_update BEFORE UPDATE ON edition_secret BEGIN SELECT RAISE(ABORT, 'table edition_secret is append-only'); END;
CREATE TRIGGER edition_secret_no_delete BEFORE DELETE ON edition_secret BEGIN SELECT RAISE(ABORT, 'table edition_secret is append-only'); END;
CREATE TRIGGER edition_secret_no_replace BEFORE INSERT ON edition_secret WHEN EXISTS (SELECT 1 FROM edition_secret WHERE competition_id = NEW.competition_id)
    BEGIN SELECT RAISE(ABORT, 'table edition_secret is append-only'); END;
CREATE TRIGGER objection_file_no_update BEFORE UPDATE ON objection_file BEGIN SELECT RAISE(ABORT, 'table objection_file is append-only'); END;
CREATE TRIGGER objection_file_no_delete BEFORE DELETE ON objection_file BEGIN SELECT RAISE(ABORT, 'table objection_file is append-only'); END;
CREATE TRIGGER objection_file_no_replace BEFORE INSERT ON objection_file WHEN EXISTS (SELECT 1 FROM objection_file WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'table objection_file is append-only'); END;
