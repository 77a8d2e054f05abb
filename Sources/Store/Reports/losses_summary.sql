-- One row: what came in, what was missed, and what became of the callers. A hidden number counts as a caller of its own.
WITH m AS (
  SELECT m.short, coalesce(m.number, m.pbx || m.linkedid) AS caller, j.state
  FROM perezvon.missed_calls m LEFT JOIN perezvon.jobs j ON j.id = m.job
  WHERE m.at >= $1 AND m.at < $2 AND ($4::text IS NULL OR m.queue = $4)
    AND ($3::text IS NULL OR j.campaign = $3)),
callers AS (
  SELECT caller, bool_or(state = 'succeeded') AS called_back, bool_or(state = 'recovered') AS self_returned,
    bool_or(state IN ('waiting', 'working')) AS open
  FROM m WHERE NOT short GROUP BY caller)
SELECT
  (SELECT count(*) FROM perezvon.calls WHERE started_at >= $1 AND started_at < $2 AND direction = 'inbound'
    AND attempt IS NULL AND ($4::text IS NULL OR queue = $4)) AS inbound_calls,
  (SELECT count(*) FROM m WHERE NOT short) AS missed,
  (SELECT count(*) FROM m WHERE short) AS short_abandons,
  count(*) AS callers,
  count(*) FILTER (WHERE called_back) AS called_back,
  count(*) FILTER (WHERE self_returned AND called_back IS NOT TRUE) AS self_returned,
  count(*) FILTER (WHERE open AND called_back IS NOT TRUE AND self_returned IS NOT TRUE) AS open,
  count(*) FILTER (WHERE open IS NOT TRUE AND called_back IS NOT TRUE AND self_returned IS NOT TRUE) AS lost
FROM callers
