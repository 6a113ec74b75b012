DROP INDEX document_signed;
DROP INDEX audit_event_action;
