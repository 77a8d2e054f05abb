-- Both times run from the first missed call, as the customer feels them.
CREATE VIEW report.jobs AS
SELECT j.id AS job, j.campaign, j.number, j.created_at, j.first_missed_at, j.missed_count, j.source, j.state,
  j.reason, j.priority, j.owner, j.due_at, j.attempts, j.closed_at,
  t.first_dialed_at - j.first_missed_at AS time_to_first_dial,
  t.conversation_at - j.first_missed_at AS time_to_conversation,
  j.customer_name, j.queue, j.pbx, j.expires_at, j.held_out, j.contact, j.drawn
FROM perezvon.jobs j
LEFT JOIN LATERAL (
  SELECT min(a.customer_dialed_at) AS first_dialed_at,
    min(a.connected_at) FILTER (WHERE a.outcome = 'conversation') AS conversation_at
  FROM perezvon.attempts a WHERE a.job = j.id) t ON true;
