-- One row for each campaign and day of dials that a human or a machine answered. Both denominators: a rate of live
-- answers is what laws cap, one of all answers counts machines too. The days are made first and each is looked up
-- by the index on the time, as in report.recovery.
CREATE VIEW report.drops AS
SELECT a.campaign, d.midnight::date AS day, a.live_answered, a.dropped, a.machines,
  round(a.dropped::numeric / nullif(a.live_answered, 0), 4) AS drop_rate,
  round(a.dropped::numeric / nullif(a.live_answered + a.machines, 0), 4) AS drop_rate_of_all
FROM (SELECT min(started_at)::date::timestamp AS first, max(started_at)::timestamp AS last
  FROM perezvon.attempts) span
CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') AS d (midnight)
CROSS JOIN LATERAL (
  SELECT t.campaign,
    count(*) FILTER (WHERE t.customer_result = 'answered' OR t.outcome = 'dropped') AS live_answered,
    count(*) FILTER (WHERE t.outcome = 'dropped') AS dropped,
    count(*) FILTER (WHERE t.customer_result = 'machine') AS machines
  FROM perezvon.attempts t
  WHERE t.started_at >= d.midnight::timestamptz
    AND t.started_at < (d.midnight + interval '1 day')::timestamptz
    AND (t.customer_result IN ('answered', 'machine') OR t.outcome = 'dropped')
    AND t.n - t.n = 0
  GROUP BY t.campaign) a;
