-- Who is told of what, and what a person has to do.

-- What happened and was not yet looked at by the rules of `notify` and `tasks`: written by the triggers below in the
-- transaction of the change itself, taken by any instance, in the order of `id`. Holds no numbers and no names.
CREATE TABLE perezvon.events (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL,
  kind     text NOT NULL CHECK (kind IN
    ('missed_call', 'job_created', 'job_closed', 'callback_connected', 'callback_failed', 'job_expired',
     'task_wanted', 'task_created', 'task_reminder', 'task_overdue', 'task_escalated', 'task_closed',
     'promise_due', 'promise_overdue', 'digest', 'pbx_down', 'trunk_failing', 'no_calls', 'drop_rate_high',
     'loss_spike')),
  pbx      text,
  linkedid text,
  job      uuid,
  attempt  uuid,
  task     uuid,
  details  jsonb NOT NULL DEFAULT '{}'
);

-- What a person has to do, watched until there is evidence that it was done.
CREATE TABLE perezvon.tasks (
  id            uuid PRIMARY KEY,
  kind          text NOT NULL CHECK (kind IN ('not_dialled', 'job_expired', 'promise', 'rule')),
  -- Null where it is hidden, or was removed by retention.
  number        text,
  customer_name text NOT NULL,
  did           text NOT NULL,
  queue         text,
  lost_at       text,
  wait          interval NOT NULL,
  pbx           text NOT NULL,
  linkedid      text,
  job           uuid,
  reason        text NOT NULL,
  missed_count  integer NOT NULL CHECK (missed_count >= 1),
  -- A member's interface or a name of `tasks.people`; null where nobody was found.
  assignee      text,
  created_at    timestamptz NOT NULL,
  due_at        timestamptz NOT NULL,
  remind_at     timestamptz,
  escalate_at   timestamptz,
  reminded_at   timestamptz,
  overdue_at    timestamptz,
  escalated_at  timestamptz,
  closed_at     timestamptz,
  closed_how    text CHECK (closed_how IN ('talked', 'crm', 'person')),
  closed_by     text,
  note          text NOT NULL DEFAULT '',
  CONSTRAINT tasks_closed_how CHECK ((closed_at IS NULL) = (closed_how IS NULL))
);
-- One open task for a number: another missed call is counted on it.
CREATE UNIQUE INDEX tasks_one_open ON perezvon.tasks (number) WHERE closed_at IS NULL AND number IS NOT NULL;
CREATE INDEX tasks_open ON perezvon.tasks (due_at) WHERE closed_at IS NULL;
CREATE INDEX tasks_number ON perezvon.tasks (number, created_at DESC) WHERE number IS NOT NULL;
CREATE INDEX tasks_created ON perezvon.tasks (created_at);
CREATE INDEX jobs_promised_due ON perezvon.jobs (due_at) WHERE source = 'promised' AND closed_at IS NULL;
CREATE INDEX tasks_job ON perezvon.tasks (job) WHERE job IS NOT NULL;

-- What is to be sent, and what became of it.
CREATE TABLE perezvon.outbox (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The idempotency key: the same through all repetitions.
  key          uuid NOT NULL UNIQUE,
  event        text NOT NULL,
  -- `mail`, `sms`, or `webhook` and the address.
  sink         text NOT NULL,
  -- The job, the call or the alert it is about: within a sink these keep their order.
  stream       text NOT NULL,
  number       text,
  -- Null once it is sent or dropped.
  payload      jsonb,
  created_at   timestamptz NOT NULL,
  due_at       timestamptz NOT NULL,
  -- Not sent after this moment; null: however late.
  expires_at   timestamptz,
  -- A text for the customer: dropped where somebody has talked to him since, and never sent twice.
  to_customer  boolean NOT NULL DEFAULT false,
  state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
  tries        integer NOT NULL DEFAULT 0,
  leased_by    text,
  leased_until timestamptz,
  last_error   text NOT NULL DEFAULT '',
  done_at      timestamptz,
  CONSTRAINT outbox_done CHECK ((state = 'waiting') = (done_at IS NULL))
);
CREATE INDEX outbox_due ON perezvon.outbox (sink, due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_order ON perezvon.outbox (sink, stream, id) WHERE state = 'waiting';
CREATE INDEX outbox_number ON perezvon.outbox (number) WHERE number IS NOT NULL;
CREATE INDEX outbox_over ON perezvon.outbox (done_at) WHERE state <> 'waiting';
ALTER TABLE perezvon.outbox SET (autovacuum_vacuum_scale_factor = 0.02);

-- When a customer was last sent a text: at most one for each spell of missed calls.
CREATE TABLE perezvon.customer_texts (
  number text PRIMARY KEY,
  at     timestamptz NOT NULL
);

-- What was told once and must not be told again: a digest of a rule for a span, a promise that is due.
CREATE TABLE perezvon.told (
  what text PRIMARY KEY,
  at   timestamptz NOT NULL
);
CREATE INDEX told_at ON perezvon.told (at);

-- Missed calls that a digest has still to tell of.
CREATE TABLE perezvon.digest_calls (
  digest   text NOT NULL,
  pbx      text NOT NULL,
  linkedid text NOT NULL,
  at       timestamptz NOT NULL,
  PRIMARY KEY (digest, pbx, linkedid)
);

-- Alerts that were raised and not cleared yet.
CREATE TABLE perezvon.alerts (
  what      text PRIMARY KEY,
  kind      text NOT NULL,
  raised_at timestamptz NOT NULL,
  sentence  text NOT NULL
);

CREATE FUNCTION perezvon.tell_missed_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO perezvon.events (at, kind, pbx, linkedid, job)
    VALUES (NEW.at, 'missed_call', NEW.pbx, NEW.linkedid, NEW.job);
  RETURN NULL;
END $$;
-- Nobody is told of history: an import sets perezvon.history to on in its transaction.
CREATE TRIGGER tell_missed_call AFTER INSERT ON perezvon.missed_calls
  FOR EACH ROW WHEN (current_setting('perezvon.history', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION perezvon.tell_missed_call();

-- Jobs of contact lists are not told of one by one: a list has a million.
CREATE FUNCTION perezvon.tell_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO perezvon.events (at, kind, job) VALUES (NEW.created_at, 'job_created', NEW.id);
    IF NEW.closed_at IS NULL THEN RETURN NULL; END IF;
  END IF;
  -- Who is held out is left alone: nobody is asked to call him.
  IF NEW.state IN ('exhausted', 'failed') AND NOT NEW.held_out THEN
    INSERT INTO perezvon.events (at, kind, job) VALUES (NEW.closed_at, 'callback_failed', NEW.id);
  ELSIF NEW.state = 'expired' AND NOT NEW.held_out THEN
    INSERT INTO perezvon.events (at, kind, job) VALUES (NEW.closed_at, 'job_expired', NEW.id);
  END IF;
  INSERT INTO perezvon.events (at, kind, job) VALUES (NEW.closed_at, 'job_closed', NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_job_created AFTER INSERT ON perezvon.jobs
  FOR EACH ROW WHEN (NEW.contact IS NULL) EXECUTE FUNCTION perezvon.tell_job();
CREATE TRIGGER tell_job_closed AFTER UPDATE OF state ON perezvon.jobs
  FOR EACH ROW WHEN (NEW.contact IS NULL AND OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL)
  EXECUTE FUNCTION perezvon.tell_job();

-- A decision that asks for a person (`otherwise: task`): the transaction has just written its missed call.
CREATE FUNCTION perezvon.tell_task_wanted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO perezvon.events (at, kind, pbx, linkedid)
    SELECT NEW.at, 'task_wanted', m.pbx, m.linkedid FROM perezvon.missed_calls m
    WHERE m.number = NEW.number ORDER BY m.at DESC LIMIT 1;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_task_wanted AFTER INSERT ON perezvon.decisions
  FOR EACH ROW WHEN (NEW.decision = 'task') EXECUTE FUNCTION perezvon.tell_task_wanted();

CREATE FUNCTION perezvon.tell_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO perezvon.events (at, kind, task, job)
    VALUES (coalesce(NEW.closed_at, NEW.created_at),
      CASE WHEN NEW.closed_at IS NULL THEN 'task_created' ELSE 'task_closed' END, NEW.id, NEW.job);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_task_created AFTER INSERT ON perezvon.tasks
  FOR EACH ROW EXECUTE FUNCTION perezvon.tell_task();
CREATE TRIGGER tell_task_closed AFTER UPDATE OF closed_at ON perezvon.tasks
  FOR EACH ROW WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) EXECUTE FUNCTION perezvon.tell_task();

-- They talked: the evidence that closes a task. A text for the customer that still waits is dropped.
CREATE FUNCTION perezvon.talked(in_number text, in_who text, in_at timestamptz) RETURNS void LANGUAGE sql AS $$
  UPDATE perezvon.tasks SET closed_at = in_at, closed_how = 'talked', closed_by = in_who
    WHERE number = in_number AND closed_at IS NULL AND created_at <= in_at;
  UPDATE perezvon.outbox SET state = 'dropped', done_at = in_at, payload = NULL,
      last_error = 'somebody has talked to the customer meanwhile'
    WHERE number = in_number AND to_customer AND state = 'waiting' AND created_at <= in_at
      AND coalesce(leased_until, '-infinity') < in_at;
$$;

CREATE FUNCTION perezvon.tell_talk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM perezvon.talked(NEW.number, NEW.answered_by, NEW.ended_at);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_talk AFTER INSERT ON perezvon.calls
  FOR EACH ROW WHEN (NEW.answered AND NEW.number IS NOT NULL AND NEW.attempt IS NULL
    AND current_setting('perezvon.history', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION perezvon.tell_talk();

CREATE FUNCTION perezvon.tell_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.connected_at IS NULL AND NEW.connected_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM perezvon.jobs j WHERE j.id = NEW.job AND j.contact IS NULL)
  THEN
    INSERT INTO perezvon.events (at, kind, job, attempt)
      VALUES (NEW.connected_at, 'callback_connected', NEW.job, NEW.id);
  END IF;
  IF NEW.outcome = 'conversation' AND OLD.outcome IS NULL AND NEW.number IS NOT NULL THEN
    PERFORM perezvon.talked(NEW.number, NEW.agent, NEW.ended_at);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_attempt AFTER UPDATE OF connected_at, outcome ON perezvon.attempts
  FOR EACH ROW WHEN ((OLD.connected_at IS NULL AND NEW.connected_at IS NOT NULL)
    OR (OLD.outcome IS NULL AND NEW.outcome = 'conversation'))
  EXECUTE FUNCTION perezvon.tell_attempt();

ALTER TABLE perezvon.retention_marks DROP CONSTRAINT retention_marks_what_check,
  ADD CONSTRAINT retention_marks_what_check CHECK (what IN ('calls', 'missed_calls', 'jobs', 'decisions', 'tasks'));
