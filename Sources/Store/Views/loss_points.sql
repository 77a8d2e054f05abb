-- `recovered`: missed calls whose job ended in a conversation or in the customer reaching a human himself. The
-- days are made first and each is looked up by the index on the time: a filter on `day` reads no more than its
-- days.
CREATE VIEW report.loss_points AS
SELECT d.midnight::date AS day, l.lost_at, l.queue, l.did, l.missed, l.unique_callers, l.recovered
FROM (SELECT min(at)::date::timestamp AS first, max(at)::timestamp AS last FROM perezvon.missed_calls) span
CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') AS d (midnight)
CROSS JOIN LATERAL (
  SELECT m.lost_at, m.queue, m.did,
    count(*) AS missed,
    count(DISTINCT m.number) AS unique_callers,
    count(*) FILTER (WHERE (SELECT j.state FROM perezvon.jobs j WHERE j.id = m.job)
      IN ('succeeded', 'recovered')) AS recovered
  FROM perezvon.missed_calls m
  WHERE m.at >= d.midnight::timestamptz AND m.at < (d.midnight + interval '1 day')::timestamptz
  GROUP BY m.lost_at, m.queue, m.did) l;
