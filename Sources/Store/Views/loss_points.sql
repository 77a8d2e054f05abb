-- `recovered`: missed calls whose job ended in a conversation or in the customer reaching a human himself.
CREATE VIEW report.loss_points AS
SELECT m.at::date AS day, m.lost_at, m.queue, m.did,
  count(*) AS missed,
  count(DISTINCT m.number) AS unique_callers,
  count(*) FILTER (WHERE j.state IN ('succeeded', 'recovered')) AS recovered
FROM perezvon.missed_calls m
LEFT JOIN perezvon.jobs j ON j.id = m.job
GROUP BY m.at::date, m.lost_at, m.queue, m.did;
