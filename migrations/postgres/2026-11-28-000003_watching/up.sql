-- What supervisors watch: events of one kind among all of an edition, and who signed which documents when, without
-- reading what stands in them.
CREATE INDEX audit_event_action ON audit_event (action, chain);
CREATE INDEX document_signed ON document (competition_id, kind, signed_at, subject, number, signed_by);
