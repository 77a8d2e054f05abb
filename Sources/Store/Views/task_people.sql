-- Who does what he has to do, and in time. Without a name: tasks for which nobody was found.
CREATE VIEW report.task_people AS
SELECT assignee, count(*) AS tasks, count(*) FILTER (WHERE state = 'open') AS open,
  count(*) FILTER (WHERE state = 'overdue') AS overdue, count(*) FILTER (WHERE state = 'closed') AS closed,
  count(*) FILTER (WHERE on_time) AS on_time, avg(on_time::integer) AS on_time_rate,
  avg(closed_at - created_at) AS mean_time_to_close
FROM report.tasks GROUP BY assignee;
