CREATE VIEW report.calls AS
SELECT c.pbx, c.linkedid, c.started_at, c.ended_at, c.number, c.number_kind, c.did, c.queue, c.answered,
  c.answered_by, c.wait, c.talk, c.lost_at, c.ending, c.short, a.job AS callback_of, c.direction,
  c.customer_name, c.hangup_cause, c.attempt
FROM perezvon.calls c
LEFT JOIN perezvon.attempts a ON a.id = c.attempt;
