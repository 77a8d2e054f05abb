-- What was lost on a day, and what it comes to by the figures of `losses` (perezvon.loss_settings, which the service
-- writes). `missed` has no short abandons. `lost`: callers (a hidden number counts as one) who reached nobody: no job,
-- or one that ended without a talk. `estimated_loss` = lost * (1 - self_return) * conversion * average_sale;
-- `recovered_value` = callers reached by a callback * the same, for some of them would have called again. Without
-- figures there is no money. The days are made first, as in report.recovery; `wait - wait = interval '0'` is always true
-- and spares compiling the query. The state of a call's job is looked up once for each call, and each caller of a day is
-- one row before he is counted: OFFSET 0 keeps the two apart from what is made of them.
CREATE VIEW report.losses AS
SELECT d.midnight::date AS day, l.missed, l.lost,
  round((l.lost * s.a_caller)::numeric, 2) AS estimated_loss,
  round((l.recovered * s.a_caller)::numeric, 2) AS recovered_value, s.currency,
  l.recovered, l.self_returned, l.waiting
FROM (SELECT min(at)::date::timestamp AS first, max(at)::timestamp AS last FROM perezvon.missed_calls) span
CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') AS d (midnight)
CROSS JOIN LATERAL (
  SELECT coalesce(sum(calls), 0)::bigint AS missed, count(*) FILTER (WHERE lost) AS lost,
    count(*) FILTER (WHERE recovered) AS recovered, count(*) FILTER (WHERE self_returned) AS self_returned,
    count(*) FILTER (WHERE waiting) AS waiting
  FROM (
    SELECT count(*) AS calls,
      bool_or(state IS NULL OR state IN ('exhausted', 'expired', 'excluded', 'cancelled', 'failed')) AS lost,
      bool_or(state = 'succeeded') AS recovered, bool_or(state = 'recovered') AS self_returned,
      bool_or(state IN ('waiting', 'working')) AS waiting
    FROM (
      SELECT coalesce(m.number, m.pbx || m.linkedid) AS caller,
        (SELECT j.state FROM perezvon.jobs j WHERE j.id = m.job) AS state
      FROM perezvon.missed_calls m
      WHERE m.at >= d.midnight::timestamptz AND m.at < (d.midnight + interval '1 day')::timestamptz
        AND NOT m.short AND m.wait - m.wait = interval '0'
      OFFSET 0) of_day
    GROUP BY caller OFFSET 0) of_caller) l
LEFT JOIN LATERAL (
  SELECT average_sale * conversion * (1 - coalesce(self_return, 0)) AS a_caller, currency
  FROM perezvon.loss_settings LIMIT 1) s ON true
WHERE l.missed > 0;
