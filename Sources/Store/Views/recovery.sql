-- One row for the jobs created on a day for a campaign; the states add up to `jobs`.
CREATE VIEW report.recovery AS
SELECT created_at::date AS day, campaign,
  sum(missed) AS missed,
  count(DISTINCT number) AS unique_callers,
  count(*) FILTER (WHERE state <> 'excluded' AND NOT held_out) AS eligible,
  count(*) FILTER (WHERE first_dialed_at IS NOT NULL) AS called_back,
  count(*) FILTER (WHERE was_reached) AS reached,
  count(*) FILTER (WHERE had_conversation) AS conversation,
  count(*) FILTER (WHERE state = 'recovered') AS self_returned,
  count(*) FILTER (WHERE state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed')) AS lost,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY first_dialed_at - first_missed_at) AS median_time_to_first_dial,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY first_dialed_at - first_missed_at) AS p90_time_to_first_dial,
  count(*) AS jobs,
  count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
  count(*) FILTER (WHERE state = 'recovered') AS recovered,
  count(*) FILTER (WHERE state = 'exhausted') AS exhausted,
  count(*) FILTER (WHERE state = 'expired') AS expired,
  count(*) FILTER (WHERE state = 'excluded') AS excluded,
  count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
  count(*) FILTER (WHERE state = 'failed') AS failed,
  count(*) FILTER (WHERE state IN ('waiting', 'working')) AS open
FROM (
  SELECT j.*, t.*,
    (SELECT count(*) FROM perezvon.missed_calls m WHERE m.job = j.id) AS missed
  FROM perezvon.jobs j
  CROSS JOIN LATERAL (
    SELECT min(a.customer_dialed_at) AS first_dialed_at,
      coalesce(bool_or(a.customer_result = 'answered'), false) AS was_reached,
      coalesce(bool_or(a.outcome = 'conversation'), false) AS had_conversation
    FROM perezvon.attempts a WHERE a.job = j.id) t) told
GROUP BY created_at::date, campaign;
