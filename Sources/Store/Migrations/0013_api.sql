-- What the HTTP API keeps.

-- The member an agent's token acts for; null for the other roles.
ALTER TABLE perezvon.tokens ADD COLUMN member text;

-- Answers to requests with an Idempotency-Key, for a day. Without a status the request is being done, or its
-- service died with it: then the key is free again after a minute.
CREATE TABLE perezvon.kept_answers (
  bearer       text NOT NULL,
  key          text NOT NULL,
  -- SHA-256 of what was asked, in hex.
  fingerprint  text NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  at           timestamptz NOT NULL,
  status       integer,
  content_type text,
  body         bytea,
  PRIMARY KEY (bearer, key),
  CONSTRAINT kept_answers_whole CHECK ((status IS NULL) = (body IS NULL) AND (status IS NULL) = (content_type IS NULL))
);
CREATE INDEX kept_answers_at ON perezvon.kept_answers (at);

-- The figures of the key `losses`, for report.losses: one row, or none. `self_return` is what the configuration says,
-- or was measured last.
CREATE TABLE perezvon.loss_settings (
  single       boolean PRIMARY KEY DEFAULT true CHECK (single),
  average_sale double precision NOT NULL,
  currency     text NOT NULL,
  conversion   double precision NOT NULL,
  self_return  double precision,
  measured_at  timestamptz
);
