-- `on_time`: closed by its time; null while it is open and not due. `on_time_rate`: of the decided tasks of the same
-- person, the share that was on time.
CREATE VIEW report.tasks AS
SELECT t.task, t.kind, t.number, t.customer_name, t.queue, t.lost_at, t.pbx, t.linkedid, t.job, t.reason,
  t.missed_count, t.assignee, t.created_at, t.due_at, t.state, t.overdue_at, t.escalated_at, t.closed_at,
  t.closed_how, t.closed_by, t.note, t.on_time,
  avg(t.on_time::integer) OVER (PARTITION BY t.assignee) AS on_time_rate, t.did, t.wait
FROM (
  SELECT id AS task, kind, number, customer_name, queue, lost_at, pbx, linkedid, job, reason, missed_count,
    assignee, created_at, due_at, overdue_at, escalated_at, closed_at, closed_how, closed_by, note, did, wait,
    CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN due_at < now() THEN 'overdue' ELSE 'open' END AS state,
    CASE WHEN closed_at IS NOT NULL THEN closed_at <= due_at WHEN due_at < now() THEN false END AS on_time
  FROM perezvon.tasks) t;
