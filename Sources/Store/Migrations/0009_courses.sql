-- In which order an attempt brings the two together, and the outcome of a message.
ALTER TABLE perezvon.attempts
  ADD COLUMN course text NOT NULL DEFAULT 'agent_first' CHECK (course IN ('agent_first', 'client_first', 'message')),
  ADD COLUMN customer_answered_at timestamptz,
  DROP CONSTRAINT attempts_outcome_check,
  ADD CONSTRAINT attempts_outcome_check CHECK (outcome IN
    ('conversation', 'no_conversation', 'customer_missed', 'agent_missed', 'dropped', 'delivered', 'unknown'));

-- As claim_attempt, for every course.
CREATE FUNCTION perezvon.claim_course(
  in_course text, in_id uuid, in_job uuid, in_campaign text, in_pbx text, in_number text, in_agent text,
  in_queue text, in_holder text, in_fence bigint, in_pbx_started_at timestamptz, in_started_at timestamptz,
  in_deadline timestamptz, in_agent_rang_at timestamptz, in_customer_dialed_at timestamptz, in_phase text,
  in_paused_reason_found text, in_per_number_per_day bigint, in_per_hour bigint, in_per_contact_per_day bigint,
  in_decision_at timestamptz, in_decision_number text, in_decision text, in_decision_reason text,
  OUT code text, OUT n integer, OUT seen bigint, OUT until timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
  SELECT c.code, c.n, c.seen, c.until INTO code, n, seen, until
    FROM perezvon.claim_attempt(in_id, in_job, in_campaign, in_pbx, in_number, in_agent, in_queue, in_holder,
      in_fence, in_pbx_started_at, in_started_at, in_deadline, in_agent_rang_at, in_customer_dialed_at, in_phase,
      in_paused_reason_found, in_per_number_per_day, in_per_hour, in_per_contact_per_day, in_decision_at, in_decision_number,
      in_decision, in_decision_reason) c;
  IF code = 'claimed' AND in_course <> 'agent_first' THEN
    UPDATE perezvon.attempts a SET course = in_course WHERE a.id = in_id;
  END IF;
END $$;
