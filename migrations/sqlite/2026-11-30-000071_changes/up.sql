-- Who follows what changes says by its digest which event they were told last.
CREATE INDEX audit_event_digest ON audit_event (digest);
