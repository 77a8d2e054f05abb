-- What imports, erasure, retention and the reports of millions of calls need.

-- A number that must not be called stays blocked when it is erased: its hash is kept, the number is not. A hash
-- of a phone number can be found by trying all numbers; it hides it from readers, not from a search for it.
CREATE FUNCTION perezvon.number_hash(in_number text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS
$$ SELECT encode(sha256(convert_to(in_number, 'UTF8')), 'hex') $$;

ALTER TABLE perezvon.do_not_call ADD COLUMN hash text;
UPDATE perezvon.do_not_call SET hash = perezvon.number_hash(number);
ALTER TABLE perezvon.do_not_call DROP CONSTRAINT do_not_call_pkey;
ALTER TABLE perezvon.do_not_call ALTER COLUMN number DROP NOT NULL;
ALTER TABLE perezvon.do_not_call ADD PRIMARY KEY (hash);
ALTER TABLE perezvon.do_not_call ADD CONSTRAINT do_not_call_hash_of_number
  CHECK (number IS NULL OR hash = perezvon.number_hash(number));

CREATE FUNCTION perezvon.is_do_not_call(in_number text) RETURNS boolean
STABLE LANGUAGE sql AS
$$ SELECT EXISTS (SELECT 1 FROM perezvon.do_not_call WHERE hash = perezvon.number_hash(in_number)) $$;

-- Closed jobs and ended attempts outlive their number.
ALTER TABLE perezvon.jobs ALTER COLUMN number DROP NOT NULL;
ALTER TABLE perezvon.jobs ADD CONSTRAINT jobs_open_number CHECK (number IS NOT NULL OR closed_at IS NOT NULL);
ALTER TABLE perezvon.attempts ALTER COLUMN number DROP NOT NULL;
ALTER TABLE perezvon.attempts ADD CONSTRAINT attempts_live_number
  CHECK (number IS NOT NULL OR ended_at IS NOT NULL);

-- Up to which moment the numbers of a table are gone already, so that a pass begins where the last one ended.
CREATE TABLE perezvon.retention_marks (
  what    text PRIMARY KEY CHECK (what IN ('calls', 'missed_calls', 'jobs', 'decisions')),
  done_to timestamptz NOT NULL
);
CREATE INDEX jobs_closed ON perezvon.jobs (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX decisions_at ON perezvon.decisions (at);

-- Reports over millions of rows. A month of one of these tables is read through the index on its time; what
-- each of its rows looks up besides has to be answered from a small index alone.
CREATE INDEX calls_short ON perezvon.calls (pbx, linkedid) WHERE short;
CREATE INDEX calls_short_wait ON perezvon.calls (wait) WHERE short;

-- As in 0002, with the do-not-call list looked up by hash: the originate protocol's first step in one round trip: lease, job, caps, attempt, decision. What is refused
-- writes nothing. `code` is a case of ClaimResult.
CREATE OR REPLACE FUNCTION perezvon.claim_attempt(
  in_id uuid, in_job uuid, in_campaign text, in_pbx text, in_number text, in_agent text, in_queue text,
  in_holder text, in_fence bigint, in_pbx_started_at timestamptz, in_started_at timestamptz,
  in_deadline timestamptz, in_agent_rang_at timestamptz, in_customer_dialed_at timestamptz, in_phase text,
  in_paused_reason_found text, in_per_number_per_day bigint, in_per_hour bigint,
  in_decision_at timestamptz, in_decision_number text, in_decision text, in_decision_reason text,
  OUT code text, OUT n integer, OUT seen bigint
) LANGUAGE plpgsql AS $$
DECLARE
  known perezvon.attempts%ROWTYPE;
BEGIN
  PERFORM 1 FROM perezvon.leases l
    WHERE l.pbx = in_pbx AND l.holder = in_holder AND l.fence = in_fence
      AND l.expires_at > clock_timestamp() FOR KEY SHARE;
  IF NOT FOUND THEN
    code := 'stale_fence';
    RETURN;
  END IF;

  PERFORM 1 FROM perezvon.jobs j
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
