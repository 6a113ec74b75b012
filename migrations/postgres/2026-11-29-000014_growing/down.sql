DROP TRIGGER formal_check_rows_stay ON formal_check;
DROP TRIGGER formal_check_stays ON formal_check;
DROP TRIGGER panel_application_rows_stay ON panel_application;
DROP TRIGGER panel_application_stays ON panel_application;
DROP TRIGGER edition_secret_rows_stay ON edition_secret;
DROP TRIGGER edition_secret_stays ON edition_secret;
DROP TRIGGER objection_file_rows_stay ON objection_file;
DROP TRIGGER objection_file_stays ON objection_file;
