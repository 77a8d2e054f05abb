-- At which hour of which weekday callers were lost; 1 is Monday.
SELECT extract(isodow FROM m.at)::int AS weekday, extract(hour FROM m.at)::int AS hour,
  count(*) AS missed, count(DISTINCT coalesce(m.number, m.pbx || m.linkedid)) AS callers,
  count(*) FILTER (WHERE j.state = 'succeeded') AS called_back,
  count(*) FILTER (WHERE j.state = 'recovered') AS self_returned,
  count(*) FILTER (WHERE j.state IS NULL OR j.state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed'))
    AS lost,
  avg(m.wait) AS average_wait
FROM perezvon.missed_calls m LEFT JOIN perezvon.jobs j ON j.id = m.job
WHERE m.at >= $1 AND m.at < $2 AND NOT m.short AND ($4::text IS NULL OR m.queue = $4)
  AND ($3::text IS NULL OR j.campaign = $3)
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT $7
