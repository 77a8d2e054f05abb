-- Where callers were lost, one way or another: `LossCut` puts the columns of a cut in place of the marks. A hidden number
-- counts as a caller of its own.
SELECT /*columns*/,
  count(*) AS missed, count(DISTINCT coalesce(m.number, m.pbx || m.linkedid)) AS callers,
  count(*) FILTER (WHERE j.state = 'succeeded') AS called_back,
  count(*) FILTER (WHERE j.state = 'recovered') AS self_returned,
  count(*) FILTER (WHERE j.state IS NULL OR j.state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed'))
    AS lost,
  avg(m.wait) AS average_wait
FROM perezvon.missed_calls m LEFT JOIN perezvon.jobs j ON j.id = m.job/*beside*/
WHERE m.at >= $1 AND m.at < $2 AND NOT m.short AND ($4::text IS NULL OR m.queue = $4)
  AND ($3::text IS NULL OR j.campaign = $3)
GROUP BY /*group*/
ORDER BY /*order*/
LIMIT $7
