-- Closed jobs of calls, by campaign: those left alone and the others, and how many of each were talked to.
SELECT campaign, count(*) FILTER (WHERE held_out) AS held_out,
  count(*) FILTER (WHERE held_out AND state IN ('succeeded', 'recovered')) AS held_out_reached,
  count(*) FILTER (WHERE NOT held_out) AS called, count(*) FILTER (WHERE NOT held_out
    AND state IN ('succeeded', 'recovered')) AS called_reached
FROM perezvon.jobs
WHERE created_at >= $1 AND created_at < $2 AND closed_at IS NOT NULL AND source = 'missed_call'
  AND state IN ('succeeded', 'recovered', 'exhausted', 'expired', 'failed')
  AND ($3::text IS NULL OR campaign = $3) AND ($4::text IS NULL OR queue = $4)
GROUP BY campaign HAVING count(*) FILTER (WHERE held_out) > 0 ORDER BY campaign LIMIT $7
