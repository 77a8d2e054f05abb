-- Contact lists, campaigns that are started and paused, answers of a survey.

-- Who is to be called for an outbound campaign.
CREATE TABLE perezvon.contacts (
  id          uuid PRIMARY KEY,
  campaign    text NOT NULL,
  -- The key of the customer's own system; null where the list has none.
  key         text,
  name        text NOT NULL,
  -- As the list named it; null: that of the number's country, else the calendar's.
  time_zone   text,
  -- The list's other columns.
  attributes  jsonb NOT NULL,
  priority    integer NOT NULL,
  -- What a person made of it; null: what the job's end says.
  disposition text,
  note        text NOT NULL DEFAULT '',
  noted_at    timestamptz,
  -- Where it came from: the file's name, and the line of the latest import.
  source      text NOT NULL,
  line        integer NOT NULL,
  imported_at timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX contacts_key ON perezvon.contacts (campaign, key) WHERE key IS NOT NULL;
CREATE INDEX contacts_campaign ON perezvon.contacts (campaign, id);
CREATE INDEX contacts_updated ON perezvon.contacts (updated_at);

-- The phones of a contact in the order they are dialled. Within a campaign a number belongs to one contact.
CREATE TABLE perezvon.contact_phones (
  number      text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{2,14}$'),
  campaign    text NOT NULL,
  of_contact  uuid NOT NULL REFERENCES perezvon.contacts (id) ON DELETE CASCADE,
  -- From 1.
  n           integer NOT NULL,
  kind        text NOT NULL,
  -- In whose hours it is dialled; empty: the calendar's.
  time_zone   text NOT NULL,
  state       text NOT NULL CHECK (state IN ('ok', 'out_of_order', 'do_not_call')),
  last_result text,
  last_at     timestamptz,
  PRIMARY KEY (number, campaign)
);
CREATE INDEX contact_phones_contact ON perezvon.contact_phones (of_contact);

-- A contact is called as a job is; `number` is the phone to dial next, `time_zone` that phone's.
ALTER TABLE perezvon.jobs ADD COLUMN contact uuid REFERENCES perezvon.contacts (id) ON DELETE SET NULL;
ALTER TABLE perezvon.jobs ADD COLUMN time_zone text NOT NULL DEFAULT '';
-- Those of lists have an index of their own below, and may be a million.
DROP INDEX perezvon.jobs_due;
CREATE INDEX jobs_due ON perezvon.jobs (campaign, due_at)
  WHERE state = 'waiting' AND NOT held_out AND contact IS NULL;
CREATE INDEX jobs_contact ON perezvon.jobs (contact) WHERE contact IS NOT NULL;
-- A list in the order it is dialled, apart for each time zone: those where it is night are passed over.
CREATE INDEX jobs_contact_line ON perezvon.jobs (campaign, time_zone, priority DESC, due_at, id)
  WHERE state = 'waiting' AND NOT held_out AND contact IS NOT NULL;

-- What the agent made of a call; null: nothing was said.
ALTER TABLE perezvon.attempts ADD COLUMN disposition text;
ALTER TABLE perezvon.attempts ADD COLUMN note text NOT NULL DEFAULT '';
ALTER TABLE perezvon.attempts ADD COLUMN noted_at timestamptz;

-- A number leads to its jobs, and to those of the contact it is a phone of.
CREATE FUNCTION perezvon.jobs_of(in_number text) RETURNS SETOF uuid STABLE LANGUAGE sql AS $$
  SELECT id FROM perezvon.jobs WHERE number = in_number
  UNION
  SELECT j.id FROM perezvon.jobs j JOIN perezvon.contact_phones p ON p.of_contact = j.contact
    WHERE p.number = in_number
$$;

-- What people decided about a campaign; without a row a callback campaign runs and an outbound one was never
-- started.
CREATE TABLE perezvon.campaign_runs (
  campaign   text PRIMARY KEY,
  state      text NOT NULL CHECK (state IN ('running', 'paused')),
  -- Null: at once, and without end.
  starts_at  timestamptz,
  stops_at   timestamptz,
  changed_at timestamptz NOT NULL,
  CONSTRAINT campaign_runs_order CHECK (starts_at IS NULL OR stops_at IS NULL OR starts_at < stops_at)
);

-- Message mode: what customers answered. The last answer to a question of a call counts.
CREATE TABLE perezvon.answers (
  attempt  uuid NOT NULL REFERENCES perezvon.attempts (id) ON DELETE CASCADE,
  question text NOT NULL,
  answer   text NOT NULL,
  at       timestamptz NOT NULL,
  PRIMARY KEY (attempt, question)
);
CREATE INDEX answers_at ON perezvon.answers (at);

-- As in 0004, and: nothing is begun for a campaign that is paused, not started or over, and no contact is dialled
-- more often in 24 hours than his campaign allows (attempts_per_day).
DROP FUNCTION perezvon.claim_attempt(uuid, uuid, text, text, text, text, text, text, bigint, timestamptz,
  timestamptz, timestamptz, timestamptz, timestamptz, text, text, bigint, bigint, timestamptz, text, text, text);
CREATE FUNCTION perezvon.claim_attempt(
  in_id uuid, in_job uuid, in_campaign text, in_pbx text, in_number text, in_agent text, in_queue text,
  in_holder text, in_fence bigint, in_pbx_started_at timestamptz, in_started_at timestamptz,
  in_deadline timestamptz, in_agent_rang_at timestamptz, in_customer_dialed_at timestamptz, in_phase text,
  in_paused_reason_found text, in_per_number_per_day bigint, in_per_hour bigint, in_per_contact_per_day bigint,
  in_decision_at timestamptz, in_decision_number text, in_decision text, in_decision_reason text,
  OUT code text, OUT n integer, OUT seen bigint, OUT until timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
  known perezvon.attempts%ROWTYPE;
  person uuid;
BEGIN
  PERFORM 1 FROM perezvon.leases l
    WHERE l.pbx = in_pbx AND l.holder = in_holder AND l.fence = in_fence
      AND l.expires_at > clock_timestamp() FOR KEY SHARE;
  IF NOT FOUND THEN
    code := 'stale_fence';
    RETURN;
  END IF;

  SELECT j.contact INTO person FROM perezvon.jobs j
    WHERE j.id = in_job AND j.state = 'waiting' AND NOT j.held_out AND j.number = in_number
      AND j.expires_at > in_started_at FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    -- The answer to our own COMMIT may have been lost.
    SELECT * INTO known FROM perezvon.attempts a WHERE a.id = in_id;
    IF FOUND AND known.ended_at IS NULL AND known.fence = in_fence AND known.job = in_job THEN
      code := 'claimed';
      n := known.n;
    ELSE
      code := 'job_not_waiting';
    END IF;
    RETURN;
  END IF;

  IF NOT coalesce((SELECT r.state = 'running' AND coalesce(r.starts_at <= in_started_at, true)
      AND coalesce(r.stops_at > in_started_at, true)
    FROM perezvon.campaign_runs r WHERE r.campaign = in_campaign), person IS NULL)
  THEN
    code := 'campaign_held';
    RETURN;
  END IF;
  IF perezvon.is_do_not_call(in_number) THEN
    code := 'do_not_call';
    RETURN;
  END IF;
  SELECT count(*) INTO seen FROM perezvon.attempts a
    WHERE a.number = in_number AND a.customer_dialed_at > in_started_at - interval '24 hours';
  IF seen >= in_per_number_per_day THEN
    code := 'number_cap';
    RETURN;
  END IF;
  IF person IS NOT NULL AND in_per_contact_per_day IS NOT NULL THEN
    SELECT count(*), min(a.customer_dialed_at) + interval '24 hours' INTO seen, until FROM perezvon.attempts a
      WHERE a.job IN (SELECT j.id FROM perezvon.jobs j WHERE j.contact = person)
        AND a.customer_dialed_at > in_started_at - interval '24 hours';
    IF seen >= in_per_contact_per_day THEN
      code := 'contact_cap';
      RETURN;
    END IF;
  END IF;
  SELECT count(*) INTO seen FROM (
    SELECT 1 FROM perezvon.attempts a
      WHERE a.pbx = in_pbx
        AND coalesce(a.customer_dialed_at, CASE WHEN a.ended_at IS NULL THEN a.started_at END)
          > in_started_at - interval '1 hour'
      LIMIT in_per_hour) counted;
  IF seen >= in_per_hour THEN
    code := 'hour_cap';
    RETURN;
  END IF;

  SELECT coalesce(max(a.n), 0) + 1 INTO n FROM perezvon.attempts a WHERE a.job = in_job;
  INSERT INTO perezvon.attempts
    (id, job, campaign, pbx, n, number, agent, queue, phase, fence, pbx_started_at, started_at, deadline,
     agent_rang_at, customer_dialed_at, agent_result, customer_result, paused_reason_found)
    VALUES (in_id, in_job, in_campaign, in_pbx, n, in_number, in_agent, in_queue, in_phase, in_fence,
      in_pbx_started_at, in_started_at, in_deadline, in_agent_rang_at, in_customer_dialed_at, 'none', 'none',
      in_paused_reason_found)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    IF EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.number = in_number AND a.ended_at IS NULL) THEN
      code := 'number_busy';
    ELSIF EXISTS (SELECT 1 FROM perezvon.attempts a WHERE a.id = in_id) THEN
      RAISE EXCEPTION 'attempt % is in the books already', in_id USING ERRCODE = 'unique_violation';
    ELSE
      code := 'agent_busy';
    END IF;
    RETURN;
  END IF;
  UPDATE perezvon.jobs j SET state = 'working', reason = in_decision_reason,
      attempts = j.attempts + (in_customer_dialed_at IS NOT NULL)::integer
    WHERE j.id = in_job;
  INSERT INTO perezvon.decisions (at, number, job, decision, reason)
    VALUES (in_decision_at, in_decision_number, in_job, in_decision, in_decision_reason);
  code := 'claimed';
END $$;
