-- Answers to requests of people without an account, under their idempotency keys: neither key nor answer can be read here.
CREATE TABLE public_answer (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT;

CREATE INDEX public_answer_stored_at ON public_answer (stored_at);
