-- How long the lost had waited: a row for each span, the short abandons among them.
WITH spans (n, from_s, label) AS (VALUES (1, 0, '0-5 s'), (2, 5, '5-10 s'), (3, 10, '10-20 s'), (4, 20, '20-30 s'),
  (5, 30, '30-60 s'), (6, 60, '1-2 min'), (7, 120, '2-3 min'), (8, 180, '3-5 min'), (9, 300, '5-10 min'),
  (10, 600, 'over 10 min')),
lost AS (
  SELECT width_bucket(extract(epoch FROM m.wait), ARRAY[0, 5, 10, 20, 30, 60, 120, 180, 300, 600]::numeric[]) AS n,
    m.short
  FROM perezvon.missed_calls m
  WHERE m.at >= $1 AND m.at < $2 AND ($4::text IS NULL OR m.queue = $4))
SELECT s.label AS waited, count(l.n) AS missed, count(l.n) FILTER (WHERE l.short) AS short_abandons,
  round(coalesce(sum(count(l.n)) OVER (ORDER BY s.n) / nullif(sum(count(l.n)) OVER (), 0), 0), 4)::float8 AS share_so_far
FROM spans s LEFT JOIN lost l ON l.n = s.n
GROUP BY s.n, s.label ORDER BY s.n
