DROP INDEX audit_event_digest;
