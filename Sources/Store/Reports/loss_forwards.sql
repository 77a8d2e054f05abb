-- How often callers were handed on before they were lost: transfers, and queues after the first.
SELECT f.forwards,
  count(*) AS missed, count(DISTINCT coalesce(m.number, m.pbx || m.linkedid)) AS callers,
  count(*) FILTER (WHERE j.state = 'succeeded') AS called_back,
  count(*) FILTER (WHERE j.state = 'recovered') AS self_returned,
  count(*) FILTER (WHERE j.state IS NULL OR j.state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed'))
    AS lost,
  avg(m.wait) AS average_wait
FROM perezvon.missed_calls m LEFT JOIN perezvon.jobs j ON j.id = m.job
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE s->>'what' = 'transferred')
    + greatest(count(*) FILTER (WHERE s->>'what' = 'joined') - 1, 0) AS forwards
  FROM jsonb_array_elements(m.evidence) AS e (s)) f
WHERE m.at >= $1 AND m.at < $2 AND NOT m.short AND ($4::text IS NULL OR m.queue = $4)
  AND ($3::text IS NULL OR j.campaign = $3)
GROUP BY 1
ORDER BY forwards
LIMIT $7
