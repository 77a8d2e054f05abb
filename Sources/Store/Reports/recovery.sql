-- What became of the jobs created in the span, by campaign. The states add up to `jobs`.
WITH j AS (
  SELECT j.*, t.*
  FROM perezvon.jobs j
  CROSS JOIN LATERAL (
    SELECT min(a.customer_dialed_at) AS first_dialed_at,
      min(a.customer_dialed_at) = min(a.customer_dialed_at) FILTER (WHERE a.customer_result = 'answered')
        AS first_dial_reached,
      coalesce(bool_or(a.customer_result = 'answered'), false) AS was_reached,
      min(a.connected_at) FILTER (WHERE a.outcome = 'conversation') AS conversation_at
    FROM perezvon.attempts a WHERE a.job = j.id) t
  WHERE j.created_at >= $1 AND j.created_at < $2 AND ($3::text IS NULL OR j.campaign = $3)
    AND ($4::text IS NULL OR j.queue = $4))
SELECT campaign, count(*) AS jobs, count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
  count(*) FILTER (WHERE state = 'recovered') AS recovered,
  count(*) FILTER (WHERE state = 'exhausted') AS exhausted, count(*) FILTER (WHERE state = 'expired') AS expired,
  count(*) FILTER (WHERE state = 'excluded') AS excluded, count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
  count(*) FILTER (WHERE state = 'failed') AS failed,
  count(*) FILTER (WHERE state IN ('waiting', 'working')) AS open,
  count(first_dialed_at) AS called_back, count(*) FILTER (WHERE was_reached) AS reached,
  count(conversation_at) AS conversations,
  round(count(*) FILTER (WHERE first_dial_reached)::numeric / nullif(count(first_dialed_at), 0), 4)::float8
    AS first_attempt_contact_rate,
  round(count(*) FILTER (WHERE source IN ('promised', 'requested')
      AND conversation_at <= due_at + interval '1 hour')::numeric
    / nullif(count(*) FILTER (WHERE source IN ('promised', 'requested')), 0), 4)::float8 AS promise_kept,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY first_dialed_at - first_missed_at) AS median_time_to_first_dial,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY first_dialed_at - first_missed_at) AS p90_time_to_first_dial,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY conversation_at - first_missed_at) AS median_time_to_conversation
FROM j GROUP BY campaign ORDER BY jobs DESC, campaign LIMIT $7
