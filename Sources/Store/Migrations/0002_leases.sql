-- Who drives a PBX, and the guards that every write of an attempt passes.

-- Here alone the database's clock decides: the instances' clocks may differ.
CREATE TABLE perezvon.leases (
  pbx        text PRIMARY KEY,
  holder     text NOT NULL,
  -- Only grows.
  fence      bigint NOT NULL CHECK (fence >= 1),
  renewed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Takes the lease where it is free, expired or this holder's own; a new fence each time. FOR UPDATE waits for
-- the transactions that hold the row FOR KEY SHARE: no write under the old fence commits after this one.
CREATE FUNCTION perezvon.acquire_lease(in_pbx text, in_holder text, in_ttl interval)
RETURNS SETOF perezvon.leases LANGUAGE plpgsql AS $$
DECLARE
  held perezvon.leases%ROWTYPE;
  moment timestamptz;
BEGIN
  INSERT INTO perezvon.leases AS l (pbx, holder, fence, renewed_at, expires_at)
    VALUES (in_pbx, in_holder, 1, clock_timestamp(), clock_timestamp() + in_ttl)
    ON CONFLICT (pbx) DO NOTHING RETURNING * INTO held;
  IF FOUND THEN
    RETURN NEXT held;
    RETURN;
  END IF;
  SELECT * INTO held FROM perezvon.leases l WHERE l.pbx = in_pbx FOR UPDATE;
  moment := clock_timestamp();
  IF NOT FOUND OR (held.expires_at > moment AND held.holder <> in_holder) THEN
    RETURN;
  END IF;
  RETURN QUERY UPDATE perezvon.leases l
    SET holder = in_holder, fence = l.fence + 1, renewed_at = moment, expires_at = moment + in_ttl
    WHERE l.pbx = in_pbx RETURNING l.*;
END $$;

-- Raises PZ001 where the lease is no longer the caller's. FOR KEY SHARE lets renewals pass and holds up a
-- change of holder until this transaction is over.
CREATE FUNCTION perezvon.require_lease(in_pbx text, in_holder text, in_fence bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM perezvon.leases l
    WHERE l.pbx = in_pbx AND l.holder = in_holder AND l.fence = in_fence FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease of % is no longer held by % under fence %', in_pbx, in_holder, in_fence
      USING ERRCODE = 'PZ001';
  END IF;
END $$;

-- Raises PZ001 as above, PZ002 where the attempt is not live; locks the attempt's row.
CREATE FUNCTION perezvon.require_live(in_pbx text, in_holder text, in_fence bigint, in_attempt uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM perezvon.require_lease(in_pbx, in_holder, in_fence);
  PERFORM 1 FROM perezvon.attempts a
    WHERE a.id = in_attempt AND a.pbx = in_pbx AND a.phase <> 'ended' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'attempt % is not live', in_attempt USING ERRCODE = 'PZ002';
  END IF;
END $$;

-- The originate protocol's first step in one round trip: lease, job, caps, attempt, decision. What is refused
-- writes nothing. `code` is a case of ClaimResult.
CREATE FUNCTION perezvon.claim_attempt(
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

  IF EXISTS (SELECT 1 FROM perezvon.do_not_call d WHERE d.number = in_number) THEN
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
