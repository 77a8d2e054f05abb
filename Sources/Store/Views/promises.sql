-- What callers were told and what came of it: when we said, when we called. `late` is negative where it was sooner.
-- A customer who talked with somebody before was not let down: his promise is kept without a dial.
CREATE VIEW report.promises AS
SELECT j.id AS job, j.campaign, j.number, j.source, j.owner, j.created_at AS asked_at, j.promised_at,
  t.first_dialed_at, t.first_dialed_at - j.promised_at AS late,
  CASE WHEN j.state = 'recovered' THEN true
    WHEN t.first_dialed_at IS NOT NULL THEN t.first_dialed_at <= j.promised_at + interval '1 minute'
    WHEN j.closed_at IS NOT NULL THEN false END AS kept,
  j.overdue_at, j.state, j.closed_at
FROM perezvon.jobs j
LEFT JOIN LATERAL (
  SELECT min(a.customer_dialed_at) AS first_dialed_at FROM perezvon.attempts a WHERE a.job = j.id) t ON true
WHERE j.promised_at IS NOT NULL;
