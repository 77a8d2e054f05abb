-- Closed jobs of missed calls, by campaign and by what the draw of hold_out said when they were made: how many of each group
-- were talked to. By the draw, not by what became of them: who was left alone and asked for a callback was called, and
-- who was to be called and cancelled it was not; left out or moved, the groups would not be alike any more.
SELECT campaign, count(*) FILTER (WHERE drawn = 'left_alone') AS held_out,
  count(*) FILTER (WHERE drawn = 'left_alone' AND state IN ('succeeded', 'recovered')) AS held_out_reached,
  count(*) FILTER (WHERE drawn = 'called') AS called,
  count(*) FILTER (WHERE drawn = 'called' AND state IN ('succeeded', 'recovered')) AS called_reached
FROM perezvon.jobs
WHERE created_at >= $1 AND created_at < $2 AND closed_at IS NOT NULL AND drawn IS NOT NULL
  AND ($3::text IS NULL OR campaign = $3) AND ($4::text IS NULL OR queue = $4)
GROUP BY campaign HAVING count(*) FILTER (WHERE drawn = 'left_alone') > 0 ORDER BY campaign LIMIT $7
