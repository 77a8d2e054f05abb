-- Queues over the span, from the stays of callers.
SELECT q.queue, count(*) AS offered, count(*) FILTER (WHERE q.result = 'answered') AS answered,
  count(*) FILTER (WHERE q.result = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE q.result = 'abandoned' AND s.short) AS short_abandoned,
  count(*) FILTER (WHERE q.result = 'other_unanswered') AS other_unanswered,
  round(count(*) FILTER (WHERE q.result = 'answered' AND q.left_at - q.joined_at <= interval '20 s')::numeric
    / nullif(count(*) FILTER (WHERE q.result = 'answered')
      + count(*) FILTER (WHERE q.result = 'abandoned' AND NOT coalesce(s.short, false)), 0), 4)::float8 AS service_level,
  round(count(*) FILTER (WHERE q.result = 'abandoned' AND NOT coalesce(s.short, false))::numeric
    / nullif(count(*), 0), 4)::float8 AS abandonment,
  avg(q.left_at - q.joined_at) FILTER (WHERE q.result = 'answered') AS average_speed_of_answer,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY q.left_at - q.joined_at) AS p90_wait
FROM perezvon.queue_entries q
LEFT JOIN LATERAL (
  SELECT true AS short FROM perezvon.calls c
  WHERE q.result = 'abandoned' AND c.pbx = q.pbx AND c.linkedid = q.linkedid AND c.short LIMIT 1) s ON true
WHERE q.joined_at >= $1 AND q.joined_at < $2 AND ($4::text IS NULL OR q.queue = $4)
GROUP BY q.queue ORDER BY offered DESC, q.queue LIMIT $7
