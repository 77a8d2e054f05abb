-- The books: calls, missed calls, jobs, attempts, decisions.
-- Texts that stand for a Swift enum carry a CHECK with the same words. Moments are timestamptz, spans are
-- interval. Every moment is given by the caller, except in leases.

CREATE TABLE perezvon.calls (
  pbx          text NOT NULL,
  linkedid     text NOT NULL,
  channel      text NOT NULL,
  direction    text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'internal')),
  started_at   timestamptz NOT NULL,
  ended_at     timestamptz NOT NULL,
  -- E.164, the raw digits where it cannot be read, null where hidden.
  number       text,
  -- Null where hidden or not readable.
  number_kind  text,
  customer_name text NOT NULL,
  did          text NOT NULL,
  queue        text,
  answered     boolean NOT NULL,
  answered_by  text,
  wait         interval NOT NULL,
  talk         interval NOT NULL,
  lost_at      text CHECK (lost_at IN
    ('trunk', 'greeting', 'ivr', 'queue', 'ring', 'transfer', 'after_hours', 'other')),
  ending       text CHECK (ending IN
    ('caller_hung_up', 'timeout', 'queue_empty', 'queue_full', 'key', 'withdrawn', 'agent_collision',
     'callback_requested', 'voicemail', 'pbx')),
  hangup_cause integer NOT NULL,
  short        boolean NOT NULL,
  -- The attempt whose leg this call was. Not a foreign key: the call is a fact even where the attempt is not
  -- in these books.
  attempt      uuid,
  PRIMARY KEY (pbx, linkedid)
);
CREATE INDEX calls_number ON perezvon.calls (number, ended_at DESC) WHERE number IS NOT NULL;
CREATE INDEX calls_ended ON perezvon.calls (ended_at);
CREATE INDEX calls_started ON perezvon.calls (started_at);

CREATE TABLE perezvon.queue_entries (
  pbx        text NOT NULL,
  channel    text NOT NULL,
  -- The n-th join of this channel, from 1.
  join_n     integer NOT NULL CHECK (join_n >= 1),
  linkedid   text NOT NULL,
  queue      text NOT NULL,
  joined_at  timestamptz NOT NULL,
  left_at    timestamptz NOT NULL,
  result     text NOT NULL CHECK (result IN ('answered', 'abandoned', 'other_unanswered')),
  member     text,
  position   integer NOT NULL,
  PRIMARY KEY (pbx, channel, join_n)
);
CREATE INDEX queue_entries_joined ON perezvon.queue_entries (joined_at);

CREATE TABLE perezvon.jobs (
  id              uuid PRIMARY KEY,
  campaign        text NOT NULL,
  number          text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{2,14}$'),
  customer_name   text NOT NULL,
  source          text NOT NULL CHECK (source IN ('missed_call', 'requested', 'promised', 'api', 'contact')),
  state           text NOT NULL CHECK (state IN
    ('waiting', 'working', 'succeeded', 'recovered', 'exhausted', 'expired', 'excluded', 'cancelled',
     'failed')),
  reason          text NOT NULL,
  created_at      timestamptz NOT NULL,
  -- The original arrival: the place in line.
  first_missed_at timestamptz NOT NULL,
  missed_count    integer NOT NULL CHECK (missed_count >= 0),
  priority        integer NOT NULL,
  owner           text,
  due_at          timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  -- Customer dials so far.
  attempts        integer NOT NULL CHECK (attempts >= 0),
  queue           text,
  pbx             text NOT NULL,
  held_out        boolean NOT NULL,
  closed_at       timestamptz,
  CONSTRAINT jobs_closed_when_final CHECK ((state IN ('waiting', 'working')) = (closed_at IS NULL)),
  CONSTRAINT jobs_held_out_never_works CHECK (NOT (held_out AND state = 'working'))
);
-- One open job for a number and a campaign, whatever the program believes.
CREATE UNIQUE INDEX jobs_one_open ON perezvon.jobs (number, campaign) WHERE state IN ('waiting', 'working');
CREATE INDEX jobs_due ON perezvon.jobs (campaign, due_at) WHERE state = 'waiting' AND NOT held_out;
CREATE INDEX jobs_expiring ON perezvon.jobs (expires_at) WHERE state = 'waiting';
CREATE INDEX jobs_number ON perezvon.jobs (number, created_at DESC);
CREATE INDEX jobs_created ON perezvon.jobs (created_at);

CREATE TABLE perezvon.missed_calls (
  pbx           text NOT NULL,
  linkedid      text NOT NULL,
  at            timestamptz NOT NULL,
  number        text,
  number_kind   text,
  customer_name text NOT NULL,
  did           text NOT NULL,
  queue         text,
  wait          interval NOT NULL,
  lost_at       text,
  ending        text,
  members_rung  text[] NOT NULL,
  short         boolean NOT NULL,
  evidence      jsonb NOT NULL,
  job           uuid REFERENCES perezvon.jobs (id),
  no_job_reason text,
  PRIMARY KEY (pbx, linkedid),
  FOREIGN KEY (pbx, linkedid) REFERENCES perezvon.calls (pbx, linkedid) ON DELETE CASCADE,
  CONSTRAINT missed_calls_job_or_reason CHECK ((job IS NULL) = (no_job_reason IS NOT NULL))
);
CREATE INDEX missed_calls_at ON perezvon.missed_calls (at);
CREATE INDEX missed_calls_number ON perezvon.missed_calls (number, at DESC) WHERE number IS NOT NULL;
CREATE INDEX missed_calls_job ON perezvon.missed_calls (job) WHERE job IS NOT NULL;

CREATE TABLE perezvon.attempts (
  id                 uuid PRIMARY KEY,
  job                uuid NOT NULL REFERENCES perezvon.jobs (id),
  campaign           text NOT NULL,
  pbx                text NOT NULL,
  n                  integer NOT NULL CHECK (n >= 1),
  number             text NOT NULL,
  agent              text,
  queue              text,
  phase              text NOT NULL CHECK (phase IN ('agent', 'customer', 'connected', 'wrap_up', 'ended')),
  fence              bigint NOT NULL,
  pbx_started_at     timestamptz NOT NULL,
  started_at         timestamptz NOT NULL,
  deadline           timestamptz NOT NULL,
  agent_rang_at      timestamptz,
  agent_answered_at  timestamptz,
  customer_dialed_at timestamptz,
  connected_at       timestamptz,
  talk_ended_at      timestamptz,
  ended_at           timestamptz,
  agent_result       text NOT NULL CHECK (agent_result IN ('answered', 'no_answer', 'declined', 'none')),
  customer_result    text NOT NULL CHECK (customer_result IN
    ('answered', 'busy', 'no_answer', 'congestion', 'machine', 'invalid', 'cancelled', 'none')),
  outcome            text CHECK (outcome IN
    ('conversation', 'no_conversation', 'customer_missed', 'agent_missed', 'dropped', 'unknown')),
  hangup_cause       integer,
  paused_reason_found text NOT NULL,
  UNIQUE (job, n),
  CONSTRAINT attempts_ended_phase CHECK ((phase = 'ended') = (ended_at IS NOT NULL)),
  CONSTRAINT attempts_ended_outcome CHECK ((ended_at IS NULL) OR (outcome IS NOT NULL))
);
-- One call at a time: for a customer over all PBXs and instances, for an agent on his PBX.
CREATE UNIQUE INDEX attempts_one_live_number ON perezvon.attempts (number) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX attempts_one_live_agent ON perezvon.attempts (pbx, agent)
  WHERE ended_at IS NULL AND agent IS NOT NULL;
CREATE INDEX attempts_number_dialed ON perezvon.attempts (number, customer_dialed_at);
-- For the hourly cap: when the customer was dialled, or, while he may yet be, when the attempt began.
CREATE INDEX attempts_pbx_dialed ON perezvon.attempts
  (pbx, (coalesce(customer_dialed_at, CASE WHEN ended_at IS NULL THEN started_at END)));
CREATE INDEX attempts_started ON perezvon.attempts (started_at);

-- Small and much rewritten: old versions are in the way of the indexes on what is open or live.
ALTER TABLE perezvon.jobs SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE perezvon.attempts SET (autovacuum_vacuum_scale_factor = 0.02);

-- What was decided and why. No foreign key to jobs: the sentence stays readable without the job.
CREATE TABLE perezvon.decisions (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL,
  number   text,
  job      uuid,
  decision text NOT NULL,
  reason   text NOT NULL
);
CREATE INDEX decisions_number ON perezvon.decisions (number, at DESC) WHERE number IS NOT NULL;
CREATE INDEX decisions_job ON perezvon.decisions (job) WHERE job IS NOT NULL;

CREATE TABLE perezvon.do_not_call (
  number     text PRIMARY KEY,
  reason     text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE perezvon.customers (
  number   text PRIMARY KEY,
  name     text NOT NULL,
  category text,
  manager  text
);

-- Tokens of the HTTP API: only the SHA-256 of the secret, in hex.
CREATE TABLE perezvon.tokens (
  hash       text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  role       text NOT NULL CHECK (role IN ('viewer', 'agent', 'supervisor', 'admin')),
  label      text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz
);
