-- One row for the jobs created on a day for a campaign; the states add up to `jobs`. `first_attempt_reached`: the
-- customer answered the first dial. `promise_kept`: what was promised or asked for was talked within an hour of its
-- time. The days are made first and
-- each is looked up by the index on the time: a filter on `day` reads no more than its days. `priority - priority
-- = 0` is always true and spares compiling the query, as in report.queue_hours.
CREATE VIEW report.recovery AS
SELECT d.midnight::date AS day, r.*
FROM (SELECT min(created_at)::date::timestamp AS first, max(created_at)::timestamp AS last
  FROM perezvon.jobs) span
CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') AS d (midnight)
CROSS JOIN LATERAL (
  SELECT j.campaign,
    sum((SELECT count(*) FROM perezvon.missed_calls m WHERE m.job = j.id)) AS missed,
    count(DISTINCT j.number) AS unique_callers,
    count(*) FILTER (WHERE j.state <> 'excluded' AND NOT j.held_out) AS eligible,
    count(*) FILTER (WHERE t.first_dialed_at IS NOT NULL) AS called_back,
    count(*) FILTER (WHERE t.was_reached) AS reached,
    count(*) FILTER (WHERE t.had_conversation) AS conversation,
    count(*) FILTER (WHERE j.state = 'recovered') AS self_returned,
    count(*) FILTER (WHERE j.state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed')) AS lost,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY t.first_dialed_at - j.first_missed_at)
      AS median_time_to_first_dial,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY t.first_dialed_at - j.first_missed_at)
      AS p90_time_to_first_dial,
    count(*) AS jobs,
    count(*) FILTER (WHERE j.state = 'succeeded') AS succeeded,
    count(*) FILTER (WHERE j.state = 'recovered') AS recovered,
    count(*) FILTER (WHERE j.state = 'exhausted') AS exhausted,
    count(*) FILTER (WHERE j.state = 'expired') AS expired,
    count(*) FILTER (WHERE j.state = 'excluded') AS excluded,
    count(*) FILTER (WHERE j.state = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE j.state = 'failed') AS failed,
    count(*) FILTER (WHERE j.state IN ('waiting', 'working')) AS open,
    count(*) FILTER (WHERE t.first_dial_reached) AS first_attempt_reached,
    count(*) FILTER (WHERE j.source IN ('promised', 'requested')) AS promised,
    count(*) FILTER (WHERE j.source IN ('promised', 'requested')
      AND t.conversation_at <= j.due_at + interval '1 hour') AS promise_kept,
    count(*) FILTER (WHERE j.drawn = 'left_alone') AS held_out
  FROM perezvon.jobs j
  CROSS JOIN LATERAL (
    SELECT min(a.customer_dialed_at) AS first_dialed_at,
      coalesce(bool_or(a.customer_result = 'answered'), false) AS was_reached,
      coalesce(bool_or(a.outcome = 'conversation'), false) AS had_conversation,
      min(a.customer_dialed_at) = min(a.customer_dialed_at) FILTER (WHERE a.customer_result = 'answered')
        AS first_dial_reached,
      min(a.connected_at) FILTER (WHERE a.outcome = 'conversation') AS conversation_at
    FROM perezvon.attempts a WHERE a.job = j.id) t
  WHERE j.created_at >= d.midnight::timestamptz
    AND j.created_at < (d.midnight + interval '1 day')::timestamptz
    AND j.priority - j.priority = 0
  GROUP BY j.campaign) r;
