-- Tasks made in the span, newest first.
SELECT created_at, kind, state, number, customer_name, queue, reason, assignee, due_at, closed_at, closed_how, closed_by,
  on_time, note, task
FROM report.tasks
WHERE created_at >= $1 AND created_at < $2 AND ($4::text IS NULL OR queue = $4) AND ($5::text IS NULL OR number = $5)
  AND ($6::text IS NULL OR state = $6)
ORDER BY created_at DESC, task DESC LIMIT $7
