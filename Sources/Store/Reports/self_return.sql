-- For each caller with a known number, his first missed call of the span: how long until he called again by himself,
-- or until we dialled him or stopped looking (72 h, or the end of the span's books), whichever came first. $8 is now.
SELECT extract(epoch FROM least(r.returned_at, d.dialed_at, f.at + interval '72 h', $8) - f.at)::float8 AS seconds,
  coalesce(r.returned_at <= least(coalesce(d.dialed_at, 'infinity'), f.at + interval '72 h', $8), false) AS returned
FROM (
  SELECT DISTINCT ON (m.number) m.number, m.at FROM perezvon.missed_calls m
  WHERE m.at >= $1 AND m.at < $2 AND NOT m.short AND m.number IS NOT NULL AND ($4::text IS NULL OR m.queue = $4)
  ORDER BY m.number, m.at LIMIT $7) f
CROSS JOIN LATERAL (
  SELECT min(c.started_at) AS returned_at FROM perezvon.calls c
  WHERE c.number = f.number AND c.ended_at > f.at AND c.started_at > f.at AND c.started_at < f.at + interval '72 h'
    AND c.direction = 'inbound' AND c.attempt IS NULL) r
CROSS JOIN LATERAL (
  SELECT min(a.customer_dialed_at) AS dialed_at FROM perezvon.attempts a
  WHERE a.number = f.number AND a.customer_dialed_at > f.at
    AND a.customer_dialed_at < f.at + interval '72 h') d
