-- One row for each contact of a list. `state`, `reason`, `attempts` and `due_at` are those of its latest job;
-- without a disposition from a person the job's end gives one.
CREATE VIEW report.contacts AS
SELECT c.id AS contact, c.campaign, c.key, c.name, p.phones, c.time_zone, c.priority, j.state,
  coalesce(c.disposition, CASE j.state
    WHEN 'succeeded' THEN 'talked' WHEN 'recovered' THEN 'talked' WHEN 'exhausted' THEN 'not_reached'
    WHEN 'expired' THEN 'not_reached' WHEN 'failed' THEN 'wrong_number' WHEN 'excluded' THEN 'excluded'
    WHEN 'cancelled' THEN 'cancelled' ELSE 'open' END) AS disposition,
  c.note, coalesce(j.attempts, 0) AS attempts, a.customer_result AS last_result, a.number AS last_number,
  a.started_at AS last_at, a.agent AS last_agent, coalesce(t.talk, interval '0') AS talk, j.due_at, j.reason,
  j.id AS job, c.attributes, c.disposition IS NOT NULL AS disposition_given, c.noted_at, c.source, c.line,
  c.imported_at, c.updated_at, p.out_of_order
FROM perezvon.contacts c
LEFT JOIN LATERAL (
  SELECT array_agg(x.number ORDER BY x.n) AS phones,
    count(*) FILTER (WHERE x.state <> 'ok') AS out_of_order
  FROM perezvon.contact_phones x WHERE x.of_contact = c.id) p ON true
LEFT JOIN LATERAL (
  SELECT * FROM perezvon.jobs o WHERE o.contact = c.id ORDER BY o.created_at DESC, o.id DESC LIMIT 1) j ON true
LEFT JOIN LATERAL (
  SELECT * FROM perezvon.attempts o WHERE o.job = j.id ORDER BY o.n DESC LIMIT 1) a ON true
LEFT JOIN LATERAL (
  SELECT sum(o.talk_ended_at - o.connected_at) AS talk FROM perezvon.attempts o WHERE o.job = j.id) t ON true;
