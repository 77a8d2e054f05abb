-- What was lost on a day, and what it comes to by the figures of `losses` (perezvon.loss_settings, which the service
-- writes). `missed` has no short abandons. `lost`: callers (a hidden number counts as one) who reached nobody: no job,
-- or one that ended without a talk. `estimated_loss` = lost * (1 - self_return) * conversion * average_sale;
-- `recovered_value` = callers reached by a callback * the same, for some of them would have called again. Without
-- figures there is no money. The days are made first, as in report.recovery.
CREATE VIEW report.losses AS
SELECT d.midnight::date AS day, l.missed, l.lost,
  round((l.lost * s.a_caller)::numeric, 2) AS estimated_loss,
  round((l.recovered * s.a_caller)::numeric, 2) AS recovered_value, s.currency,
  l.recovered, l.self_returned, l.waiting
FROM (SELECT min(at)::date::timestamp AS first, max(at)::timestamp AS last FROM perezvon.missed_calls) span
CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') AS d (midnight)
CROSS JOIN LATERAL (
  SELECT count(*) AS missed,
    count(DISTINCT caller) FILTER (WHERE state IS NULL
      OR state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed')) AS lost,
    count(DISTINCT caller) FILTER (WHERE state = 'succeeded') AS recovered,
    count(DISTINCT caller) FILTER (WHERE state = 'recovered') AS self_returned,
    count(DISTINCT caller) FILTER (WHERE state IN ('waiting', 'working')) AS waiting
  FROM (
    SELECT coalesce(m.number, m.pbx || m.linkedid) AS caller,
      (SELECT j.state FROM perezvon.jobs j WHERE j.id = m.job) AS state
    FROM perezvon.missed_calls m
    WHERE m.at >= d.midnight::timestamptz AND m.at < (d.midnight + interval '1 day')::timestamptz
      AND NOT m.short) of_day) l
LEFT JOIN LATERAL (
  SELECT average_sale * conversion * (1 - coalesce(self_return, 0)) AS a_caller, currency
  FROM perezvon.loss_settings LIMIT 1) s ON true
WHERE l.missed > 0;
